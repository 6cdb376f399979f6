"""The partner's side of client accounts: who they are, what was agreed about them, how they begin and end.

Rows of the main database; what is in a client's account is in `clients`. A few accounts may be another
partner's: they are there to be refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.contacts import people
from ccstate.emulator.errors import not_found
from ccstate.emulator.names import holder, key_of
from ccstate.emulator.partners import billing, notifications
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import DAY, moment
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

SERVICE = "partner"
TRIAL_DAYS = 60
PROVISIONED, TRIAL_ENDED, CANCELLED = "client_provisioned", "client_trial_ended", "client_cancelled"
OWNER = "account_owner"


@dataclass(frozen=True)
class Partnership:
    """What a partner and the service agreed upon; nothing in the API shows or changes it."""

    managed: bool = True  # all client accounts are managed accounts
    single_billing: bool = True  # client accounts may be billed to the partner
    sso: bool = True  # all users of client accounts may sign in with single sign-on


def agreed(world: World) -> Partnership:
    row = world.db.row("SELECT managed, single_billing, sso FROM partnership")
    return Partnership(**{name: bool(value) for name, value in row.items()}) if row else Partnership()


def agree(world: World, partnership: Partnership) -> None:
    world.db.run("DELETE FROM partnership")
    parts = {"managed": partnership.managed, "single_billing": partnership.single_billing}
    world.db.insert("partnership", id=1, sso=partnership.sso, **parts)


def plan_groups(world: World) -> dict[int, tuple[str, ...]]:
    """The partner's plan groups, the default one first, with the plans that can be had beside the trial."""
    groups: dict[int, tuple[str, ...]] = {}
    for row in world.db.rows("SELECT plan_group_id, plan_type FROM plan_groups ORDER BY seq"):
        groups[row["plan_group_id"]] = (*groups.get(row["plan_group_id"], ()), row["plan_type"])
    return groups or {billing.DEFAULT_PLAN_GROUP: billing.PLANS}


def add_plan_group(world: World, plan_group_id: int, plans: list[str]) -> None:
    for plan_type in dict.fromkeys(plans):
        world.db.insert("plan_groups", plan_group_id=plan_group_id, plan_type=plan_type)


def add(world: World, now: int, provision: Mapping[str, Any], **chosen: Any) -> Mapping[str, Any]:
    """Add a client account as provisioning leaves it, but for what is chosen otherwise; answer its row."""
    encoded_account_id = chosen.pop("encoded_account_id", None) or f"a0{world.ids.token(10)}"
    row = {
        "encoded_account_id": encoded_account_id,
        "provision_uuid": world.ids.random_based(),
        "provision": packed({name: value for name, value in provision.items() if value is not None}),
        "listed": True,
        "other_partner": False,
        "managed": agreed(world).managed,
        "single_billing": False,
        "disabled": False,
        "plan_type": billing.TRIAL_PLAN,
        "plan_group_id": next(iter(plan_groups(world))),
        "billing_status": billing.TRIAL,
        "billing_day_of_month": None,
        "tier": 1,
        "subscriber_count": 0,
        "organization_name": provision.get("organization_name"),
        "created_at": now,
    } | chosen
    world.db.insert("client_accounts", **row)
    add_user(world, now, encoded_account_id, {**provision, "role_name": OWNER})
    if row["billing_status"] == billing.TRIAL:
        timeline.plan(world, now + TRIAL_DAYS * DAY, TRIAL_ENDED, encoded_account_id)
    return row


def add_user(world: World, now: int, encoded_account_id: str, user: Mapping[str, Any]) -> None:
    world.db.insert(
        "client_users",
        encoded_account_id=encoded_account_id,
        name=user["login_name"],
        name_key=key_of(user["login_name"]),
        role_name=user["role_name"],
        contact_email=user["contact_email"],
        email_key=user["contact_email"].casefold(),
        external_id=user.get("external_id"),
        external_provider=user.get("external_provider"),
        first_name=user.get("first_name"),
        last_name=user.get("last_name"),
        created_at=now,
    )


def is_taken(world: World, login_name: str) -> bool:
    """A login name belongs to one user of all accounts, also while that account is not provisioned yet."""
    return holder(world, "client_users", "seq", login_name) is not None


def find(world: World, encoded_account_id: str) -> Mapping[str, Any]:
    """An account of this partner's."""
    row = look_up(world, encoded_account_id)
    if row is None or row["other_partner"]:
        raise not_found(SERVICE, f"Client account {encoded_account_id} was not found")
    return row


def look_up(world: World, encoded_account_id: str) -> Mapping[str, Any] | None:
    sql = "SELECT * FROM client_accounts WHERE encoded_account_id = ? AND listed"
    return world.db.row(sql, encoded_account_id)


def change(world: World, encoded_account_id: str, **values: Any) -> None:
    columns = ", ".join(f"{name} = ?" for name in values)
    sql = f"UPDATE client_accounts SET {columns} WHERE encoded_account_id = ?"
    world.db.run(sql, *values.values(), encoded_account_id)


def leave_trial(world: World, now: int, row: Mapping[str, Any], plan_type: str, day: int | None) -> None:
    """The door that does not open again: from a trial to a plan that is billed."""
    timeline.cancel(world, row["encoded_account_id"], TRIAL_ENDED)
    change(
        world, row["encoded_account_id"], plan_type=plan_type, billing_status=billing.OPEN,
        billing_day_of_month=day or moment(now).day,
    )  # fmt: skip


def cancel(world: World, at: int, encoded_account_id: str) -> None:
    row = look_up(world, encoded_account_id)
    if row is None or row["billing_status"] == billing.CANCELED:
        return
    timeline.cancel(world, encoded_account_id)
    # What was planned in the account does not happen any more (assumed): nobody pays for it.
    closed = {"billing_status": billing.CANCELED, "next_due": None, "next_machine_due": None}
    change(world, encoded_account_id, **closed)
    notifications.notify(world, at, notifications.CANCELLED, encoded_account_id)


def disable(world: World, at: int, encoded_account_id: str, *, disabled: bool) -> None:
    """As the service does for suspension, compliance or payment; it tells the partner, says the guide."""
    row = look_up(world, encoded_account_id)
    if row is None or bool(row["disabled"]) == disabled:
        return
    change(world, encoded_account_id, disabled=disabled)
    if disabled:
        notifications.notify(world, at, notifications.DISABLED, encoded_account_id)


def provide(world: World, at: int, encoded_account_id: str) -> None:
    """Provisioning is done: the account is there."""
    change(world, encoded_account_id, listed=True)
    row = look_up(world, encoded_account_id)
    if row is not None:
        _greet(world, at, json.loads(row["provision"]))


def _greet(world: World, at: int, provision: Mapping[str, Any]) -> None:
    """A new client joins the partner's default contact list, here the oldest one (assumed).

    Not if it opted out of such mail.
    """
    list_id = world.db.value("SELECT list_id FROM lists WHERE deleted_at IS NULL ORDER BY seq LIMIT 1")
    if list_id is None or provision.get("gdpr_opt_out"):
        return
    columns = {"first_name": "first_name", "last_name": "last_name", "organization_name": "company_name"}
    plain = {columns[name]: text for name, text in provision.items() if name in columns and text}
    email = str(provision.get("contact_email"))
    found = people.with_address(world, email)
    if found is None:
        person = people.Person("Account", plain=plain, email=people.Email(email), list_ids=[list_id])
        people.insert(world, at, person)
    elif found["deleted_at"] is None:
        people.update(world, at, found, people.Person("Account", list_ids=[list_id]), adding=True)


def _end_trial(world: World, at: int, encoded_account_id: str) -> None:
    del at
    row = look_up(world, encoded_account_id)
    if row is not None and row["billing_status"] == billing.TRIAL:
        change(world, encoded_account_id, billing_status=billing.TRIAL_END)


HAPPENINGS = {PROVISIONED: provide, TRIAL_ENDED: _end_trial, CANCELLED: cancel}

"""Unsubscribes contacts of a client account, or one person from the accounts of all clients."""

from __future__ import annotations

from dataclasses import dataclass

from ccstate.emulator.access import PARTNER
from ccstate.emulator.checks import Checks, is_email_address
from ccstate.emulator.contacts import people
from ccstate.emulator.partners import clients, partnership
from ccstate.emulator.partners.partnership import SERVICE
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

_SOURCES = ("Account", "Contact", "System")
_MOST = 500


@dataclass(frozen=True)
class Wish:
    addresses: tuple[str, ...]
    source: str
    reason: str | None
    delete: bool
    everywhere: bool


def unsubscribe(call: Call, encoded_account_id: str) -> Answer:
    partnership.find(call.world, encoded_account_id)
    wish = _read(call)
    account_ids = _all_accounts(call.world) if wish.everywhere else [encoded_account_id]
    count = 0
    for account_id in account_ids:
        with clients.inside(call.world, account_id, call.now) as client, client.db.transaction():
            count += sum(_unsubscribe(client, call.now, address, wish) for address in wish.addresses)
    return Answer(200, {"unsubscribed_count": count})


OPERATIONS = (
    Operation(
        "POST", "/partner/accounts/{encoded_account_id}/contacts/unsubscribe", unsubscribe, SERVICE, PARTNER
    ),
)


def _all_accounts(world: World) -> list[str]:
    """Every account that was ever used: in others there is nobody to unsubscribe."""
    sql = (
        "SELECT encoded_account_id FROM client_accounts "
        "WHERE listed AND NOT other_partner AND file IS NOT NULL ORDER BY seq"
    )
    return [row["encoded_account_id"] for row in world.db.rows(sql)]


def _unsubscribe(client: World, at: int, address: str, wish: Wish) -> bool:
    """Whether a contact was unsubscribed: one that was so before, or is deleted, does not count (assumed)."""
    row = people.with_address(client, address)
    if row is None or row["deleted_at"] is not None:
        return False
    was = row["permission_to_send"]
    if was != "unsubscribed":
        email = people.Email(row["email_address"], "unsubscribed", wish.reason)
        people.update(client, at, row, people.Person(wish.source, email=email))
    if wish.delete:
        people.delete(client, at, row["contact"])
    return bool(was != "unsubscribed")


def _read(call: Call) -> Wish:
    """At least one address (assumed: the contract requires only a source, the guide the addresses too)."""
    checks = Checks(call)
    checks.only(
        ("email_addresses", "update_source", "opt_out_reason", "delete_contacts", "global_unsubscribe")
    )
    addresses = checks.items("email_addresses", str, most=_MOST)
    source = checks.text("update_source", required=True)
    reason = checks.text("opt_out_reason", most=255)
    delete, everywhere = checks.boolean("delete_contacts"), checks.boolean("global_unsubscribe")
    if source is not None and source not in _SOURCES:
        checks.problem(f"update_source must be one of {', '.join(_SOURCES)}")
    if not addresses and not checks.problems:
        checks.problem("email_addresses is missing")
    for address in addresses:
        if not is_email_address(address):
            checks.problem("email_addresses does not have a valid value: email addresses are wanted")
            break
    if everywhere and len(addresses) > 1:
        checks.problem("global_unsubscribe takes a single address")
    checks.done()
    return Wish(tuple(dict.fromkeys(addresses)), source or "", reason, bool(delete), bool(everywhere))

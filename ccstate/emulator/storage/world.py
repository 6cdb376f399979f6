"""The emulated account and what belongs to it: database, clock, ids, settings.

The one value that collections, sending and control plane share. It knows no HTTP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ccstate.emulator.limits import RateLimit
from ccstate.emulator.partners.courier import Courier
from ccstate.emulator.settings import Settings
from ccstate.emulator.storage.clock import Clock
from ccstate.emulator.storage.database import Database, packed
from ccstate.emulator.storage.ids import Ids
from ccstate.emulator.switches import Switches

DEFAULT_ACCOUNT_ID = "a07e2m5l8t1r"
DEFAULT_ORGANISATION = "Example Organisation"

_SUMMARY = {
    "contact_email": "owner@example.com",
    "contact_phone": "5550100123",
    "country_code": "us",  # lower case, as observed; the documentation says upper case
    "first_name": "Olive",
    "last_name": "Owner",
    "organization_phone": "5550100124",
    "state_code": "MA",
    "time_zone_id": "America/New_York",
    "website": "http://www.example.com",
}
_PHYSICAL_ADDRESS = {
    "address_line1": "1 Example Street",
    "city": "Waltham",
    "state_code": "MA",
    "postal_code": "02451",
    "country_code": "US",
}
_SENDERS = (
    {"email_address": "owner@example.com", "confirm_status": "CONFIRMED",
     "roles": ["BILLING", "CONTACT", "DEFAULT_FROM", "REPLY_TO"]},
    {"email_address": "unconfirmed@example.com", "confirm_status": "UNCONFIRMED"},
)  # fmt: skip


@dataclass(frozen=True)
class World:
    settings: Settings
    db: Database
    clock: Clock
    ids: Ids
    # Of the token endpoint: the gateway meters the API alone.
    token_rate: RateLimit = field(default_factory=lambda: RateLimit(0), compare=False)
    courier: Courier = field(default_factory=Courier, compare=False)
    clients: dict[int, World] = field(default_factory=dict, compare=False)  # those that are open

    def close(self) -> None:
        self.courier.close()
        for client in self.clients.values():
            client.close()
        self.db.close()

    @property
    def fresh(self) -> bool:
        """Nobody made an account here yet."""
        return self.db.recall("id_secret") is None

    @property
    def switches(self) -> Switches:
        return self.settings.switches

    def now(self) -> int:
        return self.clock.now()

    def account(self) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads(self.db.recall("account") or "{}")
        return summary

    def physical_address(self) -> dict[str, Any] | None:
        stored = self.db.recall("physical_address")
        return None if stored is None else json.loads(stored)

    def save_account(self, summary: dict[str, Any]) -> None:
        self.db.remember("account", packed(summary))

    def save_physical_address(self, address: dict[str, Any] | None) -> None:
        if address is None:
            self.db.forget("physical_address")
        else:
            self.db.remember("physical_address", packed(address))


def open_world(settings: Settings) -> World:
    """Open the database; whether there is an account in it yet is for the caller to ask."""
    db = Database(settings.db)
    clock = Clock(db)
    clock.start(settings.clock)
    return World(settings, db, clock, Ids(db, clock), RateLimit(1 if settings.rate else 0))


def make_fresh(world: World) -> None:
    """An empty account: an organisation, an address, one confirmed sender and one that is not."""
    world.db.empty()
    world.ids.start(world.settings.random_seed)
    names = {"encoded_account_id": DEFAULT_ACCOUNT_ID, "organization_name": DEFAULT_ORGANISATION}
    world.save_account({**_SUMMARY, **names})
    world.save_physical_address(_PHYSICAL_ADDRESS)
    for sender in _SENDERS:
        add_sender(world, **sender)
    identify(world)


def identify(world: World) -> None:
    """Give the account the id and the organisation that the settings ask for."""
    wanted = {
        "encoded_account_id": world.settings.account_id,
        "organization_name": world.settings.organisation,
    }
    chosen = {name: value for name, value in wanted.items() if value is not None}
    if chosen:
        world.save_account({**world.account(), **chosen})


def add_sender(
    world: World,
    email_address: str,
    confirm_status: str = "UNCONFIRMED",
    roles: list[str] | None = None,
    confirm_source_type: str = "SITE_OWNER",
) -> int:
    """Add an account email, or change the one that is there; answer its id."""
    confirmed, key = confirm_status == "CONFIRMED", email_address.casefold()
    email_id = world.db.value("SELECT email_id FROM account_emails WHERE address_key = ?", key)
    number = email_id or world.db.count("email_id")
    world.db.run("DELETE FROM account_emails WHERE email_id = ?", number)
    world.db.insert(
        "account_emails",
        email_id=number,
        email_address=email_address,
        address_key=key,
        confirm_status=confirm_status,
        confirm_time=world.now() if confirmed else None,
        confirm_source_type=confirm_source_type if confirmed else None,
        roles=packed((roles or ["OTHER"]) if confirmed else []),
        pending_roles=packed([] if confirmed else roles or ["OTHER"]),
    )
    return int(number)

"""What a sign-up form does: make a contact or add to one, whichever the address or the number calls for.

The contact itself acts here. So the permission becomes explicit, a deleted contact comes back, and one that
had unsubscribed is subscribed again. Nothing is taken away: what the form does not hold stays, lists and
custom fields are added to.
"""

from __future__ import annotations

from ccstate.emulator.access import CONTACTS_WRITE
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections.contacts import refuse_taken
from ccstate.emulator.contacts import contact_bodies, people, sms
from ccstate.emulator.contacts.people import Email, Person
from ccstate.emulator.storage.database import Row
from ccstate.emulator.wire import Answer, Call, Operation

LONGEST_ADDRESS = 50  # of the form; 80 everywhere else
MOST_FIELDS = 50  # of the form; a contact can have 25
_SERVICE = "contacts"
_KNOWN = (
    "email_address", *people.PLAIN, "phone_number", "list_memberships", "custom_fields", "street_address",
    "sms_channel",
)  # fmt: skip


def sign_up(call: Call) -> Answer:
    checks = Checks(call)
    checks.only(_KNOWN)
    address = checks.address("email_address", most=LONGEST_ADDRESS)
    channel = sms.read_form(checks)
    if not call.body.get("email_address") and not call.body.get("sms_channel"):
        checks.problem("email_address or sms_channel is missing")
    row = _signed_up(call, address, channel)
    person = _read(checks, row, address, channel)
    if row is not None:
        _check_room(checks, row, person)
    checks.done()
    refuse_taken(call.world, person, besides=row["contact"] if row else None)
    if row is None:
        people.insert(call.world, call.now, person)
    else:
        people.update(call.world, call.now, row, person, adding=True)
    return _answer(call, address, channel, created=row is None)


OPERATIONS = (Operation("POST", "/contacts/sign_up_form", sign_up, _SERVICE, CONTACTS_WRITE),)


def _signed_up(call: Call, address: str | None, channel: sms.Channel | None) -> Row | None:
    """The contact that the form speaks of: the one with the address, else the one with the number."""
    found = people.with_address(call.world, address) if address else None
    if found is None and channel is not None:
        found = people.with_number(call.world, channel.key)
    return found


def _read(checks: Checks, row: Row | None, address: str | None, channel: sms.Channel | None) -> Person:
    list_ids = contact_bodies.list_ids(checks)
    if not list_ids and not checks.problems:
        checks.problem("list_memberships is missing")
    plain = {
        name: value
        for name, value in contact_bodies.plain(checks).items()
        if checks.body.get(name) is not None
    }
    confirm = row is None and checks.call.world.switches.confirmed_opt_in
    permission = "pending_confirmation" if confirm else "explicit"
    return Person(
        source="Contact",
        plain=plain,
        email=Email(address, permission) if address else None,
        phone_numbers=_phones(checks, row),
        street_addresses=_addresses(checks, row),
        field_values=contact_bodies.field_values(checks, most=MOST_FIELDS, choices=False),
        list_ids=list_ids,
        sms_channel=channel,
    )


def _phones(checks: Checks, row: Row | None) -> list[Row] | None:
    """The form's one number has no kind. It is kept as `other`, in place of one such (assumed)."""
    number = checks.text("phone_number", most=contact_bodies.LONGEST_PHONE)
    if not number:
        return None
    present = people.phone_numbers(row) if row else []
    if any(phone["phone_number"] == number for phone in present):
        return None
    kept = [phone for phone in present if phone["kind"] != "other"]
    if len(kept) >= contact_bodies.MOST_PHONES:
        checks.problem(f"a contact can have {contact_bodies.MOST_PHONES} phone numbers")
    return [*kept, {"phone_number": number, "kind": "other"}]


def _addresses(checks: Checks, row: Row | None) -> list[Row] | None:
    """The form's one address takes the place of one of its kind (assumed)."""
    body = checks.object("street_address")
    if body is None:
        return None
    inner = Checks(checks.call, body, "street_address.")
    address = contact_bodies.street_address(inner)
    checks.problems += inner.problems
    present = people.street_addresses(checks.call.world, row["contact"]) if row else []
    places = [place for place, known in enumerate(present) if known["kind"] == address["kind"]]
    if places:
        present[places[0]] = address
    elif len(present) >= contact_bodies.MOST_ADDRESSES:
        checks.problem(f"a contact can have {contact_bodies.MOST_ADDRESSES} street addresses")
    else:
        present.append(address)
    return present


def _check_room(checks: Checks, row: Row, person: Person) -> None:
    """What is added must fit beside what is there."""
    for name, table, identifier, given, most in (
        ("lists", "memberships", "list_id", person.list_ids, contact_bodies.MOST_LISTS),
        ("custom fields", "field_values", "custom_field_id", person.field_values, contact_bodies.MOST_VALUES),
    ):
        rows = checks.call.world.db.rows(
            f"SELECT {identifier} FROM {table} WHERE contact = ?", row["contact"]
        )
        if len({found[identifier] for found in rows}.union(given or ())) > most:
            checks.problem(f"a contact can have {most} {name}")


def _answer(call: Call, address: str | None, channel: sms.Channel | None, *, created: bool) -> Answer:
    row = _signed_up(call, address, channel) or {}
    body = {"contact_id": row["contact_id"], "action": "created" if created else "updated"}
    return Answer(201 if created else 200, body)

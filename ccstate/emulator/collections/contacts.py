"""Contacts: found by many filters, made, replaced, and hidden rather than deleted.

An address belongs to one contact for ever, a deleted one too: a POST with it is a 409 that names the contact,
and a PUT to that contact revives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CONTACTS_READ, CONTACTS_WRITE
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import segment_contacts
from ccstate.emulator.contacts import contact_bodies, contact_documents, contact_search, people, sms, xrefs
from ccstate.emulator.contacts.people import Person
from ccstate.emulator.errors import conflict, not_found
from ccstate.emulator.names import checked_uuid
from ccstate.emulator.storage.database import Row
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

_SERVICE = "contacts"
_NAMING = ("first_name", "last_name", "email_address", "sms_channel")


def collection(call: Call) -> Answer:
    if call.parameter("segment_id") is not None:
        return segment_contacts.collection(call)
    page = pages.wanted(call, default=50, most=500)
    include = call.choices("include", people.SUBRESOURCES)
    search = contact_search.read(call)
    after = pages.position(call, page, 2)
    rows = contact_search.page(call, search, (after[0], after[1]) if after else None, page.limit + 1)
    more, rows = len(rows) > page.limit, rows[: page.limit]
    body: dict[str, Any] = {"contacts": contact_documents.shown(call.world, rows, include)}
    if call.flag("include_count"):
        body["contacts_count"] = contact_search.count(call, search)
    return Answer(200, body | pages.links(call, page, _key(rows[-1], search.order) if more else None))


def create(call: Call) -> Answer:
    checks = Checks(call)
    checks.only(contact_bodies.KNOWN)
    person = _read(checks, "create_source")
    if not any(call.body.get(name) for name in _NAMING):
        checks.problem(f"one of {', '.join(_NAMING)} is missing")
    checks.done()
    refuse_taken(call.world, person)
    contact = people.insert(call.world, call.now, person)
    return Answer(201, _written(call, contact))


def show(call: Call, contact_id: str) -> Answer:
    """A deleted contact is shown too; it has a `deleted_at`, says the guide."""
    include = call.choices("include", people.SUBRESOURCES)
    row = find(call, contact_id)
    return Answer(200, contact_documents.shown(call.world, [row], include)[0])


def update(call: Call, contact_id: str) -> Answer:
    """What is left out becomes null; sub-resources that are left out stay, the email address among them."""
    row = find(call, contact_id)
    checks = Checks(call)
    checks.only(contact_bodies.KNOWN)
    person = _read(checks, "update_source")
    _check_consent(checks, row, person)
    checks.done()
    refuse_taken(call.world, person, besides=row["contact"])
    people.update(call.world, call.now, row, person)
    return Answer(200, _written(call, row["contact"]))


def delete(call: Call, contact_id: str) -> Answer:
    row = find(call, contact_id)
    if row["deleted_at"] is not None:
        raise not_found(_SERVICE, f"Contact {contact_id} was not found")
    people.delete(call.world, call.now, row["contact"])
    return Answer(204)


def cross_references(call: Call) -> Answer:
    """By place in the order of creation; numbers that nothing has are left out (assumed)."""
    wanted = xrefs.numbers(call, "sequence_ids", 500)
    sql = "SELECT contact, contact_id FROM contacts WHERE contact = ?"
    rows = [row for number in wanted if (row := call.world.db.row(sql, number))]
    found = [{"sequence_id": wanted[row["contact"]], "contact_id": row["contact_id"]} for row in rows]
    return Answer(200, {"xrefs": found})


OPERATIONS = (
    Operation("GET", "/contacts", collection, _SERVICE, CONTACTS_READ),
    Operation("POST", "/contacts", create, _SERVICE, CONTACTS_WRITE),
    Operation("GET", "/contacts/contact_id_xrefs", cross_references, _SERVICE, CONTACTS_READ),
    Operation("GET", "/contacts/{contact_id}", show, _SERVICE, CONTACTS_READ),
    Operation("PUT", "/contacts/{contact_id}", update, _SERVICE, CONTACTS_WRITE),
    Operation("DELETE", "/contacts/{contact_id}", delete, _SERVICE, CONTACTS_WRITE),
)


def find(call: Call, contact_id: str) -> Row:
    row = people.find(call.world, checked_uuid(call, "contact_id", contact_id))
    if row is None:
        raise not_found(_SERVICE, f"Contact {contact_id} was not found")
    return row


def _read(checks: Checks, source: str) -> Person:
    return Person(
        source=contact_bodies.source(checks, source),
        plain=contact_bodies.plain(checks),
        email=contact_bodies.email(checks),
        phone_numbers=contact_bodies.phone_numbers(checks),
        street_addresses=contact_bodies.street_addresses(checks),
        notes=contact_bodies.notes(checks),
        field_values=contact_bodies.field_values(checks),
        list_ids=contact_bodies.list_ids(checks),
        tag_ids=contact_bodies.tag_ids(checks),
        sms_channel=sms.read(checks),
    )


def _check_consent(checks: Checks, row: Mapping[str, Any], person: Person) -> None:
    """What only one side may do. That the answer is 400 is assumed."""
    if row["deleted_at"] is not None and person.source == "Contact":
        checks.problem("update_source must be Account to restore a deleted contact")
    permission = person.email.permission if person.email else None
    opted_out = row["permission_to_send"] == "unsubscribed" and row["opt_out_source"] == "Contact"
    if opted_out and permission not in (None, "unsubscribed") and person.source == "Account":
        checks.problem("a contact that opted out itself can only be opted in by update_source Contact")


def refuse_taken(world: World, person: Person, besides: int | None = None) -> None:
    """An address and a number belong to one contact; the message names it, and clients read it there."""
    if person.email is not None:
        holder = people.with_address(world, person.email.address)
        if holder is not None and holder["contact"] != besides:
            raise conflict(_SERVICE, f"Email already exists for contact {holder['contact_id']}")
    if person.sms_channel is not None:
        holder = people.with_number(world, person.sms_channel.key)
        if holder is not None and holder["contact"] != besides:
            raise conflict(_SERVICE, f"SMS number already exists for contact {holder['contact_id']}")


def _written(call: Call, contact: int) -> dict[str, Any]:
    """What a write answers: the contact, and the sub-resources that the body spoke of (assumed)."""
    rows = call.world.db.rows("SELECT * FROM contacts WHERE contact = ?", contact)
    include = [name for name in people.SUBRESOURCES if call.body.get(name) is not None]
    return contact_documents.shown(call.world, rows, include)[0]


def _key(row: Mapping[str, Any], order: str) -> str:
    return f"{row[order]}.{row['contact']}"

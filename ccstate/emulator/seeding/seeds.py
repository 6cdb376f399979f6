"""Accounts written by hand: a friendly JSON document becomes rows, and fabricated contacts become numbers.

A seed may say what no request could: campaigns that were sent last year, mails of formats that cannot be
created, lists with thousands of members. It is read strictly, since a mis-spelled seed tests nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ccstate.emulator.checks import is_email_address
from ccstate.emulator.collections import (
    ab_tests,
    account,
    campaign_activities,
    custom_fields,
    emails,
    lists,
    resends,
    segments,
    tags,
)
from ccstate.emulator.mails import recording, sending
from ccstate.emulator.mails.rates import Rates
from ccstate.emulator.oauth import control as sign_in
from ccstate.emulator.partners import client_seeds, clients
from ccstate.emulator.seeding import seed_contacts
from ccstate.emulator.seeding.crowds import Crowd, fabricate
from ccstate.emulator.seeding.seed_items import BadSeed, Item, reference
from ccstate.emulator.storage import dumps, timeline
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World, add_sender

DEFAULT_HTML = "<html><body>[[trackingImage]]<p>Hello</p></body></html>"
CAMPAIGN_STATUSES = ("DRAFT", "SCHEDULED", "DONE", "ERROR", "REMOVED")
# What contacts did with a sent campaign, in numbers of contacts and in the order in which it happened.
_DEEDS = {"bounces": "bounce", "opens": "open", "clicks": "click", "forwards": "forward", "optouts": "optout"}
_ACCOUNT = (*account.WRITABLE, *account.READ_ONLY)

__all__ = ["CAMPAIGN_STATUSES", "BadSeed", "Item", "add_contacts", "plant"]


def plant(world: World, document: Any) -> None:
    """Add what a seed describes to the account; a dump in its place is the whole account."""
    if dumps.is_dump(document):
        dumps.load(world, document)
        return
    sections: dict[str, Callable[[World, Item], None]] = {
        "emails": _email, "lists": _list, "tags": _tag, "custom_fields": _custom_field,
        "segments": _segment, "contacts": _contacts, "campaigns": _campaign, "applications": _application,
    }  # fmt: skip
    root = Item("seed", document, ("account", "physical_address", *sections, "partner"))
    with world.db.transaction():
        _account(world, root)
        for section, plant_one in sections.items():
            for number, element in enumerate(root.get(section, list, [])):
                for item in _items(f"{section}[{number}]", section, element):
                    plant_one(world, item)
        _partner(world, root)


_KNOWN = {
    "emails": ("email_address", "confirm_status", "roles", "confirm_source_type"),
    "lists": ("name", "description", "favorite", "members", "created_at", "deleted"),
    "tags": ("name", "tag_source", "contacts", "created_at"),
    "custom_fields": ("label", "type", "metadata", "choices", "version", "created_at"),
    "segments": ("name", "criteria", "created_at", "deleted"),
    "contacts": seed_contacts.KNOWN,
    "campaigns": (
        "name", "status", "format_type", "subject", "preheader", "from_name", "from_email", "reply_to_email",
        "html", "footer", "lists", "segment", "created_at", "scheduled_date", "sent_at", "ab_test", "resend",
        "engagement", "document_id", "document_properties", *_DEEDS,
    ),
    "applications": sign_in.APPLICATION,
    "client_accounts": client_seeds.ACCOUNT,
}  # fmt: skip
_SHORT = {
    "emails": "email_address", "lists": "name", "tags": "name", "custom_fields": "label",
    "contacts": "email_address", "applications": "client_id",
    "client_accounts": "login_name",
}  # fmt: skip


def _items(place: str, section: str, element: Any) -> list[Item]:
    """An element may be just its name, and may stand for many with `repeat` and `{n}` in its texts."""
    if isinstance(element, str) and section in _SHORT:
        element = {_SHORT[section]: element}
    if not isinstance(element, Mapping) or "repeat" not in element:
        return [Item(place, element, _KNOWN[section])]
    times = Item(place, element, (*_KNOWN[section], "repeat")).number("repeat", most=100_000)
    rest = {name: value for name, value in element.items() if name != "repeat"}
    return [
        Item(place, {name: _numbered(value, n) for name, value in rest.items()}, _KNOWN[section])
        for n in range(1, times + 1)
    ]


def _numbered(value: Any, n: int) -> Any:
    if isinstance(value, Mapping):
        return {name: _numbered(part, n) for name, part in value.items()}
    if isinstance(value, list):
        return [_numbered(part, n) for part in value]
    return value.replace("{n}", str(n)) if isinstance(value, str) else value


def _account(world: World, root: Item) -> None:
    given = Item("seed.account", root.get("account", Mapping, {}), _ACCOUNT)
    chosen = {name: given.text(name) for name in _ACCOUNT if name in given}
    world.save_account({**world.account(), **chosen})
    if "physical_address" in root.document:
        address = root.get("physical_address", Mapping)
        world.save_physical_address(None if address is None else dict(address))


def _email(world: World, item: Item) -> None:
    status = item.get("confirm_status", str, "CONFIRMED")
    if status not in ("CONFIRMED", "UNCONFIRMED"):
        raise item.bad("confirm_status", "CONFIRMED or UNCONFIRMED is wanted")
    if not is_email_address(item.text("email_address")):
        raise item.bad("email_address", "no email address")
    source = item.get("confirm_source_type", str, "SITE_OWNER")
    add_sender(world, item.text("email_address"), status, item.words("roles") or None, source)


def _list(world: World, item: Item) -> None:
    created = item.instant("created_at", world.now())
    favorite = item.get("favorite", bool, False)
    list_id = lists.insert(world, created, item.text("name"), item.get("description", str), favorite=favorite)
    fabricate(world, Crowd(item.number("members"), world.now(), list_ids=[list_id]))
    if item.get("deleted", bool, False):
        world.db.run("UPDATE lists SET deleted_at = ? WHERE list_id = ?", world.now(), list_id)
        world.db.run("DELETE FROM memberships WHERE list_id = ?", list_id)


def _tag(world: World, item: Item) -> None:
    created = item.instant("created_at", world.now())
    tag_id = tags.insert(world, created, item.text("name"), item.get("tag_source", str))
    fabricate(world, Crowd(item.number("contacts"), world.now(), tag_ids=[tag_id]))


def _custom_field(world: World, item: Item) -> None:
    created, type_ = item.instant("created_at", world.now()), item.get("type", str, "string")
    if type_ not in custom_fields.TYPES:
        raise item.bad("type", f"one of {', '.join(custom_fields.TYPES)} is wanted")
    metadata, version = item.get("metadata", Mapping), item.number("version", most=2) or None
    field_id = custom_fields.insert(world, created, item.text("label"), type_, metadata, version)
    custom_fields.insert_choices(world, created, field_id, item.words("choices"))


def _segment(world: World, item: Item) -> None:
    criteria = item.document.get("criteria")
    text = criteria if isinstance(criteria, str) else packed(criteria)
    try:
        json.loads(text)
    except ValueError as problem:
        raise item.bad("criteria", "JSON is wanted, as an object or as a string") from problem
    segment_id = segments.insert(world, item.instant("created_at", world.now()), item.text("name"), text)
    if item.get("deleted", bool, False):
        world.db.run("UPDATE segments SET deleted_at = ? WHERE segment_id = ?", world.now(), segment_id)


def _contacts(world: World, item: Item) -> None:
    seed_contacts.plant(world, item)


def _campaign(world: World, item: Item) -> None:
    status = item.get("status", str, "DRAFT").upper()
    if status not in CAMPAIGN_STATUSES:
        raise item.bad("status", f"one of {', '.join(CAMPAIGN_STATUSES)} is wanted")
    sent = item.instant("sent_at", world.now() // SECOND * SECOND)
    created = item.instant("created_at", min(sent, world.now()))
    columns = _activity(world, item)
    campaign_id = emails.insert(world, created, item.text("name"), columns, status)
    activity_id = campaign_activities.references(world, campaign_id)[0]["campaign_activity_id"]
    _more_sends(world, item, activity_id, created)
    if status == "SCHEDULED":
        _schedule(world, item, activity_id)
    elif status in ("DONE", "ERROR"):
        emails.set_status(world, sent, campaign_id, status)
        sending.record(world, sent, activity_id, failed=status == "ERROR")
    _deeds(world, item, activity_id, sent)


def _deeds(world: World, item: Item, activity_id: str, sent: int) -> None:
    """Within the hour after the mail, but not later than now: the numbers are there from the start."""
    at = max(sent, min(sent + sending.HOUR, world.now()))
    if "opens" in item and item.number("clicks") > item.number("opens"):
        raise item.bad("clicks", "more than opens, and who clicks has opened the mail")
    for name, kind in _DEEDS.items():
        try:
            if count := item.number(name):
                recording.of_campaign(world, activity_id, kind, sent if kind == "bounce" else at, count)
        except recording.BadRecord as problem:
            raise item.bad(name, str(problem)) from problem


def _application(world: World, item: Item) -> None:
    sign_in.register(world, item)


def _partner(world: World, root: Item) -> None:
    if "partner" not in root:
        return
    partner = Item("partner", root.document["partner"], client_seeds.PARTNER)
    client_seeds.agree(world, partner)
    for number, element in enumerate(partner.get("accounts", list, [])):
        for item in _items(f"partner.accounts[{number}]", "client_accounts", element):
            _client(world, item)


def _client(world: World, item: Item) -> None:
    """An account of a client's, whose content is a seed of its own."""
    content, contacts = item.get("content", Mapping, {}), item.number("contacts")
    if dumps.is_dump(content) or "partner" in content:
        raise item.bad("content", "a seed without a partner is wanted")
    account_id = client_seeds.add(world, item)
    if content or contacts:
        with clients.inside(world, account_id, world.now()) as client:
            plant(client, content)
            fabricate(client, Crowd(contacts, world.now()))


def _activity(world: World, item: Item) -> dict[str, Any]:
    sender = item.get("from_email", str, world.account()["contact_email"])
    format_type = item.number("format_type", 5, 5)
    list_ids = [reference(world, item, "lists", "list_id", name) for name in item.words("lists")]
    segment = item.get("segment", str)
    return {
        "format_type": format_type,
        "from_name": item.get("from_name", str, world.account().get("organization_name", "")),
        "from_email": sender,
        "reply_to_email": item.get("reply_to_email", str, sender),
        "subject": item.get("subject", str, item.text("name")),
        "preheader": item.get("preheader", str),
        "html_content": item.get("html", str, DEFAULT_HTML),
        "footer": _object_of(item, "footer"),
        "document_id": item.get("document_id", str, world.ids.random_based() if format_type == 4 else None),
        "document_properties": _object_of(item, "document_properties"),
        "engagement": _engagement(item),
        "contact_list_ids": packed(list_ids),
        "segment_ids": packed([reference(world, item, "segments", "segment_id", segment)] if segment else []),
    }


def _object_of(item: Item, name: str) -> str | None:
    return packed(dict(item.get(name, Mapping))) if name in item else None


def _engagement(item: Item) -> str | None:
    """Rates of this campaign's own. Where numbers are told nothing is drawn beside them."""
    told = any(name in item for name in _DEEDS)
    given = item.get("engagement", Mapping, dict.fromkeys(_DEEDS.values(), 0) if told else {})
    try:
        Rates().changed(given)
    except ValueError as problem:
        raise item.bad("engagement", str(problem)) from problem
    return packed(dict(given)) if given else None


def _more_sends(world: World, item: Item, activity_id: str, created: int) -> None:
    """An A/B test or a resend, or both: a seed may hold what no request could make."""
    row = campaign_activities.load(world, activity_id) or {}
    if "ab_test" in item:
        test = Item(f"{item.place}.ab_test", item.get("ab_test", Mapping), ab_tests.PROPERTIES)
        ab_tests.insert(world, row, _ab_test(test))
    if "resend" in item:
        known = ("resend_subject", "delay_days", "delay_minutes")
        resend = Item(f"{item.place}.resend", item.get("resend", Mapping), known)
        minutes = resend.number("delay_days") * resends.MINUTES_A_DAY or resend.number("delay_minutes")
        if not minutes:
            raise resend.bad("delay_days", "missing, and so is delay_minutes")
        resends.insert(world, created, row, resend.text("resend_subject"), minutes)


def _ab_test(item: Item) -> dict[str, Any]:
    return {
        "alternative_subject": item.text("alternative_subject"),
        "test_size": item.number("test_size", 10, 50),
        "winner_wait_duration": item.number("winner_wait_duration", 6, 1000),
    }


def _schedule(world: World, item: Item, activity_id: str) -> None:
    item.text("scheduled_date")
    instant = item.instant("scheduled_date", 0) // SECOND * SECOND
    campaign_activities.set_schedule(world, activity_id, instant, "DRAFT")
    timeline.plan(world, instant, sending.SEND, activity_id)


def add_contacts(world: World, document: Mapping[str, Any]) -> int:
    """What the control plane does with an element of `contacts`; answers how many contacts it made."""
    return sum(seed_contacts.plant(world, item) for item in _items("contacts", "contacts", document))

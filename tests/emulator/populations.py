"""Made-up accounts as plain values, and a naive reading of criteria over them: the witness of the SQL."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any

from ccstate.emulator.storage.clock import DAY, SECOND
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIELDS = {"f-text": "string", "f-number": "number", "f-date": "date", "f-choices": "multi_select"}
CHOICES = {1: "Gold", 2: "Silver", 4: "1"}  # of f-choices


@dataclass
class Person:
    status: str = "active"
    email_address: str | None = None
    first_name: str | None = None
    birthday_month: int | None = None
    anniversary: str | None = None
    created_at: int = 0
    addresses: list[tuple[str | None, str | None]] = field(default_factory=list)  # city and state
    lists: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    values: dict[str, Any] = field(default_factory=dict)  # by id of the custom field; choices as their ids


@dataclass
class Send:
    campaign: str
    activity: str
    at: int
    contacts: list[int]  # who got it now; nobody gets the same activity twice


@dataclass
class Act:
    activity: str
    contact: int
    kind: str
    at: int


@dataclass
class Account:
    people: dict[int, Person]
    lists: set[str] = field(default_factory=set)  # that were not deleted
    tags: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    campaigns: dict[str, list[str]] = field(default_factory=dict)  # in order of creation; their activities
    sends: list[Send] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


def plant(world: World, account: Account) -> None:
    """Write an account into the database, which is empty."""
    insert, named = world.db.insert, {"created_at": 0, "updated_at": 0}
    for list_id in account.lists:
        insert("lists", list_id=list_id, name=list_id, name_key=list_id, favorite=0, **named)
    for tag_id in account.tags:
        insert("tags", tag_id=tag_id, name=tag_id, name_key=tag_id, **named)
    for number, field_id in enumerate(sorted(account.fields)):
        label = f"field {number}"
        insert(
            "custom_fields", custom_field_id=field_id, label=label, label_key=label, name=label,
            type=FIELDS[field_id], **named,
        )  # fmt: skip
    for number, label in CHOICES.items():
        insert(
            "choices",
            choice_id=number,
            custom_field_id="f-choices",
            choice_label=label,
            display_order=0,
            **named,
        )
    for contact, person in account.people.items():
        _plant_person(world, contact, person)
    _plant_mails(world, account)


def _plant_person(world: World, contact: int, person: Person) -> None:
    insert, address = world.db.insert, person.email_address
    insert(
        "contacts", contact=contact, contact_id=str(contact), status=person.status, email_address=address,
        email_key=None if address is None else f"{contact} {address}",
        permission_to_send=None if address is None else "implicit", first_name=person.first_name,
        birthday_month=person.birthday_month, anniversary=person.anniversary, created_at=person.created_at,
        updated_at=person.created_at, deleted_at=0 if person.status == "deleted" else None,
    )  # fmt: skip
    for position, (city, state) in enumerate(person.addresses):
        insert(
            "street_addresses", contact=contact, position=position, street_address_id="", kind="home",
            city=city, state=state, created_at=0, updated_at=0,
        )  # fmt: skip
    for list_id in person.lists:
        insert("memberships", list_id=list_id, contact=contact)
    for tag_id in person.tags:
        insert("taggings", tag_id=tag_id, contact=contact)
    for field_id, value in person.values.items():
        text, numbers = value, None
        if isinstance(value, list):
            text, numbers = ", ".join(CHOICES[number] for number in value), packed(value)
        insert("field_values", custom_field_id=field_id, contact=contact, value=text, choice_ids=numbers)


def _plant_mails(world: World, account: Account) -> None:
    insert = world.db.insert
    for campaign, activities in account.campaigns.items():
        insert(
            "campaigns", campaign_id=campaign, name=campaign, name_key=campaign, status="DONE", created_at=0,
            updated_at=0,
        )  # fmt: skip
        for activity in activities:
            insert(
                "campaign_activities", campaign_activity_id=activity, campaign_id=campaign, role="x",
                format_type=5, from_name="", from_email="", reply_to_email="", subject="",
                contact_list_ids="[]", segment_ids="[]",
            )  # fmt: skip
    for number, send in enumerate(account.sends):
        insert(
            "sends", campaign_activity_id=send.activity, send_id=number, contact_list_ids="[]",
            segment_ids="[]", count=len(send.contacts), run_date=send.at, send_status="COMPLETED",
            reason_code=0 if send.contacts else 12, finished=1,
        )  # fmt: skip
        for contact in send.contacts:
            insert(
                "deliveries", campaign_activity_id=send.activity, contact=contact, send_id=number, at=send.at
            )
    for act in account.acts:
        insert(
            "engagements", campaign_activity_id=act.activity, contact=act.contact, kind=act.kind, at=act.at
        )


def selected(account: Account, at: int, document: Any) -> list[int]:
    """Whom criteria select, one person and one condition at a time."""
    criteria = document.get("criteria") if isinstance(document, dict) else None
    return sorted(
        contact
        for contact, person in account.people.items()
        if person.status != "deleted" and _holds(account, at, criteria, contact, person)
    )


def _holds(account: Account, at: int, node: Any, contact: int, person: Person) -> bool:
    if not isinstance(node, dict):
        return False
    if "group" in node:
        members = node["group"] if isinstance(node["group"], list) else []
        held = [_holds(account, at, member, contact, person) for member in members]
        if not held or node.get("type") not in ("and", "or"):
            return False
        return all(held) if node["type"] == "and" else any(held)
    if not isinstance(node.get("field"), str) or not isinstance(node.get("op"), str):
        return False
    if node.get("source") == "tracking":
        return _tracked(account, at, node, contact)
    return _described(account, at, node, person)


# What is known of the contacts themselves.

_IDS = {
    "list_membership": ("list_id", "list_ids", "list_membership", "list_memberships"),
    "tags": ("tag_id", "tag_ids", "tags"),
}
_NEGATED = {
    "neq": "eq", "not-in": "eq", "not-contains": "contains", "not-contains-any": "eq", "contains-none": "eq",
    "not-in-last-n-days": "in-last-n-days",
}  # fmt: skip


def _described(account: Account, at: int, node: Any, person: Person) -> bool:
    found = _values(account, node, person)
    if found is None:
        return False
    kind, values = found
    values = [value for value in values if value not in (None, "")]
    op = node["op"].lower().replace("_", "-")
    if op == "not-empty":
        return bool(values)
    if op == "is-empty":
        return not values
    held = _test(account, at, node, kind, _NEGATED.get(op, op), values)
    return held is not None and held != (op in _NEGATED)


def _values(account: Account, node: Any, person: Person) -> tuple[str, list[Any]] | None:
    name, source = node["field"].lower(), node.get("source")
    ids = next((known for known, spellings in _IDS.items() if name in spellings), None)
    if source != "contact" and (not isinstance(source, str) or ids != source or source not in _IDS):
        return None
    if ids is not None:
        return ("list", list(person.lists)) if ids == "list_membership" else ("tag", list(person.tags))
    if name in ("city", "state"):
        return "text", [address[name == "state"] for address in person.addresses]
    if name == "email_domain":
        return "text", [(person.email_address or "").partition("@")[2]]
    kinds = {"birthday_month": "number", "anniversary": "date", "created_at": "instant"}
    if name in ("first_name", "email_address", *kinds):
        return kinds.get(name, "text"), [getattr(person, name)]
    field_id = name.removeprefix("custom_field_id:")
    if field_id not in account.fields:
        return None
    value, kind = person.values.get(field_id), FIELDS[field_id]
    if kind == "multi_select":
        return "choice", [CHOICES[number] for number in value or ()]
    return {"string": "text"}.get(kind, kind), [value]


def _test(account: Account, at: int, node: Any, kind: str, op: str, values: list[Any]) -> bool | None:
    """None for what nobody can mean."""
    equal = op in ("eq", "in", "contains-any")
    days = None
    if op == "in-last-n-days":
        days = _count(node["param"] if "param" in node else node.get("value"))
    elif equal and node.get("const_value") == "last-n-days":
        days = _count(node.get("param"))
    if days is not None:
        if kind not in ("text", "choice", "date", "instant"):
            return None
        moments = [_moment(kind, value) for value in values]
        return any(moment is not None and at - days * DAY <= moment <= at for moment in moments)
    wanted = _texts(node.get("value"))
    if not wanted or op == "in-last-n-days":
        return None
    if kind in ("list", "tag"):
        alive = account.lists if kind == "list" else account.tags
        ids = {text.lower() for text in wanted}
        if not ids & alive:
            return None
        if op == "contains-all":
            return ids <= set(values)
        return bool(ids & set(values)) if equal or op == "contains" else None
    if op in ("lt", "lte", "gt", "gte", "between"):
        return _compared(kind, op, wanted, values)
    if op in ("contains", "starts-with", "ends-with") and kind != "instant":
        method = {"contains": "__contains__", "starts-with": "startswith", "ends-with": "endswith"}[op]
        return any(getattr(_fold(value), method)(_fold(text)) for value in values for text in wanted)
    return _equal(kind, op, wanted, values) if equal or op == "contains-all" else None


def _equal(kind: str, op: str, wanted: list[str], values: list[Any]) -> bool | None:
    if kind in ("date", "instant"):
        spans = [span for span in map(_span, wanted) if span]
        if not spans or op == "contains-all":
            return None
        moments = [moment for moment in (_moment(kind, value) for value in values) if moment is not None]
        return any(first <= moment < after for first, after in spans for moment in moments)
    if kind == "choice":  # by label, or by id where that is nobody's label
        wanted = [CHOICES[int(text)] if text in ("2", "4") else text for text in wanted]
    read = _number if kind == "number" else _fold
    asked = {read(text) for text in wanted} - {None}
    has = {read(value) for value in values}
    if not asked:
        return None
    return asked <= has if op == "contains-all" else bool(asked & has)


def _compared(kind: str, op: str, wanted: list[str], values: list[Any]) -> bool | None:
    if len(wanted) != (2 if op == "between" else 1):
        return None
    numbers = [_number(text) for text in wanted]
    if kind in ("text", "choice", "number") and None not in numbers:
        bounds: list[Any] = [(number, number) for number in numbers]
        found: list[Any] = [_number(value) for value in values]
    else:
        spans = [_span(text) for text in wanted]
        if kind == "number" or None in spans:
            return None
        bounds = [(span[0], span[1] - 1) for span in spans if span]
        found = [_moment(kind, value) for value in values]
    (first, last), final = bounds[0], bounds[-1][1]
    tests = {
        "lt": lambda x: x < first, "lte": lambda x: x <= last, "gt": lambda x: x > last,
        "gte": lambda x: x >= first, "between": lambda x: first <= x <= final,
    }  # fmt: skip
    return any(tests[op](value) for value in found if value is not None)


def _fold(value: Any) -> str:
    return unicodedata.normalize("NFC", str(value)).casefold()


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value).strip().replace(",", "").replace("$", "", 1))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(kind: str, value: Any) -> int | None:
    span = (value, value) if kind == "instant" else _span(str(value))
    return span[0] if span else None


def _span(text: str) -> tuple[int, int] | None:
    forms = {
        "%Y-%m-%d": DAY, "%Y/%m/%d": DAY, "%m/%d/%Y": DAY, "%m-%d-%Y": DAY, "%Y-%m-%dT%H:%M:%SZ": SECOND,
    }  # fmt: skip
    for form, length in forms.items():
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        start = (moment - EPOCH) // timedelta(microseconds=1)
        return start, start + length
    return None


def _count(value: Any) -> int | None:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else None
    return value if type(value) is int and value >= 0 else None


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    words = {True: "true", False: "false"}
    return [
        words[item] if isinstance(item, bool) else str(item)
        for item in items
        if isinstance(item, str | int | float)
    ]


# What happened with mails.

_KINDS = {
    "opened": "open", "opens": "open", "clicked": "click", "clicks": "click", "forwarded": "forward",
    "forwards": "forward", "bounced": "bounce", "bounces": "bounce", "optout": "optout",
    "opted_out": "optout", "optouts": "optout", "unsubscribed": "optout", "sent": "sent", "sends": "sent",
    "received": "sent",
}  # fmt: skip


@dataclass
class _Looked:
    """The mails that a condition looks at: what must each have happened with, and when."""

    groups: dict[str, set[str]]
    wanted: int
    since: int
    until: int
    by_time: bool = False


def _tracked(account: Account, at: int, node: Any, contact: int) -> bool:
    name, op = node["field"].lower(), node["op"].lower().replace("_", "-")
    kind, looked = _KINDS.get(name.removeprefix("not_")), _looked(account, at, node, op)
    if kind is None or looked is None or op not in ("contains-any", "contains-all", "between"):
        return False
    done = {group for group, mails in looked.groups.items() if _did(account, contact, kind, mails, looked)}
    ever = bool(done)
    if looked.by_time and kind != "sent":
        ever = _did(account, contact, kind, {act.activity for act in account.acts}, looked)
    if not name.startswith("not_"):
        return 0 < len(done) == looked.wanted if op == "contains-all" else ever
    if kind == "sent":
        return not ever
    reached = {
        group
        for group, mails in looked.groups.items()
        if any(
            _did(account, contact, "sent", {mail}, looked) and not _bounced(account, contact, mail, looked)
            for mail in mails
        )
    }
    enough = 0 < len(reached) == looked.wanted if op == "contains-all" else bool(reached)
    return enough and not ever


def _did(account: Account, contact: int, kind: str, mails: set[str], looked: _Looked) -> bool:
    if kind == "sent":
        return any(
            send.activity in mails and contact in send.contacts and looked.since <= send.at <= looked.until
            for send in account.sends
        )
    return any(
        act.activity in mails and act.kind == kind and looked.since <= act.at <= looked.until
        for act in account.acts
        if act.contact == contact
    )


def _bounced(account: Account, contact: int, mail: str, looked: _Looked) -> bool:
    return any(
        (act.activity, act.kind, act.contact) == (mail, "bounce", contact) and act.at <= looked.until
        for act in account.acts
    )


def _looked(account: Account, at: int, node: Any, op: str) -> _Looked | None:
    constant, param = node.get("const_value"), _count(node.get("param"))
    if constant is not None:
        if param is None or constant not in ("last-n-campaigns", "last-n-days"):
            return None
        if constant == "last-n-days":
            return _in_time(account, at - param * DAY, at)
        recent = list(_recent(account, at))[:param]
        return _Looked({name: set(account.campaigns[name]) for name in recent}, len(recent), -(10**18), at)
    named = _texts(node.get("value"))
    if op == "between":
        spans = [_span(text) for text in named]
        if len(spans) != 2 or spans[0] is None or spans[1] is None:
            return None
        return _in_time(account, spans[0][0], min(at, spans[1][1] - 1))
    ids = {text.lower() for text in named}
    groups = {name: set(account.campaigns[name]) for name in ids if name in account.campaigns}
    every = {activity for activities in account.campaigns.values() for activity in activities}
    groups |= {name: {name} for name in ids if name in every}
    return _Looked(groups, len(ids), -(10**18), at) if groups else None


def _recent(account: Account, at: int) -> Iterator[str]:
    order = list(account.campaigns)
    last: dict[str, int] = {}
    for send in account.sends:
        if send.at <= at and send.contacts:
            last[send.campaign] = max(send.at, last.get(send.campaign, send.at))
    yield from sorted(last, key=lambda name: (last[name], order.index(name)), reverse=True)


def _in_time(account: Account, since: int, until: int) -> _Looked:
    groups: dict[str, set[str]] = {}
    for send in account.sends:
        if since <= send.at <= until and send.contacts:
            groups.setdefault(send.campaign, set()).add(send.activity)
    return _Looked(groups, len(groups), since, until, by_time=True)


def shuffled(node: Any, random: Random) -> Any:
    """The same criteria with the members of every group in another order."""
    if isinstance(node, dict) and isinstance(node.get("group"), list):
        members = [shuffled(member, random) for member in node["group"]]
        return node | {"group": random.sample(members, len(members))}
    return node

"""What contacts did with a mail, told by hand instead of simulated.

It is read strictly: only who got the mail can have done something with it, nobody opens what bounced, and
nobody opts out twice. A click of somebody who did not open the mail is an opening too, as in the simulation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ccstate.emulator.contacts import people
from ccstate.emulator.mails import counting, engagement, reporting
from ccstate.emulator.names import key_of
from ccstate.emulator.storage.clock import SECOND, parse_instant
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

KINDS = ("open", "click", "forward", "optout", "bounce")
PROPERTIES = (
    "campaign", "kind", "contacts", "count", "at", "url", "device_type", "bounce_code", "opt_out_reason",
)  # fmt: skip
_OF_ONE_KIND = {"url": ("click",), "device_type": ("open", "click"), "bounce_code": ("bounce",),
                "opt_out_reason": ("optout",)}  # fmt: skip
DEFAULT_BOUNCE = "B"
AUTOREPLY = "V"  # the one bounce after which the mail has arrived all the same

_BY_THEN = "e.at <= ?3"  # what was drawn for later has not happened yet


def _did(condition: str, who: str = "c.contact") -> str:
    return (
        "EXISTS (SELECT 1 FROM engagements e WHERE e.campaign_activity_id = ?1 "
        f"AND e.contact = {who} AND {condition})"
    )


# Why a contact `c` with its delivery `d` cannot have done a deed, or NULL.
_BOUNCED = _did(f"e.kind = 'bounce' AND e.detail IS NOT '{AUTOREPLY}'")
_REACTED = _did(f"e.kind != 'bounce' AND {_BY_THEN}")
_LEFT = _did(f"e.kind = 'optout' AND {_BY_THEN}")
_PROBLEM = f"""CASE
    WHEN d.at IS NULL THEN 'did not get the mail'
    WHEN d.at > ?3 THEN 'got the mail later'
    WHEN ?2 != 'bounce' AND {_BOUNCED} THEN 'bounced, so that the mail never arrived'
    WHEN ?2 = 'bounce' AND {_did("e.kind = 'bounce'")} THEN 'has bounced before'
    WHEN ?2 = 'bounce' AND ?4 IS NOT '{AUTOREPLY}' AND {_REACTED}
        THEN 'did something with the mail, so that it cannot have bounced'
    WHEN ?2 = 'optout' AND c.status = 'deleted' THEN 'is deleted'
    WHEN ?2 = 'optout' AND c.email_address IS NULL THEN 'has no address any more'
    WHEN ?2 = 'optout' AND (c.permission_to_send IS 'unsubscribed' OR {_LEFT}) THEN 'has opted out before'
    END"""
_DOES_BY_THEN = f"e.kind = ?2 AND {_BY_THEN}"
_DONE = _did(_DOES_BY_THEN)
_OPENED = _did(f"e.kind = 'open' AND {_BY_THEN}")
# Whom a bare number means first: clicks and the like come from those who opened, bounces from the end.
_ORDER = f"?2 IN ('click', 'forward', 'optout') AND NOT {_OPENED}, iif(?2 = 'bounce', -c.contact, c.contact)"


class BadRecord(ValueError):
    """What cannot have happened; the message says why."""


@dataclass(frozen=True)
class Deed:
    """One kind of thing that contacts did with a mail at one instant."""

    campaign_activity_id: str
    kind: str
    at: int
    detail: str | None = None  # of a click the url_id, of a bounce its code, of an opt-out the reason
    device: str | None = None

    @property
    def parameters(self) -> tuple[Any, ...]:
        return self.campaign_activity_id, self.kind, self.at, self.detail


def of_campaign(world: World, campaign_activity_id: str, kind: str, at: int, count: int) -> None:
    """So many contacts did something: the ones who could have and have not yet, on the first link."""
    detail = None
    if kind == "click":
        detail = _link(world, campaign_activity_id, {})
    elif kind == "bounce":
        detail = DEFAULT_BOUNCE
    deed = Deed(campaign_activity_id, kind, at, detail)
    write(world, deed, _some(world, deed, count))


def record(world: World, document: Mapping[str, Any]) -> dict[str, int]:
    """Note what a control call says that contacts did; answer how many things of which kind."""
    deed = _read(world, document)
    wanted, count = document.get("contacts"), document.get("count")
    if (wanted is None) == (count is None):
        raise BadRecord("either contacts or count is wanted")
    contacts = _some(world, deed, count) if wanted is None else _named(world, deed, wanted)
    return write(world, deed, contacts)


def write(world: World, deed: Deed, contacts: Sequence[int]) -> dict[str, int]:
    """Note one deed of several contacts, who could all have done it, and what follows from it."""
    recorded = {deed.kind: len(contacts)}
    if deed.kind == "click":
        opening = replace(deed, kind="open", detail=None)
        opened = _insert(world, opening, contacts, f"NOT {_did(_DOES_BY_THEN, 'who.value')}")
        recorded |= {"open": opened} if opened else {}
    _forget_what_cannot_follow(world, deed, contacts)
    _insert(world, deed, contacts)
    if deed.kind == "optout" and deed.at <= world.now():
        _unsubscribe(world, deed, contacts)
    elif deed.kind == "optout":
        engagement.plan_opt_outs(world, deed.campaign_activity_id, world.now())
    return recorded


def _forget_what_cannot_follow(world: World, deed: Deed, contacts: Sequence[int]) -> None:
    """After a bounce nothing of what was drawn for later happens, after an opt-out no other one."""
    ended = {"bounce": "kind != 'bounce'", "optout": "kind = 'optout'"}.get(deed.kind)
    if ended is not None and deed.detail != AUTOREPLY:
        world.db.run(
            f"DELETE FROM engagements WHERE campaign_activity_id = ? AND at > ? AND {ended} "
            "AND contact IN (SELECT value FROM json_each(?))",
            deed.campaign_activity_id, deed.at, packed(contacts),
        )  # fmt: skip


def _insert(world: World, deed: Deed, contacts: Sequence[int], condition: str = "1") -> int:
    return world.db.run(
        "INSERT INTO engagements (campaign_activity_id, kind, at, detail, device, contact) "
        f"SELECT ?1, ?2, ?3, ?4, ?5, who.value FROM json_each(?6) who WHERE {condition}",
        *deed.parameters, deed.device, packed(contacts),
    )  # fmt: skip


def _unsubscribe(world: World, deed: Deed, contacts: Sequence[int]) -> None:
    at, now = deed.at // SECOND * SECOND, world.now() // SECOND * SECOND  # contacts know no fractions
    columns = {
        "permission_to_send": "unsubscribed",
        "status": people.status_of("unsubscribed"),
        "updated_at": now,
        "email_updated_at": now,
        **people.consent_columns(None, "unsubscribed", "Contact", at, deed.detail),
    }
    names = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE contacts SET {names} WHERE contact IN (SELECT value FROM json_each(?))"
    world.db.run(sql, *columns.values(), packed(contacts))


def _read(world: World, document: Mapping[str, Any]) -> Deed:
    kind = document.get("kind")
    if kind not in KINDS:
        raise BadRecord(f"kind must be one of {', '.join(KINDS)}")
    for name, kinds in _OF_ONE_KIND.items():
        if document.get(name) is not None and kind not in kinds:
            raise BadRecord(f"{name} goes with {' and '.join(kinds)} only")
    activity_id = _activity(world, document.get("campaign"))
    details = {"click": _link, "optout": _reason, "bounce": _code}
    detail = details[kind](world, activity_id, document) if kind in details else None
    return Deed(activity_id, kind, _instant(world, document), detail, _device(document))


def _activity(world: World, name: Any) -> str:
    """The mail that is meant: an activity by its id, or the primary one of a campaign by id or name."""
    if not isinstance(name, str) or not name:
        raise BadRecord("campaign must be the id of a campaign or of an activity, or the name of a campaign")
    row = world.db.row(
        "SELECT campaign_activity_id, EXISTS (SELECT 1 FROM deliveries d WHERE d.campaign_activity_id = "
        "a.campaign_activity_id) AS sent FROM campaign_activities a JOIN campaigns c USING (campaign_id) "
        "WHERE a.campaign_activity_id = ?1 OR (a.role = 'primary_email' AND (c.campaign_id = ?1 "
        "OR c.name_key = ?2)) ORDER BY a.campaign_activity_id = ?1 DESC, c.status = 'REMOVED' LIMIT 1",
        name.lower(), key_of(name),
    )  # fmt: skip
    if row is None:
        raise BadRecord(f"there is no campaign {name!r}")
    if not row["sent"]:
        raise BadRecord(f"campaign {name!r} went to nobody yet")
    activity_id: str = row["campaign_activity_id"]
    return activity_id


def _instant(world: World, document: Mapping[str, Any]) -> int:
    text = document.get("at")
    if text is None:
        return world.now()
    if not isinstance(text, str):
        raise BadRecord("at must be an ISO-8601 instant")
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise BadRecord(f"at: {problem}") from problem


def _link(world: World, activity_id: str, document: Mapping[str, Any]) -> str:
    """The number of the link that was clicked; the first one where none is named."""
    links, url = reporting.links(world, activity_id), document.get("url")
    if not links:
        raise BadRecord("the mail has no links to click")
    found = [number for number, known in links.items() if url in (None, known)]
    if not found:
        raise BadRecord(f"the mail has no link to {url!r}, but {', '.join(links.values())}")
    return found[0]


def _reason(world: World, activity_id: str, document: Mapping[str, Any]) -> str | None:  # noqa: ARG001
    reason = document.get("opt_out_reason")
    if reason is not None and not isinstance(reason, str):
        raise BadRecord("opt_out_reason must be a text")
    return reason


def _code(world: World, activity_id: str, document: Mapping[str, Any]) -> str:  # noqa: ARG001
    given: str | None = document.get("bounce_code")
    code = DEFAULT_BOUNCE if given is None else given
    if code not in tuple(reporting.BOUNCES):
        raise BadRecord(f"bounce_code must be one of {', '.join(reporting.BOUNCES)}")
    return code


def _device(document: Mapping[str, Any]) -> str | None:
    device: str | None = document.get("device_type")
    if device is not None and device not in counting.DEVICES:
        raise BadRecord(f"device_type must be one of {', '.join(counting.DEVICES)}")
    return device


def _named(world: World, deed: Deed, wanted: Any) -> list[int]:
    """Contacts by address or id, each of whom could have done it."""
    if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
        raise BadRecord("contacts must be a list of addresses and ids")
    contacts = {_contact(world, name): name for name in wanted}
    rows = world.db.rows(
        f"SELECT c.contact, {_PROBLEM} AS problem FROM json_each(?5) who CROSS JOIN contacts c "
        "ON c.contact = who.value LEFT JOIN deliveries d ON d.campaign_activity_id = ?1 "
        "AND d.contact = c.contact",
        *deed.parameters, packed(list(contacts)),
    )  # fmt: skip
    for row in rows:
        if row["problem"] is not None:
            raise BadRecord(f"{contacts[row['contact']]} {row['problem']}")
    return list(contacts)


def _contact(world: World, name: str) -> int:
    sql = "SELECT contact FROM contacts WHERE email_key = ? OR contact_id = ?"
    contact: int | None = world.db.value(sql, people.key_of(name), name.lower())
    if contact is None:
        raise BadRecord(f"there is no contact {name!r}")
    return contact


def _some(world: World, deed: Deed, count: Any) -> list[int]:
    """So many of those who could have done it and have not done it yet."""
    if type(count) is not int or count < 0:
        raise BadRecord("count must be a number of contacts")
    rows = world.db.rows(
        "SELECT c.contact FROM deliveries d CROSS JOIN contacts c USING (contact) "
        f"WHERE d.campaign_activity_id = ?1 AND {_PROBLEM} IS NULL AND NOT {_DONE} "
        f"ORDER BY {_ORDER} LIMIT ?5",
        *deed.parameters, min(count, 2**62),
    )  # fmt: skip
    if len(rows) < count:
        raise BadRecord(f"of those who got the mail only {len(rows)} more can have done that, not {count}")
    return [row["contact"] for row in rows]

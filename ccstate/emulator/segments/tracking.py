"""Conditions on what people did with mails: `opened` and `not_opened` are documented, the rest is assumed.

A condition looks at certain mails: the last n campaigns that went out, those of the last n days, or named
ones. Someone did a thing if it happened with one of these mails (`contains-any`) or with each of them
(`contains-all`). Someone did not do it who was reached by one of them (by each of them) and did it with none,
so that new contacts, who got nothing yet, are not taken for sleepy ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.contacts.dates import span
from ccstate.emulator.segments.criteria import number, operator, texts
from ccstate.emulator.segments.predicates import NOBODY, Predicate, all_of, among, outside
from ccstate.emulator.storage.clock import DAY, FIRST
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

_SENT = "sent"
# The words of the documented fields, and those of the reports on a contact.
_ACTS = {
    "opened": "open", "opens": "open", "clicked": "click", "clicks": "click",
    "forwarded": "forward", "forwards": "forward", "bounced": "bounce", "bounces": "bounce",
    "optout": "optout", "opted_out": "optout", "optouts": "optout", "unsubscribed": "optout",
    "sent": _SENT, "sends": _SENT, "received": _SENT,
}  # fmt: skip


@dataclass(frozen=True)
class Mails:
    """Which mails count: activities, each with what stands for it, and the time in which things happened."""

    activities: Sequence[tuple[str, str]]  # campaign (or the id that was named) and activity
    wanted: int  # how many campaigns `contains-all` is about
    since: int
    until: int
    by_time: bool  # what contacts did in that time counts, whenever the mail went out


@dataclass(frozen=True)
class Rows:
    """What happened with mails, as rows of a table; `happened` is the row in the condition."""

    table: str
    condition: str
    parameters: tuple[Any, ...]


_NOT_BOUNCED = (
    "NOT EXISTS (SELECT 1 FROM engagements AS back WHERE back.kind = 'bounce' AND back.at <= ? "
    "AND back.campaign_activity_id = happened.campaign_activity_id AND back.contact = happened.contact)"
)
_WITH_ONE = "happened.campaign_activity_id IN (SELECT value FROM json_each(?))"
_PAIRS = (
    "(SELECT json_extract(value, '$[0]') AS campaign, json_extract(value, '$[1]') AS activity "
    "FROM json_each(?)) AS pairs"
)


def predicate(world: World, at: int, condition: Mapping[str, Any]) -> Predicate:
    field, op = condition["field"].lower(), operator(condition)
    act = _ACTS.get(field.removeprefix("not_"))
    mails = _mails(world, at, condition)
    if act is None or mails is None or op not in ("contains-any", "contains-all", "between"):
        return NOBODY
    every = op == "contains-all"
    if not field.startswith("not_"):
        return among(*(_with_each if every else _with_one)(_rows(act, mails), mails))
    did_not = outside(*_with_one(_rows(act, mails), mails))
    return did_not if act == _SENT else all_of([did_not, _reached(mails, every=every)])


def _rows(act: str, mails: Mails) -> Rows:
    within = "happened.at BETWEEN ? AND ?"
    if act == _SENT:
        return Rows("deliveries", within, (mails.since, mails.until))
    return Rows("engagements", f"happened.kind = ? AND {within}", (act, mails.since, mails.until))


def _reached(mails: Mails, *, every: bool) -> Predicate:
    """One of the mails, or each of them, was sent and did not bounce: so reports tell who did not open."""
    parameters = (mails.since, mails.until, mails.until)
    rows = Rows("deliveries", f"happened.at BETWEEN ? AND ? AND {_NOT_BOUNCED}", parameters)
    if every:
        return among(*_with_each(rows, mails))
    # Row by row, since most contacts got one of them: to collect all who did takes longer.
    return Predicate(
        f"EXISTS (SELECT 1 FROM deliveries AS happened WHERE happened.contact = contacts.contact "
        f"AND {_WITH_ONE} AND {rows.condition})",
        (_ids(mails), *parameters),
    )


def _with_one(rows: Rows, mails: Mails) -> tuple[Any, ...]:
    """A SELECT of the contacts of whom there is a row with one of the mails; and its parameters."""
    select = f"SELECT contact FROM {rows.table} AS happened WHERE {rows.condition}"
    if mails.by_time and rows.table == "engagements":
        return select, *rows.parameters
    return f"{select} AND {_WITH_ONE}", *rows.parameters, _ids(mails)


def _with_each(rows: Rows, mails: Mails) -> tuple[Any, ...]:
    return (
        f"SELECT contact FROM {_PAIRS} CROSS JOIN {rows.table} AS happened "
        f"ON happened.campaign_activity_id = activity WHERE {rows.condition} "
        "GROUP BY contact HAVING count(DISTINCT campaign) = ?",
        packed(mails.activities), *rows.parameters, mails.wanted,
    )  # fmt: skip


def _ids(mails: Mails) -> str:
    return packed([activity for _, activity in mails.activities])


def _mails(world: World, at: int, condition: Mapping[str, Any]) -> Mails | None:
    constant, param = condition.get("const_value"), number(condition.get("param"))
    if constant is not None:
        if param is None:
            return None
        if constant == "last-n-campaigns":
            return _last(world, at, param)
        return _between(world, max(FIRST, at - param * DAY), at) if constant == "last-n-days" else None
    named = texts(condition.get("value"))
    if operator(condition) == "between":
        spans = [span(text) for text in named]
        if len(spans) != 2 or spans[0] is None or spans[1] is None:
            return None
        return _between(world, spans[0][0], min(spans[1][1] - 1, at))
    return _named(world, at, named)


def _last(world: World, at: int, count: int) -> Mails:
    """The campaigns that last went out to somebody, with all their activities: a resend is not one more."""
    recent = world.db.rows(
        "SELECT campaign_id FROM sends JOIN campaign_activities USING (campaign_activity_id) "
        "JOIN campaigns USING (campaign_id) WHERE run_date <= ? AND count > 0 "
        "GROUP BY campaign_id ORDER BY max(run_date) DESC, seq DESC LIMIT ?",
        at, count,
    )  # fmt: skip
    ids = [row["campaign_id"] for row in recent]
    return Mails(_activities(world, "campaign_id", ids), len(ids), FIRST, at, by_time=False)


def _between(world: World, since: int, until: int) -> Mails:
    """What happened in a time, and the campaigns that went out in it."""
    rows = world.db.rows(
        "SELECT DISTINCT campaign_id, campaign_activity_id FROM sends JOIN campaign_activities "
        "USING (campaign_activity_id) WHERE run_date BETWEEN ? AND ? AND count > 0",
        since, until,
    )  # fmt: skip
    pairs = [(row["campaign_id"], row["campaign_activity_id"]) for row in rows]
    return Mails(pairs, len({campaign for campaign, _ in pairs}), since, until, by_time=True)


def _named(world: World, at: int, named: Sequence[str]) -> Mails | None:
    """Campaigns or activities, by id; None where there is none of them."""
    ids = list(dict.fromkeys(text.lower() for text in named))
    pairs = [
        *_activities(world, "campaign_activity_id", ids),
        *_activities(world, "campaign_id", ids),
    ]
    return Mails(pairs, len(ids), FIRST, at, by_time=False) if pairs else None


def _activities(world: World, column: str, ids: Sequence[str]) -> list[tuple[str, str]]:
    rows = world.db.rows(
        f"SELECT {column} AS named, campaign_activity_id FROM campaign_activities "
        f"WHERE {column} IN (SELECT value FROM json_each(?))",
        packed(ids),
    )
    return [(row["named"], row["campaign_activity_id"]) for row in rows]

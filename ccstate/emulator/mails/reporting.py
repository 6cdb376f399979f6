"""What contacts did with their mails, as reports ask for it: the queries that several reports share.

Read only; `sending` and the control plane write. An engagement counts from its instant on, so that one that
lies ahead appears when the clock gets there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.storage.database import Row
from ccstate.emulator.storage.world import World

REPORTED = ("primary_email", "resend")  # the roles that have reports; a permalink has none
# What can come of a mail, as reports on contacts call it, and the kind of engagement that it is; in the order
# in which things happen that have one instant.
MAIL_TYPES: dict[str, str | None] = {
    "em_sends": None,
    "em_bounces": "bounce",
    "em_opens": "open",
    "em_clicks": "click",
    "em_forwards": "forward",
    "em_optouts": "optout",
}
# Why a mail came back. `V` is an autoreply: the mail arrived all the same.
BOUNCES = {
    "B": "nonexistent_address",
    "D": "undeliverable",
    "F": "mailbox_full",
    "S": "suspended",
    "V": "vacation",
    "X": "other",
    "Z": "blocked",
}
OTHER_BOUNCE = "X"

_PERSON = "c.contact_id, c.first_name, c.last_name, c.deleted_at, c.email_address AS current_email_address"
# The address that the mail went to, which need not be the one that the contact has by now.
_ADDRESS = (
    "coalesce((SELECT f.email_address FROM former_addresses f WHERE f.contact = d.contact AND f.until > d.at "
    "ORDER BY f.until LIMIT 1), c.email_address, '') AS email_address"
)
_LATEST_OPEN = (
    "NOT EXISTS (SELECT 1 FROM engagements later WHERE later.campaign_activity_id = e.campaign_activity_id "
    "AND later.kind = 'open' AND later.contact = e.contact AND later.at <= ?5 "
    "AND (later.at, later.seq) > (e.at, e.seq))"
)
_NOT_OPENED = (
    "NOT EXISTS (SELECT 1 FROM engagements e WHERE e.campaign_activity_id = d.campaign_activity_id "
    "AND e.kind IN ('open', 'bounce') AND e.contact = d.contact AND e.at <= ?5)"
)


@dataclass(frozen=True, order=True)
class Event:
    """Something that came of a mail for one contact. `rank` counts the types, `key` tells twins apart."""

    at: int
    rank: int
    key: Any  # the activity of a send, the number of an engagement
    campaign_activity_id: str

    @property
    def type(self) -> str:
        return tuple(MAIL_TYPES)[self.rank]


@dataclass(frozen=True)
class Period:
    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """A page of one activity's report: what comes before a position, up to now."""

    campaign_activity_id: str
    before: tuple[int, ...] | None
    limit: int
    now: int

    @property
    def parameters(self) -> tuple[Any, ...]:
        at, key = self.before or (2**62, 2**62)
        return self.campaign_activity_id, at, key, self.limit


def sends(world: World, span: Span) -> list[Row]:
    """Who got a mail, the latest first. The key is the contact."""
    return _deliveries(world, span, "1")


def did_not_opens(world: World, span: Span) -> list[Row]:
    """Whom a mail reached without ever being opened: a bounce is no mail that could have been opened."""
    return _deliveries(world, span, _NOT_OPENED, span.now)


def engagements(world: World, span: Span, kind: str, details: Sequence[str] = ()) -> list[Row]:
    """What contacts did with a mail, the latest first; with these details only, if there are any."""
    return _engagements(world, span, f"e.detail IN ({marks(details)})" if details else "1", kind, *details)


def unique_opens(world: World, span: Span) -> list[Row]:
    """The last open of each contact."""
    return _engagements(world, span, _LATEST_OPEN, "open")


def _deliveries(world: World, span: Span, condition: str, *parameters: Any) -> list[Row]:
    return world.db.rows(
        f"SELECT d.at, d.contact AS key, NULL AS detail, NULL AS device, {_PERSON}, {_ADDRESS} "
        "FROM deliveries d CROSS JOIN contacts c USING (contact) WHERE d.campaign_activity_id = ?1 "
        f"AND (d.at, d.contact) < (?2, ?3) AND ({condition}) ORDER BY d.at DESC, d.contact DESC LIMIT ?4",
        *span.parameters, *parameters,
    )  # fmt: skip


def _engagements(world: World, span: Span, condition: str, kind: str, *details: str) -> list[Row]:
    """With the contact, and the address of the mail. CROSS JOIN keeps the order of the tables."""
    return world.db.rows(
        f"SELECT e.at, e.seq AS key, e.detail, e.device, {_PERSON}, {_ADDRESS} FROM engagements e "
        "CROSS JOIN deliveries d USING (campaign_activity_id, contact) CROSS JOIN contacts c USING (contact) "
        "WHERE e.campaign_activity_id = ?1 AND e.at <= ?5 AND (e.at, e.seq) < (?2, ?3) AND e.kind = ?6 "
        f"AND ({condition}) ORDER BY e.at DESC, e.seq DESC LIMIT ?4",
        *span.parameters, span.now, kind, *details,
    )  # fmt: skip


def links(world: World, campaign_activity_id: str) -> dict[str, str]:
    """The links of a mail by their ids, spelled as clicks name them, in the order of the ids."""
    sql = "SELECT url_id, url FROM links WHERE campaign_activity_id = ? ORDER BY url_id"
    return {str(row["url_id"]): row["url"] for row in world.db.rows(sql, campaign_activity_id)}


def clicks_by_link(world: World, campaign_activity_id: str, now: int) -> dict[str, int]:
    """How many contacts clicked each link that was clicked at all."""
    rows = world.db.rows(
        "SELECT detail, count(DISTINCT contact) AS contacts FROM engagements "
        "WHERE campaign_activity_id = ? AND kind = 'click' AND at <= ? GROUP BY detail",
        campaign_activity_id, now,
    )  # fmt: skip
    return {row["detail"]: row["contacts"] for row in rows}


def history(
    world: World, contact: int, type_: str, before: Event | None, limit: int, now: int
) -> list[Event]:
    """What came of mails to one contact, of one type, the latest first."""
    rank, kind = tuple(MAIL_TYPES).index(type_), MAIL_TYPES[type_]
    at, key = _bound(rank, before)
    if kind is None:
        rows = world.db.rows(
            "SELECT at, campaign_activity_id AS key, campaign_activity_id FROM deliveries WHERE contact = ? "
            "AND (at, campaign_activity_id) < (?, ?) ORDER BY at DESC, campaign_activity_id DESC LIMIT ?",
            contact, at, key or "", limit,
        )  # fmt: skip
    else:
        rows = world.db.rows(
            "SELECT at, seq AS key, campaign_activity_id FROM engagements WHERE contact = ? AND kind = ? "
            "AND at <= ? AND (at, seq) < (?, ?) ORDER BY at DESC, seq DESC LIMIT ?",
            contact, kind, now, at, key or 0, limit,
        )  # fmt: skip
    return [Event(row["at"], rank, row["key"], row["campaign_activity_id"]) for row in rows]


def _bound(rank: int, before: Event | None) -> tuple[int, Any]:
    """Where the events of one type go on, after an event of any type: at its instant, or one later or not."""
    if before is None:
        return 2**62, None
    if rank == before.rank:
        return before.at, before.key
    return before.at + (rank < before.rank), None


def mails(
    world: World, contact: int, period: Period, before: tuple[int, str] | None, limit: int
) -> list[Row]:
    """The mails that a contact was sent in a period, the latest first."""
    return world.db.rows(
        "SELECT campaign_activity_id, at FROM deliveries WHERE contact = ? AND at BETWEEN ? AND ? "
        "AND (at, campaign_activity_id) < (?, ?) ORDER BY at DESC, campaign_activity_id DESC LIMIT ?",
        contact, period.start, period.end, *(before or (2**62, "")), limit,
    )  # fmt: skip


def times(
    world: World, contact: int, campaign_activity_ids: Sequence[str], now: int
) -> Counter[tuple[str, str]]:
    """How often a contact did what with each of some mails, by activity and kind."""
    rows = world.db.rows(
        "SELECT campaign_activity_id, kind, count(*) AS times FROM engagements WHERE contact = ? AND at <= ? "
        f"AND campaign_activity_id IN ({marks(campaign_activity_ids)}) GROUP BY 1, 2",
        contact, now, *campaign_activity_ids,
    )  # fmt: skip
    return Counter({(row["campaign_activity_id"], row["kind"]): row["times"] for row in rows})


def engaged_mails(world: World, contact: int, period: Period, now: int) -> tuple[int, int, int]:
    """How many mails a contact was sent in a period, and how many of these were opened and clicked."""
    did = (
        "EXISTS (SELECT 1 FROM engagements e WHERE e.campaign_activity_id = d.campaign_activity_id "
        "AND e.kind = '{}' AND e.contact = d.contact AND e.at <= ?4)"
    )
    row = world.db.row(
        f"SELECT count(*) AS mails, sum({did.format('open')}) AS opened, "
        f"sum({did.format('click')}) AS clicked FROM deliveries d "
        "WHERE d.contact = ?1 AND d.at BETWEEN ?2 AND ?3",
        contact, period.start, period.end, now,
    )  # fmt: skip
    return (row["mails"], row["opened"], row["clicked"]) if row and row["mails"] else (0, 0, 0)


def names(world: World, campaign_activity_ids: Sequence[str]) -> dict[str, str]:
    """The names of activities: those of their campaigns (assumed)."""
    rows = world.db.rows(
        "SELECT a.campaign_activity_id, c.name FROM campaign_activities a JOIN campaigns c "
        f"USING (campaign_id) WHERE a.campaign_activity_id IN ({marks(campaign_activity_ids)})",
        *campaign_activity_ids,
    )
    return {row["campaign_activity_id"]: row["name"] for row in rows}


def marks(ids: Collection[str]) -> str:
    return ", ".join("?" * len(ids))

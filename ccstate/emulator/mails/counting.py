"""How many did what with a campaign: the numbers of stats and summaries.

A unique count is one of contacts, however often they did a thing. What counts is what `reporting` would list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ccstate.emulator.mails.reporting import OTHER_BOUNCE, marks
from ccstate.emulator.storage.world import World

DEVICES = ("computer", "mobile", "tablet", "other")
UNKNOWN_DEVICE = "none"


@dataclass
class Counts:
    """What came of one campaign or activity."""

    sends: int = 0
    contacts: Counter[str] = field(default_factory=Counter)  # by kind; a contact counts once
    times: Counter[tuple[str, str]] = field(default_factory=Counter)  # opens and clicks, by kind and device
    bounces: Counter[str] = field(default_factory=Counter)  # by code; a contact counts once

    @property
    def arrived(self) -> int:
        return self.sends - self.contacts["bounce"]

    @property
    def not_opened(self) -> int:
        """The documented formula, zero where it would be negative."""
        return max(0, self.arrived - self.contacts["open"])

    def all(self, kind: str) -> int:
        return sum(times for (known, _), times in self.times.items() if known == kind)


def sent_campaigns(world: World, campaign_ids: Sequence[str]) -> list[str]:
    """Those of some campaigns that somebody got and that were not removed, in the order of the question."""
    rows = world.db.rows(
        "SELECT campaign_id FROM campaigns WHERE last_sent IS NOT NULL AND status != 'REMOVED' "
        f"AND campaign_id IN ({marks(campaign_ids)})",
        *campaign_ids,
    )
    found = {row["campaign_id"] for row in rows}
    return [campaign_id for campaign_id in campaign_ids if campaign_id in found]


def sent_activities(world: World, campaign_activity_ids: Sequence[str]) -> dict[str, str]:
    """Those of some activities that somebody got, with the ids of their campaigns."""
    rows = world.db.rows(
        "SELECT campaign_activity_id, campaign_id FROM campaign_activities a JOIN campaigns c "
        f"USING (campaign_id) WHERE campaign_activity_id IN ({marks(campaign_activity_ids)}) "
        "AND c.status != 'REMOVED' AND EXISTS (SELECT 1 FROM sends s "
        "WHERE s.campaign_activity_id = a.campaign_activity_id AND s.count > 0)",
        *campaign_activity_ids,
    )
    found = {row["campaign_activity_id"]: row["campaign_id"] for row in rows}
    return {known: found[known] for known in campaign_activity_ids if known in found}


def total(counts: Iterable[Counts]) -> Counts:
    """Of several campaigns together."""
    whole = Counts()
    for one in counts:
        whole.sends += one.sends
        whole.contacts.update(one.contacts)
        whole.times.update(one.times)
        whole.bounces.update(one.bounces)
    return whole


def unique_counts(world: World, now: int, campaign_ids: Sequence[str]) -> dict[str, Counts]:
    """Of whole campaigns. A contact who also got the resend is still one contact."""
    found = {campaign_id: Counts() for campaign_id in campaign_ids}
    _count_sends(world, found, "campaign_id")
    _count_contacts(world, found, "campaign_id", now)
    return found


def full_counts(world: World, now: int, column: str, ids: Sequence[str]) -> dict[str, Counts]:
    """Of campaigns or activities, as `column` says, with every time, device and bounce code."""
    found = {identifier: Counts() for identifier in ids}
    _count_sends(world, found, column)
    _count_contacts(world, found, column, now)
    _count_times(world, found, column, now)
    _count_bounces(world, found, column, now)
    return found


def _count_sends(world: World, found: dict[str, Counts], column: str) -> None:
    rows = world.db.rows(
        f"SELECT a.{column} AS id, count(DISTINCT d.contact) AS contacts FROM campaign_activities a "
        f"CROSS JOIN deliveries d USING (campaign_activity_id) WHERE a.{column} IN ({marks(found)}) "
        "GROUP BY 1",
        *found,
    )
    for row in rows:
        found[row["id"]].sends = row["contacts"]


def _count_contacts(world: World, found: dict[str, Counts], column: str, now: int) -> None:
    rows = world.db.rows(
        f"SELECT a.{column} AS id, e.kind, count(DISTINCT e.contact) AS contacts FROM campaign_activities a "
        f"CROSS JOIN engagements e USING (campaign_activity_id) WHERE a.{column} IN ({marks(found)}) "
        "AND e.at <= ? GROUP BY 1, 2",
        *found, now,
    )  # fmt: skip
    for row in rows:
        found[row["id"]].contacts[row["kind"]] = row["contacts"]


def _count_times(world: World, found: dict[str, Counts], column: str, now: int) -> None:
    rows = world.db.rows(
        f"SELECT a.{column} AS id, e.kind, e.device, count(*) AS times FROM campaign_activities a "
        f"CROSS JOIN engagements e USING (campaign_activity_id) WHERE a.{column} IN ({marks(found)}) "
        "AND e.at <= ? AND e.kind IN ('open', 'click') GROUP BY 1, 2, 3",
        *found, now,
    )  # fmt: skip
    for row in rows:
        found[row["id"]].times[row["kind"], row["device"] or UNKNOWN_DEVICE] = row["times"]


def _count_bounces(world: World, found: dict[str, Counts], column: str, now: int) -> None:
    rows = world.db.rows(
        f"SELECT a.{column} AS id, coalesce(e.detail, ?) AS code, count(DISTINCT e.contact) AS contacts "
        "FROM campaign_activities a CROSS JOIN engagements e USING (campaign_activity_id) "
        f"WHERE a.{column} IN ({marks(found)}) AND e.at <= ? AND e.kind = 'bounce' GROUP BY 1, 2",
        OTHER_BOUNCE, *found, now,
    )  # fmt: skip
    for row in rows:
        found[row["id"]].bounces[row["code"]] = row["contacts"]

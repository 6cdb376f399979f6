"""Who gets a mail: the audience as it is when the mail goes out, less those who have got it.

Everything here is set-based SQL: a list may hold a hundred thousand contacts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.collections import lists
from ccstate.emulator.segments.evaluation import selection
from ccstate.emulator.storage.world import World


@dataclass(frozen=True)
class Audience:
    """A query for the contacts that a mail is meant for, with its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


NOBODY = Audience("SELECT NULL WHERE 0")


@dataclass(frozen=True)
class Delivery:
    """One going out of one activity."""

    campaign_activity_id: str
    send_id: int
    at: int


def of(world: World, at: int, row: Mapping[str, Any]) -> Audience:
    """The lists of an activity or its segment; what was deleted since reaches nobody."""
    list_ids = [list_id for list_id in json.loads(row["contact_list_ids"]) if lists.exists(world, list_id)]
    if list_ids:
        marks = ", ".join("?" * len(list_ids))
        return Audience(f"SELECT contact FROM memberships WHERE list_id IN ({marks})", tuple(list_ids))
    for segment_id in json.loads(row["segment_ids"]):
        alive = "SELECT criteria FROM segments WHERE segment_id = ? AND deleted_at IS NULL"
        criteria = world.db.value(alive, segment_id)
        if criteria is not None:
            sql, parameters = selection(world, at, criteria)
            return Audience(sql, tuple(parameters))
    return NOBODY


def non_openers(campaign_activity_id: str, at: int) -> Audience:
    """Who got a mail and did not open it. A click counts as an opening, a bounced mail never arrived.

    After an autoreply (`V`) it did.
    """
    return Audience(
        "SELECT contact FROM deliveries d WHERE campaign_activity_id = ? AND NOT EXISTS "
        "(SELECT 1 FROM engagements e WHERE e.campaign_activity_id = d.campaign_activity_id "
        "AND e.contact = d.contact AND kind IN ('open', 'click', 'bounce') AND detail IS NOT 'V' "
        "AND e.at <= ?)",
        (campaign_activity_id, at),
    )


def size(world: World, delivery: Delivery, audience: Audience) -> int:
    """How many of an audience can be mailed and have not got the mail."""
    sql, parameters = _waiting(delivery, audience)
    number: int = world.db.value(f"SELECT count(*) FROM ({sql})", *parameters)
    return number


def deliver(
    world: World, delivery: Delivery, audience: Audience, arm: str | None = None, most: int = -1
) -> int:
    """Note who gets the mail, and count them; with `most` only so many do."""
    sql, parameters = _waiting(delivery, audience)
    return world.db.run(
        "INSERT INTO deliveries (campaign_activity_id, contact, send_id, at, arm) "
        f"SELECT ?, contact, ?, ?, ? FROM ({sql} ORDER BY contact LIMIT ?)",
        delivery.campaign_activity_id, delivery.send_id, delivery.at, arm, *parameters, most,
    )  # fmt: skip


def deliver_arms(world: World, delivery: Delivery, audience: Audience, percent: int) -> int:
    """An arm of so many percent for each subject, drawn by lot; at least one contact each, where there is."""
    total = size(world, delivery, audience)
    arm = max(1, (total * percent + 50) // 100)
    sql, parameters = _waiting(delivery, audience)
    return world.db.run(
        "INSERT INTO deliveries (campaign_activity_id, contact, send_id, at, arm) "
        "SELECT ?, contact, ?, ?, iif(place <= ?, 'A', 'B') FROM "
        f"(SELECT contact, row_number() OVER (ORDER BY lot(?, contact), contact) AS place FROM ({sql})) "
        "WHERE place <= ?",
        delivery.campaign_activity_id, delivery.send_id, delivery.at, arm,
        f"{delivery.campaign_activity_id} arms", *parameters, 2 * arm,
    )  # fmt: skip


def leading_arm(world: World, campaign_activity_id: str, at: int) -> str:
    """The subject that more contacts have opened; the original one where both are equal (assumed)."""
    opens = {
        row["arm"]: row["openers"]
        for row in world.db.rows(
            "SELECT arm, count(*) AS openers FROM deliveries d WHERE campaign_activity_id = ? AND EXISTS "
            "(SELECT 1 FROM engagements e WHERE e.campaign_activity_id = d.campaign_activity_id "
            "AND e.contact = d.contact AND kind IN ('open', 'click') AND e.at <= ?) GROUP BY arm",
            campaign_activity_id, at,
        )
    }  # fmt: skip
    return "B" if opens.get("B", 0) > opens.get("A", 0) else "A"


def _waiting(delivery: Delivery, audience: Audience) -> tuple[str, tuple[Any, ...]]:
    return (
        "SELECT contact FROM contacts c WHERE status = 'active' AND email_address IS NOT NULL "
        f"AND contact IN ({audience.sql}) AND NOT EXISTS (SELECT 1 FROM deliveries d "
        "WHERE d.campaign_activity_id = ? AND d.contact = c.contact)",
        (*audience.parameters, delivery.campaign_activity_id),
    )

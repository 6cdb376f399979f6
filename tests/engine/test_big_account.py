"""What a no-op plan of a big account costs, counted in the emulator's request log."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ccstate.core.desired import Desired
from ccstate.emulator import Settings
from tests.harness import World, compiled

NOW = "2026-05-04T09:00:00Z"
LISTS, TAGS, FIELDS, SEGMENTS, SENT, DRAFTS, SCHEDULED = 1_000, 500, 100, 500, 4_940, 30, 30
GROUP = [{"source": "tracking", "field": "opened", "op": "contains-any", "const_value": "last-n-days"}]
CRITERIA = {"type": "and", "group": [{**condition, "param": "30"} for condition in GROUP]}
MAIL = {"subject": "Hello", "html": "<p>Hello</p>"}


def seed() -> dict[str, Any]:
    """Everything was made long ago."""
    text = json.dumps({"version": "1.0.0", "criteria": CRITERIA})
    old = {"created_at": "2025-01-01T00:00:00Z"}
    mail = {**old, **MAIL, "lists": ["List 1"]}
    return {
        "lists": [{"name": "List {n}", "repeat": LISTS, **old}],
        "tags": [{"name": "Tag {n}", "repeat": TAGS, **old}],
        "custom_fields": [{"label": "Field {n}", "type": "string", "repeat": FIELDS, **old}],
        "segments": [{"name": "Segment {n}", "criteria": json.loads(text), "repeat": SEGMENTS, **old}],
        "campaigns": [
            {"name": "Sent {n}", "status": "DONE", "sent_at": "2025-02-01T00:00:00Z", "repeat": SENT, **mail},
            {"name": "Draft {n}", "repeat": DRAFTS, **mail},
            {
                "name": "Soon {n}",
                "status": "SCHEDULED",
                "scheduled_date": "2026-06-01T09:00:00Z",
                "repeat": SCHEDULED,
                **mail,
            },
        ],
    }


def manifest() -> tuple[Desired, ...]:
    """All of it, declared."""
    mail = {"from": {"name": "Example Organisation", "email": "owner@example.com"}, **MAIL}
    mail["audience"] = {"lists": ["list_1"]}
    soon = {"schedule": {"at": "2026-06-01T09:00:00Z"}}
    campaigns = {
        **{f"sent_{n}": {"name": f"Sent {n}", **mail} for n in range(1, SENT + 1)},
        **{f"draft_{n}": {"name": f"Draft {n}", **mail} for n in range(1, DRAFTS + 1)},
        **{f"soon_{n}": {"name": f"Soon {n}", **mail, **soon} for n in range(1, SCHEDULED + 1)},
    }
    return compiled(
        {
            "lists": {f"list_{n}": {"name": f"List {n}"} for n in range(1, LISTS + 1)},
            "tags": {f"tag_{n}": {"name": f"Tag {n}"} for n in range(1, TAGS + 1)},
            "custom_fields": {
                f"field_{n}": {"label": f"Field {n}", "type": "string"} for n in range(1, FIELDS + 1)
            },
            "segments": {
                f"segment_{n}": {"name": f"Segment {n}", "criteria": CRITERIA} for n in range(1, SEGMENTS + 1)
            },
            "campaigns": campaigns,
        }
    )


def test_a_second_plan_costs_17_calls_and_two_for_each_campaign_that_was_not_sent() -> None:
    world, desired = World(Settings(clock=NOW, seed=seed())), manifest()
    _, outcome = world.apply(desired)
    assert outcome.ok
    before = len(world.log())
    plan = world.plan(desired)
    counted = Counter(path.removeprefix("/v3").split("/")[1] for _, path, _ in world.log()[before:])
    assert plan.empty
    assert plan.budget.refresh_calls == counted.total() <= 17 + 2 * (DRAFTS + SCHEDULED)
    assert counted.pop("emails") == 10 + DRAFTS + 2 * SCHEDULED
    assert counted == {
        "account": 1,
        "contact_lists": 2,
        "contact_tags": 1,
        "contact_custom_fields": 1,
        "segments": 1,
    }

"""What it takes to evaluate segments over 100,000 contacts who got twenty campaigns each."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ccstate.emulator.segments.evaluation import selection
from ccstate.emulator.storage.clock import DAY, parse_instant
from ccstate.emulator.storage.world import World
from tests.benchmarks.measure import show
from tests.emulator.client import NOW, emulated

_CONTACTS = 100_000
_CAMPAIGNS = 20
_RUNS = 3
_AT = parse_instant(NOW)
_LIST, _TAG, _FIELD = (f"7a1b2c3d-0000-11ee-8000-fa163e00000{n}" for n in "123")


def populate(world: World) -> None:
    """Half are on the list, one in twenty is tagged; a fifth opens each campaign, one in fifty clicks."""
    db, many = world.db, f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT {_CONTACTS}) "
    named = {"name": "x", "name_key": "x", "created_at": 0, "updated_at": 0}
    db.insert("lists", list_id=_LIST, favorite=0, **named)
    db.insert("tags", tag_id=_TAG, **named)
    db.insert(
        "custom_fields", custom_field_id=_FIELD, label="x", label_key="x", type="date", **_without_key(named)
    )
    db.run(
        f"{many} INSERT INTO contacts (contact, contact_id, status, email_address, permission_to_send, "
        "first_name, birthday_month, created_at, updated_at) SELECT n, n, 'active', "
        "'contact' || n || '@example' || n % 9, 'implicit', 'Name ' || n % 5000, 1 + n % 12, "
        "? - n % 1000 * ?, 0 FROM n",
        _AT, DAY,
    )  # fmt: skip
    db.run(f"{many} INSERT INTO memberships SELECT ?, n FROM n WHERE n % 2", _LIST)
    db.run(f"{many} INSERT INTO taggings SELECT ?, n FROM n WHERE n % 20 = 0", _TAG)
    db.run(
        f"{many} INSERT INTO field_values (custom_field_id, contact, value) "
        "SELECT ?, n, date('2020-01-01', (n % 2000) || ' days') FROM n",
        _FIELD,
    )
    db.run(
        f"{many} INSERT INTO street_addresses (contact, position, street_address_id, kind, city, state, "
        "created_at, updated_at) SELECT n, 1, '', 'home', 'City ' || n % 300, 'MA', 0, 0 FROM n"
    )
    for number in range(_CAMPAIGNS):
        _send(world, f"activity{number}", _AT - number * 7 * DAY, number, many)


def _without_key(named: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in named.items() if name != "name_key"}


def _send(world: World, name: str, at: int, number: int, many: str) -> None:
    world.db.insert(
        "campaigns", campaign_id=name, name=name, name_key=name, status="DONE", created_at=at, updated_at=at
    )
    world.db.insert(
        "campaign_activities", campaign_activity_id=name, campaign_id=name, role="primary_email",
        format_type=5, from_name="", from_email="", reply_to_email="", subject="", contact_list_ids="[]",
        segment_ids="[]",
    )  # fmt: skip
    world.db.insert(
        "sends", campaign_activity_id=name, send_id=1, contact_list_ids="[]", segment_ids="[]",
        count=_CONTACTS, run_date=at, send_status="COMPLETED", reason_code=0, finished=1,
    )  # fmt: skip
    world.db.run(
        f"{many} INSERT INTO deliveries (campaign_activity_id, contact, send_id, at) "
        "SELECT ?, n, 1, ? FROM n",
        name, at,
    )  # fmt: skip
    for kind, share in (("open", 5), ("click", 50), ("bounce", 200)):
        world.db.run(
            f"{many} INSERT INTO engagements (campaign_activity_id, contact, kind, at) "
            "SELECT ?, n, ?, ? FROM n WHERE ((n * 2654435761 + ?) >> 9) % ? = 0",
            name, kind, at + DAY // 9, number * 40_503_019, share,
        )  # fmt: skip


def _tracking(field: str, constant: str, param: str, op: str = "contains-any") -> dict[str, Any]:
    return {"source": "tracking", "field": field, "op": op, "const_value": constant, "param": param}


def _contact(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"source": "contact", "field": field, "op": op, "value": value}


_NEWS = _contact("list_membership", "eq", _LIST)
_VIP = {"source": "tags", "field": "tag_id", "op": "eq", "value": _TAG}
_SEGMENTS = {
    "opened, last 12 campaigns": [_tracking("opened", "last-n-campaigns", "12")],
    "not opened, last 5 campaigns": [_tracking("not_opened", "last-n-campaigns", "5")],
    "not opened, last 20 campaigns": [_tracking("not_opened", "last-n-campaigns", "20")],
    "opened all of the last 3": [_tracking("opened", "last-n-campaigns", "3", "contains-all")],
    "clicked, last 60 days": [_tracking("clicked", "last-n-days", "60")],
    "not opened, last 90 days": [_tracking("not_opened", "last-n-days", "90")],
    "opened last 10, not last 2": [
        _tracking("opened", "last-n-campaigns", "10"),
        _tracking("not_opened", "last-n-campaigns", "2"),
    ],
    "on a list": [_NEWS],
    "on a list, not tagged": [_NEWS, _VIP | {"op": "neq"}],
    "tagged, in a city": [_VIP, _contact("city", "eq", "City 17")],
    "name contains": [_contact("first_name", "contains", "99")],
    "not in a state": [_contact("state", "neq", "MD")],
    "birthday": [_contact("birthday_month", "eq", "4")],
    "created in 30 days": [_contact("created_at", "in-last-n-days", "30")],
    "custom date before": [_contact(_FIELD, "lt", "2022-01-01")],
    "list, tag, field, click": [
        _NEWS, _VIP, _contact(_FIELD, "lt", "2024-01-01"), _tracking("clicked", "last-n-campaigns", "3"),
    ],
}  # fmt: skip


@pytest.mark.benchmark
def test_segments_of_100_000_contacts() -> None:
    emulator = emulated()
    world: World = emulator.app.state.world
    populate(world)
    rows = []
    for name, members in _SEGMENTS.items():
        text = json.dumps({"version": "1.0.0", "criteria": {"type": "and", "group": members}})
        count, seconds = 0, 9.0
        for _ in range(_RUNS):
            started = time.perf_counter()
            sql, parameters = selection(world, _AT + DAY, text)
            count = world.db.value(f"SELECT count(*) FROM ({sql})", *parameters)
            seconds = min(seconds, time.perf_counter() - started)
        rows.append((name, f"{count:,}", f"{seconds * 1000:.0f}"))
    show(
        f"Segments, {_CONTACTS:,} contacts, {_CAMPAIGNS} campaigns, the least of {_RUNS}",
        ("", "people", "ms"),
        rows,
    )

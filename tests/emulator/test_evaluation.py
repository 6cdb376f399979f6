"""Whom segment criteria select."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccstate.emulator.clock import DAY, parse_instant
from ccstate.emulator.evaluation import selection
from ccstate.emulator.world import World
from tests.emulator.client import NOW, Emulated

AT = parse_instant(NOW)
NEWS, STAFF, VIP = (f"7a1b2c3d-0000-11ee-8000-fa163e00000{n}" for n in "123")
FIELD = "5c6d7e8f-0000-11ee-8000-fa163e00000c"


@pytest.fixture
def world(emulator: Emulated) -> World:
    """Five people: Ann gets and opens everything, Bob opens nothing, the others got nothing yet."""
    world: World = emulator.app.state.world
    people = [
        (1, "active", "ann@Example.org", "Ann", 4, None),
        (2, "active", "bob@example.com", "BOB", 12, None),
        (3, "unsubscribed", "cleo@example.com", None, None, None),
        (4, "active", None, "Ärla", None, None),
        (5, "deleted", "dead@example.com", "Dead", 4, AT),
    ]
    for contact, status, address, first, month, deleted in people:
        world.db.insert(
            "contacts", contact=contact, contact_id=f"{contact}", status=status, email_address=address,
            email_key=address, first_name=first, birthday_month=month, deleted_at=deleted,
            created_at=AT - contact * 10 * DAY, updated_at=AT,
        )  # fmt: skip
    for list_id in (NEWS, STAFF):
        world.db.insert(
            "lists", list_id=list_id, name=list_id, name_key=list_id, favorite=0, created_at=0, updated_at=0
        )
        world.db.insert("memberships", list_id=list_id, contact=1)
    world.db.insert("memberships", list_id=NEWS, contact=2)
    world.db.insert("tags", tag_id=VIP, name="VIP", name_key="vip", created_at=0, updated_at=0)
    world.db.insert("taggings", tag_id=VIP, contact=1)
    for number, (contact, city, state) in enumerate(
        [(1, "Bend", "OR"), (1, "Bath", "MD"), (2, "Bend", None)]
    ):
        world.db.insert(
            "street_addresses", contact=contact, position=number, street_address_id="", kind="home",
            city=city, state=state, created_at=0, updated_at=0,
        )  # fmt: skip
    world.db.insert(
        "custom_fields", custom_field_id=FIELD, label="Tier", label_key="tier", name="tier", type="number",
        created_at=0, updated_at=0,
    )  # fmt: skip
    world.db.insert("field_values", custom_field_id=FIELD, contact=1, value="10.50")
    world.db.insert("field_values", custom_field_id=FIELD, contact=2, value="9")
    return world


def send(world: World, name: str, days_ago: float, to: list[int], **acts: list[int]) -> str:
    """A campaign that went out so many days ago; acts happened an hour later."""
    at = AT - int(days_ago * DAY)
    world.db.insert(
        "campaigns", campaign_id=f"c-{name}", name=name, name_key=name, status="DONE", created_at=at,
        updated_at=at,
    )  # fmt: skip
    world.db.insert(
        "campaign_activities", campaign_activity_id=name, campaign_id=f"c-{name}", role="primary_email",
        format_type=5, from_name="", from_email="", reply_to_email="", subject="", contact_list_ids="[]",
        segment_ids="[]",
    )  # fmt: skip
    world.db.insert(
        "sends", campaign_activity_id=name, send_id=1, contact_list_ids="[]", segment_ids="[]",
        count=len(to), run_date=at, send_status="COMPLETED", reason_code=0 if to else 12, finished=1,
    )  # fmt: skip
    for contact in to:
        world.db.insert("deliveries", campaign_activity_id=name, contact=contact, send_id=1, at=at)
    for kind, contacts in acts.items():
        for contact in contacts:
            world.db.insert(
                "engagements", campaign_activity_id=name, contact=contact, kind=kind, at=at + DAY // 24
            )
    return name


def selected(world: World, *members: Any, type: str = "and", at: int = AT) -> list[int]:
    text = json.dumps({"version": "1.0.0", "criteria": {"type": type, "group": list(members)}})
    return run(world, text, at)


def run(world: World, text: str, at: int = AT) -> list[int]:
    sql, parameters = selection(world, at, text)
    return sorted(row["contact"] for row in world.db.rows(sql, *parameters))


def contact(field: str, op: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"source": "contact", "field": field, "op": op, "value": value, **more}


def tracking(
    field: str, const_value: str | None, param: Any = None, op: str = "contains-any", **more: Any
) -> Any:
    window = {"const_value": const_value, "param": param} if const_value else {}
    return {"source": "tracking", "field": field, "op": op, **window, **more}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (contact("list_membership", "eq", NEWS), [1, 2]),
        (contact("list_membership", "eq", NEWS.upper()), [1, 2]),
        (contact("list_membership", "eq", [NEWS, STAFF]), [1, 2]),
        (contact("list_membership", "contains-all", [NEWS, STAFF]), [1]),
        (contact("list_membership", "neq", STAFF), [2, 3, 4]),
        (contact("list_membership", "is-empty"), [3, 4]),
        ({"source": "list_membership", "field": "list_id", "op": "eq", "value": STAFF}, [1]),
        ({"source": "tags", "field": "tag_id", "op": "eq", "value": VIP}, [1]),
        ({"source": "tags", "field": "tag_id", "op": "neq", "value": VIP}, [2, 3, 4]),
        (contact("first_name", "eq", "bob"), [2]),
        (contact("first_name", "neq", "bob"), [1, 3, 4]),
        (contact("first_name", "contains", "N"), [1]),
        (contact("first_name", "not-contains", "n"), [2, 3, 4]),
        (contact("first_name", "starts-with", "ä"), [4]),
        (contact("first_name", "ends-with", "OB"), [2]),
        (contact("first_name", "is-empty"), [3]),
        (contact("first_name", "not-empty"), [1, 2, 4]),
        (contact("email_domain", "eq", "example.org"), [1]),
        (contact("birthday_month", "eq", "4"), [1]),
        (contact("birthday_month", "eq", 4), [1]),
        (contact("birthday_month", "gt", "4"), [2]),
        (contact("birthday_month", "between", [4, 12]), [1, 2]),
        (contact("city", "eq", "bend"), [1, 2]),
        (contact("state", "neq", "MD"), [2, 3, 4]),
        (contact(f"custom_field_id:{FIELD}", "eq", "10.5"), [1]),
        (contact(FIELD, "lt", 10), [2]),
        (contact(FIELD, "is_empty"), [3, 4]),
        (contact("created_at", "in-last-n-days", 20), [1, 2]),
        (contact("created_at", "in-last-n-days", param="19"), [1]),
        (contact("created_at", "eq", const_value="last-n-days", param="20"), [1, 2]),
        (contact("created_at", "not-in-last-n-days", 20), [3, 4]),
        (contact("created_at", "lt", "2026-04-14"), [3, 4]),
        (contact("created_at", "lte", "2026-04-14"), [2, 3, 4]),
        (contact("created_at", "gt", "2026-04-14T09:15:22Z"), [1]),
        (contact("created_at", "gte", "2026-04-14T09:15:22Z"), [1, 2]),
        (contact("created_at", "between", ["2026-04-04", "04/14/2026"]), [2, 3]),
    ],
)
def test_a_condition_on_contacts(world: World, condition: Any, expected: list[int]) -> None:
    assert selected(world, condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (tracking("opened", "last-n-campaigns", "1"), [1]),
        (tracking("opened", "last-n-campaigns", 3), [1, 2]),
        (tracking("not_opened", "last-n-campaigns", "1"), [2]),
        (tracking("not_opened", "last-n-campaigns", "3"), [3]),
        (tracking("opened", "last-n-campaigns", "2", op="contains-all"), [1]),
        (tracking("opened", "last-n-campaigns", "9", op="contains-all"), []),
        (tracking("not_clicked", "last-n-campaigns", "2", op="contains-all"), [2]),
        (tracking("clicked", "last-n-campaigns", "2"), [1]),
        (tracking("sent", "last-n-campaigns", "1"), [1, 2]),
        (tracking("not_sent", "last-n-campaigns", "1"), [3, 4]),
        (tracking("bounced", "last-n-campaigns", "9"), [3]),
        (tracking("forwarded", "last-n-campaigns", "9"), [1]),
        (tracking("optout", "last-n-campaigns", "9"), [3]),
        (tracking("opened", "last-n-days", "5"), [1]),
        (tracking("not_opened", "last-n-days", "25"), [2]),
        (tracking("opened", None, value=["old"]), [2]),
        (tracking("opened", None, value=["C-old", "new"]), [1, 2]),
        (tracking("opened", None, value=["mid", "new"], op="contains-all"), [1]),
        (tracking("not_opened", None, value="old"), [3]),
        (tracking("not_opened", None, value="unknown"), []),
        (tracking("opened", None, value=["2026-03-01", "2026-04-20"], op="between"), [1, 2]),
    ],
)
def test_a_condition_on_tracking(world: World, condition: Any, expected: list[int]) -> None:
    send(world, "old", 30, [2, 3], open=[2], bounce=[3], optout=[3])
    send(world, "mid", 20, [1, 2], open=[1], click=[1], forward=[1])
    send(world, "new", 1, [1, 2], open=[1])
    send(world, "to nobody", 0.5, [])
    assert selected(world, condition) == expected


def test_an_engagement_counts_from_its_instant_on(world: World) -> None:
    send(world, "new", 0, [1, 2], open=[1])
    condition = tracking("opened", "last-n-campaigns", "1")
    assert selected(world, condition) == []
    assert selected(world, condition, at=AT + DAY) == [1]
    assert selected(world, condition, at=AT - 1) == []


def test_groups_in_groups(world: World) -> None:
    tagged, newsletter = (
        {"source": "tags", "field": "tag_id", "op": "eq", "value": VIP},
        contact("list_id", "eq", NEWS),
    )
    nameless = contact("first_name", "is-empty")
    either = {"type": "or", "group": [tagged, nameless]}
    assert selected(world, either) == [1, 3]
    assert selected(world, either, newsletter) == [1]
    assert selected(
        world, {"type": "or", "group": [{"type": "and", "group": [either, newsletter]}, nameless]}
    ) == [1, 3]


@pytest.mark.parametrize(
    "condition",
    [
        contact("shoe_size", "eq", "9"),
        contact("first_name", "sounds-like", "Ann"),
        contact("first_name", "lt", "Bob"),
        contact("first_name", "eq", {}),
        contact("first_name", "neq", None),
        contact("birthday_month", "neq", "April"),
        contact("list_membership", "neq", "7a1b2c3d-0000-11ee-8000-fa163e00ffff"),
        {"source": "tags", "field": "tag_id", "op": "neq", "value": "gone"},
        {"source": "tags", "field": "first_name", "op": "neq", "value": "Ann"},
        {"source": "moon", "field": "first_name", "op": "neq", "value": "Ann"},
        tracking("smelled", "last-n-campaigns", "5"),
        tracking("not_sent", "last-n-moons", "5"),
        tracking("not_sent", "last-n-days", None),
        tracking("not_sent", "last-n-campaigns", "5", op="is"),
        tracking("not_sent", None, value=[None]),
        tracking("not_sent", None, value=["2026-01-01", "x"], op="between"),
        {"type": "and", "group": []},
        {"type": "xor", "group": [contact("first_name", "not-empty")]},
        {"field": "first_name", "op": "not-empty"},
        5,
    ],
)  # fmt: skip
def test_what_is_not_understood_selects_nobody(world: World, condition: Any) -> None:
    assert selected(world, condition) == []
    assert selected(world, condition, contact("first_name", "eq", "Ann"), type="or") == [1]


SURROGATE = '{"criteria":{"type":"and","group":[{"source":"contact","field":"\\ud800","op":"eq"}]}}'


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", "null", '{"criteria": 1}', "[" * 9999, '{"a":' * 99 + "1" + "}" * 99, SURROGATE],
)
def test_a_document_that_is_no_criteria_selects_nobody(world: World, text: str) -> None:
    assert run(world, text) == []

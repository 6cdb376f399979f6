"""Whom segment criteria select."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.emulator.segments import criteria
from ccstate.emulator.segments.evaluation import selection
from ccstate.emulator.storage.clock import DAY, parse_instant
from ccstate.emulator.storage.world import World
from tests.emulator import populations
from tests.emulator.client import Emulated, activity_body, emulated
from tests.emulator.populations import Account
from tests.emulator.segment_strategies import AT, accounts, described, documents, leaves, strange, tracked

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


def send(
    world: World, name: str, days_ago: float, to: list[int], campaign: str = "", **acts: list[int]
) -> None:
    """A campaign that went out so many days ago, or a further mail of one; acts happened an hour later."""
    at = AT - int(days_ago * DAY)
    if not campaign:
        world.db.insert(
            "campaigns", campaign_id=f"c-{name}", name=name, name_key=name, status="DONE", created_at=at,
            updated_at=at,
        )  # fmt: skip
    world.db.insert(
        "campaign_activities", campaign_activity_id=name, campaign_id=f"c-{campaign or name}", role="x",
        format_type=5, from_name="", from_email="", reply_to_email="", subject="", contact_list_ids="[]",
        segment_ids="[]",
    )  # fmt: skip
    send_again(world, name, days_ago, to)
    for kind, contacts in acts.items():
        for contact in contacts:
            world.db.insert(
                "engagements", campaign_activity_id=name, contact=contact, kind=kind, at=at + DAY // 24
            )


def send_again(world: World, name: str, days_ago: float, to: list[int]) -> None:
    at = AT - int(days_ago * DAY)
    number = 1 + world.db.value("SELECT count(*) FROM sends WHERE campaign_activity_id = ?", name)
    world.db.insert(
        "sends", campaign_activity_id=name, send_id=number, contact_list_ids="[]", segment_ids="[]",
        count=len(to), run_date=at, send_status="COMPLETED", reason_code=0 if to else 12, finished=1,
    )  # fmt: skip
    for contact in to:
        world.db.insert("deliveries", campaign_activity_id=name, contact=contact, send_id=number, at=at)


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
        (tracking("not_opened", "last-n-campaigns", "3"), []),
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
        (tracking("not_opened", None, value="old"), []),
        (tracking("not_clicked", None, value="old"), [2]),
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


def test_the_last_campaigns_are_those_that_last_went_out(world: World) -> None:
    send(world, "again", 9, [1])
    send(world, "between", 5, [2])
    send_again(world, "again", 2, [3])
    send(world, "with it", 2, [2])
    last = [selected(world, tracking("sent", "last-n-campaigns", count)) for count in (1, 2, 3)]
    assert last == [[2], [1, 2, 3], [1, 2, 3]]  # of two at the same instant, the one that was made later


def test_a_resend_is_one_campaign_with_its_mail(world: World) -> None:
    send(world, "other", 9, [1], open=[1])
    send(world, "mail", 5, [1, 2], open=[1, 1])
    send(world, "resend", 2, [2], open=[2], campaign="mail")
    assert selected(world, tracking("opened", "last-n-campaigns", 1, op="contains-all")) == [1, 2]
    assert selected(world, tracking("opened", "last-n-campaigns", 2, op="contains-all")) == [1]
    assert selected(world, tracking("not_opened", "last-n-campaigns", 1)) == []


def test_a_choice_goes_by_its_label_or_its_id(world: World) -> None:
    gold, silver = 7, 8
    for number, label in ((gold, "Gold"), (silver, "Silver"), (9, "7")):
        world.db.insert(
            "choices", choice_id=number, custom_field_id=FIELD, choice_label=label, display_order=1,
            created_at=0, updated_at=0,
        )  # fmt: skip
    world.db.run("UPDATE custom_fields SET type = 'multi_select'")
    sql = "UPDATE field_values SET value = ?, choice_ids = ? WHERE contact = ?"
    world.db.run(sql, "Gold, Silver", "[7, 8]", 1)
    world.db.run(sql, "Silver", "[8]", 2)
    assert selected(world, contact(FIELD, "eq", "gold")) == [1]
    assert selected(world, contact(FIELD, "eq", silver)) == [1, 2]
    assert selected(world, contact(FIELD, "contains-all", ["Silver", "Gold"])) == [1]
    assert selected(world, contact(FIELD, "neq", "Gold")) == [2, 3, 4]
    assert selected(world, contact(FIELD, "eq", gold)) == []  # that is the label of another choice


def test_a_day_ends_before_the_next_one_begins(world: World) -> None:
    first_of_may = parse_instant("2026-05-01")
    world.db.run("UPDATE contacts SET created_at = ? WHERE contact = 1", first_of_may)
    world.db.run("UPDATE contacts SET created_at = ? WHERE contact = 2", first_of_may - 1)
    send(world, "mail", (AT - first_of_may) / DAY, [3])
    send(world, "earlier", (AT - first_of_may + 1) / DAY, [4])
    eve = "2026-04-30"
    assert selected(world, contact("created_at", "eq", eve)) == [2]
    assert selected(world, contact("created_at", "between", [eve, eve])) == [2]
    assert selected(world, tracking("sent", None, value=[eve, eve], op="between")) == [4]


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


NO_CRITERIA = {
    "nothing": "",
    "no JSON": "{",
    "no object": "[]",
    "no group": '{"criteria": 1}',
    "open brackets": "[" * 9999,
    "too deep": '{"a":' * 99 + "1" + "}" * 99,
    "a lone surrogate": '{"criteria":{"type":"and","group":[{"source":"tags","field":"\\ud800","op":"eq"}]}}',
    "no conditions": '{"criteria":{"type":"or","group":[' + "{}," * 6000 + "{}]}}",
    "too long": '{"criteria":{"type":"or","group":['
    + '{"source":"tags","field":"tags","op":"is-empty"},' * 999
    + "0]}}",
}


@pytest.mark.parametrize("text", NO_CRITERIA.values(), ids=NO_CRITERIA)
def test_a_document_that_is_no_criteria_selects_nobody(world: World, text: str) -> None:
    assert run(world, text) == []


@pytest.fixture(scope="module")
def shared() -> Emulated:
    """One for all examples: each is planted, asked and undone."""
    return emulated()


@contextmanager
def planted(shared: Emulated, account: Account) -> Iterator[World]:
    world: World = shared.app.state.world
    world.db.connection.execute("BEGIN")
    try:
        populations.plant(world, account)
        yield world
    finally:
        world.db.connection.execute("ROLLBACK")


@given(account=accounts(), document=documents, random=st.randoms(use_true_random=False))
def test_the_sql_selects_whom_a_naive_reading_selects(
    shared: Emulated, account: Account, document: Any, random: Random
) -> None:
    text = json.dumps(document)
    other_order = json.dumps(document | {"criteria": populations.shuffled(document["criteria"], random)})
    expected = populations.selected(account, AT, document)
    with planted(shared, account) as world:
        assert run(world, text) == run(world, other_order) == run(world, criteria.rewritten(text)) == expected


@given(
    account=accounts(),
    about_mails=st.lists(tracked, min_size=5, max_size=9),
    about_contacts=st.lists(described, min_size=3, max_size=6),
)
def test_each_condition_selects_whom_a_naive_reading_selects(
    shared: Emulated, account: Account, about_mails: list[Any], about_contacts: list[Any]
) -> None:
    with planted(shared, account) as world:
        for condition in (*about_mails, *about_contacts):
            document = {"criteria": {"type": "and", "group": [condition]}}
            found, expected = run(world, json.dumps(document)), populations.selected(account, AT, document)
            assert (condition, found) == (condition, expected)


@given(document=strange, condition=leaves, value=strange)
def test_no_json_is_too_strange_to_be_evaluated(
    shared: Emulated, document: Any, condition: Any, value: Any
) -> None:
    world: World = shared.app.state.world
    members = [
        {**condition, name: value} for name in ("source", "field", "op", "value", "param", "const_value")
    ]
    assert run(world, json.dumps({"criteria": document})) == run(world, json.dumps(document)) == []
    assert selected(world, *members) == selected(world, *members, type="or") == []


def balanced(levels: int, type: str = "and") -> Any:
    """Groups in groups, two in each and every second one of the other type."""
    if not levels:
        return contact("city", "eq", "Bend")
    other = "or" if type == "and" else "and"
    return {"type": type, "group": [balanced(levels - 1, other), balanced(levels - 1, other)]}


def chain(levels: int) -> Any:
    """As deep as the grammar lets a document be, with a condition beside each group."""
    node: Any = tracking("not_opened", "last-n-campaigns", 1, op="contains-all")
    for level in range(levels):
        beside = tracking("not_opened", "last-n-campaigns", 1, op="contains-all")
        node = {"type": ("and", "or")[level % 2], "group": [beside, node, beside]}
    return node


@pytest.mark.parametrize(
    "node",
    [
        {"type": "or", "group": [contact("city", "eq", "B")] * 300},
        {"type": "and", "group": [{"type": "or", "group": [contact("city", "eq", "Bend")] * 2}] * 110},
        contact("city", "eq", ["Bend"] * 2400),
        contact("first_name", "not-contains", [str(n) for n in range(2500)]),
        tracking("opened", None, value=[f"{n:036}" for n in range(490)]),
        balanced(7),
        chain(22),
    ],
)
def test_the_largest_criteria_are_not_too_much_for_the_database(world: World, node: Any) -> None:
    send(world, "new", 1, [1, 2], open=[1])
    criteria_text = json.dumps({"version": "1.0.0", "criteria": {"type": "and", "group": [node]}})
    assert criteria.problems(criteria_text, permissive=False) == []
    assert run(world, criteria_text) in ([], [1, 2], [2], [1, 2, 3, 4])


HTML_WITH_A_LINK = '<html><body>[[trackingImage]]<a href="https://example.org/">x</a></body></html>'
SEED = {
    "lists": ["Newsletter", "Volunteers"],
    "tags": ["VIP"],
    "custom_fields": [{"label": "Tier", "type": "single_select", "choices": ["Gold", "Silver"]}],
    "contacts": [
        {"count": 60, "lists": ["Newsletter"], "custom_fields": {"Tier": "Gold"}, "tags": ["VIP"]},
        {"count": 50, "lists": ["Newsletter", "Volunteers"], "custom_fields": {"Tier": "Silver"}},
        {"count": 40, "tags": ["VIP"]},
        {"count": 9, "lists": ["Newsletter"], "status": "unsubscribed"},
    ],
    "campaigns": [
        {
            "name": f"C{day}",
            "status": "DONE",
            "lists": ["Newsletter"],
            "html": HTML_WITH_A_LINK,
            "sent_at": f"2026-04-{day}T13:00:00Z",
            "engagement": {"click": 20},
        }
        for day in (10, 15, 20)
    ],
}


def worked_examples(emulator: Emulated) -> dict[str, list[Any]]:
    """The documented conditions, and one of each assumed kind."""
    lists = {found["name"]: found["list_id"] for found in emulator.all("/v3/contact_lists", "lists")}
    tag_id = emulator.get("/v3/contact_tags")["tags"][0]["tag_id"]
    field_id = emulator.get("/v3/contact_custom_fields")["custom_fields"][0]["custom_field_id"]
    vip = {"source": "tags", "field": "tag_id", "op": "eq", "value": tag_id}
    gold = contact(f"custom_field_id:{field_id}", "eq", "Gold")
    clicked = tracking("clicked", "last-n-campaigns", "12")
    return {
        "sleepy": [tracking("not_opened", "last-n-campaigns", "5")],
        "engaged": [tracking("opened", "last-n-campaigns", "12")],
        "fading": [{"type": "and", "group": [
            tracking("opened", "last-n-campaigns", "10"), tracking("not_opened", "last-n-campaigns", "2")]}],
        "tagged": [{"type": "or", "group": [vip, vip]}],
        "on a list and sleepy": [
            {"type": "or", "group": [contact("list_membership", "eq", lists["Volunteers"])]},
            tracking("not_opened", "last-n-campaigns", "20"),
        ],
        "all at once": [{"type": "and", "group": [gold]}, {"type": "or", "group": [vip]}, clicked],
        "everybody": [{"type": "and", "group": [contact("email_domain", "not-empty")]}],
    }  # fmt: skip


def test_a_mail_to_a_segment_reaches_the_active_ones_of_those_who_are_listed(
    make: Callable[..., Emulated],
) -> None:
    emulator = make(seed=SEED)
    reached: dict[str, int] = {}
    for name, members in worked_examples(emulator).items():
        document = {"version": "1.0.0", "criteria": {"type": "and", "group": members}}
        made = emulator.post("/v3/segments", {"name": name, "segment_criteria": json.dumps(document)})
        segment_id = made.json()["segment_id"]
        path = f"/v3/contacts?segment_id={segment_id}&limit=500"
        assert emulator.call("GET", path).status_code == 202
        listed = [one["email_address"] for one in emulator.get(path)["contacts"]]
        _, activity_id = emulator.campaign(f"To {name}")
        emulator.put(f"/v3/emails/activities/{activity_id}", activity_body(segment_ids=[segment_id]))
        assert emulator.schedule(activity_id, "0").status_code == 201
        emulator.advance("PT3S")
        (send,) = emulator.get(f"/v3/emails/activities/{activity_id}/send_history")
        mailable = [one for one in listed if one["permission_to_send"] != "unsubscribed"]
        assert (send["count"], send["segment_ids"]) == (len(mailable), [segment_id])
        reached[name] = send["count"]
    assert (reached["tagged"], reached["everybody"]) == (100, 150)
    assert 0 < reached["all at once"] < reached["engaged"] < 110
    assert 0 < reached["fading"] <= reached["engaged"]
    assert 0 < reached["on a list and sleepy"] < reached["sleepy"] < 110

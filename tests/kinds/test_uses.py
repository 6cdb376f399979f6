"""What unmanaged campaigns and segments use: asked only when something that they could refer to goes."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.desired import Desired
from ccstate.core.kind import Context, Uses
from ccstate.core.live import Live
from ccstate.core.options import Options
from ccstate.core.planning import Needs, build
from ccstate.core.wire import Response
from ccstate.kinds._facts import neighbour_question
from tests.core.build import (
    CRITERIA,
    KINDS,
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    drive,
)
from tests.kinds import payloads


def stranger(kind: str, number: str, status: str = "", **fields: Any) -> Live:
    extra = {"updated_at": "2034-01-01T00:00:00.000Z"} if kind == "campaign" else {}
    return Live(kind, number, f"{kind} {number}", {"name": f"{kind} {number}", **fields}, status, extra=extra)


STRANGERS = (
    stranger("campaign", "c1", "SCHEDULED"),
    stranger("campaign", "c2", "DRAFT"),
    stranger("campaign", "c3", "DONE"),
    stranger("campaign", "c4", "PENDING_APPROVAL"),
    stranger("segment", "71"),
    stranger("segment", "72", criteria=CRITERIA),
)
CAMPAIGNS = ["campaign:c1", "campaign:c4"]


@pytest.mark.parametrize(
    ("goes", "asked"),
    [
        (a_list("a"), [*CAMPAIGNS, "segment:71", "list members"]),
        (a_segment("a"), CAMPAIGNS),
        (a_tag("a"), ["segment:71"]),
        (a_field("a"), ["segment:71", "consent"]),
        (a_campaign("a"), []),
    ],
    ids=lambda each: each.address.kind if isinstance(each, Desired) else "",
)
def test_a_delete_asks_for_what_could_refer_to_it(goes: Desired, asked: list[str]) -> None:
    bench = Bench().managed(a_list("stays"), goes).unmanaged(*STRANGERS)
    bench.plan(a_list("stays"), allow_data_loss=("*",))
    assert bench.asked == asked


def test_a_replaced_tag_goes_too() -> None:
    bench = Bench().managed(a_tag("a", tag_source="old")).unmanaged(*STRANGERS)
    bench.plan(a_tag("a", tag_source="new"), allow_data_loss=("*",))
    assert bench.asked == ["segment:71"]


def test_creating_and_updating_asks_nothing_of_the_sort() -> None:
    bench = Bench().managed(a_list("a")).unmanaged(*STRANGERS)
    bench.plan(a_list("a", name="Other"), a_tag("b"), a_field("c"), a_segment("d"))
    assert bench.asked == []


def test_a_collection_that_nobody_reads_is_read_first() -> None:
    bench = Bench().managed(a_list("stays"), a_list("goes"))
    inputs = bench.inputs(a_list("stays"), allow_data_loss=("*",))
    unread = inputs.snapshot._replace(collections={"list": inputs.snapshot.collections["list"]})
    needs = build(inputs._replace(snapshot=unread))
    assert isinstance(needs, Needs)
    assert [each.collection for each in needs.questions] == ["campaign", "segment", ""]


def test_answers_say_who_uses_what() -> None:
    facts = {
        "campaign:c1": {"subject": "", "from_email": "", "lists": ["l1"], "segments": ["7"]},
        "campaign:c4": None,
        "segment:71": {"criteria": {"group": [{"source": "tags", "value": "t1"}, {"field": "f1"}]}},
    }
    context = Context(Bench().snapshot()._replace(facts=facts), Options())
    found = {each.remote_id: KINDS[each.kind].uses(each, context) for each in STRANGERS}
    assert found["c1"] == Uses(frozenset({"l1", "7"}))
    assert found["c4"] == Uses()
    assert found["71"].ids >= {"t1", "f1"}
    assert found["72"].ids >= {"tracking"}


@pytest.mark.parametrize("status", ["EXECUTING", "DONE"])
def test_what_was_sent_uses_nothing_any_more(status: str) -> None:
    live = stranger("campaign", "c1", status, audience={"lists": ["l1"]})
    assert KINDS["campaign"].uses(live, Context(Bench().snapshot(), Options())) == Uses()


@pytest.mark.parametrize(
    ("status", "fields", "idle"),
    [
        ("DRAFT", {"schedule": None}, True),
        ("SCHEDULED", {"schedule": "2035-01-06T12:00:00Z"}, False),
        ("SCHEDULED", {"schedule": None}, True),  # as the plan will leave it
        ("DRAFT", {"schedule": {"at": "2035-01-06T12:00:00Z"}}, False),
        ("PENDING_APPROVAL", {"schedule": None}, False),
        ("ERROR", {"schedule": None}, True),
        ("SCHEDULED", {}, False),
        ("DRAFT", {}, True),
    ],
)
def test_a_campaign_that_does_not_go_out_uses_its_lists_idly(
    status: str, fields: dict[str, Any], idle: bool
) -> None:
    live = stranger("campaign", "c1", status, audience={"lists": ["l1"]}, **fields)
    found = KINDS["campaign"].uses(live, Context(Bench().snapshot(), Options()))
    assert found == Uses(frozenset({"l1"}), idle)


# One campaign


def test_a_campaigns_audience_costs_one_call_where_its_activity_is_known() -> None:
    live = stranger("campaign", "c1", "SCHEDULED")._replace(sub_ids={"activity_id": "a1"})
    body = {**payloads.ACTIVITY, "contact_list_ids": ["l1"], "segment_ids": [7]}
    found, asked = drive(neighbour_question(live).flow(), Response(200, body))
    assert (found["lists"], found["segments"]) == (["l1"], ["7"])
    assert [each.path for (each,) in asked] == ["/emails/activities/a1"]


def test_a_campaign_that_is_gone_by_now_uses_nothing() -> None:
    found, _ = drive(neighbour_question(stranger("campaign", "c1")).flow(), Response(404))
    assert found is None

"""Dangling use: nothing is taken from under what stays and is not about to stop using it."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.desired import Desired, OnRemove
from ccstate.core.live import Live
from ccstate.core.plan import Plan
from tests.core.build import (
    CRITERIA,
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    as_live,
    calls,
    codes,
    lists,
    named,
    ref,
    remote_id,
    schedule,
    soon,
    uses,
)

STAYS = a_list("stays")
WANTED: dict[str, Any] = {"schedule": schedule(soon(days=5))}


def condition(value: Any) -> dict[str, Any]:
    group = [{"source": "contact", "field": "any", "op": "eq", "value": value}]
    return {"type": "and", "group": group}


def stranger(kind: str, status: str = "", **fields: Any) -> Live:
    extra = {"updated_at": soon(days=-9)} if kind == "campaign" else {}
    return Live(kind, "theirs", "By hand", {"name": "By hand", **fields}, status, extra=extra)


def plan(bench: Bench, *wants: Desired, **options: Any) -> Plan:
    return bench.plan(STAYS, *wants, **{"allow_data_loss": ("*",), **options})


def with_campaign(goes: Desired, status: str = "SCHEDULED") -> Bench:
    """An account in which somebody else's campaign has this list or segment for its audience."""
    key = "lists" if goes.address.kind == "list" else "segments"
    fact = {"subject": "x", "from_email": "x", "lists": [], "segments": [], key: [remote_id(goes.address)]}
    return Bench(facts={"campaign:theirs": fact}).managed(STAYS, goes).unmanaged(stranger("campaign", status))


def with_segment(goes: Desired) -> Bench:
    """An account in which somebody else's segment names this list, tag or field."""
    segment = stranger("segment", criteria=condition(remote_id(goes.address)))
    return Bench().managed(STAYS, goes).unmanaged(segment)


# Unmanaged users


@pytest.mark.parametrize("status", ["SCHEDULED", "PENDING_APPROVAL"])
@pytest.mark.parametrize("goes", [a_list("a"), a_segment("a")], ids=lambda each: str(each.address))
def test_what_an_unmanaged_campaign_goes_to_is_not_deleted(goes: Desired, status: str) -> None:
    (found,) = plan(with_campaign(goes, status)).diagnostics
    assert (found.code, found.severity, found.address) == ("dangling-use", "error", goes.address)
    assert f"the unmanaged campaign 'By hand' ({status}) still uses it" in found.summary
    assert f"--allow-dangling {goes.address}" in found.hint


@pytest.mark.parametrize("goes", [a_list("a"), a_tag("a"), a_field("a")], ids=lambda each: str(each.address))
def test_what_an_unmanaged_segment_names_is_not_deleted(goes: Desired) -> None:
    (found,) = plan(with_segment(goes)).diagnostics
    assert (found.code, found.severity, found.address) == ("dangling-use", "error", goes.address)
    assert "the unmanaged segment 'By hand' still uses it" in found.summary


def test_a_replaced_tag_leaves_its_unmanaged_users_behind() -> None:
    goes = a_tag("a", tag_source="old")
    (found,) = plan(with_segment(goes), a_tag("a", tag_source="new")).diagnostics
    assert found.code == "dangling-use"
    assert "tag.a would be replaced" in found.summary


@pytest.mark.parametrize("status", ["DONE", "EXECUTING"])
def test_what_was_sent_keeps_nobody(status: str) -> None:
    assert codes(plan(with_campaign(a_list("a"), status))) == []


def test_what_others_use_may_go() -> None:
    bench = with_campaign(a_list("a")).managed(a_list("b"))
    assert codes(plan(bench, a_list("a"))) == []


def test_destroy_is_refused_too() -> None:
    assert "dangling-use" in codes(plan(with_segment(a_tag("a")), destroy=True))


def test_offline_nobody_knows_who_uses_what() -> None:
    bench = with_segment(a_tag("a"))
    bench.offline = True
    assert codes(plan(bench)) == []


@pytest.mark.parametrize("glob", ["tag.a", "tag.*"])
def test_dangling_use_can_be_allowed_by_address(glob: str) -> None:
    made = plan(with_segment(a_tag("a")), allow_dangling=(glob,))
    assert codes(made) == []
    assert calls(made) == ["delete tag.a"]


def test_dangling_use_can_be_made_a_warning() -> None:
    made = plan(with_segment(a_tag("a")), guards={"dangling_use": "warning"})
    assert [(each.code, str(each.severity)) for each in made.diagnostics] == [("dangling-use", "warning")]
    assert calls(made) == ["delete tag.a"]


def test_of_many_users_three_are_named_and_the_rest_is_counted() -> None:
    goes = a_tag("a")
    bench = with_segment(goes)
    for number in range(4):
        bench.unmanaged(stranger("segment", criteria=condition(remote_id(goes.address)))._replace(
            remote_id=f"s{number}", natural_key=f"S{number}"
        ))  # fmt: skip
    (found,) = plan(bench).diagnostics
    assert "and 2 more still use it" in found.summary


# Managed users


def test_a_managed_segment_with_the_id_written_by_hand_is_a_user() -> None:
    segment = a_segment("s", criteria=condition(remote_id(a_tag("a").address)))
    bench = Bench().managed(STAYS, a_tag("a"), segment)
    (found,) = plan(bench, segment).diagnostics
    assert found.code == "dangling-use"
    assert "segment.s still uses it" in found.summary


def test_a_segment_that_this_plan_writes_with_the_id_is_a_user() -> None:
    after = a_segment("s", criteria=condition(remote_id(a_tag("a").address)))
    bench = Bench().managed(STAYS, a_tag("a"))
    assert codes(plan(bench, after)) == ["dangling-use"]
    assert codes(plan(bench.managed(a_segment("s")), after)) == ["dangling-use"]


def test_a_segment_that_names_a_managed_tag_as_if_it_were_not_is_a_user() -> None:
    segment = a_segment("s", criteria=condition(named("tag", "a")))
    assert codes(plan(Bench().managed(STAYS, a_tag("a")), segment)) == ["dangling-use"]


def test_a_segment_that_stops_using_it_is_none() -> None:
    before = a_segment("s", criteria=condition(remote_id(a_tag("a").address)))
    bench = Bench().managed(STAYS, a_tag("a"), before)
    assert codes(plan(bench, a_segment("s", criteria=CRITERIA))) == []


def test_a_segment_that_goes_with_it_is_none() -> None:
    bench = Bench().managed(STAYS, a_tag("a"), a_segment("s", criteria=uses("tag.a")))
    assert codes(plan(bench)) == []


def test_an_audience_that_is_not_declared_counts_as_it_is() -> None:
    mine = a_campaign("c", **WANTED)
    bench = Bench().managed(STAYS, a_list("a"), mine)
    bench.edited("campaign.c", audience={"lists": [remote_id(a_list("a").address)]})
    (found,) = plan(bench, mine).diagnostics
    assert (found.code, found.severity) == ("dangling-use", "error")
    assert "campaign.c still uses it" in found.summary


def test_a_draft_that_uses_it_is_only_a_warning() -> None:
    mine = a_campaign("c")
    bench = Bench().managed(STAYS, a_list("a"), mine)
    bench.edited("campaign.c", audience={"lists": [remote_id(a_list("a").address)]})
    made = plan(bench, mine)
    assert [(each.code, str(each.severity)) for each in made.diagnostics] == [("dangling-use", "warning")]
    assert calls(made) == ["delete list.a"]


def test_what_is_taken_off_the_calendar_by_the_same_plan_uses_it_idly() -> None:
    before = a_campaign("c", **WANTED)
    bench = Bench().managed(STAYS, a_list("a"), before)
    bench.edited("campaign.c", audience={"lists": [remote_id(a_list("a").address)]})
    (found,) = plan(bench, a_campaign("c", schedule=None)).diagnostics
    assert (found.code, str(found.severity)) == ("dangling-use", "warning")


def test_what_is_only_forgotten_stays_in_the_account_and_uses_it() -> None:
    segment = a_segment("s", criteria=uses("tag.a"), on_remove=OnRemove.FORGET)
    assert codes(plan(Bench().managed(STAYS, a_tag("a"), segment))) == ["dangling-use"]


def test_a_segment_left_out_of_the_run_does_not_follow_a_replaced_tag() -> None:
    segment = a_segment("s", criteria=uses("tag.a"))
    bench = Bench().managed(STAYS, a_tag("a", tag_source="old"), segment)
    after = a_tag("a", tag_source="new")
    assert codes(plan(bench, after, segment)) == []
    assert codes(plan(bench, after, segment, targets=("tag.a",))) == ["dangling-use"]


def test_an_audience_that_was_declared_and_sent_may_dangle() -> None:
    mine = a_campaign("c", audience=lists("a"))
    bench = Bench().managed(STAYS, a_list("a"), mine).becomes("campaign.c", status="DONE")
    assert codes(plan(bench, mine)) == []


def test_a_number_in_criteria_is_no_segment() -> None:
    number = remote_id(a_segment("a").address)
    bench = Bench().managed(STAYS, a_segment("a")).unmanaged(
        stranger("segment", criteria=condition(number))
    )  # fmt: skip
    assert codes(plan(bench)) == []


def test_a_waiting_campaign_holds_its_segment_back_without_an_error() -> None:
    bench = Bench(senders={}).managed(
        STAYS, a_segment("a"), a_campaign("c", audience={"segment": ref("segment.a")})
    )
    made = plan(bench, a_campaign("c", audience=lists("stays")))
    assert set(codes(made)) == {"sender-unconfirmed", "still-in-use"}


def test_an_adopted_segment_uses_what_its_criteria_name() -> None:
    segment = a_segment("s", criteria=condition(remote_id(a_tag("a").address)))
    bench = Bench().managed(STAYS, a_tag("a")).unmanaged(as_live(segment))
    assert codes(plan(bench, segment)) == ["dangling-use"]

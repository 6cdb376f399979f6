"""Whom a plan reaches: the numbers, before and after, and the guards that look at them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.audience import Held, Member, Reach, Send, judge, reach, send_of, to_json
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Severity
from ccstate.core.document import plan_from_json, plan_to_json
from ccstate.core.live import Snapshot
from ccstate.core.plan import Plan, Status, summarise
from tests.core.build import (
    ACCOUNT,
    KINDS,
    NOW,
    Bench,
    a_campaign,
    a_list,
    a_segment,
    a_tag,
    as_live,
    at,
    change,
    codes,
    lists,
    ref,
    schedule,
    soon,
    uses,
)

A, B, SLEEPY = a_list("a"), a_list("b"), a_segment("sleepy")
LATER = soon(days=9)


def mail(*keys: str, when: str = LATER, expect: dict[str, Any] | None = None, **fields: Any) -> Desired:
    """A campaign to lists, scheduled."""
    audience = lists(*keys) if keys else {"segment": ref("segment.sleepy")}
    timed: dict[str, Any] = {"schedule": schedule(when)} if when else {}
    return a_campaign("may", audience=audience, **timed, **fields)._replace(expect=expect or {})


def crowd(a: int = 48_210, b: int = 13_765, **facts: Any) -> Bench:
    """An account whose lists have members."""
    bench = Bench(facts=facts).managed(A, B)
    return bench.becomes("list.a", extra={"members": a}).becomes("list.b", extra={"members": b})


def audience(plan: Plan, address: str = "campaign.may") -> Any:
    return change(plan, address).impact["audience"]


def exactly(contacts: int) -> dict[str, Any]:
    return {"contacts": contacts, "exact": True, "least": contacts}


def at_most(contacts: int, least: int) -> dict[str, Any]:
    return {"contacts": contacts, "exact": False, "least": least}


# Numbers


@given(st.lists(st.integers(0, 10**6), max_size=5), st.none() | st.integers(0))
def test_a_sum_is_never_less_than_its_longest_list(numbers: list[int], everybody: int | None) -> None:
    found = reach((Member("x", "1", each) for each in numbers), everybody=everybody)
    assert found.contacts == sum(numbers) >= found.least == max(numbers, default=0)
    assert found.exact == (sum(map(bool, numbers)) <= 1)


def test_what_is_not_known_is_bounded_by_everybody_who_can_be_mailed() -> None:
    members = (Member("x", "1", 7), Member("y", "2", None))
    assert reach(members, everybody=90) == Reach(90, exact=False, least=7)
    assert reach(members) == Reach(None, exact=False, least=7)
    assert reach(members, union=30) == Reach(30, exact=True, least=30)


def test_a_list_more_is_told_before_and_after() -> None:
    plan = crowd().managed(mail("a")).plan(A, B, mail("a", "b"))
    assert audience(plan)["before"] == exactly(48_210)
    assert audience(plan)["after"] == at_most(61_975, 48_210)
    assert [each["name"] for each in audience(plan)["members"]] == ["list.a", "list.b"]
    assert codes(plan) == []


def test_a_new_campaign_and_a_changed_mail_tell_whom_they_reach() -> None:
    assert audience(crowd().plan(A, B, mail("a")))["after"] == exactly(48_210)
    edited = crowd().managed(mail("a")).plan(A, B, mail("a", subject="New"))
    assert audience(edited)["before"] == audience(edited)["after"] == exactly(48_210)


def test_a_campaign_that_is_taken_down_or_deleted_reaches_nobody() -> None:
    assert audience(crowd().managed(mail("a")).plan(A, B))["after"] == exactly(0)
    pulled = crowd().managed(mail("a")).plan(A, B, mail("a", when=""))
    assert (audience(pulled)["before"], audience(pulled)["after"]) == (exactly(48_210), exactly(0))


def test_a_draft_that_nobody_gets_has_no_audience_to_tell() -> None:
    plan = crowd().managed(mail("a", when="")).plan(A, B, mail("a", when="", subject="New"))
    assert change(plan, "campaign.may").impact == {}
    assert "consent" not in crowd().asked


def test_a_union_is_counted_only_where_the_project_says_so() -> None:
    name = "contacts on id-list-a,id-list-b"
    bench = crowd(**{name: 50_000})
    assert audience(bench.plan(A, B, mail("a", "b")))["after"] == at_most(61_975, 48_210)
    assert name not in bench.asked
    assert audience(bench.plan(A, B, mail("a", "b"), union=True))["after"] == exactly(50_000)
    assert bench.asked.count(name) == 1


def test_a_segment_is_counted_for_a_send_and_else_only_when_asked_for() -> None:
    live = as_live(SLEEPY)
    name = f"contacts of segment {live.remote_id}"
    bench = Bench(facts={name: 1_200}).managed(SLEEPY)
    assert audience(bench.plan(SLEEPY, mail()))["after"] == exactly(1_200)
    draft = bench.plan(SLEEPY, mail(when=""))
    assert audience(draft)["after"] == {"contacts": None, "exact": False, "least": 0}
    assert audience(bench.plan(SLEEPY, mail(when=""), count_segments=True))["after"] == exactly(1_200)


def test_deleted_lists_and_tags_tell_how_many_are_on_them() -> None:
    tag = a_tag("t")
    bench = crowd().managed(tag).becomes("tag.t", extra={"contacts": 9})
    bench.facts["list members"] = {"id-list-b": 14_000}
    plan = bench.plan(A, allow_data_loss=("*",))
    assert change(plan, "list.b").impact == {"contacts": 14_000, "loses": "the membership of 14,000 contacts"}
    assert change(plan, "tag.t").impact["contacts"] == 9


CONSENT = {"total": 38_200, "explicit": 21_040, "implicit": 8_810, "pending": 210, "unsubscribed": 4_120}


def test_consent_is_asked_where_a_plan_reaches_people_or_loses_contact_data() -> None:
    reaching = crowd(consent=CONSENT).managed(mail("a"))
    assert reaching.plan(A, B, mail("a", subject="New")).consent == CONSENT
    assert crowd(consent=CONSENT).plan(A, allow_data_loss=("*",)).consent == CONSENT
    harmless = crowd(consent=CONSENT)
    assert harmless.plan(a_list("a", description="x"), B).consent == {}
    assert harmless.asked == []


# Segments that a send uses


def test_other_criteria_of_a_scheduled_campaign_are_a_send() -> None:
    live = as_live(SLEEPY)
    bench = Bench(facts={f"contacts of segment {live.remote_id}": 1_200}).managed(SLEEPY, mail(), A)
    plan = bench.plan(A, a_segment("sleepy", criteria=uses("list.a")), mail(), a_list("new"))
    first = plan.changes[0]
    assert (str(first.address), first.reaches_people) == ("segment.sleepy", True)
    assert first.impact == {"contacts": 1_200, "sends": ["campaign.may"]}
    assert summarise(plan.changes).sends == 1


def test_a_segment_that_no_send_uses_is_none() -> None:
    plan = (
        Bench()
        .managed(SLEEPY, mail(when=""), A)
        .plan(A, a_segment("sleepy", criteria=uses("list.a")), mail(when=""))
    )
    assert not change(plan, "segment.sleepy").reaches_people
    assert summarise(plan.changes).sends == 0


def test_a_new_name_of_a_segment_reaches_nobody() -> None:
    plan = Bench().managed(SLEEPY, mail()).plan(a_segment("sleepy", name="Other"), mail())
    assert not change(plan, "segment.sleepy").reaches_people


def test_an_unmanaged_send_counts_as_far_as_it_was_read() -> None:
    stranger = as_live(mail(name="Theirs"))._replace(
        remote_id="theirs", natural_key="Theirs", fields={"name": "Theirs"}
    )
    live = as_live(SLEEPY)
    fact = {"lists": [], "segments": [live.remote_id], "subject": "Other", "from_email": "x@example.com"}
    bench = Bench(facts={"campaign:theirs": fact}).managed(SLEEPY, A).unmanaged(stranger)
    other = a_segment("sleepy", criteria=uses("list.a"))
    assert not change(bench.plan(A, other), "segment.sleepy").reaches_people
    beside = a_campaign("june", audience=lists("a"), schedule=schedule(LATER), subject="June")
    found = change(bench.plan(A, other, beside), "segment.sleepy")
    assert (found.reaches_people, found.impact["sends"]) == (True, ['campaign "Theirs"'])


def test_whom_other_criteria_select_is_bounded_by_all_who_can_be_mailed() -> None:
    bench = Bench(facts={"consent": CONSENT}).managed(SLEEPY, mail(), A)
    plan = bench.plan(A, a_segment("sleepy", criteria=uses("list.a")), mail(subject="New"))
    assert audience(plan)["after"] == at_most(29_850, 0)
    assert audience(plan)["send"]["redefined"] == ["segment.sleepy"]


# Sends that a plan leaves alone


def scheduled(expect: dict[str, Any], *keys: str) -> Desired:
    return mail(*(keys or ("a", "b")), expect=expect)


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"max": 61_975, "min": 48_210, "max_growth": 100}, ""),
        (
            {"max": 61_974},
            "is scheduled, and goes to at most 61,975 contacts as of now: expect.max is",
        ),
        ({"min": 48_211}, "expect.min is 48,211, and 48,210 is all that is certain"),
        ({"max_growth": 50}, "at the last apply, expect.max_growth is 50 %"),
    ],
)
def test_lists_that_grow_under_a_scheduled_campaign_are_a_warning(expect: dict[str, Any], words: str) -> None:
    bench = crowd().managed(scheduled({}), contacts=40_000)
    plan = bench.plan(A, B, scheduled(expect))
    assert (plan.changes, bench.asked) == ((), [])
    assert [each.severity for each in plan.diagnostics] == ([Severity.WARNING] if words else [])
    assert all(words in each.summary and each.range for each in plan.diagnostics)


def test_a_draft_and_what_the_plan_affects_itself_are_not_told_twice() -> None:
    draft = mail("a", when="", expect={"max": 1})
    assert codes(crowd().managed(draft).plan(A, B, draft)) == []
    changed = mail("a", subject="New", expect={"max": 1})
    (found,) = crowd().managed(mail("a")).plan(A, B, changed).diagnostics
    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(("counted", "told"), [(48_210, []), (61_000, ["audience-unexpected"])])
def test_a_union_is_counted_only_where_the_sum_is_outside(counted: int, told: list[str]) -> None:
    union = f"contacts on {','.join(sorted(as_live(each).remote_id for each in (A, B)))}"
    bench = crowd(**{union: counted}).managed(scheduled({}))
    assert codes(bench.plan(A, B, scheduled({"max": 61_975}), union=True)) == []
    assert bench.asked == []
    assert codes(bench.plan(A, B, scheduled({"max": 60_000}), union=True)) == told
    assert bench.asked == [union]


def test_a_segment_of_a_scheduled_campaign_is_counted_when_asked_for() -> None:
    fact = f"contacts of segment {as_live(SLEEPY).remote_id}"
    bench = Bench(facts={fact: 1_200}).managed(SLEEPY, mail())
    expected = mail(expect={"max": 1_000})
    assert (codes(bench.plan(SLEEPY, expected)), bench.asked) == ([], [])
    assert codes(bench.plan(SLEEPY, expected, count_segments=True)) == ["audience-unexpected"]
    forbidden = Bench(facts={"consent": CONSENT}).managed(SLEEPY, mail())
    assert codes(forbidden.plan(SLEEPY, expected, count_segments=True)) == []


def test_other_criteria_under_an_expected_number_are_a_warning() -> None:
    other = a_segment("sleepy", criteria=uses("list.a"))
    for narrowed in ({}, {"targets": ("segment.sleepy",)}):
        bench = Bench(facts={"consent": CONSENT}).managed(SLEEPY, mail(), A)
        (found,) = bench.plan(A, other, mail(expect={"max": 1_000}), **narrowed).diagnostics
        assert (found.code, found.severity) == ("audience-unexpected", Severity.WARNING)
        assert "segment.sleepy, whose criteria this plan changes" in found.summary
    assert codes(bench.plan(A, other, mail(expect={"max": 29_850}))) == []


def test_a_part_of_a_project_says_nothing_of_other_sends() -> None:
    bench = crowd().managed(scheduled({}), a_tag("t"))
    assert codes(bench.plan(A, B, scheduled({"max": 1}), a_tag("t"), targets=("tag.t",))) == []


# Guards


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"min": 40_000, "max": 70_000}, ""),
        ({"min": 50_000}, "expect.min is 50,000, and 48,210 is all that is certain"),
        ({"max": 61_974}, "at most 61,975 contacts as of now: expect.max is 61,974"),
        ({"max": 61_975}, ""),
        ({"max_growth": 10.0}, ""),
    ],
)
def test_an_audience_is_as_expected_or_refused(expect: dict[str, Any], words: str) -> None:
    plan = crowd().plan(A, B, mail("a", "b", expect=expect))
    assert codes(plan) == (["audience-unexpected"] if words else [])
    assert all(words in each.summary for each in plan.diagnostics)


def test_a_bound_says_how_it_is_counted_exactly() -> None:
    (found,) = crowd().plan(A, B, mail("a", "b", expect={"max": 1})).diagnostics
    assert "impact: union" in found.hint
    (found,) = crowd().plan(A, B, mail("a", expect={"max": 1})).diagnostics
    assert "impact: union" not in found.hint


@pytest.mark.parametrize(("before", "refused"), [(48_000, False), (40_000, True), (0, True)])
def test_growth_is_judged_by_what_was_remembered(before: int, refused: bool) -> None:
    bench = crowd().managed(mail("a"), contacts=before)
    plan = bench.plan(A, B, mail("a", subject="New", expect={"max_growth": 10.0}))
    assert codes(plan) == (["audience-unexpected"] if refused else [])


def test_how_many_it_reaches_is_remembered() -> None:
    memory = change(crowd().plan(A, B, mail("a", "b")), "campaign.may").memory
    assert memory is not None
    assert memory.contacts == 61_975


def test_a_rename_remembers_what_was_known() -> None:
    bench = crowd().managed(mail("a"), contacts=40_000)
    memory = change(bench.plan(A, B, mail("a", name="Other")), "campaign.may").memory
    assert memory is not None
    assert memory.contacts == 40_000


@pytest.mark.parametrize(
    ("most", "allowed", "refused"),
    [(61_974, False, True), (61_974, True, False), (61_975, False, False), (0, True, False)],
)
def test_a_send_above_the_maximum_is_refused(most: int, allowed: bool, refused: bool) -> None:
    plan = crowd().plan(A, B, mail("a", "b"), guards={"max_audience": most}, allow_sends=allowed)
    assert codes(plan) == (["audience-too-large"] if refused else [])
    assert all("--allow-sends" in each.hint for each in plan.diagnostics)


def test_a_draft_is_no_send() -> None:
    plan = crowd().plan(A, B, mail("a", when="", expect={"max": 1}), guards={"max_audience": 1})
    assert codes(plan) == []


def test_a_list_that_the_plan_makes_has_nobody_on_it() -> None:
    plan = crowd().plan(A, B, a_list("new"), mail("a", "new"))
    assert codes(plan) == ["audience-empty"]
    assert plan.diagnostics[0].severity is Severity.WARNING
    assert "list.new, which is made by this plan: as of now nobody is on it" in plan.diagnostics[0].summary
    assert audience(plan)["after"] == exactly(48_210)


def test_so_has_a_segment() -> None:
    plan = Bench().plan(SLEEPY, mail())
    assert codes(plan) == ["audience-empty"]
    assert audience(plan)["send"]["made"] == ["segment.sleepy"]


@pytest.mark.parametrize(
    ("keys", "hours", "allowed", "severity"),
    [
        (("new",), 23, False, Severity.ERROR),
        (("new",), 23, True, Severity.WARNING),
        (("new",), 25, False, Severity.WARNING),
        (("a", "new"), 23, False, Severity.WARNING),
    ],
)
def test_within_a_day_nobody_at_all_is_refused(
    keys: tuple[str, ...], hours: int, allowed: bool, severity: Severity
) -> None:
    plan = crowd().plan(A, B, a_list("new"), mail(*keys, when=soon(hours=hours)), allow_sends=allowed)
    assert [(each.code, each.severity) for each in plan.diagnostics] == [("audience-empty", severity)]


def test_offline_nobody_is_counted() -> None:
    bench = crowd().managed(mail("a"))
    bench.offline = True
    plan = bench.plan(A, B, mail("a", subject="New", expect={"max": 1}))
    assert codes(plan) == []
    assert change(plan, "campaign.may").impact == {}


# Again, when a saved plan is applied


def again(plan: Plan, **members: int) -> list[str]:
    """The codes when the plan of a file is applied and the lists have grown to so many."""
    read, _ = plan_from_json(plan_to_json(plan))
    kind = KINDS["campaign"]
    assert [each.collection for each in kind.recount(read.changes)] == (["list"] if members else [])
    found = [as_live(a_list(key))._replace(extra={"members": number}) for key, number in members.items()]
    snapshot = Snapshot(ACCOUNT, NOW, {"list": tuple(found)})
    return [each.code for each in kind.rejudge(read.changes, snapshot)]


def test_a_saved_plan_is_held_to_the_same_numbers_when_it_is_applied() -> None:
    plan = crowd().plan(A, B, mail("a", "b", expect={"max": 62_000}))
    assert again(plan, a=48_210, b=13_765) == []
    assert again(plan, a=48_210, b=14_000) == ["audience-unexpected"]
    limited = crowd().plan(A, B, mail("a"), guards={"max_audience": 50_000})
    assert again(limited, a=50_001, b=0) == ["audience-too-large"]


def test_an_override_holds_for_the_plan_that_it_was_given_to() -> None:
    plan = crowd().plan(A, B, mail("a"), guards={"max_audience": 1}, allow_sends=True)
    assert again(plan) == []


def test_what_is_held_to_nothing_is_not_counted_again() -> None:
    assert again(crowd().plan(A, B, mail("a"))) == []


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_what_passes_can_not_have_been_outside(least: int, most: int, one: int, other: int) -> None:
    """Whatever of two lists overlaps: what is let through is within what was expected."""
    members = (Member("a", "1", one), Member("b", "2", other))
    send = Send(at("campaign.may"), members, reach(members), Held({"min": least, "max": most}))
    if not judge(send, NOW):
        for really in range(max(one, other), one + other + 1):
            assert least <= really <= most


def test_a_send_goes_through_a_document_and_back() -> None:
    members = (Member("list.a", "1", 5), Member("list.new", "", 0))
    held = Held({"max": 9}, remembered=4, most=10, allowed=True)
    send = Send(at("campaign.may"), members, reach(members), held, LATER, ("list.new",), ("segment.s",))
    assert send_of(send.address, to_json(send, None, send.reach, members)) == send
    assert send_of(send.address, to_json(None, None, send.reach, members)) is None
    (found,) = judge(send, NOW + timedelta(days=8, hours=12))
    assert found.severity is Severity.WARNING


def test_a_blocked_campaign_says_whom_it_would_reach() -> None:
    bench = crowd()
    bench.senders = {}
    plan = bench.plan(A, B, mail("a"))
    assert change(plan, "campaign.may").status is Status.BLOCKED
    assert audience(plan)["after"] == exactly(48_210)

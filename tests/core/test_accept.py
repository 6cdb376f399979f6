"""What `--refresh-only` takes into the state, what it forgets, and what it leaves for a person to say."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.desired import Desired
from ccstate.core.plan import Action, Cause, Plan
from ccstate.core.settle import begin
from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_tag,
    as_live,
    at,
    change,
    choices,
    codes,
    lists,
    schedule,
    soon,
)

AT, LATER = soon(days=30), soon(days=40)
NEWS = a_list("news", "News", description="Monthly")


def mail(subject: str = "Hello") -> Desired:
    return a_campaign("may", subject=subject, audience=lists("news"), schedule=schedule(AT))


def accepted(bench: Bench, *wants: Desired, **options: Any) -> Plan:
    """The plan with `refresh_only`, its changes taken into the bench's state."""
    plan = bench.plan(*wants, refresh_only=True, **options)
    assert plan.steps == ()
    bench.state = begin(bench.state, plan.changes)
    return plan


def told(plan: Plan) -> dict[str, tuple[list[str], str]]:
    """Address -> the drifted fields, and the note."""
    return {str(each.address): ([field.path for field in each.fields], each.note) for each in plan.drift}


def test_where_nothing_drifted_there_is_nothing_to_accept() -> None:
    plan = Bench().managed(NEWS, mail()).plan(NEWS, mail(), refresh_only=True)
    assert (plan.changes, plan.drift, plan.empty, plan.refresh_only) == ((), (), True, True)


def test_an_edit_of_the_manifest_is_none_of_its_business() -> None:
    plan = Bench().managed(NEWS).plan(a_list("news", "Other"), a_tag("new"), refresh_only=True)
    assert (plan.changes, plan.drift) == ((), ())


def test_drift_is_accepted_and_is_an_ordinary_change_from_then_on() -> None:
    bench = Bench().managed(NEWS).edited("list.news", description="By hand", favorite=True)
    plan = accepted(bench, NEWS)
    assert told(plan) == {"list.news": (["description"], "")}
    found = change(plan, "list.news")
    assert (found.action, found.flags, plan.empty) == (Action.NOOP, ("accept description",), False)
    assert accepted(bench, NEWS).changes == ()
    again = bench.plan(NEWS)
    ((field,), drift) = change(again, "list.news").fields, again.drift
    assert (field.before, field.after, field.cause, drift) == ("By hand", "Monthly", Cause.CHANGED, ())


def test_drift_that_the_manifest_was_edited_to_is_nothing_once_accepted() -> None:
    by_hand = a_list("news", "News", description="By hand")
    bench = Bench().managed(NEWS).edited("list.news", description="By hand")
    assert told(accepted(bench, by_hand)) == {"list.news": (["description"], "")}
    plan = bench.plan(by_hand)
    assert (plan.changes, plan.drift) == ((), ())


def test_a_rename_is_accepted_with_the_name_that_it_is_known_by() -> None:
    bench = Bench().managed(NEWS).edited("list.news", name="Newsletter")
    accepted(bench, NEWS)
    assert bench.state.bindings[at("list.news")].natural_key == "Newsletter"
    moved = a_list("letter", "Newsletter", description="Monthly")
    assert change(bench.plan(moved), "list.letter").previous_address == at("list.news")


def test_the_other_fields_stay_as_they_were_remembered() -> None:
    want = a_field("fruit", type="single_select", display_type="radio", choices=choices("A", "B"))
    bench = Bench().managed(want).edited("custom_field.fruit", choices=choices("A", "C"))
    before = bench.state.bindings[want.address]
    accepted(bench, want)
    after = bench.state.bindings[want.address]
    assert after.applied == {**before.applied, "choices": ["A", "C"]}
    assert (after.remote_id, after.lifecycle, after.sub_ids) == (
        before.remote_id,
        before.lifecycle,
        before.sub_ids,
    )


def test_what_left_the_manifest_is_accepted_too_and_still_deleted() -> None:
    bench = Bench().managed(NEWS, a_list("b")).edited("list.news", description="By hand")
    assert list(told(accepted(bench, a_list("b")))) == ["list.news"]
    assert change(bench.plan(a_list("b")), "list.news").action is Action.DELETE


def test_what_is_gone_is_forgotten_and_then_made() -> None:
    bench = Bench().managed(NEWS, a_tag("vip")).vanishes("list.news")
    plan = accepted(bench, NEWS, a_tag("vip"))
    assert told(plan) == {"list.news": ([], "it is gone from the account")}
    assert (change(plan, "list.news").action, at("list.news") in bench.state.bindings) == (
        Action.FORGET,
        False,
    )
    made = change(bench.plan(NEWS, a_tag("vip")), "list.news")
    assert (made.action, made.reason) == (Action.CREATE, "")


def test_what_was_made_anew_by_hand_is_forgotten_and_then_adopted() -> None:
    bench = Bench().managed(NEWS).vanishes("list.news").unmanaged(as_live(NEWS, remote_id="by-hand"))
    assert change(accepted(bench, NEWS), "list.news").action is Action.FORGET
    assert change(bench.plan(NEWS), "list.news").action is Action.ADOPT


def test_a_removed_campaign_stays_remembered_and_is_not_made_again() -> None:
    bench = Bench().managed(NEWS, mail()).becomes("campaign.may", status="REMOVED", gone=True)
    plan = accepted(bench, NEWS, mail())
    assert (codes(plan), plan.changes) == (["campaign-removed"], ())
    assert told(plan) == {"campaign.may": ([], "it is gone from the account, and is not made again")}
    again = bench.plan(NEWS, mail())
    assert (codes(again), again.steps) == (["campaign-removed"], ())


@pytest.mark.parametrize("now", [None, LATER], ids=["taken down", "moved"])
def test_a_held_schedule_is_not_accepted_but_what_else_drifted_is(now: str | None) -> None:
    bench = Bench().managed(NEWS, mail()).edited("campaign.may", schedule=now, subject="By hand")
    bench.becomes("campaign.may", status="SCHEDULED" if now else "DRAFT")
    plan = accepted(bench, NEWS, mail())
    assert told(plan) == {"campaign.may": (["subject", "schedule"], "held: schedule is left so")}
    assert (change(plan, "campaign.may").flags, codes(plan)) == (("accept subject",), ["campaign-held"])
    again = bench.plan(NEWS, mail("By hand"))
    assert (codes(again), again.steps, again.empty) == (["campaign-held"], (), True)


def test_a_sent_campaign_is_history_whatever_it_looks_like() -> None:
    bench = Bench().managed(NEWS, mail()).edited("campaign.may", subject="By hand", schedule=None)
    bench.becomes("campaign.may", status="DONE")
    plan = accepted(bench, NEWS, mail())
    assert (plan.changes, plan.drift) == ((), ())


def test_a_tag_whose_source_is_not_shown_did_not_drift() -> None:
    want = a_tag("vip", tag_source="Shop")
    bench = Bench().managed(want)
    fields = {"name": bench.live("tag.vip").fields["name"]}
    assert accepted(bench.becomes("tag.vip", fields=fields), want).changes == ()


def test_what_is_half_replaced_is_left_to_the_next_apply() -> None:
    bench = Bench().managed(NEWS, tainted=True).vanishes("list.news")
    assert (accepted(bench, NEWS).changes, at("list.news") in bench.state.bindings) == ((), True)


@pytest.mark.parametrize("flag", ["targets", "excludes"])
def test_a_part_is_accepted_and_a_wrong_address_is_an_error(flag: str) -> None:
    wants = a_list("a", description="x"), a_list("b", description="x")
    bench = Bench().managed(*wants).edited("list.a", description="y").edited("list.b", description="y")
    plan = bench.plan(*wants, refresh_only=True, **{flag: ("list.a",)})
    assert [str(each.address) for each in plan.changes] == ["list.a" if flag == "targets" else "list.b"]
    assert codes(bench.plan(*wants, refresh_only=True, **{flag: ("list.z",)})) == ["no-such-address"]


def test_another_account_is_refused() -> None:
    bench = Bench().managed(NEWS).edited("list.news", description="By hand")
    assert "account-mismatch" in codes(bench.plan(NEWS, refresh_only=True, account_id="another"))


def test_nothing_is_asked_for_a_plan_without_calls() -> None:
    bench = Bench().managed(NEWS, mail()).edited("campaign.may", subject="By hand")
    bench.plan(NEWS, mail(), refresh_only=True)
    assert bench.asked == []

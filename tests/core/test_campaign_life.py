"""Plans of campaigns: held, history, missed, removed, failed, too near, too far, and sent twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ccstate.core.desired import Desired
from ccstate.core.live import Account, Live
from ccstate.core.plan import Action, Status, Undo
from tests.core.build import (
    ACCOUNT,
    NOW,
    SENDER,
    Bench,
    a_campaign,
    a_list,
    as_live,
    calls,
    change,
    codes,
    lists,
    schedule,
    soon,
)

NEWS = a_list("news")
LATER = soon(days=3)


def mail(key: str = "may", when: str = LATER, **fields: Any) -> Desired:
    return a_campaign(key, audience=lists("news"), schedule=schedule(when), **fields)


def draft(key: str = "may", **fields: Any) -> Desired:
    return a_campaign(key, audience=lists("news"), **fields)


def sent(bench: Bench, key: str = "may", status: str = "DONE") -> Bench:
    live = bench.live(f"campaign.{key}")
    return bench.becomes(f"campaign.{key}", status=status, fields={"name": live.fields["name"]})


def taken_down(bench: Bench) -> Bench:
    bench.edited("campaign.may", schedule=None)
    return bench.becomes("campaign.may", status="DRAFT")


UNIT = [
    "unschedule campaign.may",
    "update campaign.may",
    "schedule campaign.may",
    "verify schedule campaign.may",
]

# Drafts and schedules


def test_a_campaign_without_a_schedule_is_a_draft() -> None:
    assert calls(Bench().managed(NEWS).plan(NEWS, draft())) == [
        "create campaign.may",
        "set audience campaign.may",
    ]


def test_a_scheduled_campaign_is_made_step_by_step_and_read_back() -> None:
    assert calls(Bench().managed(NEWS).plan(NEWS, mail())) == [
        "create campaign.may",
        "set audience campaign.may",
        "schedule campaign.may",
        "verify schedule campaign.may",
    ]


def test_editing_what_is_scheduled_is_one_unit() -> None:
    plan = Bench().managed(NEWS, mail()).plan(NEWS, mail(subject="New"))
    assert calls(plan) == UNIT
    assert {each.unit for each in plan.steps} == {"campaign.may"}
    assert change(plan, "campaign.may").undo is Undo.REACHES_PEOPLE


def test_a_rename_leaves_the_schedule_alone() -> None:
    plan = Bench().managed(NEWS, mail()).plan(NEWS, mail(name="New name"))
    assert calls(plan) == ["rename campaign.may"]
    assert change(plan, "campaign.may").undo is Undo.REVERSIBLE


@pytest.mark.parametrize("gone", [draft(), draft(schedule=None)], ids=["left the manifest", "schedule: none"])
def test_taking_the_schedule_out_unschedules(gone: Desired) -> None:
    assert calls(Bench().managed(NEWS, mail()).plan(NEWS, gone)) == ["unschedule campaign.may"]


def test_a_schedule_that_was_never_ours_and_is_not_declared_stays() -> None:
    bench = Bench().managed(NEWS, draft()).edited("campaign.may", schedule=LATER)
    bench.becomes("campaign.may", status="SCHEDULED")
    assert bench.plan(NEWS, draft()).empty
    edited = bench.plan(NEWS, draft(subject="New"))
    assert calls(edited) == UNIT
    assert edited.steps[2].body == {"scheduled_date": LATER}


def test_the_same_moment_in_another_zone_is_no_change() -> None:
    other = {"at": LATER, "local": "2035-01-04T07:00", "timezone": "America/New_York"}
    assert Bench().managed(NEWS, mail()).plan(NEWS, draft(schedule=other)).empty


def test_a_scheduled_campaign_that_left_the_manifest_is_unscheduled_and_deleted() -> None:
    assert calls(Bench().managed(NEWS, mail()).plan(NEWS)) == [
        "unschedule campaign.may",
        "free the name campaign.may",
        "delete campaign.may",
    ]


# Held


def test_a_schedule_that_a_person_took_down_is_held() -> None:
    plan = taken_down(Bench().managed(NEWS, mail())).plan(NEWS, mail())
    assert codes(plan) == ["campaign-held"]
    assert change(plan, "campaign.may").status is Status.HELD
    assert plan.steps == ()
    assert plan.empty


def test_a_schedule_that_a_person_moved_is_held() -> None:
    plan = Bench().managed(NEWS, mail()).edited("campaign.may", schedule=soon(days=4)).plan(NEWS, mail())
    assert codes(plan) == ["campaign-held"]
    assert plan.steps == ()


def test_reschedule_puts_a_held_schedule_back() -> None:
    plan = taken_down(Bench().managed(NEWS, mail())).plan(NEWS, mail(), reschedule=("campaign.may",))
    assert codes(plan) == []
    assert calls(plan) == ["schedule campaign.may", "verify schedule campaign.may"]


def test_an_edit_of_the_schedule_ends_the_hold() -> None:
    plan = taken_down(Bench().managed(NEWS, mail())).plan(NEWS, mail(when=soon(days=5)))
    assert codes(plan) == []
    assert calls(plan) == ["schedule campaign.may", "verify schedule campaign.may"]


def test_a_held_draft_takes_other_edits_without_being_scheduled() -> None:
    plan = taken_down(Bench().managed(NEWS, mail())).plan(NEWS, mail(subject="New"))
    assert codes(plan) == ["campaign-held"]
    assert calls(plan) == ["update campaign.may"]


def test_an_edit_of_what_a_person_moved_keeps_the_moment_of_the_person() -> None:
    bench = Bench().managed(NEWS, mail()).edited("campaign.may", schedule=soon(days=4))
    plan = bench.plan(NEWS, mail(subject="New"))
    assert calls(plan) == UNIT
    assert plan.steps[2].body == {"scheduled_date": soon(days=4)}


def test_the_memory_of_a_held_schedule_stays_so_that_it_is_held_tomorrow_too() -> None:
    plan = taken_down(Bench().managed(NEWS, mail())).plan(NEWS, mail(subject="New"))
    memory = change(plan, "campaign.may").memory
    assert memory is not None
    assert memory.kept == {"schedule": LATER}
    assert "schedule" not in memory.applied


def test_a_schedule_that_was_taken_down_and_left_the_manifest_is_nothing() -> None:
    assert calls(taken_down(Bench().managed(NEWS, mail())).plan(NEWS, draft())) == []


# History


@pytest.mark.parametrize("status", ["EXECUTING", "DONE"])
def test_what_is_being_sent_or_was_sent_is_history(status: str) -> None:
    plan = sent(Bench().managed(NEWS, mail()), status=status).plan(NEWS, mail())
    assert change(plan, "campaign.may").status is Status.SENT
    assert plan.steps == ()
    assert plan.diagnostics == ()


@pytest.mark.parametrize(
    "edit", [{"subject": "New"}, {"when": soon(days=9)}, {"name": "Other"}, {"html": "<p>x"}], ids=str
)
def test_an_edit_after_it_went_out_is_one_warning(edit: dict[str, Any]) -> None:
    plan = sent(Bench().managed(NEWS, mail())).plan(NEWS, mail(**edit))
    assert codes(plan) == ["campaign-already-sent"]
    assert plan.steps == ()


def test_another_spelling_of_what_was_sent_is_no_edit() -> None:
    bench = sent(Bench().managed(NEWS, mail(html="<p>a &amp; b</p>")))
    assert codes(bench.plan(NEWS, mail(html="<P>a  &#38; b</P>"))) == []


def test_what_was_sent_and_left_the_manifest_is_forgotten() -> None:
    plan = sent(Bench().managed(NEWS, mail())).plan(NEWS)
    assert change(plan, "campaign.may").action is Action.FORGET
    assert plan.steps == ()


def test_include_sent_deletes_it() -> None:
    plan = sent(Bench().managed(NEWS, mail())).plan(NEWS, include_sent=True)
    assert [(each.flag, str(each.address)) for each in plan.overrides] == [("--include-sent", "campaign.may")]
    assert calls(plan) == ["free the name campaign.may", "delete campaign.may"]


def test_what_was_sent_may_refer_to_what_is_gone() -> None:
    plan = sent(Bench().managed(NEWS, a_list("other"), mail())).plan(a_list("other"), mail())
    assert calls(plan) == ["delete list.news"]


def test_what_was_sent_is_remembered_as_sent() -> None:
    memory = change(sent(Bench().managed(NEWS, mail())).plan(NEWS, mail()), "campaign.may").memory
    assert memory is not None
    assert memory.sent
    assert memory.kept["subject"] == "Hello"


def test_what_is_known_to_be_sent_may_vanish_without_a_word() -> None:
    bench = Bench().managed(NEWS).managed(mail(), sent=True).vanishes("campaign.may")
    plan = bench.plan(NEWS, mail())
    assert (codes(plan), calls(plan)) == ([], [])


def test_the_name_of_last_years_campaign_does_not_swallow_this_years() -> None:
    bench = sent(Bench().managed(NEWS).unmanaged(as_live(mail())))
    plan = bench.plan(NEWS, mail())
    assert codes(plan) == ["name-already-sent"]
    assert plan.steps == ()


def test_a_sent_campaign_whose_time_has_passed_is_taken_into_the_state_as_sent() -> None:
    bench = sent(Bench().managed(NEWS).unmanaged(as_live(mail())))
    plan = bench.plan(NEWS, mail(when=soon(days=-3)))
    found = change(plan, "campaign.may")
    assert (found.action, found.status) == (Action.ADOPT, Status.READY)
    assert found.memory is not None
    assert found.memory.sent


# Missed


@pytest.mark.parametrize("known", [True, False], ids=["a draft", "never made"])
def test_a_moment_that_passed_unsent_is_missed(known: bool) -> None:
    past = mail(when=soon(days=-1))
    bench = Bench().managed(NEWS, draft()) if known else Bench().managed(NEWS)
    plan = bench.plan(NEWS, past)
    assert codes(plan) == ["schedule-missed"]
    assert change(plan, "campaign.may").status is Status.MISSED
    assert plan.steps == ()


def test_what_is_missed_does_not_block_the_rest() -> None:
    plan = Bench().managed(NEWS).plan(NEWS, mail(when=soon(days=-1)), mail("june"))
    assert "create campaign.june" in calls(plan)


def test_missed_can_be_made_an_error() -> None:
    plan = Bench().managed(NEWS).plan(NEWS, mail(when=soon(days=-1)), guards={"missed": "error"})
    assert [str(each.severity) for each in plan.diagnostics] == ["error"]


def test_a_missed_draft_takes_other_edits() -> None:
    plan = Bench().managed(NEWS, draft()).plan(NEWS, draft(schedule=schedule(soon(days=-1)), subject="New"))
    assert calls(plan) == ["update campaign.may"]


def test_offline_no_moment_is_judged_against_today() -> None:
    plan = Bench(offline=True).plan(NEWS, mail(when=soon(days=-1)))
    assert codes(plan) == []


def test_what_the_service_has_not_sent_yet_is_not_missed() -> None:
    bench = Bench().managed(NEWS, mail())
    bench.now = NOW + timedelta(days=3, seconds=30)
    assert codes(bench.plan(NEWS, mail())) == []


# Removed, failed, unknown


def removed(bench: Bench) -> Bench:
    return bench.becomes("campaign.may", status="REMOVED", gone=True)


@pytest.mark.parametrize(
    "how", [removed, lambda bench: bench.vanishes("campaign.may")], ids=["listed", "gone"]
)
def test_a_campaign_removed_in_the_account_is_not_made_again_silently(how: Any) -> None:
    plan = how(Bench().managed(NEWS, mail())).plan(NEWS, mail())
    assert codes(plan) == ["campaign-removed"]
    assert plan.steps == ()
    assert plan.empty


def test_a_campaign_that_is_gone_can_be_made_anew() -> None:
    plan = (
        Bench().managed(NEWS, mail()).vanishes("campaign.may").plan(NEWS, mail(), replace=("campaign.may",))
    )
    assert change(plan, "campaign.may").action is Action.CREATE
    assert calls(plan)[0] == "create campaign.may"
    assert "campaign-removed" not in codes(plan), "it is made again"


def test_a_removed_campaign_keeps_its_name_from_its_successor() -> None:
    plan = removed(Bench().managed(NEWS, mail())).plan(NEWS, mail(), replace=("campaign.may",))
    assert "name-held-by-removed" in codes(plan)


def test_a_removed_campaign_keeps_its_name_from_others() -> None:
    gone = as_live(draft("old", name="May"), status="REMOVED", gone=True)
    plan = Bench().managed(NEWS).unmanaged(gone).plan(NEWS, draft(name="may"))
    assert codes(plan) == ["name-held-by-removed"]


def test_a_removed_campaign_that_left_the_manifest_is_forgotten() -> None:
    plan = removed(Bench().managed(NEWS, mail())).plan(NEWS)
    assert change(plan, "campaign.may").action is Action.FORGET


def test_a_failed_campaign_waits_for_a_person_and_says_why() -> None:
    bench = Bench().managed(NEWS, mail())
    bench.becomes("campaign.may", status="ERROR", extra={"reason": "nobody was eligible (reason code 12)"})
    plan = bench.plan(NEWS, mail())
    assert codes(plan) == ["campaign-failed"]
    assert "nobody was eligible" in plan.diagnostics[0].summary
    assert change(plan, "campaign.may").status is Status.BLOCKED


def test_a_failed_campaign_can_be_made_anew() -> None:
    bench = Bench().managed(NEWS, mail()).becomes("campaign.may", status="ERROR")
    plan = bench.plan(NEWS, mail(), replace=("campaign.may",))
    assert codes(plan) == []
    assert calls(plan)[:3] == ["free the name campaign.may", "delete campaign.may", "create campaign.may"]


def test_what_was_sent_and_is_gone_is_not_made_anew() -> None:
    bench = Bench().managed(NEWS).managed(mail(when=soon(days=-1)), sent=True).vanishes("campaign.may")
    plan = bench.plan(NEWS, mail(when=soon(days=5)), replace=("campaign.may",))
    assert codes(plan) == ["never-replaced"]
    assert plan.steps == ()


@pytest.mark.parametrize("status", ["NONE", "PENDING_APPROVAL", ""])
def test_hands_off_a_status_that_nobody_knows(status: str) -> None:
    bench = Bench().managed(NEWS, mail()).becomes("campaign.may", status=status)
    for wants in ((NEWS, mail(subject="New")), (NEWS,)):
        plan = bench.plan(*wants)
        assert codes(plan) == ["campaign-status-unknown"]
        assert plan.steps == ()


def test_hands_off_a_campaign_that_is_no_custom_code_any_more() -> None:
    bench = Bench().managed(NEWS, draft()).becomes("campaign.may", extra={"format_type": 3})
    assert codes(bench.plan(NEWS, draft(subject="New"))) == ["campaign-format"]


@pytest.mark.parametrize("status", ["DONE", "EXECUTING"])
def test_a_sent_campaign_is_not_replaced_or_it_would_go_out_again(status: str) -> None:
    plan = sent(Bench().managed(NEWS, mail()), status=status).plan(NEWS, mail(), replace=("campaign.may",))
    assert (codes(plan), plan.steps) == (["never-replaced"], ())


def test_a_status_that_nobody_knows_is_not_replaced_either() -> None:
    bench = Bench().managed(NEWS, mail()).becomes("campaign.may", status="PENDING_APPROVAL")
    assert codes(bench.plan(NEWS, mail(), replace=("campaign.may",))) == ["never-replaced"]


# Adoption


def test_an_unmanaged_draft_is_adopted_and_changed() -> None:
    plan = Bench().managed(NEWS).unmanaged(as_live(draft(subject="Old"))).plan(NEWS, draft())
    assert change(plan, "campaign.may").action is Action.ADOPT
    assert calls(plan) == ["update campaign.may"]


def test_an_unmanaged_scheduled_campaign_is_adopted_only_as_it_is() -> None:
    bench = Bench().managed(NEWS).unmanaged(as_live(mail()))
    assert change(bench.plan(NEWS, mail()), "campaign.may").action is Action.ADOPT
    refused = bench.plan(NEWS, mail(subject="New"))
    assert codes(refused) == ["campaign-not-adoptable"]
    assert refused.steps == ()


def test_a_draft_of_another_format_is_adopted_only_as_it_is() -> None:
    bench = Bench().managed(NEWS).unmanaged(as_live(draft(), extra={"format_type": 3}))
    assert codes(bench.plan(NEWS, draft())) == []
    assert codes(bench.plan(NEWS, draft(subject="New"))) == ["campaign-not-adoptable"]


# Too near, too far


@pytest.mark.parametrize(("minutes", "blocked"), [(14.9, True), (15, False), (1, True)])
def test_a_schedule_nearer_than_the_lead_time_is_blocked(minutes: float, blocked: bool) -> None:
    plan = Bench().managed(NEWS).plan(NEWS, mail(when=soon(minutes=minutes)), a_list("other"))
    assert ("schedule-too-soon" in codes(plan)) is blocked
    assert "create list.other" in calls(plan)
    assert ("create campaign.may" in calls(plan)) is not blocked


def test_the_lead_time_is_the_projects_but_never_less_than_a_unit_takes() -> None:
    guards = {"lead_time_minutes": 0}
    bench = Bench().managed(NEWS)
    assert codes(bench.plan(NEWS, mail(when=soon(minutes=2)), guards=guards)) == []
    assert codes(bench.plan(NEWS, mail(when=soon(minutes=1)), guards=guards)) == ["schedule-too-soon"]


@pytest.mark.parametrize(
    "edit",
    [{"subject": "New"}, {"html": "<p>New</p>"}, {"audience": lists("other")}, {"preheader": "New"}],
    ids=lambda edit: next(iter(edit)),
)
def test_content_that_goes_out_within_the_lead_time_is_not_edited_any_more(edit: dict[str, Any]) -> None:
    """Refused before anything is taken down, so that the mail goes out as it is."""
    other, before = a_list("other"), mail(when=soon(minutes=14))
    after = before._replace(fields={**before.fields, **edit})
    plan = Bench().managed(NEWS, other, before).plan(NEWS, other, after)
    assert codes(plan) == ["schedule-too-soon"]
    assert plan.steps == ()


def test_what_goes_out_in_a_moment_is_not_taken_down() -> None:
    bench = Bench().managed(NEWS, mail(when=soon(minutes=5)))
    plan = bench.plan(NEWS, mail(when=soon(days=5)))
    assert codes(plan) == ["schedule-too-soon"]
    assert plan.steps == ()


def test_a_rename_may_come_at_any_time() -> None:
    bench = Bench().managed(NEWS, mail(when=soon(minutes=5)))
    assert calls(bench.plan(NEWS, mail(when=soon(minutes=5), name="New"))) == ["rename campaign.may"]


@pytest.mark.parametrize(("days", "far"), [(365, False), (366, True)])
def test_a_schedule_beyond_the_horizon_blocks_on_a_live_account(days: int, far: bool) -> None:
    live = Account(ACCOUNT.id, ACCOUNT.organisation, emulated=False)
    bench = Bench(account=live).managed(NEWS)
    plan = bench.plan(NEWS, mail(when=soon(days=days)), account_id=live.id)
    assert ("schedule-too-far" in codes(plan)) is far
    assert (plan.steps == ()) is far


def test_on_an_emulated_account_the_horizon_is_only_said() -> None:
    plan = Bench().managed(NEWS).plan(NEWS, mail(when=soon(days=400)))
    assert codes(plan) == ["schedule-too-far"]
    assert "schedule campaign.may" in calls(plan)


# Senders


@pytest.mark.parametrize(
    ("senders", "words"),
    [({}, "is no address of the account"), ({"owner@example.com": "UNCONFIRMED"}, "is not confirmed yet")],
)
def test_an_unconfirmed_sender_blocks_its_campaign_alone(senders: dict[str, str], words: str) -> None:
    other = {"name": "Al", "email": "al@example.com"}
    bench = Bench(senders={**senders, "al@example.com": "CONFIRMED"}).managed(NEWS)
    plan = bench.plan(NEWS, mail(), mail("june", sender=other, subject="June"))
    assert codes(plan) == ["sender-unconfirmed"]
    assert words in plan.diagnostics[0].summary
    assert change(plan, "campaign.may").status is Status.BLOCKED
    assert change(plan, "campaign.june").status is Status.READY


def test_an_unconfirmed_reply_address_blocks_too() -> None:
    assert codes(Bench().managed(NEWS).plan(NEWS, mail(reply_to="new@example.com"))) == ["sender-unconfirmed"]


def test_an_unconfirmed_address_that_also_takes_replies_is_told_once() -> None:
    wanted = mail(reply_to="owner@example.com")
    plan = Bench(senders={"al@example.com": "CONFIRMED"}).managed(NEWS).plan(NEWS, wanted)
    assert codes(plan) == ["sender-unconfirmed"]


def test_a_schedule_that_is_too_near_or_too_far_comes_with_a_way_out() -> None:
    for when in (soon(minutes=5), soon(days=400)):
        plan = Bench().managed(NEWS).plan(NEWS, mail(when=when))
        assert all(each.hint for each in plan.diagnostics)
        assert plan.diagnostics


def test_the_case_of_an_address_does_not_matter() -> None:
    sender = {**SENDER, "email": "Owner@Example.com"}
    assert codes(Bench().managed(NEWS).plan(NEWS, mail(sender=sender))) == []


@pytest.mark.parametrize(
    ("after", "asked"), [(mail(name="New"), []), (mail(subject="New"), ["senders", "consent"])]
)
def test_senders_are_asked_for_only_where_a_mail_is_written(after: Desired, asked: list[str]) -> None:
    bench = Bench().managed(NEWS, mail())
    bench.plan(NEWS, after)
    assert bench.asked == asked


# Second sends


def twin(status: str, subject: str = "Hello", email: str = "owner@example.com", days: float = -1) -> Bench:
    """An account in which somebody else's campaign has (or has not) our subject and sender."""
    live = Live(
        "campaign", "twin", "By hand", {"name": "By hand"}, status, extra={"updated_at": soon(days=days)}
    )
    facts = {"campaign:twin": {"subject": subject, "from_email": email}}
    return Bench(facts=facts).managed(NEWS).unmanaged(live)


@pytest.mark.parametrize("status", ["SCHEDULED", "EXECUTING", "DONE"])
def test_a_possible_second_send_is_refused(status: str) -> None:
    plan = twin(status).plan(NEWS, mail())
    assert codes(plan) == ["possible-second-send"]
    assert "By hand" in plan.diagnostics[0].summary


@pytest.mark.parametrize(
    "bench",
    [
        twin("DRAFT"),
        twin("DONE", days=-8),
        twin("SCHEDULED", subject="Other"),
        twin("SCHEDULED", email="other@example.com"),
    ],
    ids=["a draft", "long ago", "another subject", "another sender"],
)
def test_what_is_no_second_send(bench: Bench) -> None:
    assert codes(bench.plan(NEWS, mail())) == []


def test_a_second_send_can_be_allowed_by_address() -> None:
    plan = twin("DONE").plan(NEWS, mail(), allow_second_send=("campaign.may",))
    assert codes(plan) == []
    assert [(each.flag, str(each.address)) for each in plan.overrides] == [
        ("--allow-second-send", "campaign.may")
    ]


def test_neighbours_are_asked_about_only_where_something_is_made_or_scheduled() -> None:
    bench = twin("SCHEDULED").managed(draft())
    assert codes(bench.plan(NEWS, draft(preheader="New"))) == []
    assert bench.asked == ["senders"]


def test_scheduling_a_draft_may_be_a_second_send_too() -> None:
    assert codes(twin("SCHEDULED").managed(draft()).plan(NEWS, mail())) == ["possible-second-send"]


def test_our_own_campaigns_are_no_second_sends() -> None:
    assert codes(Bench().managed(NEWS, mail("june")).plan(NEWS, mail("june"), mail())) == []

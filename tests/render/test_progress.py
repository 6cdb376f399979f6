"""Progress lines, and the report after an apply, also after a failed one."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ccstate.core.diagnostics import error, warning
from ccstate.core.events import (
    ApplyFinished,
    ApplyStarted,
    ChangeFailed,
    ChangeFinished,
    ChangeSkipped,
    ChangeStarted,
    Event,
    Note,
    Refreshed,
    RefreshStarted,
    StepFinished,
    Unscheduled,
    Waiting,
)
from ccstate.core.plan import Action, Plan, Status
from ccstate.render.progress import event_lines, report
from ccstate.render.spans import WIDTH, plain
from tests.render.plans import at, change, plan_of

NEWS, MAY, JUNE = at("list.news"), at("campaign.may"), at("campaign.june")
PROBLEM = error("forbidden", "campaign.may: 403 forbidden", hint="ask for the privilege", address=MAY)
WAS = "2035-05-01T09:00 UTC (2035-05-01T09:00:00Z)"
PLAN = plan_of(
    change("campaign.may", Action.UPDATE),
    change("list.news", Action.CREATE),
    change("campaign.june", Action.CREATE),
    change("campaign.july", Action.CREATE, status=Status.BLOCKED),
    diagnostics=(
        warning("sender-unconfirmed", "campaign.july: the sender waits", address=at("campaign.july")),
    ),
)


def line(event: Event, *, steps: bool = False) -> str:
    return plain(event_lines(event, steps=steps)).removesuffix("\n")


def closing(plan: Plan, *events: Event) -> str:
    """The line of counts; the account's name comes behind it."""
    return plain(report(plan, events)).splitlines()[-2]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (RefreshStarted(), "Reading the account..."),
        (Refreshed(9, 0.44), "Read the account: 9 calls (0.4 s)"),
        (ApplyStarted(1, 2), "Applying 1 change with 2 calls..."),
        (ChangeStarted(NEWS, Action.CREATE), "list.news: Creating..."),
        (ChangeFinished(NEWS, Action.CREATE, 0.3, ""), "list.news: Created (0.3 s)"),
        (ChangeFinished(NEWS, Action.FORGET, 0.0, "already gone"), "list.news: Forgotten (already gone)"),
        (ChangeFinished(NEWS, Action.NOOP, 0.0, ""), "list.news: Recorded"),
        (ChangeSkipped(NEWS, "the run ended before it"), "list.news: Not tried: the run ended before it"),
        (
            Waiting(NEWS, "activity 7 is processing", 12.4),
            "list.news: Waiting... activity 7 is processing (12 s)",
        ),
        (Note(warning("clock-skew", "clocks differ")), "warning: clocks differ [clock-skew]"),
        (ApplyFinished(added=1), ""),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_an_event_is_a_line(event: Event, expected: str) -> None:
    assert line(event) == expected


def test_a_failure_says_what_and_what_to_do() -> None:
    assert line(ChangeFailed(MAY, Action.UPDATE, PROBLEM)) == (
        "campaign.may: Updating FAILED\nerror: campaign.may: 403 forbidden [forbidden]\n"
        "  hint: ask for the privilege"
    )


def test_calls_are_shown_only_when_asked_for() -> None:
    event = StepFinished("s1", NEWS, "create", "POST", "/contact_lists", 201, 0.1)
    assert line(event) == ""
    assert line(event, steps=True) == "  list.news: create: POST /contact_lists 201 (0.1 s)"


def test_a_campaign_left_unscheduled_is_told_in_capitals() -> None:
    found = line(Unscheduled(MAY, WAS))
    assert found.startswith("CAMPAIGN campaign.may IS UNSCHEDULED: it was to go out Tue 1 May 2035 09:00 UTC")
    assert max(map(len, found.splitlines())) <= WIDTH


def test_a_campaign_whose_schedule_is_not_known_is_told_too() -> None:
    assert line(Unscheduled(MAY, "")).startswith(
        "CAMPAIGN campaign.may IS UNSCHEDULED: it now goes out to nobody."
    )


def test_a_good_end_is_one_line_and_the_account() -> None:
    found = plain(report(PLAN, [ApplyFinished(added=1, changed=2)]))
    assert found == (
        "Apply complete! Resources: 1 added, 2 changed, 0 destroyed.\n"
        "Account: Example Shop (a07e1l4x1vq3)   LIVE\n"
    )


def test_what_is_rare_is_counted_only_where_it_happened() -> None:
    assert "0 destroyed, 3 adopted, 1 moved, 2 forgotten." in closing(
        PLAN, ApplyFinished(adopted=3, moved=1, forgotten=2)
    )


def test_a_destroy_says_how_much_is_destroyed() -> None:
    plan = PLAN._replace(destroy=True)
    assert closing(plan, ApplyFinished(destroyed=4)).startswith("Destroy complete! Resources: 4 destroyed.")


def test_a_failed_run_says_what_is_done_what_failed_and_what_was_not_tried() -> None:
    events = (
        ChangeFinished(NEWS, Action.CREATE, 0.3, ""),
        ChangeFailed(MAY, Action.UPDATE, PROBLEM),
        Unscheduled(MAY, WAS),
        ChangeSkipped(JUNE, "the run ended before it"),
        ApplyFinished(added=1, failed=1, skipped=1, blocked=1),
    )
    assert plain(report(PLAN, events)) == dedent(
        """\
        Done:
          + list.news

        Failed:
          ~ campaign.may: 403 forbidden

        Not tried:
          + campaign.june: the run ended before it

        Blocked, waiting for a person:
          + campaign.july: the sender waits

        CAMPAIGN campaign.may IS UNSCHEDULED: it was to go out Tue 1 May 2035 09:00 UTC
        (09:00 UTC) and now goes out to nobody. Run apply again.

        Apply incomplete: 1 failed, 1 not tried, 1 blocked. Resources: 1 added, 0 changed, 0 destroyed.
        Account: Example Shop (a07e1l4x1vq3)   LIVE
        """
    )


def test_a_run_that_was_cut_off_says_so() -> None:
    found = plain(report(PLAN, [ChangeFinished(NEWS, Action.CREATE, 0.3, "")]))
    assert "Done:\n  + list.news\n" in found
    assert "Apply did not finish." in found

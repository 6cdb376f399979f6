"""Privileges: asked for once before a plan with calls; what the user may not do waits, the rest goes on."""

from __future__ import annotations

from typing import Any, Final

import pytest

from ccstate.core.desired import Desired
from ccstate.core.plan import Status
from ccstate.core.planning import Needs, build
from ccstate.core.privileges import PRIVILEGES, privileges_question
from ccstate.core.wire import Response
from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    calls,
    change,
    codes,
    drive,
    lists,
    ref,
    schedule,
    soon,
)

ALL: Final = (
    "campaign:delete",
    "campaign:read",
    "campaign:send",
    "campaign:write",
    "contacts:lists:write",
    "contacts:write",
)
NEWS: Final = a_list("news")
SOON: Final[dict[str, Any]] = {"audience": lists("news"), "schedule": schedule(soon(days=5))}


def without(*privileges: str) -> Bench:
    """An account whose user lacks these."""
    return Bench(privileges=[each for each in ALL if each not in privileges])


def asks(bench: Bench, *wants: Desired, **options: Any) -> bool:
    """Whether the first question left, when all others are answered, is for the privileges."""
    inputs = bench.inputs(*wants, **options)
    facts = {"senders": bench.senders}
    made = build(inputs._replace(snapshot=inputs.snapshot._replace(facts=facts)))
    return isinstance(made, Needs) and [each.name for each in made.questions] == [PRIVILEGES]


def test_a_plan_that_writes_asks_and_one_that_does_not_asks_nothing() -> None:
    assert asks(Bench(), NEWS)
    assert asks(Bench().managed(NEWS), a_list("news", name="Other"))
    assert not asks(Bench().managed(NEWS), NEWS)


def test_what_changes_in_the_state_alone_asks_nothing() -> None:
    assert not asks(Bench().managed(NEWS), a_list("news", protect=True))


def test_offline_nothing_is_asked() -> None:
    assert not asks(Bench(offline=True), NEWS)


def test_a_change_that_waits_anyway_asks_nothing() -> None:
    bench = Bench(senders={}).managed(NEWS)
    assert not asks(bench, NEWS, a_campaign("c", **SOON))


def test_where_the_service_does_not_say_nothing_is_held_back() -> None:
    assert codes(Bench(privileges=None).plan(NEWS)) == []


def test_the_answer_is_the_names_and_a_refusal_is_no_answer() -> None:
    body = [
        {"privilege_id": 2, "privilege_name": "contacts:write"},
        {"privilege_id": 1, "privilege_name": "a"},
    ]
    question = privileges_question()
    assert drive(question.flow(), Response(200, body))[0] == ["a", "contacts:write"]
    assert drive(question.flow(), Response(403))[0] is None
    assert drive(question.flow(), Response(200, {"another": "shape"}))[0] is None
    assert question.why == "privileges"


DRAFT: Final = a_campaign("c", audience=lists("news"))
SCHEDULED: Final = a_campaign("c", **SOON)


@pytest.mark.parametrize(
    ("needs", "before", "after"),
    [
        ("contacts:lists:write", (), (a_list("x"),)),
        ("contacts:lists:write", (a_list("x"),), (a_list("x", name="Other"),)),
        ("contacts:lists:write", (a_list("x"),), ()),
        ("contacts:write", (a_list("x"),), ()),
        ("contacts:lists:write", (), (a_segment("x"),)),
        ("contacts:lists:write", (a_segment("x"),), (a_segment("x", name="Other"),)),
        ("contacts:lists:write", (a_segment("x"),), ()),
        ("contacts:write", (), (a_tag("x"),)),
        ("contacts:write", (a_tag("x"),), (a_tag("x", name="Other"),)),
        ("contacts:write", (a_tag("x"),), ()),
        ("contacts:write", (), (a_field("x"),)),
        ("contacts:write", (a_field("x"),), (a_field("x", label="Other"),)),
        ("contacts:write", (a_field("x"),), ()),
        ("campaign:write", (), (DRAFT,)),
        ("campaign:write", (DRAFT,), (DRAFT._replace(fields={**DRAFT.fields, "name": "Other"}),)),
        ("campaign:write", (DRAFT,), (DRAFT._replace(fields={**DRAFT.fields, "subject": "Other"}),)),
        ("campaign:delete", (DRAFT,), ()),
        ("campaign:send", (), (SCHEDULED,)),
        ("campaign:send", (DRAFT,), (SCHEDULED,)),
        ("campaign:send", (SCHEDULED,), (a_campaign("c", **{**SOON, "schedule": None}),)),
        ("campaign:send", (SCHEDULED,), (a_campaign("c", **{**SOON, "subject": "Other"}),)),
        ("campaign:send", (SCHEDULED,), ()),
    ],
    ids=lambda each: "+".join(str(one.address) for one in each) if isinstance(each, tuple) else str(each),
)
def test_a_change_waits_for_the_privilege_that_it_needs(
    needs: str, before: tuple[Desired, ...], after: tuple[Desired, ...]
) -> None:
    """With all but one it waits, with all it goes."""
    more = {"allow_data_loss": ("*",)}
    plan = without(needs).managed(NEWS, *before).plan(NEWS, *after, **more)
    (found,) = plan.diagnostics
    assert (found.code, str(found.severity)) == ("privilege-missing", "warning")
    assert needs in found.summary
    assert "Account Owner or Account Manager" in found.hint
    (waiting,) = plan.changes
    assert waiting.status is Status.BLOCKED
    assert plan.steps == ()
    assert codes(without().managed(NEWS, *before).plan(NEWS, *after, **more)) == []


def test_the_rest_goes_on() -> None:
    plan = without("campaign:send").managed(NEWS).plan(NEWS, a_tag("t"), DRAFT, a_campaign("d", "D", **SOON))
    assert codes(plan) == ["privilege-missing"]
    assert "needed for: schedule" in plan.diagnostics[0].summary
    assert change(plan, "campaign.d").status is Status.BLOCKED
    assert {"create tag.t", "create campaign.c"} <= set(calls(plan))


def test_what_refers_to_something_new_that_waits_waits_too() -> None:
    to_new = a_campaign("c", audience={"segment": ref("segment.s")})
    plan = without("contacts:lists:write").managed(NEWS).plan(NEWS, a_segment("s"), to_new)
    assert codes(plan) == ["privilege-missing"]
    assert change(plan, "campaign.c").status is Status.BLOCKED
    assert plan.steps == ()


def test_what_a_waiting_campaign_still_uses_stays() -> None:
    bench = without("campaign:write").managed(NEWS, a_list("old"), a_campaign("c", audience=lists("old")))
    plan = bench.plan(NEWS, DRAFT)
    assert set(codes(plan)) == {"privilege-missing", "still-in-use"}
    assert plan.steps == ()


def test_a_bulk_delete_needs_the_contacts_privilege_alone() -> None:
    bench = without("contacts:lists:write").managed(NEWS, a_list("x"), a_list("y"))
    assert codes(bench.plan(NEWS)) == []


def test_one_that_lacks_several_says_so_once() -> None:
    plan = without("contacts:lists:write", "contacts:write").managed(NEWS, a_list("x")).plan(NEWS)
    (found,) = plan.diagnostics
    assert "the privileges contacts:lists:write and contacts:write" in found.summary

"""The tables of rules, walked row by row: each is seen at work, and a row without a test fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pytest

from ccstate.core.desired import Desired, OnRemove
from ccstate.core.diagnostics import has_errors
from ccstate.core.live import Account, Live
from ccstate.core.options import Limits
from ccstate.core.plan import Action, Change, Plan, Status
from ccstate.core.rules import BLOCKED, GUARDS, MATCHES, REFUSED, GuardRule, MatchRule
from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    as_live,
    blocks,
    change,
    codes,
    forget,
    imported,
    lists,
    moved,
    named,
    remote_id,
    schedule,
    soon,
    uses,
)

# Matching

TAG: Final = a_tag("a", name="VIP")
OTHER: Final = as_live(TAG, remote_id="other")
MOVED: Final = a_tag("b", name="VIP")
MAIL: Final = a_campaign("c", audience=lists("stays"), schedule=schedule(soon(days=5)))


def managed() -> Bench:
    return Bench().managed(TAG)


class Row(NamedTuple):
    """A plan that a row of matching is about, and what it says of the tag; None where it says nothing."""

    plan: Plan
    does: str | None
    address: str = "tag.a"


def _does(found: Change) -> str:
    return "moved" if found.previous_address else str(found.action)


ROWS: Final[Mapping[tuple[str, str, str], Callable[[], tuple[Row, ...]]]] = {
    ("declared", "bound", "there"): lambda: (
        Row(managed().plan(TAG), None),
        Row(managed().edited("tag.a", name="Other").plan(TAG), "update"),
        Row(managed().plan(a_tag("a", name="Other")), "update"),
        Row(Bench().managed(a_tag("a", tag_source="x")).plan(a_tag("a", tag_source="y")), "replace"),
    ),
    ("declared", "bound", "gone"): lambda: (
        Row(managed().vanishes("tag.a").plan(TAG), "create"),
        Row(
            Bench().managed(a_list("stays"), MAIL).vanishes("campaign.c").plan(a_list("stays"), MAIL),
            "noop",
            "campaign.c",
        ),
    ),
    ("declared", "bound", "gone, another one of that name"): lambda: (
        Row(managed().vanishes("tag.a").unmanaged(OTHER).plan(TAG), "adopt"),
    ),
    ("declared", "not bound", "one of that name"): lambda: (
        Row(Bench().unmanaged(OTHER).plan(TAG), "adopt"),
        Row(Bench().unmanaged(OTHER).plan(TAG, adopt="never"), None),
    ),
    ("declared, with an `import` block", "not bound", "the one that it names"): lambda: (
        Row(
            Bench().unmanaged(OTHER).plan(a_tag("a", name="New"), blocks=blocks(imported("tag.a", "other"))),
            "adopt",
        ),
    ),
    ("declared, with a `moved` block", "bound under the key that it names", "there"): lambda: (
        Row(managed().plan(a_tag("b", name="New"), blocks=blocks(moved("tag.a", "tag.b"))), "moved", "tag.b"),
    ),
    ("not declared, with a `forget` block", "bound", "there"): lambda: (
        Row(managed().plan(blocks=blocks(forget("tag.a"))), "forget"),
    ),
    ("declared", "not bound", "several of that name"): lambda: (
        Row(_two_spellings().plan(TAG), "create"),  # refused with it
    ),
    ("declared", "not bound", "none"): lambda: (Row(Bench().plan(TAG), "create"),),
    ("declared, under a new key", "bound under a key that is gone, same name", "there"): lambda: (
        Row(managed().plan(MOVED), "moved", "tag.b"),
    ),
    ("not declared", "bound", "there"): lambda: (
        Row(managed().plan(), "delete"),
        Row(Bench().managed(a_tag("a", on_remove=OnRemove.FORGET)).plan(), "forget"),
        Row(
            Bench().managed(a_list("stays"), MAIL).becomes("campaign.c", status="DONE").plan(a_list("stays")),
            "forget",
            "campaign.c",
        ),
    ),
    ("not declared", "bound", "gone"): lambda: (Row(managed().vanishes("tag.a").plan(), "forget"),),
    ("not declared", "not bound", "there"): lambda: (Row(Bench().unmanaged(OTHER).plan(), None),),
}


def _two_spellings() -> Bench:
    return Bench().unmanaged(
        OTHER._replace(natural_key="vip"), OTHER._replace(remote_id="third", natural_key="Vip")
    )


@pytest.mark.parametrize("rule", MATCHES, ids=lambda each: "; ".join(each[:3]))
def test_every_row_of_matching(rule: MatchRule) -> None:
    for plan, does, address in ROWS[rule.manifest, rule.state, rule.account]():
        found = [_does(each) for each in plan.changes if str(each.address) == address]
        assert found == ([does] if does is not None else [])
        assert ("ambiguous-name" in codes(plan)) is ("ambiguous-name" in rule.result)


def test_no_row_of_matching_stands_twice_and_none_is_tested_that_is_not_there() -> None:
    keys = [each[:3] for each in MATCHES]
    assert sorted(keys) == sorted(ROWS)


# Guards


class Scene(NamedTuple):
    """An account and a manifest that a guard does not let pass, and what else lets it."""

    bench: Bench
    wants: tuple[Desired, ...]
    options: Mapping[str, Any] = {}
    waits: str = ""
    allowed: Mapping[str, Any] | None = None
    moved: tuple[Mapping[str, Any], ...] = ()


NEWS: Final = a_list("news")
REAL: Final = Account("a07e1l4x1vq3", "Example Shop", emulated=False)
PINNED: Final = {"account_id": REAL.id}
SOON: Final = schedule(soon(days=5))


def mail(**fields: Any) -> Desired:
    return a_campaign("c", **{"audience": lists("news"), "schedule": SOON, **fields})


def loosened(**guards: Any) -> Mapping[str, Any]:
    return {"guards": guards}


def _many(count: int) -> tuple[Desired, ...]:
    return tuple(a_tag(f"t{number}") for number in range(count))


def _twin() -> Bench:
    """A campaign by hand that went out yesterday with our subject and sender."""
    live = Live("campaign", "twin", "By hand", {}, "DONE", extra={"updated_at": soon(days=-1)})
    facts = {"campaign:twin": {"subject": "Hello", "from_email": "owner@example.com"}}
    return Bench(facts=facts).managed(NEWS).unmanaged(live)


def _users() -> Bench:
    """A segment by hand that names our tag."""
    criteria = {"type": "and", "group": [{"value": remote_id(TAG.address)}]}
    return managed().unmanaged(Live("segment", "71", "By hand", {"criteria": criteria}))


def _waiting() -> Scene:
    """A campaign that should stop using a list, but waits for its sender."""
    old = a_list("old")
    bench = Bench(senders={}).managed(NEWS, old, mail(audience=lists("old")))
    return Scene(bench, (NEWS, mail()), waits="list.old")


def _sent() -> Scene:
    bench = Bench().managed(NEWS).unmanaged(as_live(mail(), status="DONE"))
    return Scene(bench, (NEWS, mail()))


def _history(status: str) -> Bench:
    return Bench().managed(NEWS, mail()).becomes("campaign.c", status=status)


def _rebound() -> Scene:
    segment = a_segment("s", criteria={"type": "and", "group": [{"value": named("tag", "VIP")}]})
    bench = Bench().unmanaged(OTHER)
    bench.state = bench.state._replace(references={'tag:"VIP"': "another"})
    return Scene(bench, (segment,), allowed={"rebind": ("segment.s",)})


def _of_another_account() -> Bench:
    bench = Bench()
    bench.state = bench.state._replace(account_id="other")
    return bench


def _near(**fields: Any) -> Scene:
    near = mail(schedule=schedule(soon(minutes=10)))
    return Scene(
        Bench().managed(NEWS, near),
        (NEWS, near._replace(fields={**near.fields, **fields})),
        waits="campaign.c",
        moved=(loosened(lead_time_minutes=5),),
    )


SCENES: Final[Mapping[str, Callable[[], tuple[Scene, ...]]]] = {
    "account-mismatch": lambda: (
        Scene(Bench(), (), {"account_id": "other"}, moved=({"account_id": Bench().account.id},)),
        Scene(_of_another_account(), ()),
    ),
    "organisation-mismatch": lambda: (
        Scene(Bench(), (), {"organisation": "Other"}, moved=({"organisation": "Example Shop"},)),
    ),
    "account-not-pinned": lambda: (
        Scene(Bench(account=REAL), (TAG,), {"applying": True}, moved=({"applying": True, **PINNED},)),
    ),
    "protected": lambda: (
        Scene(Bench().managed(a_tag("a", protect=True)), ()),
        Scene(Bench().managed(a_tag("a", protect=True)), (a_tag("a"),), {"replace": ("tag.a",)}),
        Scene(managed(), (a_tag("a", protect=True),), {"replace": ("tag.a",)}),
    ),
    "removal-refused": lambda: (Scene(Bench().managed(a_tag("a", on_remove=OnRemove.REFUSE)), ()),),
    "never-replaced": lambda: (
        Scene(Bench().managed(NEWS), (NEWS,), {"replace": ("list.news",)}),
        Scene(_history("DONE"), (NEWS, mail()), {"replace": ("campaign.c",)}),
        Scene(_history("EXECUTING"), (NEWS, mail()), {"replace": ("campaign.c",)}),
        Scene(_history("NONE"), (NEWS, mail()), {"replace": ("campaign.c",)}),
    ),
    "not-adopted": lambda: (
        Scene(Bench().unmanaged(OTHER), (TAG,), {"adopt": "never"}, moved=({"adopt": "by-name"},)),
    ),
    "data-loss": lambda: (
        Scene(managed().becomes("tag.a", extra={"contacts": 3}), (), allowed={"allow_data_loss": ("tag.*",)}),
        Scene(
            Bench().managed(a_field("a")),
            (a_field("a", type="number"),),
            allowed={"allow_data_loss": ("custom_field.a",)},
        ),
    ),
    "mass-change": lambda: (
        Scene(
            Bench().managed(*_many(10)),
            _many(6),
            allowed={"allow_mass_change": True},
            moved=(loosened(mass_change_percent=40), loosened(mass_change_from=11)),
        ),
    ),
    "dangling-use": lambda: (
        Scene(
            _users(), (), allowed={"allow_dangling": ("tag.a",)}, moved=(loosened(dangling_use="warning"),)
        ),
    ),
    "still-in-use": lambda: (
        _waiting(),
        Scene(
            managed().managed(a_segment("s", criteria=uses("tag.a"))),
            (),
            {"targets": ("tag.a",)},
            waits="tag.a",
        ),
    ),
    "last-list": lambda: (Scene(Bench().managed(NEWS), ()),),
    "possible-second-send": lambda: (
        Scene(
            _twin(),
            (NEWS, mail()),
            allowed={"allow_second_send": ("campaign.c",)},
            moved=(loosened(second_send_days=0),),
        ),
    ),
    "name-already-sent": lambda: (_sent(),),
    "reference-moved": lambda: (_rebound(),),
    "schedule-too-soon": lambda: (
        Scene(
            Bench().managed(NEWS),
            (NEWS, mail(schedule=schedule(soon(minutes=10)))),
            waits="campaign.c",
            moved=(loosened(lead_time_minutes=5),),
        ),
        _near(subject="New"),
        _near(schedule=SOON),
    ),
    "schedule-too-far": lambda: (
        Scene(
            Bench(account=REAL).managed(NEWS),
            (NEWS, mail(schedule=schedule(soon(days=400)))),
            PINNED,
            waits="campaign.c",
            moved=({**PINNED, **loosened(horizon_days=500)},),
        ),
    ),
    "schedule-missed": lambda: (
        Scene(Bench().managed(NEWS), (NEWS, mail(schedule=schedule(soon(days=-1))))),
    ),
    "schedule-without-audience": lambda: (
        Scene(Bench(), (a_campaign("c", schedule=SOON),), waits="campaign.c"),
    ),
    "sender-unconfirmed": lambda: (
        Scene(Bench(senders={}).managed(NEWS), (NEWS, mail()), waits="campaign.c"),
    ),
    "privilege-missing": lambda: (Scene(Bench(privileges=[]), (TAG,), waits="tag.a"),),
    "audience-too-large": lambda: (
        Scene(
            Bench().managed(NEWS).becomes(str(NEWS.address), extra={"members": 9}),
            (NEWS, mail()),
            loosened(max_audience=8),
            allowed={"allow_sends": True},
            moved=(loosened(max_audience=9), {}),
        ),
    ),
    "audience-unexpected": lambda: (
        Scene(Bench().managed(NEWS), (NEWS, mail()._replace(expect={"min": 1}))),
    ),
    "audience-empty": lambda: (
        Scene(Bench(), (NEWS, mail(schedule=schedule(soon(hours=23)))), allowed={"allow_sends": True}),
    ),
    "over-budget": lambda: (
        Scene(
            Bench(),
            (TAG, a_tag("b")),
            {"limits": Limits(daily=1), "metered": True},
            moved=({"limits": Limits(daily=2), "metered": True},),
        ),
    ),
}


@pytest.mark.parametrize("rule", GUARDS, ids=lambda each: each.code)
def test_every_guard_keeps_what_it_is_for_from_being_applied(rule: GuardRule) -> None:
    for scene in SCENES[rule.code]():
        plan = scene.bench.plan(*scene.wants, **scene.options)
        told = [each for each in plan.diagnostics if each.code == rule.code]
        assert len(told) == 1
        assert has_errors(told) is (rule.effect == REFUSED)
        assert bool(scene.waits) is (rule.effect == BLOCKED)
        if scene.waits:
            assert change(plan, scene.waits).status is Status.BLOCKED
            assert not any(scene.waits in map(str, each.addresses) for each in plan.steps)


@pytest.mark.parametrize("rule", [each for each in GUARDS if each.flag], ids=lambda each: each.code)
def test_every_flag_lets_pass_what_is_meant_and_is_named_in_the_hint(rule: GuardRule) -> None:
    for scene in SCENES[rule.code]():
        assert scene.allowed is not None, f"{rule.code}: no test of {rule.flag}"
        refused = scene.bench.plan(*scene.wants, **scene.options)
        assert any(rule.flag.partition(" ")[0] in each.hint for each in refused.diagnostics)
        assert not has_errors(
            scene.bench.plan(*scene.wants, **{**scene.options, **scene.allowed}).diagnostics
        )


@pytest.mark.parametrize("rule", [each for each in GUARDS if each.settings], ids=lambda each: each.code)
def test_every_setting_moves_its_guard(rule: GuardRule) -> None:
    scene, *_ = SCENES[rule.code]()
    if rule.code == "schedule-missed":  # the one setting that makes a guard stricter
        assert has_errors(scene.bench.plan(*scene.wants, **loosened(missed="error")).diagnostics)
        return
    assert scene.moved, f"{rule.code}: no test of its settings"
    for options in scene.moved:
        plan = scene.bench.plan(*scene.wants, **options)
        assert not has_errors(plan.diagnostics)
        assert Status.BLOCKED not in {each.status for each in plan.changes}


def test_no_guard_is_tested_that_does_not_exist() -> None:
    assert sorted(SCENES) == sorted(each.code for each in GUARDS)


def test_an_unprotected_resource_goes_in_a_plan_of_its_own() -> None:
    """Taking the protection off changes the state alone; only the next plan may delete."""
    bench = Bench().managed(a_tag("a", protect=True))
    taken_off = change(bench.plan(a_tag("a")), "tag.a")
    assert (taken_off.action, taken_off.flags) == (Action.NOOP, ("unprotect",))
    assert codes(Bench().managed(a_tag("a")).plan()) == []

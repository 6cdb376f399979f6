"""Sequence: references first, names freed before they are taken, deletes last and reversed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.desired import Desired
from ccstate.core.plan import Plan, Step
from ccstate.core.values import same_name
from tests.core.build import (
    KINDS,
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
    ref,
    uses,
)

ALLOWED: dict[str, Any] = {"allow_data_loss": ("*",), "allow_mass_change": True}

# References


def test_what_is_referred_to_comes_first() -> None:
    plan = Bench().plan(
        a_campaign("a", audience={"segment": ref("segment.b")}),
        a_segment("b", criteria=uses("tag.d", "list.c")),
        a_list("c"),
        a_tag("d"),
    )
    assert calls(plan) == [
        "create list.c",
        "create tag.d",
        "create segment.b",
        "create campaign.a",
        "set audience campaign.a",
    ]


def test_deletes_come_last_and_reversed() -> None:
    wants = (a_list("l"), a_tag("t"), a_segment("s", criteria=uses("list.l", "tag.t")), a_list("kept"))
    bench = Bench().managed(*wants, a_campaign("c", audience={"segment": ref("segment.s")}))
    plan = bench.plan(a_list("kept", description="x"), a_list("new"))
    assert calls(plan) == [
        "update list.kept",
        "create list.new",
        "free the name campaign.c",
        "delete campaign.c",
        "delete segment.s",
        "delete list.l",
        "delete tag.t",
    ]


def test_what_stops_using_a_thing_comes_before_its_delete() -> None:
    bench = Bench().managed(a_list("a"), a_list("b"), a_campaign("c", audience=lists("a")))
    plan = bench.plan(a_list("b"), a_campaign("c", audience=lists("b")))
    assert calls(plan) == ["update campaign.c", "delete list.a"]
    assert plan.steps[1].after == (plan.steps[0].id,)


# Names


def test_a_freed_name_is_taken_after_it_was_freed() -> None:
    bench = Bench().managed(a_list("z", name="News"))
    plan = bench.plan(a_list("z", name="Old news"), a_list("a", name="news"))
    assert calls(plan) == ["update list.z", "create list.a"]
    assert plan.steps[1].after == (plan.steps[0].id,)


def test_two_that_swap_their_names() -> None:
    bench = Bench().managed(a_list("a", name="X"), a_list("b", name="Y"))
    plan = bench.plan(a_list("a", name="Y"), a_list("b", name="X"))
    assert calls(plan) == ["step aside list.a", "update list.b", "update list.a"]
    assert plan.steps[0].body["name"].startswith("X ~")


def test_three_that_rotate_their_names_need_one_step_aside() -> None:
    bench = Bench().managed(a_tag("a", name="X"), a_tag("b", name="Y"), a_tag("c", name="Z"))
    plan = bench.plan(a_tag("a", name="Y"), a_tag("b", name="Z"), a_tag("c", name="X"))
    assert calls(plan) == ["step aside tag.a", "update tag.c", "update tag.b", "update tag.a"]


def test_labels_of_custom_fields_can_be_swapped() -> None:
    bench = Bench().managed(a_field("a", label="X"), a_field("b", label="Y"))
    plan = bench.plan(a_field("a", label="Y"), a_field("b", label="X"))
    assert calls(plan) == ["step aside custom_field.a", "update custom_field.b", "update custom_field.a"]


def test_who_is_to_be_deleted_steps_aside_for_who_takes_the_name() -> None:
    bench = Bench().managed(a_list("a", name="News"), a_list("b", name="Other"))
    plan = bench.plan(a_list("b", name="News"))
    assert calls(plan) == ["step aside list.a", "update list.b", "delete list.a"]


def test_a_custom_field_is_deleted_first_for_its_derived_name() -> None:
    bench = Bench().managed(a_field("a", label="Customer ID"))
    plan = bench.plan(a_field("b", label="customer_id"), **ALLOWED)
    assert calls(plan) == ["delete custom_field.a", "create custom_field.b"]


def test_a_respelled_name_takes_nothing() -> None:
    assert calls(Bench().managed(a_list("a", name="news")).plan(a_list("a", name="News"))) == [
        "update list.a"
    ]


def test_a_name_that_somebody_unmanaged_has_is_a_diagnostic() -> None:
    bench = Bench().managed(a_list("a", name="Old")).unmanaged(as_live(a_list("other", name="NEW")))
    plan = bench.plan(a_list("a", name="New"))
    assert codes(plan) == ["name-taken"]
    assert "id-list-other" in plan.diagnostics[0].summary


def test_a_derived_name_that_survived_a_rename_is_a_diagnostic() -> None:
    bench = Bench().managed(a_field("a", label="Tier")).edited("custom_field.a", label="Level")
    plan = bench.plan(a_field("a", label="Level"), a_field("b", label="Tier"))
    assert codes(plan) == ["name-taken"]
    assert "the derived name 'tier'" in plan.diagnostics[0].summary


def test_the_name_of_a_step_aside_is_cut_to_what_the_kind_holds() -> None:
    long = "x" * 80
    bench = Bench().managed(a_campaign("a", name=long), a_campaign("b", name="Y"))
    plan = bench.plan(a_campaign("a", name="Y"), a_campaign("b", name=long))
    name = plan.steps[0].body["name"]
    assert len(name) == 80
    assert name[:69] == long[:69]


def test_the_name_of_a_step_aside_is_the_same_every_time() -> None:
    bench = Bench().managed(a_list("a", name="X"), a_list("b", name="Y"))
    wants = (a_list("a", name="Y"), a_list("b", name="X"))
    assert bench.plan(*wants).steps == bench.plan(*reversed(wants)).steps


# Early deletes


def test_a_segment_that_drops_a_field_comes_before_the_early_delete_of_the_field() -> None:
    bench = Bench().managed(a_field("a", label="Tier"), a_segment("s", criteria=uses("custom_field.a")))
    plan = bench.plan(a_segment("s"), a_field("a", type="number", label="Tier"), **ALLOWED)
    assert calls(plan) == ["update segment.s", "delete custom_field.a", "create custom_field.a"]


def test_a_segment_that_goes_comes_before_the_early_delete_of_its_field() -> None:
    bench = Bench().managed(a_field("a", label="Tier"), a_segment("s", criteria=uses("custom_field.a")))
    plan = bench.plan(a_field("a", label="Tier", type="number"), **ALLOWED)
    assert calls(plan) == ["delete segment.s", "delete custom_field.a", "create custom_field.a"]


def test_what_still_needs_the_successor_does_not_tie_the_order_in_a_knot() -> None:
    field, segment = a_field("a", label="Tier"), a_segment("s", name="Old", criteria=uses("custom_field.a"))
    bench = Bench().managed(field, segment, a_campaign("c", audience={"segment": ref("segment.s")}))
    plan = bench.plan(
        a_field("a", label="Tier", type="number"),
        a_segment("t", name="New", criteria=uses("custom_field.a")),
        a_campaign("c", audience={"segment": ref("segment.t")}),
        **ALLOWED,
    )
    assert calls(plan) == [
        "delete custom_field.a",
        "create custom_field.a",
        "create segment.t",
        "update campaign.c",
        "delete segment.s",
    ]


# Any plan


class Simulated:
    """An account of names and ids, on which the steps of a plan are tried one by one."""

    def __init__(self, bench: Bench) -> None:
        self.names = {key: same_name(each.natural_key) for key, each in bench.objects.items()}
        self.ids = {str(address): each.remote_id for address, each in bench.state.bindings.items()}

    def check(self, plan: Plan) -> None:
        self.ids |= {str(each.address): each.remote_id for each in plan.changes}
        for step in plan.steps:
            for text in _references([*step.path, step.body]):
                assert (ref(text).address.kind, self.ids[text]) in self.names, f"{step.verb} needs {text}"
            self._apply(step)

    def _apply(self, step: Step) -> None:
        if step.deposed:
            self._delete(step)
            return
        (address,) = step.addresses
        kind = KINDS[address.kind]
        body = step.body if isinstance(step.body, dict) else {}
        name = body.get(kind.natural_key)
        if name is None:
            return
        if "remote_id" in step.capture:
            self.ids[str(address)] = f"new {address}"
        key = (address.kind, self.ids[str(address)])
        taken = {each for other, each in self.names.items() if other != key and other[0] == address.kind}
        assert same_name(name) not in taken, f"{step.verb} {address} takes {name}"
        self.names[key] = same_name(name)

    def _delete(self, step: Step) -> None:
        for address in step.addresses:
            old = self.ids[str(address)] if step.deposed == "*" else step.deposed
            del self.names[address.kind, old]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for each in value.values() for found in _references(each)]
    return [found for each in value for found in _references(each)] if isinstance(value, list) else []


_KEYS = st.lists(st.sampled_from("abcd"), unique=True, max_size=4).map(sorted)


@st.composite
def projects(draw: st.DrawFn) -> tuple[Desired, ...]:
    """Some of each kind, from few keys and few names, so that names collide in time."""
    made: list[Desired] = []
    for make in (a_list, a_tag):
        keys = draw(_KEYS)
        names = draw(st.permutations(["W", "X", "Y", "Z"]))
        source = {"tag_source": draw(st.sampled_from("st"))} if make is a_tag else {}
        made += [make(key, name=name, **source) for key, name in zip(keys, names, strict=False)]
    types = st.sampled_from(["string", "number"])
    names = draw(st.permutations(["W", "X", "Y", "Z"]))
    made += [
        a_field(key, label=name, type=draw(types)) for key, name in zip(draw(_KEYS), names, strict=False)
    ]
    made.append(a_list("kept", name="Kept"))
    texts = [str(each.address) for each in made]
    for key in draw(_KEYS):
        made.append(
            a_segment(
                key,
                name=f"S {key}",
                criteria=uses(*draw(st.lists(st.sampled_from(texts), min_size=1, max_size=3))),
            )
        )
    return (*made, *draw(_campaigns([text for text in texts if text.startswith("list.")])))


@st.composite
def _campaigns(draw: st.DrawFn, texts: list[str]) -> tuple[Desired, ...]:
    names = draw(st.permutations(["P", "Q", "R", "S"]))
    audience = st.lists(st.sampled_from(texts), unique=True, min_size=1, max_size=2)
    return tuple(
        a_campaign(key, name=name, audience={"lists": [ref(each) for each in draw(audience)]})
        for key, name in zip(draw(_KEYS), names, strict=False)
    )


def fields_keep_their_names(before: tuple[Desired, ...], after: tuple[Desired, ...]) -> bool:
    """Whether no label is taken over from a field that is only renamed: its derived name stays taken."""
    had = {each.address: each.fields["label"] for each in before if each.address.kind == "custom_field"}
    has = {each.address: each.fields["label"] for each in after if each.address.kind == "custom_field"}
    return all(has.get(address, label) == label for address, label in had.items())


@given(projects(), projects())
def test_every_plan_can_be_carried_out_in_its_order(
    before: tuple[Desired, ...], after: tuple[Desired, ...]
) -> None:
    bench = Bench().managed(*before)
    plan = bench.plan(*after, **ALLOWED)
    assert set(codes(plan)) <= {"name-taken", "field-stays"}
    if "name-taken" in codes(plan):
        assert not fields_keep_their_names(before, after)
        return
    Simulated(bench).check(plan)


@given(projects(), projects())
def test_users_turn_or_go_before_what_they_used_goes(
    before: tuple[Desired, ...], after: tuple[Desired, ...]
) -> None:
    bench = Bench().managed(*before)
    plan = bench.plan(*after, **ALLOWED)
    place = {
        address: index for index, step in enumerate(plan.steps) if step.deposed for address in step.addresses
    }
    replaced = {step.addresses[0] for step in plan.steps if "remote_id" in step.capture}
    for address, bound in bench.state.bindings.items():
        for used in bound.depends_on:
            if address in place and used in place and address not in replaced:
                assert place[address] <= place[used], f"{used} goes before {address}"


@given(projects(), projects())
def test_every_plan_is_the_same_whatever_the_order_of_its_inputs(
    before: tuple[Desired, ...], after: tuple[Desired, ...]
) -> None:
    one = Bench().managed(*before).plan(*after, **ALLOWED)
    other = Bench().managed(*reversed(before)).plan(*reversed(after), **ALLOWED)
    assert one.steps == other.steps
    assert one.changes == other.changes
    assert one.diagnostics == other.diagnostics


@given(projects(), projects())
def test_every_step_waits_only_for_earlier_ones(
    before: tuple[Desired, ...], after: tuple[Desired, ...]
) -> None:
    plan = Bench().managed(*before).plan(*after, **ALLOWED)
    done: set[str] = set()
    for step in plan.steps:
        assert set(step.after) <= done
        done.add(step.id)


@given(projects())
def test_a_plan_of_what_was_applied_is_empty(wants: tuple[Desired, ...]) -> None:
    plan = Bench().managed(*wants).plan(*wants)
    assert plan.empty
    assert plan.diagnostics == ()

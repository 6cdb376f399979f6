"""Every kind that is discovered keeps the contract, without being named here."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from ccstate.core.address import is_key
from ccstate.core.desired import Desired
from ccstate.core.kind import Form, Intent, Kind
from ccstate.core.live import Live
from ccstate.core.plan import Step
from ccstate.core.steps import encode, resolve_step
from ccstate.core.wire import Request, Response
from ccstate.emulator.collections import operations
from ccstate.emulator.routing import Routes
from ccstate.kinds import discover
from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    as_live,
    choices,
    drive,
    lists,
    schedule,
    uses,
)
from tests.kinds import payloads

ROOT = Path(__file__).parents[2]
KINDS = discover()

SAMPLES: dict[str, Desired] = {
    "list": a_list("x", name="News", description="Monthly", favorite=True),
    "tag": a_tag("x", name="VIP", tag_source="Shop"),
    "custom_field": a_field("x", label="Fruit", type="single_select", choices=choices("Apple", "Pear")),
    "segment": a_segment("x", name="Sleepy", criteria=uses("list.l", "tag.t")),
    "campaign": a_campaign("x", name="May", audience=lists("l"), schedule=schedule("2035-05-01T13:00:00Z")),
}
BODIES: dict[str, list[Any]] = {
    "list": [payloads.LIST, {**payloads.LIST, "description": None}],
    "tag": [payloads.TAG, {"tag_id": "1", "name": "A"}],
    "custom_field": [payloads.TEXT_FIELD, payloads.SELECT_FIELD],
    "segment": [payloads.SEGMENT_ITEM, payloads.SEGMENT],
    "campaign": [payloads.CAMPAIGN, payloads.ACTIVITY, payloads.SCHEDULES, []],
}

pytestmark = pytest.mark.parametrize("kind", KINDS.all, ids=lambda kind: kind.name)


def schema(kind: Kind) -> Any:
    path = ROOT / "schemas" / f"{kind.section}.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not written yet")
    return json.loads(path.read_text("utf-8"))


def sample(kind: Kind) -> Desired:
    assert kind.name in SAMPLES, f"add a sample of {kind.name} to this suite"
    return SAMPLES[kind.name]


def written(kind: Kind) -> tuple[Step, ...]:
    """Every call that the kind can plan for its sample."""
    want = sample(kind)
    live = as_live(want)
    everything = frozenset(want.fields)
    update = Intent(want.address, want.fields, everything, live)
    create = Intent(want.address, want.fields)
    return (*kind.create(create), *kind.update(update), *kind.rename(update, "Other"), *kind.delete(update))


# Its places


def test_the_module_is_named_as_the_section(kind: Kind) -> None:
    assert importlib.import_module(f"ccstate.kinds.{kind.section}").KIND is kind


def test_the_name_may_stand_in_an_address(kind: Kind) -> None:
    assert is_key(kind.name)
    assert kind.name != kind.section


def test_it_has_a_schema_in_which_every_field_stands(kind: Kind) -> None:
    properties = schema(kind)["properties"]
    assert {field.name for field in kind.fields} <= set(properties)


def test_its_schema_knows_nothing_that_is_no_field(kind: Kind) -> None:
    known = {field.name for field in kind.fields} | {"lifecycle", "html_file"}
    assert set(schema(kind)["properties"]) <= known


def test_its_schema_describes_every_property(kind: Kind) -> None:
    properties = schema(kind)["properties"].items()
    assert [name for name, each in properties if "description" not in each and "$ref" not in each] == []


def test_its_schema_holds_the_natural_key_to_its_limit(kind: Kind) -> None:
    document = schema(kind)
    assert document["properties"][kind.natural_key]["maxLength"] == kind.key_limit
    assert kind.natural_key in document["required"]


def test_it_has_tests_of_its_own(kind: Kind) -> None:
    assert (ROOT / "tests" / "kinds" / f"test_{kind.section}.py").exists()


# Its fields


def test_the_natural_key_is_a_field(kind: Kind) -> None:
    assert kind.field(kind.natural_key).form is Form.TEXT
    assert not kind.field(kind.natural_key).forces_replace


def test_field_names_are_unique(kind: Kind) -> None:
    names = [field.name for field in kind.fields]
    assert len(names) == len(set(names))


def test_what_forces_a_replace_cannot_be_cleared(kind: Kind) -> None:
    assert [field.name for field in kind.fields if field.forces_replace and field.clearable] == []


def test_unique_names_are_read_from_fields(kind: Kind) -> None:
    assert kind.unique
    for unique in kind.unique:
        assert unique.of(sample(kind).fields)


def test_empty_is_a_form_of_its_own(kind: Kind) -> None:
    for field in kind.fields:
        found = field.canonical(field.empty)
        assert field.canonical(found) == found


def test_canonical_forms_are_their_own_forms(kind: Kind) -> None:
    for name, value in as_live(sample(kind)).fields.items():
        canonical = kind.field(name).canonical
        assert canonical(canonical(value)) == canonical(value)


def test_canonical_forms_are_json(kind: Kind) -> None:
    for name, value in as_live(sample(kind)).fields.items():
        found = kind.field(name).canonical(value)
        assert json.loads(json.dumps(found)) == found


# Reading


def test_an_empty_collection_is_empty(kind: Kind) -> None:
    bodies: tuple[Any, ...] = ({}, None)
    for body in bodies:
        found, asked = drive(kind.collection(), Response(200, body))
        assert found == ()
        assert [each.method for (each,) in asked] == ["GET"]


def test_reading_only_reads(kind: Kind) -> None:
    _, asked = drive(kind.detail(Live(kind.name, "1", "A")), Response(404))
    assert [each.method for requests in asked for each in requests] == ["GET"]


def test_what_does_not_exist_is_none(kind: Kind) -> None:
    found, _ = drive(kind.detail(Live(kind.name, "1", "A")), Response(404))
    assert found is None


def test_decoding_shows_only_fields(kind: Kind) -> None:
    assert kind.name in BODIES, f"add documented bodies of {kind.name} to this suite"
    names = {field.name for field in kind.fields}
    for body in BODIES[kind.name]:
        assert set(kind.decode(body)) <= names


def test_what_is_decoded_has_a_canonical_form_of_its_own(kind: Kind) -> None:
    for body in BODIES[kind.name]:
        for name, value in kind.decode(body).items():
            canonical = kind.field(name).canonical
            assert canonical(canonical(value)) == canonical(value)


# Writing


def test_every_step_is_json_once_encoded(kind: Kind) -> None:
    for step in written(kind):
        document = encode([list(step.path), step.body], {})
        assert json.loads(json.dumps(document)) == document


def test_every_step_becomes_a_request(kind: Kind) -> None:
    for step in written(kind):
        blobs: dict[str, str] = {}
        path = tuple(encode(part, blobs) for part in step.path)
        whole = Step("s1", step.addresses, step.verb, step.method, path, step.query, encode(step.body, blobs))
        request = resolve_step(whole, lambda _: "7", blobs)
        assert isinstance(request, Request)
        assert request.path.startswith("/")
        assert "//" not in request.path


def test_every_step_is_for_its_address_and_has_a_verb(kind: Kind) -> None:
    for step in written(kind):
        assert step.addresses == (sample(kind).address,)
        assert step.verb


def test_steps_apply_only_fields(kind: Kind) -> None:
    names = {field.name for field in kind.fields}
    for step in written(kind):
        assert {*step.applies, *step.clears} <= names


def test_a_create_captures_the_remote_id_first(kind: Kind) -> None:
    first, *others = kind.create(Intent(sample(kind).address, sample(kind).fields))
    assert "remote_id" in first.capture
    assert not any("remote_id" in each.capture for each in others)


def test_a_create_applies_everything_that_is_declared(kind: Kind) -> None:
    want = sample(kind)
    applied = {name for step in kind.create(Intent(want.address, want.fields)) for name in step.applies}
    assert applied == set(want.fields)


def test_an_update_applies_everything_that_changed(kind: Kind) -> None:
    want = sample(kind)
    for field in kind.fields:
        if field.name in want.fields and not field.forces_replace:
            steps = kind.update(Intent(want.address, want.fields, frozenset({field.name}), as_live(want)))
            assert field.name in {name for step in steps for name in step.applies}


def test_an_update_of_nothing_is_no_step(kind: Kind) -> None:
    want = sample(kind)
    assert kind.update(Intent(want.address, want.fields, frozenset(), as_live(want))) == ()


def test_a_delete_ends_with_the_step_that_removes_the_object(kind: Kind) -> None:
    want = sample(kind)
    live = as_live(want)
    *before, last = kind.delete(Intent(want.address, {}, frozenset(), live))
    assert (last.method, last.deposed) == ("DELETE", live.remote_id)
    assert not any(each.deposed for each in before)


def test_stepping_aside_applies_nothing(kind: Kind) -> None:
    want = sample(kind)
    (step,) = kind.rename(Intent(want.address, {}, frozenset(), as_live(want)), "Other")
    assert step.applies == ()
    assert step.body[kind.natural_key] == "Other"


def test_every_step_says_the_privileges_that_the_service_wants(kind: Kind) -> None:
    steps = written(kind)
    if kind.bulk_delete is not None:
        steps += (Step("", steps[0].addresses, "delete", "POST", (kind.bulk_delete.path,), wait="/x"),)
    routes = Routes(operations(), ())
    for step in steps:
        path = "".join(part if isinstance(part, str) else "7" for part in step.path)
        wanted = routes.find(step.method, f"/v3{path}")[0].access.privileges
        polled = ("contacts:write",) if step.wait else ()
        assert set(kind.needs(step)) == {*wanted, *polled}


def test_a_bulk_delete_is_worth_it(kind: Kind) -> None:
    bulk = kind.bulk_delete
    if bulk is not None:
        assert 2 <= bulk.fewest < bulk.most
        assert bulk.path.startswith("/activities/")


# Planning


def test_a_sample_passes_its_own_checks(kind: Kind) -> None:
    assert list(kind.check(sample(kind))) == []


def test_what_was_applied_is_converged(kind: Kind) -> None:
    others = (a_list("l"), a_tag("t"))
    plan = Bench().managed(*others, sample(kind)).plan(*others, sample(kind))
    assert plan.empty
    assert plan.diagnostics == ()


def test_an_equal_object_is_adopted_without_a_call(kind: Kind) -> None:
    others = (a_list("l"), a_tag("t"))
    plan = Bench().managed(*others).unmanaged(as_live(sample(kind))).plan(*others, sample(kind))
    assert plan.steps == ()
    assert [str(each.action) for each in plan.active] == ["adopt"]

"""Segments: criteria travel as text, compare by meaning, and are checked where they are documented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.values import Join
from ccstate.core.wire import Request, Response
from ccstate.kinds import _criteria
from ccstate.kinds.segments import KIND
from tests.core.build import CRITERIA, a_segment, as_live, drive, ref
from tests.kinds.payloads import SEGMENT, SEGMENT_ITEM, codes, errors, intent, only, read, seen

LIVE = as_live(a_segment("s", name="Sleepy"))


def opened(param: Any = "5", **changes: Any) -> dict[str, Any]:
    condition = {"source": "tracking", "field": "opened", "op": "contains-any", "param": param}
    return {**condition, "const_value": "last-n-campaigns", **changes}


def group(*members: Any, type: str = "and") -> dict[str, Any]:
    return {"type": type, "group": list(members)}


def tagged(value: str = "t") -> dict[str, Any]:
    return {"source": "tags", "field": "tag_id", "op": "eq", "value": value}


# Reading


def test_the_collection_leaves_the_criteria_to_the_detail() -> None:
    (item,) = read("segment", segments=[SEGMENT_ITEM])
    assert item.remote_id == "14"
    assert item.fields == {"name": "Sleepy 5"}
    assert KIND.needs_detail(item)


def test_the_detail_says_all() -> None:
    found, asked = drive(KIND.detail(LIVE), Response(200, SEGMENT))
    assert found is not None
    assert found.fields == {"name": "Sleepy 5", "criteria": CRITERIA}
    assert found.extra == {"edited_at": "2026-05-04T09:30:00.000Z", "created_at": SEGMENT["created_at"]}
    assert not KIND.needs_detail(found)
    assert asked == [(Request("GET", f"/segments/{LIVE.remote_id}", accept=(404,)),)]


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ({"version": "3.0.0", "criteria": {"type": "and"}}, {"type": "and"}),
        ("no json", "no json"),
        ('{"other": 1}', {"other": 1}),
        ("[]", []),
    ],
    ids=["an object", "no json", "another document", "no object"],
)
def test_whatever_the_service_holds_is_read(text: Any, criteria: Any) -> None:
    assert KIND.decode({"name": "A", "segment_criteria": text})["criteria"] == criteria


# Writing


def test_create_sends_the_criteria_as_compact_text_with_ids() -> None:
    step = only(KIND.create(intent(a_segment("s", criteria=group(opened(), tagged(ref("tag.vip")))))))  # type: ignore[arg-type]
    ((call, body),) = seen([step])
    assert call == "POST /segments"
    sent = json.loads(body["segment_criteria"])
    assert sent == {"version": "1.0.0", "criteria": group(opened(), tagged("id-tag-vip"))}
    assert body["segment_criteria"] == json.dumps(sent, sort_keys=True, separators=(",", ":"))


def test_a_reference_inside_a_text_is_resolved() -> None:
    condition = {
        "source": "contact",
        "field": Join(("custom_field_id:", ref("custom_field.x"))),
        "op": "eq",
        "value": "Gold",
    }
    ((_, body),) = seen(KIND.create(intent(a_segment("s", criteria=group(condition)))))
    assert '"field":"custom_field_id:id-custom_field-x"' in body["segment_criteria"]


def test_only_a_new_name_is_a_patch() -> None:
    steps = KIND.update(intent(a_segment("s", name="New"), LIVE, "name"))
    assert seen(steps) == [(f"PATCH /segments/{LIVE.remote_id}/name", {"name": "New"})]
    assert only(steps).applies == ("name",)


def test_new_criteria_are_a_put_of_both() -> None:
    steps = KIND.update(intent(a_segment("s", name="New", criteria=group(opened())), LIVE, "criteria"))
    ((call, body),) = seen(steps)
    assert call == f"PUT /segments/{LIVE.remote_id}"
    assert set(body) == {"name", "segment_criteria"}
    assert only(steps).applies == ("criteria", "name")


def test_stepping_aside_makes_no_round_trip_of_the_criteria() -> None:
    steps = KIND.rename(intent(a_segment("s"), LIVE), "Sleepy ~1")
    assert seen(steps) == [(f"PATCH /segments/{LIVE.remote_id}/name", {"name": "Sleepy ~1"})]


def test_delete_is_done_at_once() -> None:
    step = only(KIND.delete(intent(a_segment("s"), LIVE)))
    assert seen([step]) == [(f"DELETE /segments/{LIVE.remote_id}", None)]
    assert step.wait == ""


# The canonical form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (group(opened("5")), group(opened(5))),
        (group(opened("5")), group(opened(5.0))),
        (group(opened(), tagged()), group(tagged(), opened())),
        (
            group(group(tagged("a"), tagged("b"), type="or")),
            group(group(tagged("b"), tagged("a"), type="or")),
        ),
        (group(opened()), {"group": [dict(reversed(opened().items()))], "type": "and"}),
    ],
    ids=["number", "float", "order", "order inside", "keys"],
)
def test_two_spellings_of_one_meaning(one: Any, other: Any) -> None:
    assert _criteria.canonical(one) == _criteria.canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (group(opened("5")), group(opened("6"))),
        (group(opened()), group(opened(), opened())),
        (group(opened(), type="and"), group(opened(), type="or")),
        (group(opened(value=True)), group(opened(value=1))),
        (group(opened(value=["a", "b"])), group(opened(value=["b", "a"]))),
        (group(opened(value=1.5)), group(opened(value=1))),
    ],
    ids=["another number", "twice", "another type", "a flag", "a list of values", "a fraction"],
)
def test_two_meanings(one: Any, other: Any) -> None:
    assert _criteria.canonical(one) != _criteria.canonical(other)


_VALUES = st.one_of(st.text(max_size=4), st.integers(0, 99), st.booleans(), st.none())
_CONDITIONS = st.dictionaries(
    st.sampled_from(["source", "field", "op", "value", "param"]), _VALUES, max_size=4
)
_GROUPS = st.recursive(
    _CONDITIONS,
    lambda inner: st.builds(group, inner, inner, type=st.sampled_from(["and", "or"])),
    max_leaves=6,
)


@given(_GROUPS)
def test_the_form_is_its_own_form(criteria: Any) -> None:
    found = _criteria.canonical(criteria)
    assert _criteria.canonical(found) == found


def respelled(criteria: Any, chance: Any) -> Any:
    if isinstance(criteria, dict):
        items = [(key, respelled(value, chance)) for key, value in criteria.items()]
        chance.shuffle(items)
        return dict(items)
    if isinstance(criteria, list):
        return chance.sample([respelled(each, chance) for each in criteria], len(criteria))
    return str(criteria) if isinstance(criteria, int) and not isinstance(criteria, bool) else criteria


@given(_GROUPS, st.randoms(use_true_random=False))
def test_every_spelling_has_one_form(criteria: Any, chance: Any) -> None:
    assert _criteria.canonical(respelled(criteria, chance)) == _criteria.canonical(criteria)


# Checks


@pytest.mark.parametrize(
    "criteria",
    [
        CRITERIA,
        group(group(opened("10"), opened("2", field="not_opened"))),
        group(group(tagged("a"), tagged("b"), type="or")),
        group(group(tagged("a"), type="or"), opened("500")),
        group(opened("1825", const_value="last-n-days")),
        group({"source": "contact", "field": "state", "op": "neq", "value": "MD"}),
        group({"source": "contact", "field": "any", "op": "whatever"}),
    ],
)
def test_what_is_documented_passes(criteria: Any) -> None:
    assert codes(KIND, a_segment("s", criteria=criteria)) == []


@pytest.mark.parametrize(
    ("criteria", "code", "path"),
    [
        ("text", "criteria-shape", "criteria"),
        (group(opened(), type="or"), "criteria-top-group", "criteria.type"),
        (group(), "criteria-empty-group", "criteria.group"),
        ({"type": "and", "group": "x"}, "criteria-empty-group", "criteria.group"),
        (group(group(opened(), type="xor")), "criteria-group-type", "criteria.group.0.type"),
        (group("x"), "criteria-shape", "criteria.group.0"),
        (group(group(tagged("a"), tagged("b"))), "criteria-or-only", "criteria.group.0.type"),
        (group(tagged("a")), "criteria-or-only", "criteria.type"),
        (group(opened(field="")), "criteria-condition", "criteria.group.0"),
        (group(opened("501")), "criteria-window", "criteria.group.0.param"),
        (group(opened(501)), "criteria-window", "criteria.group.0.param"),
        (group(opened("1826", const_value="last-n-days")), "criteria-window", "criteria.group.0.param"),
    ],
)
def test_what_is_documented_to_be_refused(criteria: Any, code: str, path: str) -> None:
    found = list(KIND.check(a_segment("s", criteria=criteria)))
    assert (code, path) in [(each.code, each.path) for each in found]


def test_conditions_for_or_groups_at_the_top_are_told_to_go_into_a_group() -> None:
    (found,) = KIND.check(a_segment("s", criteria=group(tagged("a"))))
    assert found.hint == "put them in a group: - {type: or, group: [...]}"


def test_a_source_that_nobody_documents_is_a_warning() -> None:
    want = a_segment("s", criteria=group(opened(source="purchases")))
    assert codes(KIND, want) == ["criteria-source"]
    assert errors(KIND, want) == []


def long(length: int) -> Any:
    """Criteria that are so many characters long once they are serialised."""
    bare = len(
        '{"criteria":{"group":[{"field":"f","op":"eq","source":"contact","value":""}],"type":"and"},"version":"1.0.0"}'
    )
    return group({"source": "contact", "field": "f", "op": "eq", "value": "x" * (length - bare)})


@pytest.mark.parametrize(("length", "refused"), [(20_000, False), (20_001, True)])
def test_twenty_thousand_characters_once_serialised(length: int, refused: bool) -> None:
    assert codes(KIND, a_segment("s", criteria=long(length))) == (["criteria-too-long"] if refused else [])


def test_references_count_as_long_as_the_ids_that_they_stand_for() -> None:
    criteria = long(20_000 - 36 + len("eq"))
    criteria["group"][0]["op"] = ref("list.a")
    assert codes(KIND, a_segment("s", criteria=criteria)) == []
    criteria["group"][0]["value"] += "x"
    assert codes(KIND, a_segment("s", criteria=criteria)) == ["criteria-too-long"]

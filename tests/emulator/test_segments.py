from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ccstate.emulator import Switches
from tests.emulator.client import Emulated, criteria

PATH = "/v3/segments"
CONDITION = {"source": "tags", "field": "tag_id", "op": "eq", "value": "1"}

NAMED = {"source": "tracking", "field": "opened", "op": "contains-any"}
DAYS = {**NAMED, "const_value": "last-n-days"}
CREATED = {"source": "contact", "field": "created_at", "op": "in-last-n-days"}


def body(name: str = "Sleepy", text: Any = None) -> dict[str, Any]:
    return {"name": name, "segment_criteria": criteria() if text is None else text}


def group(*members: Any, type: str = "and") -> dict[str, Any]:
    return {"type": type, "group": list(members)}


def document(group: Any) -> str:
    return json.dumps({"version": "1.0.0", "criteria": group})


def test_criteria_are_echoed_as_they_came(emulator: Emulated) -> None:
    answer = emulator.post(PATH, body())
    assert (answer.status_code, answer.json()["segment_criteria"]) == (201, criteria())
    assert answer.json()["segment_id"] == 1
    assert answer.json()["created_at"] == answer.json()["edited_at"] == "2026-05-04T09:15:22.000Z"


def test_the_collection_has_no_criteria(emulator: Emulated) -> None:
    emulator.post(PATH, body())
    assert set(emulator.get(PATH)["segments"][0]) == {"name", "segment_id", "created_at", "edited_at"}


def test_put_needs_both_and_patch_the_name_alone(emulator: Emulated) -> None:
    emulator.post(PATH, body())
    emulator.advance("PT5S")
    assert emulator.put(f"{PATH}/1", {"name": "x"}).status_code == 400
    assert emulator.put(f"{PATH}/1", body("x", criteria(7))).json()["segment_criteria"] == criteria(7)
    renamed = emulator.patch(f"{PATH}/1/name", {"name": "y"}).json()
    assert (renamed["name"], renamed["edited_at"]) == ("y", "2026-05-04T09:15:27.000Z")


def test_names_are_unique_for_post_put_and_patch(emulator: Emulated) -> None:
    emulator.post(PATH, body("A"))
    emulator.post(PATH, body("B"))
    assert emulator.post(PATH, body("a")).status_code == 409
    assert emulator.put(f"{PATH}/2", body("a")).status_code == 409
    assert emulator.patch(f"{PATH}/2/name", {"name": "a"}).status_code == 409


def test_a_deleted_segment_is_read_by_id_only(emulator: Emulated) -> None:
    emulator.post(PATH, body())
    assert emulator.delete(f"{PATH}/1").status_code == 204
    assert emulator.get(PATH)["segments"] == []
    assert emulator.get(f"{PATH}/1")["name"] == "Sleepy"
    assert emulator.delete(f"{PATH}/1").status_code == 404
    assert emulator.put(f"{PATH}/1", body()).status_code == 404


def test_the_name_of_a_deleted_segment_is_free_unless_the_switch_says_otherwise(
    make: Callable[..., Emulated],
) -> None:
    for switch, status in ((False, 201), (True, 409)):
        emulator = make(Switches(deleted_segments_keep_name=switch))
        emulator.post(PATH, body())
        emulator.delete(f"{PATH}/1")
        assert emulator.post(PATH, body()).status_code == status


@pytest.mark.parametrize(
    "text",
    [
        json.loads(criteria()),
        "",
        "{",
        " " * 20_001,
        "[]",
        json.dumps({"criteria": group(CONDITION)}),
        json.dumps({"version": "1.0.0"}),
        document(group(CONDITION, type="or")),
        document(group()),
        document({"type": "and", "group": {}}),
        document(group(group(CONDITION, type="xor"))),
        document(group({"source": "tracking", "field": "opened"})),
        document(group({**CONDITION, "source": "moon"})),
        document(group({**CONDITION, "source": []})),
        document(group(CONDITION, CONDITION)),
        document(group(group({**CONDITION, "source": "list_membership"}))),
        criteria(501),
        criteria("x"),
        document(group({**CREATED, "value": float("nan")})),
        document(group(DAYS | {"param": 1826})),
        document(group(DAYS | {"param": None})),
        document(group(NAMED | {"value": [str(n) for n in range(501)]})),
        document(group(NAMED | {"op": "between", "value": ["2020-01-01", "2025-01-01"]})),
        document(group(CREATED | {"value": 1826})),
        document(group(CREATED | {"op": "not-in-last-n-days", "param": "1826"})),
        document("[" * 5),
        document(group(*[5])),
        '{"version":"1","criteria":' + '{"type":"and","group":[' * 700 + "]}" * 700 + "}",
        "[" * 19_000,
    ],
)
def test_criteria_outside_of_the_documented_grammar_are_400(emulator: Emulated, text: Any) -> None:
    assert emulator.post(PATH, {"name": "x", "segment_criteria": text}).status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        criteria(500),
        document(group(group(CONDITION, CONDITION, type="or"))),
        document(group(DAYS | {"param": 1825})),
        document(group(NAMED | {"value": [str(n) for n in range(500)]})),
        document(group(NAMED | {"op": "between", "value": ["2020-01-02", "2024-12-31"]})),
        document(group(CREATED | {"value": "1825"})),
        document(group(CREATED | {"op": "between", "value": ["1920-01-01", "2024-12-31"]})),
        document(group({"source": "contact", "field": "list_membership", "op": "eq", "value": "x"})),
        document(group({"source": "contact", "field": "anything", "op": "whatever", "extra": [1]})),
    ],
)
def test_what_the_grammar_does_not_forbid_passes(emulator: Emulated, text: str) -> None:
    assert emulator.post(PATH, {"name": "x", "segment_criteria": text}).status_code == 201


def test_any_json_passes_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(permissive_criteria=True))
    assert emulator.post(PATH, body(text="[]")).status_code == 201
    assert emulator.post(PATH, body("b", "{")).status_code == 400


def test_a_segment_more_than_the_account_can_have_is_400_where_there_is_such_a_limit(
    make: Callable[..., Emulated],
) -> None:
    seed = {"segments": [{"name": "S {n}", "criteria": criteria(), "repeat": 999}]}
    for switch, status in ((False, 201), (True, 400)):
        emulator = make(Switches(account_limits=switch), seed=seed)
        assert emulator.post(PATH, body("last")).status_code == 201
        assert emulator.post(PATH, body("one more")).status_code == status
        emulator.delete(f"{PATH}/1")
        assert emulator.post(PATH, body("in its place")).status_code == 201


def test_rewritten_criteria_say_the_same_in_other_words(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(rewrite_criteria=True))
    text = document(group(group(CONDITION, {**CONDITION, "param": "5", "value": "2"}, type="or")))
    found = emulator.post(PATH, body(text=text)).json()["segment_criteria"]
    assert found != text
    assert json.loads(found)["criteria"]["group"][0]["group"] == [
        {**CONDITION, "param": 5, "value": "2"},
        CONDITION,
    ]


def test_an_id_that_is_no_integer_is_400_and_an_unknown_one_404(emulator: Emulated) -> None:
    assert emulator.call("GET", f"{PATH}/x").status_code == 400
    assert emulator.call("GET", f"{PATH}/99999999999").status_code == 400
    assert emulator.call("GET", f"{PATH}/17").status_code == 404

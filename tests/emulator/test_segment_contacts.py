"""Whom a segment selects."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.emulator.client import Emulated
from tests.emulator.contacts import PATH, contact, ids


def segment(emulator: Emulated, city: str = "Ann") -> int:
    condition = {"source": "contact", "field": "first_name", "op": "eq", "value": city}
    document = {"version": "1.0.0", "criteria": {"type": "and", "group": [condition]}}
    answer = emulator.post("/v3/segments", {"name": "S", "segment_criteria": json.dumps(document)})
    return int(answer.json()["segment_id"])


def test_the_first_answer_is_202_and_the_second_is_complete(emulator: Emulated) -> None:
    ann = contact(emulator, first_name="Ann")
    contact(emulator, "bob@example.com", first_name="Bob")
    path = f"{PATH}?segment_id={segment(emulator)}"
    first = emulator.call("GET", path)
    assert (first.status_code, first.json()) == (202, {"contacts": [], "status": "processing"})
    assert [found["contact_id"] for found in emulator.get(path)["contacts"]] == [ann]


def test_pages_of_a_segment_need_no_second_evaluation(emulator: Emulated) -> None:
    made = [contact(emulator, f"{n}@example.com", first_name="Ann") for n in range(5)]
    path = f"segment_id={segment(emulator)}&limit=2"
    assert emulator.call("GET", f"{PATH}?{path}").status_code == 202
    assert ids(emulator, path) == made


def test_an_evaluation_holds_for_ten_minutes_or_until_the_criteria_change(emulator: Emulated) -> None:
    segment_id = segment(emulator)
    path = f"{PATH}?segment_id={segment_id}"

    def statuses() -> list[int]:
        return [emulator.call("GET", path).status_code for _ in range(2)]

    assert statuses() == [202, 200]
    emulator.advance("PT9M59S")
    assert statuses() == [200, 200]
    emulator.advance("PT1S")
    assert statuses() == [202, 200]
    other = json.dumps({"version": "1.0.0", "criteria": {"type": "and", "group": [
        {"source": "contact", "field": "first_name", "op": "eq", "value": "Bob"}]}})  # fmt: skip
    emulator.put(f"/v3/segments/{segment_id}", {"name": "S", "segment_criteria": other})
    assert statuses() == [202, 200]


def test_an_evaluation_takes_as_long_as_a_bulk_activity(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=3600.0)
    path = f"{PATH}?segment_id={segment(emulator)}"
    assert [emulator.call("GET", path).status_code for _ in range(3)] == [202, 202, 202]
    emulator.advance("PT1H")
    assert emulator.call("GET", path).status_code == 200


@pytest.mark.parametrize(
    ("op", "value", "names"),
    [
        ("eq", "tea", ["Ann", "Bob"]),
        ("neq", "tea", ["Eve"]),
        ("eq", "tea, milk", []),
        ("contains", "il", ["Bob"]),
    ],
)
def test_a_field_with_several_choices_has_each_of_them(
    make: Callable[..., Emulated], op: str, value: str, names: list[str]
) -> None:
    people = [
        {"first_name": "Ann", "custom_fields": {"Drinks": ["Tea"]}},
        {"first_name": "Bob", "custom_fields": {"Drinks": ["Tea", "Milk"]}},
        {"first_name": "Eve"},
    ]
    field = {"label": "Drinks", "type": "multi_select", "choices": ["Tea", "Milk"]}
    emulator = make(seed={"custom_fields": [field], "contacts": people})
    field_id = emulator.get("/v3/contact_custom_fields")["custom_fields"][0]["custom_field_id"]
    condition = {"source": "contact", "field": field_id, "op": op, "value": value}
    document = {"version": "1.0.0", "criteria": {"type": "and", "group": [condition]}}
    emulator.post("/v3/segments", {"name": "S", "segment_criteria": json.dumps(document)})
    assert emulator.call("GET", f"{PATH}?segment_id=1").status_code == 202
    assert [found["first_name"] for found in emulator.get(f"{PATH}?segment_id=1")["contacts"]] == names


@pytest.mark.parametrize(
    "beside", ["status=all", "email=a@example.com", "include=notes", "include_count=true"]
)
def test_a_segment_is_combined_with_a_limit_only(emulator: Emulated, beside: str) -> None:
    path = f"{PATH}?segment_id={segment(emulator)}"
    assert emulator.call("GET", f"{path}&{beside}").status_code == 400
    assert emulator.call("GET", f"{path}&limit=1").status_code == 202


def test_a_segment_that_is_not_there_is_404(emulator: Emulated) -> None:
    segment_id = segment(emulator)
    emulator.delete(f"/v3/segments/{segment_id}")
    for number in (segment_id, 99):
        assert emulator.call("GET", f"{PATH}?segment_id={number}").status_code == 404
    for text in ("x", "", "-1", "9" * 20):
        assert emulator.call("GET", f"{PATH}?segment_id={text}").status_code == 400

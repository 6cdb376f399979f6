"""What a contact may have in its custom fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.contacts import PATH, body, change, contact, read


def custom_field(emulator: Emulated, type_: str = "string", label: str = "Field", **more: Any) -> Any:
    answer = emulator.post("/v3/contact_custom_fields", {"label": label, "type": type_, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def choices(*labels: str) -> list[dict[str, Any]]:
    return [{"choice_label": label, "display_order": n} for n, label in enumerate(labels)]


def store(emulator: Emulated, field: Any, **value: Any) -> Any:
    """The status of a write, and what is in the field after it."""
    sent = body(custom_fields=[{"custom_field_id": field["custom_field_id"], **value}])
    answer = emulator.post(PATH, sent)
    return answer.json()["custom_fields"][0] if answer.status_code == 201 else answer.status_code


@pytest.mark.parametrize(
    ("type_", "more", "sent", "shown"),
    [
        ("string", {}, " as it is ", " as it is "), ("text_area", {}, "a\nb", "a\nb"),
        ("boolean", {}, "True", "true"), ("number", {}, "12.5", "12.5"),
        ("number", {"metadata": {"allow_negative": True}}, "-3", "-3"),
        ("currency", {"metadata": {"integer": False, "decimal_places": 2}}, "9.99", "9.99"),
        ("date", {"version": 2}, "12/31/2026", "2026-12-31"), ("date", {}, "some day", "some day"),
        ("datetime", {"version": 2}, "2026-12-31T09:00:00-05:00", "2026-12-31T14:00:00Z"),
    ],
)  # fmt: skip
def test_a_value_fits_its_type(emulator: Emulated, type_: str, more: Any, sent: str, shown: str) -> None:
    assert store(emulator, custom_field(emulator, type_, **more), value=sent)["value"] == shown


@pytest.mark.parametrize(
    ("type_", "more", "sent"),
    [
        ("string", {}, "x" * 256), ("string", {}, 5), ("boolean", {}, "yes"), ("number", {}, "many"),
        ("number", {}, "-3"), ("number", {"metadata": {"integer": True}}, "1.5"),
        ("currency", {"metadata": {"integer": False, "decimal_places": 2}}, "9.999"),
        ("date", {"version": 2}, "2026-02-30"), ("datetime", {"version": 2}, "noon"),
        ("single_select", {"choices": choices("Gold", "Silver")}, "Bronze"),
        ("single_select", {"choices": choices("Gold", "Silver")}, "Gold, Silver"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_400(emulator: Emulated, type_: str, more: Any, sent: Any) -> None:
    assert store(emulator, custom_field(emulator, type_, **more), value=sent) == 400


def test_choices_are_given_by_id_or_label_and_shown_as_both(emulator: Emulated) -> None:
    field = custom_field(emulator, "multi_select", choices=choices("Tea", "Coffee, black", "Milk"))
    tea, coffee, milk = (str(choice["choice_id"]) for choice in field["choices"])
    both = {
        "custom_field_id": field["custom_field_id"],
        "value": "Tea, Milk",
        "choice_ids": [tea, milk],
    }
    assert store(emulator, field, choice_ids=[milk, tea, milk]) == both
    contact_id = emulator.get(PATH)["contacts"][0]["contact_id"]
    for sent in ({"value": "milk,TEA"}, {"choice_ids": [int(tea), int(milk)]}, both):
        part = {"custom_field_id": field["custom_field_id"], **sent}
        assert change(emulator, contact_id, custom_fields=[part])["custom_fields"] == [both]
    part = {"custom_field_id": field["custom_field_id"], "value": "Coffee, black"}
    assert change(emulator, contact_id, custom_fields=[part])["custom_fields"][0]["choice_ids"] == [coffee]


def test_ids_of_choices_must_be_known_and_one_for_a_single_select(emulator: Emulated) -> None:
    field = custom_field(emulator, "single_select", choices=choices("Gold", "Silver"))
    known = [choice["choice_id"] for choice in field["choices"]]
    wrongs: list[Any] = [["7"], known, [known[0], None], [True], "101", [[]], [{}]]
    for wrong in wrongs:
        assert store(emulator, field, choice_ids=wrong) == 400
    text = custom_field(emulator, label="Text")
    assert store(emulator, text, choice_ids=known) == 400


def test_values_follow_a_choice_that_is_renamed_or_removed(emulator: Emulated) -> None:
    field = custom_field(emulator, "multi_select", choices=choices("Gold", "Silver"))
    contact_id = contact(
        emulator,
        custom_fields=[{"custom_field_id": field["custom_field_id"], "value": "Gold, Silver"}],
    )
    path = f"/v3/contact_custom_fields/{field['custom_field_id']}"
    golden = {"choice_id": field["choices"][0]["choice_id"], "choice_label": "Golden"}
    emulator.put(path, {"label": "Field", "choices": [golden]})
    assert read(emulator, contact_id)["custom_fields"][0]["value"] == "Golden"
    emulator.put(path, {"label": "Field", "choices": choices("Other")})
    assert read(emulator, contact_id)["custom_fields"] == []


def test_put_replaces_the_values_as_a_whole_and_an_empty_one_is_none(emulator: Emulated) -> None:
    first, second = (custom_field(emulator, label=label)["custom_field_id"] for label in "AB")
    contact_id = contact(emulator, custom_fields=[{"custom_field_id": first, "value": "1"}])
    changed = change(emulator, contact_id, custom_fields=[{"custom_field_id": second, "value": "2"}])
    assert [field["custom_field_id"] for field in changed["custom_fields"]] == [second]
    emptied = [{"custom_field_id": second, "value": ""}]
    assert change(emulator, contact_id, custom_fields=emptied)["custom_fields"] == []


def test_a_contact_has_values_in_twenty_five_fields_and_each_once(make: Any) -> None:
    emulator = make(seed={"custom_fields": [{"label": "F{n}", "repeat": 26}]})
    values = [
        {"custom_field_id": field["custom_field_id"], "value": "x"}
        for field in emulator.all("/v3/contact_custom_fields", "custom_fields")
    ]
    assert emulator.post(PATH, body(custom_fields=values)).status_code == 400
    assert emulator.post(PATH, body(custom_fields=values[:1] * 2)).status_code == 400
    assert len(read(emulator, contact(emulator, custom_fields=values[:25]))["custom_fields"]) == 25


def test_the_values_go_with_the_field(emulator: Emulated) -> None:
    field = custom_field(emulator)
    contact_id = contact(
        emulator, custom_fields=[{"custom_field_id": field["custom_field_id"].upper(), "value": "1"}]
    )
    emulator.delete(f"/v3/contact_custom_fields/{field['custom_field_id']}")
    assert read(emulator, contact_id)["custom_fields"] == []

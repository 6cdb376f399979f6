from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccstate.emulator import Switches
from tests.emulator.client import Emulated

PATH = "/v3/contact_custom_fields"


def select(labels: tuple[str, ...] = ("Gold", "Silver"), **more: Any) -> dict[str, Any]:
    choices = [{"choice_label": label, "display_order": order} for order, label in enumerate(labels, 1)]
    return {"label": "Tier", "type": "single_select", "choices": choices, **more}


def test_a_string_field_has_a_derived_name_and_a_version(emulator: Emulated) -> None:
    answer = emulator.post(PATH, {"label": "Customer ID", "type": "string"})
    created = answer.json()
    assert answer.status_code == 201
    assert (created["name"], created["version"], "choices" in created) == ("customer_id", 1, False)


def test_the_derived_name_keeps_its_case_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    created = make(Switches(keep_field_name_case=True)).post(PATH, {"label": "Customer ID", "type": "string"})
    assert created.json()["name"] == "Customer_ID"


def test_choices_get_integer_ids(emulator: Emulated) -> None:
    answer = emulator.post(PATH, select(metadata={"display_type": "dropdown"}))
    choices = answer.json()["choices"]
    assert [(choice["choice_label"], choice["display_order"]) for choice in choices] == [
        ("Gold", 1),
        ("Silver", 2),
    ]
    assert all(isinstance(choice["choice_id"], int) for choice in choices)
    assert answer.json()["metadata"] == {"display_type": "dropdown"}


def test_put_keeps_renames_adds_and_drops_choices(emulator: Emulated) -> None:
    created = emulator.post(PATH, select()).json()
    gold = created["choices"][0]["choice_id"]
    choices = [{"choice_id": gold, "choice_label": "Or", "display_order": 2}, {"choice_label": "Bronze"}]
    changed = emulator.put(
        f"{PATH}/{created['custom_field_id']}", {"label": "Tier", "choices": choices}
    ).json()
    assert [(choice["choice_label"], choice["choice_id"] == gold) for choice in changed["choices"]] == [
        ("Or", True),
        ("Bronze", False),
    ]


def test_a_put_without_choices_loses_them(emulator: Emulated) -> None:
    created = emulator.post(PATH, select()).json()
    assert emulator.put(f"{PATH}/{created['custom_field_id']}", {"label": "Tier"}).json()["choices"] == []


def test_a_put_cannot_name_a_choice_of_another_field(emulator: Emulated) -> None:
    created = emulator.post(PATH, select()).json()
    choices = [{"choice_id": 999, "choice_label": "x", "display_order": 1}]
    assert (
        emulator.put(f"{PATH}/{created['custom_field_id']}", {"label": "T", "choices": choices}).status_code
        == 400
    )


def test_a_rename_leaves_the_name_and_its_claim(emulator: Emulated) -> None:
    field_id = emulator.post(PATH, {"label": "Shoe size", "type": "string"}).json()["custom_field_id"]
    assert emulator.put(f"{PATH}/{field_id}", {"label": "Size"}).json()["name"] == "shoe_size"
    assert emulator.post(PATH, {"label": "Shoe size", "type": "string"}).status_code == 409


def test_labels_are_unique(emulator: Emulated) -> None:
    emulator.post(PATH, {"label": "A", "type": "string"})
    other = emulator.post(PATH, {"label": "B", "type": "string"}).json()["custom_field_id"]
    assert emulator.post(PATH, {"label": "a", "type": "date"}).status_code == 409
    assert emulator.put(f"{PATH}/{other}", {"label": "A"}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"label": "x"},
        {"label": "x", "type": "colour"},
        {"label": "x" * 51, "type": "string"},
        {"label": "x", "type": "string", "choices": [{"choice_label": "a"}]},
        {"label": "x", "type": "single_select"},
        select(metadata={"display_type": "slider"}),
        select(tuple(map(str, range(21))), metadata={"display_type": "radio"}),
        select(tuple(map(str, range(101)))),
        select(("x" * 256,)),
        {"label": "x", "type": "number", "metadata": {"integer": False}},
        {"label": "x", "type": "currency", "metadata": {"currency_code": "DOLLAR"}},
        {"label": "x", "type": "date", "version": 3},
        {"label": "x", "type": "string", "metadata": "y"},
    ],
)
def test_what_does_not_fit_is_400(emulator: Emulated, body: dict[str, Any]) -> None:
    assert emulator.post(PATH, body).status_code == 400


def test_a_dropdown_has_room_for_a_hundred(emulator: Emulated) -> None:
    body = select(tuple(map(str, range(100))), metadata={"display_type": "dropdown"})
    assert emulator.post(PATH, body).status_code == 201


def test_the_account_holds_a_hundred_fields(emulator: Emulated) -> None:
    emulator.control("load", {"custom_fields": [{"label": "Field {n}", "repeat": 100}]})
    assert emulator.post(PATH, {"label": "one more", "type": "string"}).status_code == 400


def test_delete_is_at_once(emulator: Emulated) -> None:
    field_id = emulator.post(PATH, select()).json()["custom_field_id"]
    answer = emulator.delete(f"{PATH}/{field_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert emulator.delete(f"{PATH}/{field_id}").status_code == 404
    assert emulator.get(PATH)["custom_fields"] == []

"""Custom fields: a PUT sends label and all choices with their ids, everything else is fixed."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.wire import Request, Response
from ccstate.kinds.custom_fields import KIND, derived_name
from tests.core.build import a_field, as_live, choices, drive
from tests.kinds.payloads import SELECT_FIELD, TEXT_FIELD, codes, errors, intent, only, read, seen

FRUIT = a_field("a", label="Fruit", type="single_select", choices=choices("Apple", "Pear"))
LIVE = as_live(FRUIT)
PATH = f"PUT /contact_custom_fields/{LIVE.remote_id}"


def fruit(*labels: str | tuple[str, str]) -> Any:
    return a_field("a", label="Fruit", type="single_select", choices=choices(*labels))


def put(*labels: str | tuple[str, str]) -> list[tuple[str, int | None]]:
    """(label, id) of each choice of the PUT."""
    step = only(KIND.update(intent(fruit(*labels), LIVE, "choices")))
    return [(each["choice_label"], each.get("choice_id")) for each in step.body["choices"]]


# Reading


def test_a_text_field_is_read() -> None:
    (found,) = read("custom_field", custom_fields=[TEXT_FIELD])
    assert (found.remote_id, found.natural_key) == ("c0a7", "Customer ID")
    assert found.fields == {"label": "Customer ID", "type": "string", "choices": [], "version": 1}
    assert KIND.fixed_name(found) == "customer_id"


def test_a_select_field_is_read_in_the_order_in_which_it_is_shown_without_deleted_choices() -> None:
    (found,) = read("custom_field", custom_fields=[SELECT_FIELD])
    assert found.fields["choices"] == [{"label": "Gold"}, {"label": "Silver"}]
    assert found.fields["display_type"] == "dropdown"
    assert [each["choice_id"] for each in found.extra["choices"]] == [101, 102]


def test_the_collection_is_read_on_pages_as_large_as_an_account() -> None:
    _, asked = drive(KIND.collection(), Response(200, {"custom_fields": []}))
    assert asked == [(Request("GET", "/contact_custom_fields", {"limit": "100"}),)]


@pytest.mark.parametrize(
    ("label", "name"), [("Customer ID", "customer_id"), ("Tier", "tier"), (" A  b ", "a_b"), ("x_y", "x_y")]
)
def test_the_derived_name(label: str, name: str) -> None:
    assert derived_name(label) == name


# Writing


def test_create_posts_label_and_type() -> None:
    step = only(KIND.create(intent(a_field("a", label="Customer ID"))))
    assert seen([step]) == [("POST /contact_custom_fields", {"label": "Customer ID", "type": "string"})]
    assert step.capture == {"remote_id": "/custom_field_id"}


def test_create_posts_choices_in_order_and_metadata() -> None:
    want = a_field(
        "a", label="Fruit", type="single_select", display_type="radio", choices=choices("Pear", "Apple")
    )
    assert only(KIND.create(intent(want))).body == {
        "label": "Fruit",
        "type": "single_select",
        "metadata": {"display_type": "radio"},
        "choices": [
            {"choice_label": "Pear", "display_order": 1},
            {"choice_label": "Apple", "display_order": 2},
        ],
    }


def test_create_posts_flags_and_numbers_as_such() -> None:
    want = a_field("a", type="number", integer=False, decimal_places=2, allow_negative=False, version=2)
    body = only(KIND.create(intent(want))).body
    assert body["metadata"] == {"integer": False, "decimal_places": 2, "allow_negative": False}
    assert body["version"] == 2


def test_a_new_label_sends_all_choices_back_with_their_ids() -> None:
    want = a_field("a", label="Favourite", type="single_select", choices=choices("Apple", "Pear"))
    ((call, body),) = seen(KIND.update(intent(want, LIVE, "label")))
    assert call == PATH
    assert body == {
        "label": "Favourite",
        "choices": [
            {"choice_label": "Apple", "display_order": 1, "choice_id": 101},
            {"choice_label": "Pear", "display_order": 2, "choice_id": 102},
        ],
    }


def test_choices_that_are_not_declared_go_back_as_just_read() -> None:
    step = only(KIND.update(intent(a_field("a", label="New", type="single_select"), LIVE, "label")))
    assert [each["choice_id"] for each in step.body["choices"]] == [101, 102]
    assert step.applies == ("label",)


@pytest.mark.parametrize(
    ("labels", "sent"),
    [
        (("Pear", "Apple"), [("Pear", 102), ("Apple", 101)]),
        (("Apple", "Pear", "Plum"), [("Apple", 101), ("Pear", 102), ("Plum", None)]),
        (("Apple",), [("Apple", 101)]),
        ((("Apples", "Apple"), "Pear"), [("Apples", 101), ("Pear", 102)]),
        ((("Apple", "Pomme"), "Pear"), [("Apple", 101), ("Pear", 102)]),
        (("Apple", ("Apples", "Apple"), "Pear"), [("Apple", 101), ("Apples", None), ("Pear", 102)]),
        ((("Red", "Apple"), ("Green", "Apple")), [("Red", 101), ("Green", None)]),
        ((("Plum", "Cherry"),), [("Plum", None)]),
    ],
    ids=[
        "another order",
        "one more",
        "one less",
        "renamed",
        "was renamed before",
        "was, but is there still",
        "two that were one",
        "was never there",
    ],
)
def test_each_choice_keeps_its_id_and_no_id_is_given_twice(labels: Any, sent: list[Any]) -> None:
    assert put(*labels) == sent


def test_a_field_without_choices_sends_none() -> None:
    live = as_live(a_field("a", label="Old"))
    assert only(KIND.update(intent(a_field("a", label="New"), live, "label"))).body == {"label": "New"}


def test_stepping_aside_keeps_the_choices() -> None:
    step = only(KIND.rename(intent(FRUIT, LIVE), "Fruit ~1"))
    assert step.body["label"] == "Fruit ~1"
    assert [each["choice_id"] for each in step.body["choices"]] == [101, 102]
    assert step.applies == ()


def test_delete_is_done_at_once() -> None:
    step = only(KIND.delete(intent(FRUIT, LIVE)))
    assert seen([step]) == [(f"DELETE /contact_custom_fields/{LIVE.remote_id}", None)]
    assert (step.wait, step.deposed) == ("", LIVE.remote_id)


# Checks


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "string"},
        {"type": "single_select", "choices": choices("A")},
        {"type": "multi_select", "choices": choices("A"), "display_type": "checkbox"},
        {"type": "currency", "currency_code": "USD", "integer": False, "decimal_places": 2},
        {"type": "number", "integer": True, "allow_negative": True},
        {"type": "number", "integer": True, "decimal_places": 0},
        {"type": "date", "version": 2, "display_format": "YYYY-MM-DD"},
        {"type": "datetime", "version": 2},
    ],
    ids=str,
)
def test_what_belongs_together_passes(fields: dict[str, Any]) -> None:
    assert codes(KIND, a_field("a", **fields)) == []


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"type": "single_select"}, "choices-missing", "type"),
        ({"type": "multi_select", "choices": []}, "choices-missing", "type"),
        ({"type": "string", "choices": choices("A")}, "field-not-of-type", "choices"),
        ({"type": "string", "display_type": "radio"}, "field-not-of-type", "display_type"),
        ({"type": "number", "currency_code": "USD"}, "field-not-of-type", "currency_code"),
        ({"type": "currency", "allow_negative": True}, "field-not-of-type", "allow_negative"),
        ({"type": "string", "integer": True}, "field-not-of-type", "integer"),
        ({"type": "text_area", "decimal_places": 1}, "field-not-of-type", "decimal_places"),
        ({"type": "string", "version": 2}, "field-not-of-type", "version"),
        ({"type": "number", "display_format": "x"}, "field-not-of-type", "display_format"),
        ({"type": "number", "integer": False}, "decimals-missing", "integer"),
        ({"type": "number", "integer": False, "decimal_places": 0}, "decimals-missing", "integer"),
        ({"type": "number", "integer": False, "decimal_places": 5}, "decimals-missing", "integer"),
        ({"type": "number", "integer": True, "decimal_places": 1}, "integer-with-decimals", "decimal_places"),
        ({"type": "single_select", "choices": choices("A", "B", "a ")}, "duplicate-choice", "choices.2"),
    ],
    ids=str,
)
def test_what_does_not_belong_together(fields: dict[str, Any], code: str, path: str) -> None:
    found = list(KIND.check(a_field("a", **fields)))
    assert [(each.code, each.path) for each in found] == [(code, path)]


@pytest.mark.parametrize(
    ("shown", "count", "refused"),
    [
        (None, 100, False),
        (None, 101, True),
        ("dropdown", 100, False),
        ("dropdown", 101, True),
        ("radio", 20, False),
        ("radio", 21, True),
        ("checkbox", 21, True),
    ],
)
def test_as_many_choices_as_can_be_shown(shown: str | None, count: int, refused: bool) -> None:
    labels = choices(*(f"c{number}" for number in range(count)))
    more = {"display_type": shown} if shown else {}
    want = a_field("a", type="single_select", choices=labels, **more)
    assert errors(KIND, want) == (["choices"] if refused else [])

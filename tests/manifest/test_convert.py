"""Conversion: the schema decides what a text becomes."""

from __future__ import annotations

import pytest

from ccstate.core.values import Json
from ccstate.manifest.convert import compile_convert
from ccstate.manifest.loader import load
from ccstate.manifest.nodes import Source


def converted(text: str, schema: Json) -> Json:
    root = load(Source("m.yaml", text)).root
    assert root is not None
    return compile_convert(schema)(root)


@pytest.mark.parametrize("text", ["true", "12", "NO", "1.5", "2019-01-01"])
def test_a_text_stays_a_text_where_a_text_is_wanted(text: str) -> None:
    assert converted(text, {"type": "string"}) == text


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("True", True), ("false", False)])
def test_a_flag_is_read_where_one_is_wanted(text: str, flag: bool) -> None:
    assert converted(text, {"type": "boolean"}) is flag


@pytest.mark.parametrize("text", ["yes", "on", "1", '"true"', "NO"])
def test_what_is_no_flag_stays_a_text(text: str) -> None:
    assert isinstance(converted(text, {"type": "boolean"}), str)


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("-3", -3), ("+7", 7), ("0", 0)])
def test_a_whole_number_is_read_where_one_is_wanted(text: str, number: int) -> None:
    assert converted(text, {"type": "integer"}) == number


@pytest.mark.parametrize("text", ["05", "1.0", '"5"', "five", "9" * 5_000])
def test_what_is_no_whole_number_stays_a_text(text: str) -> None:
    assert isinstance(converted(text, {"type": "integer"}), str)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("0x1F", 31),
        ("0o17", 15),
        ("true", True),
        ("null", None),
        ("NULL", None),
        ("yes", "yes"),
        ("NO", "NO"),
        ("22:00", "22:00"),
        ("2035-05-01", "2035-05-01"),
        ('"5"', "5"),
        ("02139", "02139"),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("e5", "e5"),
        (".", "."),
        ("-", "-"),
    ],
)
def test_free_form_places_have_the_core_types(text: str, value: Json) -> None:
    found = converted(f"[{text}]" if text == "-" else f"- {text}", {"type": "array"})
    assert found == [value]
    assert type(found[0]) is type(value)


def test_a_choice_between_shapes_is_made_by_the_shape() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"n": {"type": "integer"}}}]}
    assert converted("5", schema) == "5"
    assert converted("{n: 5}", schema) == {"n": 5}

"""Diagnostics: their order, and the word that was probably meant."""

from __future__ import annotations

import pytest

from ccstate.core.diagnostics import (
    Diagnostic,
    Position,
    Range,
    Refused,
    Severity,
    error,
    has_errors,
    in_order,
    nearest,
    warning,
)
from tests.core.build import at


def place(line: int, filename: str = "a.yaml") -> Range:
    return Range(filename, Position(line, 1))


def test_a_range_reads_as_file_line_column() -> None:
    assert str(Range("lists/a.yaml", Position(12, 3))) == "lists/a.yaml:12:3"


def test_only_an_error_is_an_error() -> None:
    info = Diagnostic(Severity.INFO, "x", "said")
    assert not has_errors([warning("x", "hm"), info])
    assert has_errors([warning("x", "hm"), error("y", "no")])


def test_diagnostics_stand_in_the_order_of_the_file_and_those_without_a_place_last() -> None:
    found = [error("c", "3"), error("b", "2", range=place(9)), warning("a", "1", range=place(2))]
    assert [each.summary for each in in_order(found)] == ["1", "2", "3"]


def test_at_one_place_errors_come_before_warnings() -> None:
    found = [warning("a", "second", range=place(1)), error("b", "first", range=place(1))]
    assert [each.summary for each in in_order(found)] == ["first", "second"]


def test_equal_places_and_codes_are_ordered_by_address() -> None:
    found = [error("x", "s", address=at("tag.b")), error("x", "s", address=at("tag.a"))]
    assert [str(each.address) for each in in_order(found)] == ["tag.a", "tag.b"]


def test_a_refusal_says_all_of_its_reasons() -> None:
    refused = Refused([error("a", "one"), error("b", "two")])
    assert str(refused) == "one; two"
    assert [each.code for each in refused.diagnostics] == ["a", "b"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("discription", "description"), ("NAME", "name"), ("favourite", "favorite"), ("zzz", None), ("", None)],
)
def test_the_nearest_allowed_word(word: str, meant: str | None) -> None:
    assert nearest(word, ["name", "description", "favorite"]) == meant


def test_the_nearest_word_keeps_its_own_spelling() -> None:
    assert nearest("newsletter", ["Newsletter", "other"]) == "Newsletter"

"""Diagnostics as text: what, where, the line with its caret, and what to do."""

from __future__ import annotations

from textwrap import dedent

from hypothesis import given

from ccstate.core.diagnostics import Diagnostic, Position, Range, error, warning
from ccstate.render.diagnostics import (
    NO_SOURCES,
    Sources,
    diagnostic_lines,
    diagnostics_lines,
    sources_of,
    tally,
)
from ccstate.render.spans import WIDTH, plain, width
from tests.render.plans import at, diagnostics

PLACE = Range("campaigns/may.yaml", Position(2, 12), Position(2, 15))
SOURCES = sources_of({"campaigns/may.yaml": "may_news:\n  subject: Yes\n"})


def text(each: Diagnostic, sources: Sources = NO_SOURCES) -> str:
    return plain(diagnostic_lines(each, sources))


def caret(line: str, start: int, end: int | None = None) -> str:
    """What the caret stands under."""
    stop = None if end is None else Position(1, end)
    shown = text(
        error("some-code", "no", range=Range("a.yaml", Position(1, start), stop)),
        sources_of({"a.yaml": line}),
    )
    _, _, source, below = shown.splitlines()
    return source[below.index("^") : below.rindex("^") + 1]


def test_a_whole_diagnostic_reads_like_this() -> None:
    found = error(
        "needs-quotes", "subject: Yes is no text", detail="It is read as true.", hint="quote it", range=PLACE
    )
    assert text(found, SOURCES) == dedent(
        """\
        error: subject: Yes is no text [needs-quotes]
         --> campaigns/may.yaml:2:12
         2 |   subject: Yes
           |            ^^^
          It is read as true.
          hint: quote it
        """
    )


def test_without_the_source_the_place_is_told_alone() -> None:
    assert text(warning("some-code", "no", range=PLACE)) == (
        "warning: no [some-code]\n --> campaigns/may.yaml:2:12\n"
    )


def test_a_line_that_is_not_there_any_more_is_not_shown() -> None:
    beyond = Range("campaigns/may.yaml", Position(99, 1))
    assert text(error("some-code", "no", range=beyond), SOURCES).endswith(":99:1\n")


def test_the_address_is_told_where_the_summary_does_not() -> None:
    assert "--> list.news" in text(error("some-code", "no", address=at("list.news")))
    assert "-->" not in text(error("some-code", "list.news: no", address=at("list.news")))


def test_a_caret_has_the_length_of_its_range() -> None:
    assert caret("name: Newsletter", 7, 17) == "Newsletter"


def test_a_caret_without_an_end_points_at_one_character() -> None:
    assert caret("name: Newsletter", 7) == "N"


def test_a_caret_finds_its_place_in_a_long_line() -> None:
    assert caret("x" * 300 + "HERE" + "x" * 300, 301, 305) == "HERE"


def test_a_caret_minds_wide_characters() -> None:
    shown = text(
        error("some-code", "no", range=Range("a.yaml", Position(1, 4))), sources_of({"a.yaml": "漢字 x"})
    )
    assert shown.splitlines()[3].index("^") == len(" 1 | ") + 5


def test_a_caret_minds_tabs() -> None:
    assert caret("\tname: x", 2, 6) == "name"


def test_what_is_meant_to_be_copied_is_not_broken() -> None:
    hint = "add to ccstate.yaml:  account: {id: a07e1l4x1vq3, organisation: A company with quite a long name}"
    assert f"hint: {hint}\n" in text(error("some-code", "no", hint=hint))


def test_a_detail_keeps_its_lines() -> None:
    assert "  one\n  two\n" in text(error("some-code", "no", detail="one\ntwo"))


def test_a_blank_line_stands_between_two() -> None:
    both = (error("some-code", "no"), warning("some-code", "maybe"))
    assert plain(diagnostics_lines(both)) == "error: no [some-code]\n\nwarning: maybe [some-code]\n"


def test_long_lines_are_broken() -> None:
    found = text(error("some-code", "word " * 50, detail="word " * 50, hint="word " * 50))
    assert max(width(line) for line in found.splitlines()) <= WIDTH


def test_errors_and_warnings_are_counted() -> None:
    both = [error("a", "x"), error("a", "y"), warning("a", "z")]
    assert tally(both) == "2 errors, 1 warning"
    assert tally([]) == ""


@given(diagnostics)
def test_any_diagnostic_can_be_told(each: Diagnostic) -> None:
    assert text(each, lambda *_: "漢\t字" * 40).encode()

"""Diagnostics as text: what is wrong, where, the line itself with a caret, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from ccstate.core.diagnostics import Diagnostic, Range, Severity
from ccstate.render.rows import wrap
from ccstate.render.spans import BLANK, WIDTH, Line, Lines, Span, span, width
from ccstate.render.symbols import SEVERITIES
from ccstate.render.values import ELLIPSIS

Sources: TypeAlias = Callable[[str, int], str | None]
"""(filename, 1-based line) -> the text of that line, None where it is not known."""

_MARGIN: Final = 4
"""Columns of context that a long source line keeps left of its caret."""


def sources_of(texts: Mapping[str, str]) -> Sources:
    """The lines of texts by file name."""
    lines = {name: text.splitlines() for name, text in texts.items()}

    def line(filename: str, number: int) -> str | None:
        found = lines.get(filename, [])
        return found[number - 1] if 0 < number <= len(found) else None

    return line


NO_SOURCES: Final = sources_of({})
"""Nothing is known of any file: places are told without their lines."""


def diagnostics_lines(diagnostics: Iterable[Diagnostic], sources: Sources = NO_SOURCES) -> Lines:
    """Each diagnostic, a blank line between them."""
    found: list[Line] = []
    for index, each in enumerate(diagnostics):
        found.extend([BLANK] if index else [])
        found.extend(diagnostic_lines(each, sources))
    return tuple(found)


def diagnostic_lines(each: Diagnostic, sources: Sources = NO_SOURCES) -> Lines:
    """One diagnostic."""
    return (
        *_summary(each),
        *_where(each, sources),
        *(line for text in each.detail.splitlines() for line in _text(text)),
        *(_text(f"hint: {each.hint}") if each.hint else ()),
    )


def _summary(each: Diagnostic) -> Lines:
    style = SEVERITIES[each.severity]
    words = (span(f"{each.severity}:", style), *(span(word, "bold") for word in each.summary.split(" ")))
    return tuple(wrap((*words, span(f"[{each.code}]", "dim")), WIDTH))


def _text(text: str) -> Lines:
    """Prose in the width; what is no prose (two blanks in a row: it is meant to be copied) as it is."""
    if "  " in text.strip():
        return ((Span("  "), span(text)),)
    return tuple((Span("  "), *line) for line in wrap((span(word) for word in text.split(" ")), WIDTH - 2))


# The place


def _where(each: Diagnostic, sources: Sources) -> Iterator[Line]:
    named = each.address is None or str(each.address) in each.summary
    about = "" if named else f"   {each.address}"
    if each.range is not None:
        yield (Span(" --> "), span(f"{each.range}{about}", "dim"))
        yield from _source(each.range, sources(each.range.filename, each.range.start.line), each.severity)
    elif about:
        yield (Span(" --> "), span(about.strip(), "dim"))


def _source(place: Range, text: str | None, severity: Severity) -> Iterator[Line]:
    if text is None:
        return
    number = str(place.start.line)
    room = WIDTH - len(number) - 4
    text = text.expandtabs(1)
    column = min(place.start.column - 1, len(text))
    shown, column = _window(text, column, room)
    caret = "^" * max(min(_length(place), width(shown) - column), 1)
    yield (span(f" {number} | ", "dim"), span(shown))
    yield (Span(" " * len(number) + "  | ", "dim"), Span(" " * column), Span(caret, SEVERITIES[severity]))


def _length(place: Range) -> int:
    if place.end is None or place.end.line != place.start.line:
        return 1
    return place.end.column - place.start.column


def _window(text: str, column: int, room: int) -> tuple[str, int]:
    """The part of a line that shows the column, and where the column is in it."""
    first = 0 if column < room - _MARGIN else column - room // 2
    shown = (ELLIPSIS + text[first + 1 :]) if first else text
    before = width(shown[: column - first])
    return (shown if len(shown) <= room else shown[: room - 1] + ELLIPSIS), before


# Counts


def tally(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there is neither."""
    severities = [each.severity for each in diagnostics]
    counts = {"error": severities.count(Severity.ERROR), "warning": severities.count(Severity.WARNING)}
    return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in counts.items() if n)

"""Rows: the indented block under an address, labels aligned, contents within the width.

A row is a label with one of a few contents; `layout` makes lines of it. What would not fit is broken or
shortened here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias, assert_never

from ccstate.render.spans import WIDTH, Line, Lines, Span, Style, line_width, pad, span, width
from ccstate.render.texts import diff_lines
from ccstate.render.values import shorten, shorten_pair

INDENT: Final = 6
_FURTHER: Final = 4
"""Columns by which the rest of a long line of an outline is indented."""

_WIDEST_LABEL: Final = 24
WIDEST_VALUE: Final = WIDTH - INDENT - _WIDEST_LABEL - 2
"""Columns that a value has in any case, whatever the labels beside it."""

_ARROW: Final = " -> "


class Pair(NamedTuple):
    """A value before and after, as words."""

    before: str
    after: str


class One(NamedTuple):
    """One value, as words; its middle is left out where it is too long."""

    text: str


class Words(NamedTuple):
    """Prose or names, broken between them."""

    words: tuple[Span, ...]


class Outline(NamedTuple):
    """Lines that are indented as they are; one that is too long goes on below, indented further."""

    lines: tuple[str, ...]


class Diff(NamedTuple):
    """Two versions of a long text."""

    summary: str
    before: str
    after: str
    full: bool


Content: TypeAlias = Pair | One | Words | Outline | Diff


class Row(NamedTuple):
    """A label, what stands behind it, and remarks that come after (a mark, a place)."""

    label: str
    content: Content
    remarks: tuple[Span, ...] = ()


def prose(text: str, style: Style = "") -> Words:
    """Words of a sentence."""
    return Words(tuple(span(each, style) for each in text.split()))


def layout(rows: Iterable[Row]) -> Iterator[Line]:
    """The rows as lines, one under the other."""
    all_rows = tuple(rows)
    labels = label_columns(all_rows)
    for row in all_rows:
        yield from row_lines(row, labels)


def label_columns(rows: Iterable[Row]) -> int:
    """How wide the labels of a block are."""
    return min(max((width(row.label) for row in rows), default=0), _WIDEST_LABEL)


def row_lines(row: Row, labels: int) -> Iterator[Line]:
    """One row, its label as wide as those of its block."""
    label = " " * INDENT + pad(row.label, labels) + "  "
    column = width(label)
    room = max(WIDTH - column, 20)
    first, *others = _with_remarks(_content(row.content, room), row.remarks, room)
    yield (Span(label), *first)
    for line in others:
        yield (Span(" " * (column - _hang(line))), *line)
    if isinstance(row.content, Diff):
        yield from _diff(row.content)


def _hang(line: Line) -> int:
    """The arrow of a pair on two lines stands left of the column, so that the values are aligned."""
    return 3 if line and line[0].text == "-> " else 0


def _content(content: Content, room: int) -> Lines:
    match content:
        case Pair(before, after):
            return _pair(before, after, room)
        case One(text):
            return ((span(shorten(text, room)),),)
        case Words(words):
            return tuple(wrap(words, room))
        case Outline(lines):
            return tuple(piece for line in lines for piece in _outlined(line, room))
        case Diff(summary):
            return ((span(summary),),)
        case _:
            assert_never(content)


def _outlined(line: str, room: int) -> Iterator[Line]:
    text = line.lstrip(" ")
    indent = len(line) - len(text)
    for number, piece in enumerate(wrap((span(word) for word in text.split(" ")), room - indent - _FURTHER)):
        yield (Span(" " * (indent + (_FURTHER if number else 0))), *piece)


def _pair(before: str, after: str, room: int) -> Lines:
    if width(before) + len(_ARROW) + width(after) <= room:
        return ((span(before), Span(_ARROW), span(after)),)
    was, will = shorten_pair(before, after, room)
    return ((span(was),), (Span("-> "), span(will)))


def _diff(content: Diff) -> Iterator[Line]:
    indent = Span(" " * (INDENT + 2))
    columns = WIDTH - INDENT - 2
    for line in diff_lines(content.before, content.after, columns, full=content.full):
        yield (indent, *line)


def wrap(words: Iterable[Span], room: int) -> Iterator[Line]:
    """Words with blanks between them, broken into lines; a word is never broken."""
    line: list[Span] = []
    taken = 0
    for word in words:
        if line and taken + 1 + width(word.text) > room:
            yield tuple(line)
            line, taken = [], 0
        if line:
            line.append(Span(" "))
        line.append(word)
        taken += width(word.text) + (1 if len(line) > 1 else 0)
    yield tuple(line)


def _with_remarks(lines: Lines, remarks: tuple[Span, ...], room: int) -> Lines:
    """Behind the last line where they fit, else below it."""
    *before, last = lines
    for remark in remarks:
        if line_width(last) + 3 + width(remark.text) <= room + _hang(last):
            last = (*last, Span("   "), remark)
        else:
            before.append(last)
            last = (remark,)
    return (*before, last)

"""Signed lines: a change as lines of a diff, which GitHub colours by their first character.

The rows are those of the text. A pair of values becomes two lines, what was and what will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from ccstate.core.plan import Action, Change, Step
from ccstate.render.fields import place
from ccstate.render.impact import audience_row, brief
from ccstate.render.rows import INDENT, WIDEST_VALUE, Diff, One, Pair, Row, Words, label_columns, row_lines
from ccstate.render.spans import Line, plain, span
from ccstate.render.symbols import STATUS_WORDS, symbol
from ccstate.render.text import fact_rows, field_names, field_rows
from ccstate.render.values import NONE, is_empty, quoted, shorten, shorten_pair

_NAME_COLUMNS: Final = 60
_SIGNS: Final[Mapping[Action, str]] = {Action.CREATE: "+", Action.DELETE: "-"}
_ONLY_WHOLE: Final = ("why", "steps")
"""Facts that are left out first."""


class _Signed(NamedTuple):
    sign: str
    row: Row


def headline(change: Change) -> str:
    """Everything that tells one change in one line: its identity, its fate, and how it is taken back."""
    sign = symbol(change).strip()
    parts = [
        f"{'!~' if sign == '~' else sign:<4}{change.address}",
        f"(was {change.previous_address})" if change.previous_address is not None else "",
        shorten(quoted(change.natural_key), _NAME_COLUMNS) if change.natural_key else "",
        STATUS_WORDS[change.status],
        "" if change.action is Action.NOOP else str(change.undo),
        place(change.origin) if change.origin is not None else "",
    ]
    return _text((span("   ".join(part for part in parts if part)),))


def whole(change: Change, steps: Mapping[str, Step], *, full: bool = False) -> Iterator[str]:
    """A change with all that is known of it."""
    yield headline(change)
    yield from _laid_out((*_fields(change, full=full), *_facts(change, steps)))


def fields_only(change: Change) -> Iterator[str]:
    """A change with the fields that differ: of long texts the size, of new resources the names of fields."""
    yield headline(change)
    facts = [each for each in _facts(change, {}) if each.row.label not in _ONLY_WHOLE]
    if change.action is Action.CREATE:
        held = ", ".join(sorted(name for name, value in change.after.items() if not is_empty(value)))
        if "audience" in change.impact:
            facts.insert(0, _Signed("!", audience_row(change.impact["audience"])))
        yield from _laid_out((*((_Signed("+", Row("fields", One(held))),) if held else ()), *facts))
        return
    fields = (_without_diff(each) for each in _fields(change, full=False))
    yield from _laid_out((*fields, *facts))


def one_line(change: Change) -> str:
    """A change with the names of what differs, and of what is lost."""
    names = "" if change.action is Action.CREATE else field_names(change)
    lost = change.impact.get("loses")
    touched = f"loses {lost}" if lost else brief(change)
    parts = [headline(change), shorten(names, _NAME_COLUMNS), touched]
    return _text((span("   ".join(part for part in parts if part)),))


def _fields(change: Change, *, full: bool) -> Iterator[_Signed]:
    if change.action is not Action.CREATE and not change.fields:
        return  # the headline has the name
    for row in field_rows(change, full=full):
        yield from _split(row, _SIGNS.get(change.action, " "))


def _split(row: Row, sign: str) -> Iterator[_Signed]:
    """What was and what will be, each with its own sign; where there was nothing, that is not said."""
    content = row.content
    if isinstance(content, Pair):
        before, after = shorten_pair(content.before, content.after, WIDEST_VALUE)
        if content.before != NONE:
            yield _Signed("-", Row(row.label, One(before)))
        yield _Signed("+", Row(row.label, One(after), row.remarks))
    elif isinstance(content, Words) and any(each.style in ("add", "destroy") for each in content.words):
        yield _Signed("!", row)
    else:
        yield _Signed("!" if isinstance(content, Diff) else sign, row)


def _facts(change: Change, steps: Mapping[str, Step]) -> Iterator[_Signed]:
    for row in fact_rows(change, steps):
        if row.label != "undo":  # the headline has it
            yield _Signed("!" if row.label in ("impact", "audience") else " ", row)


def _without_diff(each: _Signed) -> _Signed:
    content = each.row.content
    if not isinstance(content, Diff):
        return each
    return _Signed(each.sign, Row(each.row.label, One(content.summary), each.row.remarks))


def _laid_out(rows: Iterable[_Signed]) -> Iterator[str]:
    found = tuple(rows)
    labels = label_columns(each.row for each in found)
    for sign, row in found:
        for line in row_lines(row, labels):
            text = _text(line)
            yield _diff_line(text) if isinstance(row.content, Diff) and _is_inside(text) else sign + text[1:]


def _is_inside(text: str) -> bool:
    """Whether a line is one of the diff, which stands further in than any label."""
    return text.startswith(" " * (INDENT + 2))


def _diff_line(text: str) -> str:
    """The sign of a diff's line in the first column; `@@` keeps its colour."""
    inner = text[INDENT + 2 :]
    if inner.startswith("@@"):
        return inner
    sign, rest = (inner[0], inner[1:]) if inner[:1] in ("+", "-") else (" ", inner.removeprefix(" "))
    return sign + " " * (INDENT + 1) + rest


def _text(line: Line) -> str:
    return plain((line,)).rstrip("\n")

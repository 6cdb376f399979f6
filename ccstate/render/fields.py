"""Fields as rows: what differs in one resource, path by path, and lists item by item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ccstate.core.diagnostics import Range
from ccstate.core.plan import Action, Cause, Change, FieldChange
from ccstate.core.values import Json
from ccstate.render.items import by_list, find_list, words
from ccstate.render.rows import Content, Diff, One, Outline, Pair, Row, prose
from ccstate.render.spans import Span, span
from ccstate.render.values import (
    ELLIPSIS,
    UNKNOWN,
    is_audience,
    is_empty,
    is_long,
    is_plain_list,
    moment,
    outline,
    size,
    word,
)

_OUTLINE_LIMIT: Final = 40
"""Lines of a nested value that a plan shows."""


def created(change: Change) -> Iterator[Row]:
    """What a new resource will hold, its name first; what is empty is not shown."""
    names = sorted(change.after, key=lambda name: (change.after[name] != change.natural_key, name))
    for name in names:
        value = change.after[name]
        if is_empty(value) and name not in change.after_unknown:
            continue
        remarks = (span(UNKNOWN, "dim"),) if name in change.after_unknown and not is_empty(value) else ()
        yield from _whole(name, value, remarks)


def _whole(name: str, value: Json, remarks: tuple[Span, ...]) -> Iterator[Row]:
    """One value; of a flat mapping each member in its own row."""
    if isinstance(value, Mapping) and not is_audience(value) and _is_flat(value):
        for key in sorted(value):
            if not is_empty(value[key]):
                yield Row(f"{name}.{key}", One(word(value[key])), remarks)
    elif is_empty(value):
        yield Row(name, One(UNKNOWN))
    elif isinstance(value, str) and moment(value):
        yield Row(name, prose(moment(value)), remarks)
    elif isinstance(value, str) or not isinstance(value, (Mapping, list)):
        yield Row(name, One(word(value)), remarks)
    elif is_audience(value) or is_plain_list(value):
        yield Row(name, prose(word(value)), remarks)
    else:
        yield Row(name, _outline(value), remarks)


def _is_flat(value: Mapping[str, Json]) -> bool:
    return bool(value) and not any(isinstance(each, (Mapping, list)) for each in value.values())


def _outline(value: Json) -> Outline:
    lines = outline(value)
    return Outline(lines if len(lines) <= _OUTLINE_LIMIT else (*lines[:_OUTLINE_LIMIT], ELLIPSIS))


def changed(change: Change, *, full: bool = False) -> Iterator[Row]:
    """What differs, before and after, each with its place where that is not the resource's own."""
    wholes = {
        name: (change.before.get(name), change.after.get(name))
        for name in set(change.before) | set(change.after)
        if change.action is not Action.CREATE
    }
    yield from _differing(change.fields, wholes, change.origin, full=full)


def drifted(fields: Sequence[FieldChange], origin: Range | None, *, full: bool = False) -> Iterator[Row]:
    """What somebody else made of the fields; the cause goes without saying."""
    unmarked = [
        FieldChange(each.path, each.before, each.after, Cause.CHANGED, each.after_unknown, place=each.place)
        for each in fields
    ]
    yield from _differing(unmarked, {}, origin, full=full)


def _differing(
    fields: Iterable[FieldChange],
    wholes: Mapping[str, tuple[Json, Json]],
    origin: Range | None,
    *,
    full: bool,
) -> Iterator[Row]:
    for group in by_list(fields):
        found = find_list(group, wholes)
        if found is not None:
            yield Row(found.path, words(found), _remarks(group[0], origin))
            continue
        for each in group:
            yield Row(each.path, _content(each, full=full), _remarks(each, origin))


def _content(each: FieldChange, *, full: bool) -> Content:
    before, after = each.before, each.after
    if is_long(before) or is_long(after):
        if isinstance(before, str) and isinstance(after, str):
            summary = f"{len(before):,} -> {size(after)}"
            return Diff(summary, before, after, full)
        return Pair(word(before), word(after))
    if each.after_unknown and (is_empty(after) or word(before) == word(after)):
        return Pair(word(before), UNKNOWN)
    return Pair(word(before), word(after))


# Remarks


def _remarks(each: FieldChange, origin: Range | None) -> tuple[Span, ...]:
    found = []
    if each.after_unknown and not is_empty(each.after) and word(each.before) != word(each.after):
        found.append(span(UNKNOWN, "dim"))
    if each.forces_replace:
        found.append(span("# forces replacement", "destroy"))
    if each.cause is Cause.DRIFT:
        found.append(span("# changed outside ccstate", "warning"))
    if each.cause is Cause.CLEARED:
        found.append(span("# left the manifest", "dim"))
    if each.place is not None and not _same_line(each.place, origin):
        found.append(span(place(each.place), "dim"))
    return tuple(found)


def place(where: Range) -> str:
    """`campaigns/may.yaml:12`."""
    return f"{where.filename}:{where.start.line}"


def _same_line(one: Range, other: Range | None) -> bool:
    return other is not None and (one.filename, one.start.line) == (other.filename, other.start.line)

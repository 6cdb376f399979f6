"""Diff: three-way comparison of one resource, field by field.

With memory, the user's edit is `want != applied` and drift is `live != observed`; neither is nothing,
whatever the spelling on the server. Without memory canonical forms decide. `==` decides first; deepdiff only
words what is inside a nested value that differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ccstate.core.kind import Field, Kind
from ccstate.core.live import Live
from ccstate.core.plan import Cause
from ccstate.core.state import Binding
from ccstate.core.values import UNKNOWN, UNSET, Fields, Json, Value, has_unknown, is_digest, memo


class FieldDiff(NamedTuple):
    """One field that differs: the live value, the wanted one, and why."""

    field: Field
    before: Value
    after: Value
    cause: Cause


class Comparison(NamedTuple):
    """What differs, what drifted, and the memos of wanted and live values (a wanted one that is not known
    yet has none)."""

    diffs: tuple[FieldDiff, ...]
    drifted: tuple[FieldDiff, ...]
    wanted: Mapping[str, Json]
    seen: Mapping[str, Json]


def compare(
    kind: Kind, want: Fields, binding: Binding | None, live: Live, skip: frozenset[str] = frozenset()
) -> Comparison:
    """Compare resolved wanted values (UNKNOWN where an id is not known yet) with memory and live object.

    `want` holds the declared fields and, emptied, those that left the manifest.
    """
    diffs: list[FieldDiff] = []
    drifted: list[FieldDiff] = []
    wanted: dict[str, Json] = {}
    seen: dict[str, Json] = {}
    for field in kind.fields:
        before = live.fields.get(field.name, UNSET)
        if before is not UNSET:
            seen[field.name] = _seen(field, before, binding)
        elif field.name not in want:
            continue
        drift = _drift(field, binding, seen.get(field.name, UNSET), before)
        if field.name not in want:
            continue
        after = want[field.name]
        if not has_unknown(after):
            wanted[field.name] = _memo(field, after)
        if field.name in skip:
            drifted.extend([drift] if drift else ())
            continue
        cause = _cause(field, wanted.get(field.name, UNKNOWN), binding, seen.get(field.name, UNSET))
        if cause is not None:
            shown = field.empty if before is UNSET else before
            diffs.append(FieldDiff(field, shown, after, cause))
        if drift and wanted.get(field.name) != seen.get(field.name):
            drifted.append(drift)
    return Comparison(tuple(diffs), tuple(drifted), wanted, seen)


def _memo(field: Field, value: Value) -> Json:
    return value if is_digest(value) else memo(field.canonical(value))


def _seen(field: Field, before: Value, binding: Binding | None) -> Json:
    """The memo of a live value; what is spelled as it was remembered is canonical already."""
    if binding is not None and before == binding.observed.get(field.name, UNSET):
        return before
    return _memo(field, before)


def _cause(field: Field, wanted: Json, binding: Binding | None, seen: Json) -> Cause | None:
    """Why the wanted value is to be written, or None where it is not."""
    if wanted is UNKNOWN:
        return Cause.DEPENDS
    applied = binding.applied.get(field.name, UNSET) if binding else UNSET
    if seen is UNSET:
        if field.unless_absent:
            return None if applied is UNSET or applied == wanted else Cause.CHANGED
        seen = _memo(field, field.empty)
    if wanted == seen:
        return None
    if applied is UNSET:
        return Cause.ADOPTED if binding is None else Cause.CHANGED
    if applied != wanted:
        return Cause.CHANGED
    observed = binding.observed.get(field.name, applied) if binding else applied
    return Cause.DRIFT if seen != observed else None


def _drift(field: Field, binding: Binding | None, seen: Json, live: Value) -> FieldDiff | None:
    """What somebody else made of a field that ccstate applied."""
    if binding is None or seen is UNSET or field.name not in binding.applied:
        return None
    observed = binding.observed.get(field.name, binding.applied[field.name])
    return FieldDiff(field, observed, live, Cause.DRIFT) if seen != observed else None


def word(path: str, before: Json, after: Json) -> Iterator[tuple[str, Json, Json]]:
    """The places inside a value that differ: (path, before, after); the value itself where it is a plain one
    or a list of plain ones."""
    if not (_nested(before) and _nested(after)):
        yield path, before, after
        return
    from deepdiff import DeepDiff  # 115 ms that most runs need not spend

    tree = DeepDiff(before, after, view="tree", verbose_level=2)
    places = {}
    for group in tree.values():
        for item in group:
            steps = item.path(output_format="list")
            place = path + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
            places[place] = (_value(item.t1), _value(item.t2))
    for place in sorted(places):
        yield place, *places[place]


def _nested(value: Json) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _value(item: object) -> Json:
    """deepdiff's own sentinel means that the side has nothing there."""
    return None if type(item).__name__ == "NotPresent" else item

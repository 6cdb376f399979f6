"""Items: a change inside a list, told as `+x` and `-y`: the lists of an audience, the choices of a field.

Positions are no identity: what only moved up because something came before it did not change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from ccstate.core.plan import FieldChange
from ccstate.core.values import Json
from ccstate.render.rows import Words
from ccstate.render.spans import Span, span
from ccstate.render.values import is_audience, is_empty, is_plain_list, member

_INDEX: Final = re.compile(r"\[\d+\]$")
_SHOWN: Final = 8
"""Items that stay are listed up to this number; beyond it they are counted."""


class ListChange(NamedTuple):
    """A list before and after; `kind` is what its items are, where a word says so.

    `whole` is False where only the positions that differ are known.
    """

    path: str
    kind: str
    before: tuple[Json, ...]
    after: tuple[Json, ...]
    whole: bool = True


def by_list(fields: Iterable[FieldChange]) -> tuple[tuple[FieldChange, ...], ...]:
    """The fields in their order, those that are items of one list together."""
    groups: dict[str, list[FieldChange]] = {}
    for each in fields:
        groups.setdefault(_INDEX.sub("", each.path), []).append(each)
    return tuple(tuple(group) for group in groups.values())


def find_list(group: Sequence[FieldChange], wholes: Mapping[str, tuple[Json, Json]]) -> ListChange | None:
    """The list that a group of fields is about; None where it is none, or where only its order differs.

    `wholes` are the whole values before and after by field, as far as they are known.
    """
    if _is_text(group[0]):
        return None
    path = _INDEX.sub("", group[0].path)
    name = re.split(r"[.\[]", path)[0]
    found = _whole_list(path, name, *wholes.get(name, (None, None))) or _items_of(path, group)
    return (
        found
        if found and Counter(_texts(found, found.before)) != Counter(_texts(found, found.after))
        else None
    )


def _is_text(each: FieldChange) -> bool:
    """Whether a field is one text before and after: most are."""
    return isinstance(each.before, str) and isinstance(each.after, str) and each.path.isidentifier()


def _whole_list(path: str, name: str, before: Json, after: Json) -> ListChange | None:
    if is_empty(before) and is_empty(after):
        return None
    if _are(_names_lists, before, after):
        was, will = (before or {}).get("lists", ()), (after or {}).get("lists", ())
        return ListChange(name, "lists", tuple(was), tuple(will))
    if path == name and _are(is_plain_list, before, after):
        return ListChange(name, "", tuple(before or ()), tuple(after or ()))
    return None


def _are(shape: Callable[[Json], bool], before: Json, after: Json) -> bool:
    return all(is_empty(each) or shape(each) for each in (before, after))


def _names_lists(value: Json) -> bool:
    return is_audience(value) and set(value) == {"lists"}


def _items_of(path: str, group: Sequence[FieldChange]) -> ListChange | None:
    """From single positions: what left and what came."""
    values = [value for each in group for value in (each.before, each.after) if value is not None]
    if not all(_INDEX.search(each.path) for each in group):
        each = group[0]
        return _whole_list(path, path, each.before, each.after) if len(group) == 1 else None
    if any(isinstance(value, (Mapping, list)) for value in values):
        return None
    return ListChange(
        path,
        path.rpartition(".")[2] if "." in path else "",
        tuple(each.before for each in group if each.before is not None),
        tuple(each.after for each in group if each.after is not None),
        whole=False,
    )


def _texts(change: ListChange, items: Iterable[Json]) -> Iterator[str]:
    return (member(change.kind, each) for each in items)


def words(change: ListChange) -> Words:
    """`lists: newsletter, +prospects, -customers`."""
    was, will = Counter(_texts(change, change.before)), Counter(_texts(change, change.after))
    kept = list((was & will).elements())
    shown = [span(each) for each in kept] if change.whole else []
    if change.whole and len(kept) > _SHOWN:
        shown = [span(f"{len(kept)} unchanged", "dim")]
    shown += [span("+" + each, "add") for each in (will - was).elements()]
    shown += [span("-" + each, "destroy") for each in (was - will).elements()]
    commas = [Span(each.text + ",", each.style) for each in shown[:-1]]
    heading = (Span(f"{change.kind}:"),) if change.kind and not change.path.endswith(change.kind) else ()
    return Words((*heading, *commas, *shown[-1:]))

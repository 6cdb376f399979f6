"""Blocks: `import:`, `moved:` and `forget:` of a manifest -> values with their places.

Imported where a manifest has one. What the whole project shows (is it declared? twice?) is said by
`core.takeover.check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, Position, Range, error
from ccstate.core.kind import Kinds
from ccstate.core.takeover import Block, Blocks, Forget, Import, Moved
from ccstate.core.values import Json
from ccstate.manifest import checker, convert
from ccstate.manifest.nodes import Node, Source, where

_KEYS: Final = ("id", "name", "label")
"""What can tell which object is to be imported."""


class Reading:
    """The blocks of the files read so far."""

    def __init__(self, kinds: Kinds, told: list[Diagnostic]) -> None:
        self._kinds, self._told = kinds, told
        self._found: list[Block] = []

    @property
    def blocks(self) -> Blocks:
        """All of them, by their sort."""
        return Blocks(
            tuple(each for each in self._found if isinstance(each, Import)),
            tuple(each for each in self._found if isinstance(each, Moved)),
            tuple(each for each in self._found if isinstance(each, Forget)),
        )

    def read(self, word: str, node: Node, source: Source) -> None:
        """One section; an item with a mistake is told and left out."""
        items = convert.for_schema(word)(node)
        bad = frozenset() if checker.for_schema(word)(items) else self._word(word, items, node, source)
        if "" in bad or not isinstance(items, list):
            return
        make = {"import": self._import, "moved": _moved, "forget": _forget}[word]
        for index, item in enumerate(items):
            if str(index) not in bad:
                self._found.extend(make(item, _Places(source, node, index)))

    def _word(self, word: str, items: Json, node: Node, source: Source) -> frozenset[str]:
        from ccstate.manifest import wording  # which a valid manifest does not need

        origin = Range(source.filename, Position(node.start.line + 1, node.start.column + 1))
        subject = wording.Subject(source, node, f"`{word}`", origin, within=(word,))
        told, bad = wording.word(word, items, subject)
        self._told.extend(told)
        return bad or frozenset({""})

    def _import(self, item: Json, places: _Places) -> Iterator[Block]:
        address = Address.parse(item["to"])
        kind = self._kinds.get(address.kind)
        key = "id" if "id" in item or kind is None else kind.natural_key
        given = [each for each in _KEYS if each in item]
        if given != [key] and not (kind is None and len(given) == 1):
            which = f"`id`, or the {address.kind}'s `{kind.natural_key}`" if kind else "`id` or `name`"
            summary = f"an import of {address} says which object is meant by one of: {which}"
            hint = f"it has {' and '.join(given) or 'neither'}"
            at = places.of("to")
            self._told.append(error("bad-combination", summary, hint=hint, address=address, range=at))
            return
        name = "" if given == ["id"] else item[given[0]]
        yield Import(address, item.get("id", ""), name, places.of("to"), places.of(given[0]))


class _Places:
    """Where the members of one item stand."""

    def __init__(self, source: Source, node: Node, index: int) -> None:
        self._source, self._node, self._index = source, node, index

    def of(self, *path: str) -> Range:
        found = where(self._source.filename, self._node, (self._index, *path))
        assert found is not None, "a path that is not empty leads somewhere"
        return found


def _moved(item: Json, places: _Places) -> Iterator[Block]:
    old, new = Address.parse(item["from"]), Address.parse(item["to"])
    yield Moved(old, new, places.of("from"), places.of("to"))


def _forget(item: Json, places: _Places) -> Iterator[Block]:
    yield Forget(Address.parse(item), places.of())

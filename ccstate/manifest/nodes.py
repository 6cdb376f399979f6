"""Nodes: what a YAML file says, with nothing decided yet.

Scalars keep their source text, so that `NO`, `02451` and `22:00` stay what was typed: a schema decides the
type later. Nodes are named tuples and keep the parser's marks, because a big manifest has a million of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from ccstate.core.diagnostics import Position, Range
from ccstate.core.values import Json

NULLS: Final = frozenset({"", "null", "~"})


class Mark(Protocol):
    """A place as the parser counts: from 0, in characters; `index` from the beginning of the text."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def index(self) -> int: ...


class Scalar(NamedTuple):
    """A text as it was typed, without its quotes; `plain` where it had none."""

    text: str
    plain: bool
    start: Mark
    end: Mark

    @property
    def is_null(self) -> bool:
        """Nothing, `null` or `~`, without quotes."""
        return self.plain and self.text in NULLS


class Seq(NamedTuple):
    """A list."""

    items: list[Node]
    start: Mark
    end: Mark


class Map(NamedTuple):
    """A mapping, its merges done; `keys` says where each key stands."""

    keys: dict[str, Scalar]
    members: dict[str, Node]
    start: Mark
    end: Mark


Node: TypeAlias = Scalar | Seq | Map


class Source(NamedTuple):
    """The text of one file, and its name in diagnostics."""

    filename: str
    text: str

    def line_around(self, index: int) -> tuple[int, str]:
        """Where the line that holds a character begins, and the line without its end."""
        begin = self.text.rfind("\n", 0, index) + 1
        # Looked for within the line only: most texts have none, and a search to the top would add up.
        begin = max(begin, self.text.rfind("\r", begin, index) + 1)
        rest = self.text[begin : self._line_end(begin)]
        return begin, rest

    def _line_end(self, begin: int) -> int:
        end = self.text.find("\n", begin)
        end = len(self.text) if end < 0 else end
        return end - 1 if self.text[end - 1 : end] == "\r" and end > begin else end


def position(mark: Mark) -> Position:
    """The 1-based place of a mark."""
    return Position(mark.line + 1, mark.column + 1)


def place(filename: str, node: Node) -> Range:
    """Where a node stands; a block's end is where the next thing begins, so it is left out."""
    start, end = node.start, node.end
    first = Position(start.line + 1, start.column + 1)
    if type(node) is not Scalar and start.line != end.line:
        return Range(filename, first)
    return Range(filename, first, Position(end.line + 1, end.column + 1))


def untyped(node: Node) -> Json:
    """A node as it stands: texts, lists, mappings, and None for a null."""
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if isinstance(node, Seq):
        return [untyped(each) for each in node.items]
    return {key: untyped(each) for key, each in node.members.items()}


def find(node: Node, path: Sequence[str | int]) -> Node:
    """The node at a path, or the nearest above it that exists."""
    for step in path:
        if type(node) is Map and isinstance(step, str) and step in node.members:
            node = node.members[step]
        elif type(node) is Seq and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


def where(filename: str, node: Node, path: Sequence[str | int]) -> Range | None:
    """The place of what stands at a path: of a scalar itself, of the key that leads to anything else."""
    parent, last = find(node, path[:-1]), path[-1] if path else None
    target = find(node, path)
    if type(target) is Scalar and not (target.is_null and not target.text):
        return place(filename, target)
    if type(parent) is Map and last in parent.keys:
        return place(filename, parent.keys[str(last)])
    return place(filename, target) if path else None


def walk(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """Every node below, with its path."""
    if type(node) is Map:
        for key, each in node.members.items():
            yield (*path, key), each
            yield from walk(each, (*path, key))
    elif type(node) is Seq:
        for index, each in enumerate(node.items):
            yield (*path, index), each
            yield from walk(each, (*path, index))


def shorten(text: str) -> str:
    """A text that fits into a message."""
    return text if len(text) <= 60 else text[:57] + "..."

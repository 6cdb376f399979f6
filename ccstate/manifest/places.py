"""Places: the path of a field -> where it stands, built only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccstate.core.diagnostics import Range
from ccstate.manifest.nodes import Map, Node, Scalar, Seq, place


class Places(Mapping[str, Range]):
    """The places of one resource: `name`, `from.email`, `choices.2`.

    A text's place is the text; a list's or mapping's is the key that leads to it. Holding a node and building
    on demand costs next to nothing for the thousands of resources that nobody asks about. `renamed` maps a
    key as written to the field that it compiles into (`html_file` to `html`).
    """

    __slots__ = ("_built", "_filename", "_node", "_renamed")

    def __init__(self, filename: str, node: Map, renamed: Mapping[str, str]) -> None:
        self._filename = filename
        self._node = node
        self._renamed = renamed
        self._built: dict[str, Range] | None = None

    def _all(self) -> dict[str, Range]:
        if self._built is None:
            self._built = {}
            self._add_members(self._node, "", self._built)
            for written, field in self._renamed.items():
                if written in self._built:
                    self._built.setdefault(field, self._built[written])
        return self._built

    def _add_members(self, node: Map, prefix: str, built: dict[str, Range]) -> None:
        for key, each in node.members.items():
            self._add(each, f"{prefix}{key}", node.keys[key], built)

    def _add(self, node: Node, path: str, key: Scalar | None, built: dict[str, Range]) -> None:
        target = node if isinstance(node, Scalar) and node.text else key or node
        built[path] = place(self._filename, target)
        if isinstance(node, Map):
            self._add_members(node, f"{path}.", built)
        elif isinstance(node, Seq):
            for index, each in enumerate(node.items):
                self._add(each, f"{path}.{index}", None, built)

    def __getitem__(self, path: str) -> Range:
        return self._all()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"Places({self._filename!r}, {len(self)} paths)"

"""Loader: YAML text -> nodes with places, straight from libyaml's events.

No types are resolved. Duplicate keys, tags, merges, aliases (bounded) and several documents are dealt with
here; a line that does not parse but would with quotes is reported, quoted and parsed again, so that one run
finds all mistakes. Knows nothing of schemas and kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from ccstate.core.diagnostics import Diagnostic, Position, Range, error
from ccstate.manifest.nodes import Map, Mark, Node, Scalar, Seq, Source, place, position, shorten

try:
    from yaml._yaml import CParser as Parser
except ImportError:  # a PyYAML built without libyaml: the same events, ten times slower
    from yaml import SafeLoader as Parser  # type: ignore[assignment]

MOST_LEVELS: Final = 100
"""Deeper than any manifest, far from Python's recursion limit."""

FREE_COPIES: Final = 200_000
COPIES_PER_EVENT: Final = 20
"""Aliases may multiply a file by this much; a bomb multiplies it by millions."""

MOST_REPAIRS: Final = 20


Event: TypeAlias = Any
"""An event of the parser: PyYAML's stubs leave out what it carries."""


class Loaded(NamedTuple):
    """One file as nodes. `source` may have lines repaired; `whole` says that nothing was left out, `shared`
    that aliases make nodes stand in several places."""

    source: Source
    root: Node | None
    diagnostics: tuple[Diagnostic, ...]
    whole: bool
    shared: bool = False


def read(path: str | Path, filename: str) -> Source | Diagnostic:
    """The text of a file, or why there is none."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - half the time, for each of many files
            data = file.readall()
    except OSError as failure:
        return _unreadable(Path(path), filename, failure)
    try:
        return Source(filename, data.decode("utf-8-sig"))
    except UnicodeDecodeError as failure:
        return _not_utf8(filename, data, failure.start)


def load(source: Source) -> Loaded:
    """The nodes of a text; what cannot be parsed is a diagnostic."""
    found: list[Diagnostic] = []
    repaired: set[int] = set()
    while True:
        builder = _Builder(source)
        try:
            root = builder.build()
        except (yaml.YAMLError, UnicodeError) as failure:
            from ccstate.manifest import syntax

            told, fixed = syntax.told(source, failure)
            found.append(told)
            line = told.range.start.line if told.range else 0
            if fixed is None or line in repaired or len(repaired) >= MOST_REPAIRS:
                return Loaded(source, None, (*found, *builder.diagnostics), whole=False)
            repaired.add(line)
            source = fixed
        except _Stopped:
            return Loaded(source, None, (*found, *builder.diagnostics), whole=False)
        else:
            told_all = (*found, *builder.diagnostics, *_cut_off(source, root))
            return Loaded(source, root, told_all, whole=True, shared=builder.has_aliases)


def _cut_off(source: Source, root: Node | None) -> Iterator[Diagnostic]:
    """Texts that a `#` ends; most files have none."""
    if "#" in source.text:
        from ccstate.manifest import syntax

        yield from syntax.cut_off(source, root)


class _Stopped(Exception):
    """The rest of the file is not worth reading; a diagnostic says why."""


class _Anchor(NamedTuple):
    node: Node
    size: int
    height: int


class _Frame(NamedTuple):
    """A container that is still open: what surrounds it, and what was counted when it began."""

    event: Event
    children: list[Node]
    height: int
    events: int
    copies: int


class _Builder:
    """Turns the events of one file into nodes, without recursion."""

    def __init__(self, source: Source) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._source = source
        self._anchors: dict[str, _Anchor | None] = {}
        self._anchored_texts: list[tuple[str, Scalar]] = []
        self._aliased: set[str] = set()
        self._copies = 0

    def build(self) -> Node | None:
        """The first document's root; None where the file is empty. One loop, because it is the hot one."""
        next_event = Parser(self._source.text).get_event
        stack: list[_Frame] = []
        children: list[Node] = []
        height, documents, count = 0, 0, 0
        make = tuple.__new__  # what a named tuple does, without the call of a function in between
        kind: type = object
        while kind is not StreamEndEvent:
            event: Event = next_event()
            kind = type(event)
            count += 1
            if kind is ScalarEvent:
                text = make(Scalar, (event.value, not event.style, event.start_mark, event.end_mark))
                if event.anchor or event.tag:
                    text = self._decorated(event, text)
                children.append(text)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if event.tag or event.anchor or len(stack) >= MOST_LEVELS:
                    self._open(event, len(stack))
                stack.append(make(_Frame, (event, children, height, count, self._copies)))
                children, height = [], 0
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                frame = stack.pop()
                begun, siblings, before, _, _ = frame
                if kind is MappingEndEvent:
                    node: Node = self._mapping(children, begun.start_mark, event.end_mark)
                else:
                    node = Seq(children, begun.start_mark, event.end_mark)
                if begun.anchor:
                    self._close(frame, node, count, height)
                siblings.append(node)
                children = siblings
                height = height + 1 if height >= before else before
            elif kind is AliasEvent:
                node, deep = self._alias(event, count, len(stack))
                height = max(height, deep)
                children.append(node)
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._second_document(event)
                    break
        self._check_unused_anchors()
        return children[0] if children else None

    @property
    def has_aliases(self) -> bool:
        """Whether any node stands in several places."""
        return bool(self._aliased)

    def _error(self, code: str, summary: str, range: Range, hint: str = "", detail: str = "") -> None:
        self.diagnostics.append(error(code, summary, detail=detail, hint=hint, range=range))

    def _at(self, event: Event) -> Range:
        return Range(self._source.filename, position(event.start_mark))

    def _place(self, node: Node) -> Range:
        return place(self._source.filename, node)

    # Containers

    def _open(self, event: Event, depth: int) -> None:
        if depth >= MOST_LEVELS:
            self._error("yaml-too-deep", f"nested more than {MOST_LEVELS} levels deep", self._at(event))
            raise _Stopped
        if event.tag:
            self._tag(event)
        if event.anchor:
            self._anchors[event.anchor] = None

    def _close(self, frame: _Frame, node: Node, count: int, height: int) -> None:
        """Remember what an anchor stands for."""
        size = count - frame.events + self._copies - frame.copies
        self._anchors[frame.event.anchor] = _Anchor(node, size, height + 1)

    def _mapping(self, children: list[Node], start: Mark, end: Mark) -> Map:
        keys: dict[str, Scalar] = {}
        members: dict[str, Node] = {}
        merged: list[Node] = []
        pairs = iter(children)
        for key, member in zip(pairs, pairs, strict=True):
            if type(key) is not Scalar:
                self._error("yaml-key", "a key must be a text", self._place(key))
                continue
            text = key.text
            if text == "<<" and key.plain:
                merged.append(member)
            elif text in members:
                self._duplicate(key, keys[text])
            else:
                keys[text] = key
                members[text] = member
        for each in merged:
            self._merge(each, keys, members)
        return Map(keys, members, start, end)

    def _duplicate(self, key: Scalar, first: Scalar) -> None:
        self._error(
            "yaml-duplicate-key",
            f"`{shorten(key.text)}` stands here twice",
            self._place(key),
            "keep one of the two",
            f"the first one is in line {first.start.line + 1}, column {first.start.column + 1}",
        )

    def _merge(self, node: Node, keys: dict[str, Scalar], members: dict[str, Node]) -> None:
        """`<<`: what the mapping says itself goes before what is merged, earlier ones before later ones."""
        for each in node.items if type(node) is Seq else (node,):
            if type(each) is not Map:
                self._error("yaml-merge", "`<<` takes a mapping, or a list of mappings", self._place(each))
                continue
            for key, member in each.members.items():
                if key not in members:
                    keys[key], members[key] = each.keys[key], member

    # Anchors, aliases and tags

    def _decorated(self, event: Event, text: Scalar) -> Scalar:
        """A scalar with an anchor or a tag; with a tag it counts as quoted, to be told only once."""
        if event.tag:
            self._tag(event)
            text = text._replace(plain=False)
        if event.anchor:
            self._anchors[event.anchor] = _Anchor(text, 1, 0)
            self._anchored_texts.append((event.anchor, text))
        return text

    def _tag(self, event: Event) -> None:
        detail = "in YAML, `!` at the beginning names a tag, which means nothing here"
        if not self._needs_quotes(event.start_mark, detail):
            summary = f"`{shorten(event.tag)}`: YAML tags mean nothing here"
            self._error("yaml-tag", summary, self._at(event), "take it out")

    def _needs_quotes(self, mark: Mark, detail: str) -> bool:
        """Tell it as a text without quotes, where the line looks like one."""
        from ccstate.manifest import quoting, syntax

        begin, line = self._source.line_around(mark.index)
        fix = quoting.propose(line, mark.index - begin)
        if fix is not None:
            told = syntax.needs_quotes(self._source, fix, line, mark.line + 1, detail)
            self.diagnostics.append(told)
        return fix is not None

    def _alias(self, event: Event, count: int, depth: int) -> tuple[Node, int]:
        name = event.anchor
        if name not in self._anchors:
            return self._unknown_alias(event), 0
        self._aliased.add(name)
        anchor = self._anchors[name]
        if anchor is None:
            self._error("yaml-recursive-alias", f"`*{name}` contains itself", self._at(event))
            raise _Stopped
        self._copies += anchor.size
        if self._copies > FREE_COPIES + COPIES_PER_EVENT * count:
            self._error("yaml-alias-bomb", "the aliases of this file multiply without end", self._at(event))
            raise _Stopped
        if depth + anchor.height > MOST_LEVELS:
            self._error("yaml-too-deep", f"nested more than {MOST_LEVELS} levels deep", self._at(event))
            raise _Stopped
        return anchor.node, anchor.height

    def _unknown_alias(self, event: Event) -> Scalar:
        """Probably a text that begins with a star; it stands in for itself, so that nothing else is told."""
        from ccstate.manifest import quoting

        if not self._needs_quotes(event.start_mark, quoting.why("*")):
            summary = f"`*{shorten(event.anchor)}` names no anchor of this file"
            self._error("yaml-unknown-alias", summary, self._at(event), "put the text in quotes")
        return Scalar(f"*{event.anchor}", False, event.start_mark, event.end_mark)

    def _check_unused_anchors(self) -> None:
        """`subject: &Friends come in` is silently cut to `come in`; an anchor that nobody uses is no loss."""
        for name, text in self._anchored_texts:
            from ccstate.manifest import quoting

            detail = f"{quoting.why('&')}, and no alias uses this one: the text is {text.text!r}"
            if text.plain and name not in self._aliased and not self._needs_quotes(text.start, detail):
                self._error("yaml-unused-anchor", f"no alias uses `&{shorten(name)}`", self._place(text))

    def _second_document(self, event: Event) -> None:
        self._error(
            "yaml-several-documents",
            "a second YAML document begins here",
            self._at(event),
            "one document a file: take the `---` out, or move what follows to a file of its own",
        )


# What cannot be read


def _unreadable(path: Path, filename: str, failure: OSError) -> Diagnostic:
    reason = failure.strerror or type(failure).__name__
    if path.is_symlink() and not path.exists():
        reason = "it is a link that leads nowhere"
    return error(
        "unreadable-file", f"cannot read {filename}: {reason}", range=Range(filename, Position(1, 1))
    )


def _not_utf8(filename: str, data: bytes, start: int) -> Diagnostic:
    begin = data.rfind(b"\n", 0, start) + 1
    column = len(data[begin:start].decode("utf-8", "replace")) + 1
    at = Range(filename, Position(data.count(b"\n", 0, start) + 1, column))
    return error(
        "not-utf8",
        f"{filename} is not UTF-8 (byte 0x{data[start]:02x})",
        hint="save it as UTF-8",
        range=at,
    )

"""Cache: what many small files were parsed into, so that those that did not change are not parsed again.

A file is known by its name, size, times and inode. One that was touched less than two seconds before it was
read is not kept: it could change once more and look the same (git calls such an entry racy). What is kept is
the text and the nodes of files in which nothing was to be told; anything else is read again. Deleting the
cache, or not being able to write it, costs time and nothing else. One from another machine fits no file here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from time import time_ns
from typing import Final, NamedTuple, TypeAlias

from ccstate import __version__
from ccstate.core.values import EMPTY, Json
from ccstate.manifest.files import OWN_FOLDER, PROJECT_FILE
from ccstate.manifest.loader import Loaded
from ccstate.manifest.nodes import Map, Node, Scalar, Seq, Source

NAME: Final = "manifests.json"
FORMAT: Final = f"1 {__version__}"
FEWEST: Final = 200
"""Files from which a cache pays; a smaller project gets none."""

LONGEST: Final = 20_000
"""Characters; parsing a longer text is hardly slower than reading its nodes."""

_RACY: Final = 2_000_000_000
"""Nanoseconds."""

_Key: TypeAlias = list[int]


class _Place(NamedTuple):
    """A mark as it was."""

    line: int
    column: int
    index: int  # type: ignore[assignment]  # in the place of the method of tuples, which nobody calls


class Cache:
    """The parsed files of one project, as they were found and as they are now."""

    def __init__(self, root: Path, path: Path | None, known: Mapping[str, Json]) -> None:
        self._root, self._path, self._known = root, path, known
        self._now: dict[str, Json] = {}
        self._is_new = False

    @classmethod
    def of(cls, root: Path, files: int) -> Cache:
        """The cache of a project of so many files; one that keeps nothing where they are few."""
        is_project = (root / PROJECT_FILE).is_file() or (root / OWN_FOLDER).is_dir()
        if files < FEWEST or not is_project:
            return cls(root, None, EMPTY)
        path = root / OWN_FOLDER / NAME
        return cls(root, path, _read(path))

    def key(self, name: str) -> _Key | None:
        """What a file looks like from outside, before it is read; None where that is not asked for."""
        if self._path is None:
            return None
        try:
            found = os.stat(f"{self._root}/{name}")  # noqa: PTH116 - a Path for each of many files is slow
        except OSError:
            return None  # whoever reads it will say so
        return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino]

    def find(self, name: str, key: _Key | None) -> Loaded | None:
        """The nodes of a file that looks as it did when it was parsed."""
        entry = self._known.get(name)
        if key is None or entry is None or entry[0] != key:
            return None
        try:
            root = _node(entry[2])
        except (TypeError, ValueError, IndexError):
            return None  # damaged: parsed again, and written anew
        self._now[name] = entry
        return Loaded(Source(name, entry[1]), root, (), whole=True)

    def keep(self, name: str, key: _Key | None, loaded: Loaded) -> None:
        """Remember a file that was parsed, where that is safe and pays."""
        if key is None or not _pays(loaded) or time_ns() - max(key[:2]) < _RACY:
            return
        self._now[name] = [key, loaded.source.text, _plain(loaded.root)]
        self._is_new = True

    def save(self) -> None:
        """Write what is known now, where that is more or less than before."""
        if self._path is None or not (self._is_new or len(self._now) < len(self._known)):
            return
        text = json.dumps({"format": FORMAT, "files": self._now}, separators=(",", ":"))
        beside = self._path.with_name(f".{NAME}.{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(exist_ok=True)
            beside.write_text(text, encoding="utf-8")
            beside.replace(self._path)
        except OSError:
            return  # a folder that may only be read: the next run parses again


def _read(path: Path) -> Mapping[str, Json]:
    """The entries of a cache; none where it is missing, damaged or of another version."""
    try:
        document = json.loads(path.read_bytes())
        if document["format"] == FORMAT and all(_is_entry(each) for each in document["files"].values()):
            files: Mapping[str, Json] = document["files"]
            return files
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass  # then everything is parsed, and a new one is written
    return EMPTY


def _is_entry(entry: Json) -> bool:
    return len(entry) == 3 and isinstance(entry[0], list) and isinstance(entry[1], str)


def _pays(loaded: Loaded) -> bool:
    """Whether it is a small file in which nothing is to be told, and no node stands in two places."""
    return (
        loaded.whole
        and loaded.root is not None
        and not loaded.diagnostics
        and not loaded.shared
        and len(loaded.source.text) <= LONGEST
    )


# Nodes as JSON: a text of one line without quotes is [text, line, column, index], any other
# [text, is plain, *start, *end]; a list [items, *start, *end]; a mapping [keys, members, *start, *end].


def _plain(node: Node | None) -> Json:
    assert node is not None
    start, end = node.start, node.end
    if type(node) is Scalar:
        text = node.text
        if node.plain and start.line == end.line and end.index - start.index == len(text):
            return text, start.line, start.column, start.index
    marks = start.line, start.column, start.index, end.line, end.column, end.index
    if type(node) is Scalar:
        return node.text, node.plain, *marks
    if type(node) is Seq:
        return [_plain(each) for each in node.items], *marks
    assert type(node) is Map
    members = [_plain(each) for each in node.members.values()]
    return [_plain(each) for each in node.keys.values()], members, *marks


def _node(value: Json) -> Node:
    content = value[0]
    if isinstance(content, str):
        return _scalar(value)
    make = tuple.__new__
    start, end = make(_Place, value[-6:-3]), make(_Place, value[-3:])
    if len(value) == 7:
        return Seq([_node(each) for each in content], start, end)
    keys: dict[str, Scalar] = {}
    members: dict[str, Node] = {}
    for key, member in zip(content, value[1], strict=True):
        text = key[0]
        keys[text], members[text] = _scalar(key), _node(member)
    return make(Map, (keys, members, start, end))


def _scalar(value: Json) -> Scalar:
    make = tuple.__new__
    if len(value) == 4:
        text, line, column, index = value
        length = len(text)
        end = (line, column + length, index + length)
        return make(Scalar, (text, True, make(_Place, value[1:]), make(_Place, end)))
    return make(Scalar, (value[0], value[1], make(_Place, value[2:5]), make(_Place, value[5:])))

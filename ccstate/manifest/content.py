"""Content: a campaign's HTML, from the manifest or from a file, and what may not stand in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from ccstate.core.diagnostics import Diagnostic, Position, Range, error, nearest
from ccstate.manifest import loader
from ccstate.manifest.nodes import Scalar, Source, place

LENGTH_LIMIT: Final = 150_000
"""Characters that the service takes (API contract, html_content)."""

MOST_PAIRS: Final = 20
"""Forbidden pairs told per text; a template engine's file holds hundreds."""

_PAIRS = re.compile(r"\[#|\$\{|<@")


class Html(NamedTuple):
    """A text, or what is wrong with it."""

    text: str
    mistakes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class HtmlFiles:
    """The HTML files of one project; each is read and checked once per run."""

    root: Path
    _read: dict[Path, Html] = field(default_factory=dict)

    def html(self, manifest: str, named: str, at: Range) -> Html:
        """The file that a manifest names, relative to itself."""
        path = Path(os.path.normpath(self.root / Path(manifest).parent / named))
        if mistake := self._forbidden(path, named, at):
            return Html("", (mistake,))
        if path not in self._read:
            self._read[path] = self._load(path, at)
        return self._read[path]

    def _forbidden(self, path: Path, named: str, at: Range) -> Diagnostic | None:
        if "\0" in named or not self._is_inside(path):
            hint = "a path relative to this manifest, within the folder of the project"
            return error("html-file-outside", f"{named!r} lies outside the project", hint=hint, range=at)
        # os.path, unlike Path, answers for names that no file system takes.
        if not os.path.exists(path) or not _same_case(path, self.root):  # noqa: PTH110
            return error("html-file-missing", f"there is no file {named!r}", hint=_meant(path), range=at)
        if path.is_dir():
            return error("html-file-missing", f"{named!r} is a folder", hint="name a file", range=at)
        return None

    def _is_inside(self, path: Path) -> bool:
        """Also after all links; realpath, unlike resolve, never raises."""
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.root))

    def _load(self, path: Path, at: Range) -> Html:
        filename = path.relative_to(self.root).as_posix()
        found = loader.read(path, filename)
        if isinstance(found, Diagnostic):
            return Html("", (found,))
        # Line ends become \n, as YAML does with `html: |`: a checkout on Windows must be the same mail.
        source = Source(filename, found.text.replace("\r\n", "\n"))
        return Html(source.text, tuple(_mistakes(source, at)))


def _same_case(path: Path, root: Path) -> bool:
    """Whether the file is spelled like that, also where the file system does not care."""
    if os.name == "posix" and os.uname().sysname == "Linux":
        return True
    parts = path.relative_to(root).parts
    folders = (root.joinpath(*parts[:index]) for index in range(len(parts)))
    return all(part in _names(folder) for part, folder in zip(parts, folders, strict=True))


def _names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def _meant(path: Path) -> str:
    """The file of the same folder that was probably meant."""
    try:
        names = _names(path.parent)
    except OSError:
        return f"there is no folder {path.parent.name!r} either"
    for name in names:
        if name.lower() == path.name.lower():
            return f"did you mean {name!r}? Upper and lower case matter"
    meant = nearest(path.name, names[:1000])
    return f"did you mean {meant!r}?" if meant else ""


def _mistakes(source: Source, at: Range) -> Iterator[Diagnostic]:
    if not source.text.strip():
        yield error("empty-value", f"{source.filename} is empty", range=at)
    yield from too_long(source.text, source.filename, Range(source.filename, Position(1, 1)))
    for found in islice(_PAIRS.finditer(source.text), MOST_PAIRS):
        yield forbidden(found[0], in_text(source, found.start(), len(found[0])))


def too_long(text: str, name: str, at: Range) -> Iterator[Diagnostic]:
    """HTML over the service's limit."""
    if len(text) > LENGTH_LIMIT:
        summary = f"{name} is {len(text):,} characters long; at most {LENGTH_LIMIT:,} are allowed"
        yield error("too-long", summary, range=at)


def forbidden(pair: str, at: Range) -> Diagnostic:
    """One of the pairs that the service's template engine takes for its own."""
    hint = "write it differently, such as with an HTML entity (&#91; &#36; &lt;) for its first character"
    return error("forbidden-text", f"`{pair}` may not stand in a mail's HTML", hint=hint, range=at)


def inline(source: Source, node: Scalar, text: str) -> Iterator[Diagnostic]:
    """The forbidden pairs in `html:`, each where it stands in the manifest."""
    start, end = node.start.index, node.end.index
    for found in islice(_PAIRS.finditer(text), MOST_PAIRS):
        index = source.text.find(found[0], start, end)
        start = index + 1 if index >= 0 else start
        at = in_text(source, index, 2) if index >= 0 else place(source.filename, node)
        yield forbidden(found[0], at)


def in_text(source: Source, index: int, length: int) -> Range:
    """The place of a piece of text."""
    line = source.text.count("\n", 0, index) + 1
    begin, _ = source.line_around(index)
    column = index - begin + 1
    return Range(source.filename, Position(line, column), Position(line, column + length))

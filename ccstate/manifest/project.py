"""Project: every manifest of a folder, as one set of `Desired` values and one list of diagnostics.

The way into this package. A project is always read whole; a path inside it narrows what a run is about.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ccstate.core.address import Address
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, Position, Range, error, in_order, nearest
from ccstate.core.kind import Kind, Kinds
from ccstate.core.takeover import NO_BLOCKS, Blocks
from ccstate.core.takeover import check as check_blocks
from ccstate.core.values import EMPTY
from ccstate.manifest import compile as compiling
from ccstate.manifest import config as configuring
from ccstate.manifest import content, crosscheck, files, loader
from ccstate.manifest.cache import Cache
from ccstate.manifest.config import Config
from ccstate.manifest.files import find_root
from ccstate.manifest.nodes import Map, Node, Scalar, Source, place, shorten

if TYPE_CHECKING:
    from ccstate.manifest import blocks as block_reading

__all__ = ["Config", "Project", "Sources", "find_root", "load"]

RESERVED: Final = ("account", "defaults", "senders", "series", "vars")
"""Words at the top of a manifest that are kept free; they cannot become sections."""

BLOCKS: Final = ("import", "moved", "forget")
"""The sections that hold no resources."""


@dataclass(frozen=True, slots=True)
class Sources(Mapping[str, str]):
    """The texts of a project's files by their names in diagnostics, read when they are asked for."""

    root: Path
    names: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        try:
            return (self.root / name).read_text("utf-8-sig", "replace")
        except (OSError, ValueError) as failure:
            raise KeyError(name) from failure

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Project(NamedTuple):
    """What was read. `narrowed` are the addresses that a path inside the project is about, else None."""

    root: Path
    config: Config = Config()
    desired: tuple[Desired, ...] = ()
    blocks: Blocks = NO_BLOCKS
    diagnostics: tuple[Diagnostic, ...] = ()
    narrowed: tuple[Address, ...] | None = None
    sources: Mapping[str, str] = EMPTY


def load(path: Path, kinds: Kinds) -> Project:
    """Read a project; a user's mistake is a diagnostic, and all of them are found in one run."""
    with _collector_held():
        return _load(path, kinds)


def _load(path: Path, kinds: Kinds) -> Project:
    root = find_root(path)
    config, told = configuring.load(root)
    found = files.manifests(root, config.manifests, config.emulator_seed)
    reading = _Reading(root, kinds, config)
    reading.told.extend(told)
    reading.read_all(found)
    inside = _narrow(path, root, found, reading.told)
    declared = crosscheck.first_of_each(reading.resources, reading.told)
    reading.told.extend(crosscheck.check(declared, kinds, whole=reading.whole))
    if reading.whole:
        reading.told.extend(check_blocks(reading.blocks, declared, kinds))
    return Project(
        root=root,
        config=config,
        desired=tuple(each.desired for each in declared.values() if each.desired),
        blocks=reading.blocks,
        diagnostics=in_order(dict.fromkeys(reading.told)),
        narrowed=None if inside is None else _addresses(declared, inside),
        sources=Sources(root, (*_project_file(root), *found.names)),
    )


def _project_file(root: Path) -> tuple[str, ...]:
    return (files.PROJECT_FILE,) if (root / files.PROJECT_FILE).is_file() else ()


def _addresses(declared: Mapping[Address, compiling.Resource], inside: frozenset[str]) -> tuple[Address, ...]:
    return tuple(sorted(each.address for each in declared.values() if each.origin.filename in inside))


# Which files


def _narrow(path: Path, root: Path, found: files.Found, told: list[Diagnostic]) -> frozenset[str] | None:
    """The manifests that a path is about; None where it is about all of them."""
    target = files.absolute(path)
    if not files.exists(target):
        told.append(error("path-missing", f"{path} does not exist"))
        return frozenset()
    if target in (root, root / files.PROJECT_FILE):
        if not found.names:
            told.append(_no_manifest(path))
        return None
    inside = target.relative_to(root).as_posix()
    names = frozenset(name for name in found.names if name == inside or name.startswith(f"{inside}/"))
    if not names:
        told.append(_no_manifest(path) if target.is_dir() else _not_a_manifest(path, root))
    return names


def _no_manifest(path: Path) -> Diagnostic:
    hint = "write a .yaml file with sections such as `lists:`, or let `ccstate init` write one"
    return error("no-manifest", f"there is no manifest in {path}", hint=hint)


def _not_a_manifest(path: Path, root: Path) -> Diagnostic:
    if path.name.endswith(files.SUFFIXES):
        hint = (
            "hidden files, node_modules, virtualenvs, environments/, projects inside the project and what "
            f"`manifests:` of {files.PROJECT_FILE} leaves out are not read"
        )
        return error("not-in-project", f"{path} is no manifest of the project {root}", hint=hint)
    return error("not-a-manifest", f"{path} is no manifest", hint="manifests end in .yaml or .yml")


# Reading


@contextmanager
def _collector_held() -> Iterator[None]:
    """Hold the cyclic collector off: reading makes no cyclic garbage, so that looking for it is wasted.

    Measured on 10,000 files and on one of 10,000 resources: the same memory, half the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Reading:
    """The files read so far, with what they declare."""

    def __init__(self, root: Path, kinds: Kinds, config: Config) -> None:
        self.told: list[Diagnostic] = []
        self.resources: list[compiling.Resource] = []
        self.whole = True
        self._blocks: block_reading.Reading | None = None
        self._root = root
        self._kinds = kinds
        self._sections = kinds.by_section()
        # A default that is no zone was told once; every schedule need not tell it again.
        known = not config.timezone or configuring.is_zone(config.timezone)
        zone = config.timezone if known else "UTC"
        self._context = compiling.Context(kinds, content.HtmlFiles(root), zone, self.told)

    @property
    def blocks(self) -> Blocks:
        """What the manifests say of imports, moves and what is to be forgotten."""
        return NO_BLOCKS if self._blocks is None else self._blocks.blocks

    def read_all(self, found: files.Found) -> None:
        """Every manifest that was found."""
        for name in found.unreadable:
            self.told.append(error("unreadable-file", f"cannot read the folder {name}"))
            self.whole = False
        cache = Cache.of(self._root, len(found.names))
        for name in found.names:
            self.read(name, cache)
        cache.save()

    def read(self, name: str, cache: Cache) -> None:
        """One manifest."""
        key = cache.key(name)
        loaded = cache.find(name, key)
        if loaded is None:
            source = loader.read(f"{self._root}/{name}", name)
            if isinstance(source, Diagnostic):
                self.told.append(source)
                self.whole = False
                return
            loaded = loader.load(source)
            cache.keep(name, key, loaded)
        self.told.extend(loaded.diagnostics)
        self.whole = self.whole and loaded.whole
        if loaded.root is not None:
            self._sections_of(loaded.root, loaded.source)

    def _sections_of(self, root: Node, source: Source) -> None:
        if not isinstance(root, Map):
            if not (isinstance(root, Scalar) and root.is_null):
                self.told.append(_no_sections(root, source))
            return
        for word, node in root.members.items():
            kind = self._sections.get(word)
            if kind is not None:
                self._section(node, kind, source)
            elif word in BLOCKS:
                self._block(word, node, source)
            elif not word.startswith("x-"):
                self.told.append(self._unknown_section(word, place(source.filename, root.keys[word])))

    def _section(self, node: Node, kind: Kind, source: Source) -> None:
        if isinstance(node, Map):
            self.resources.extend(compiling.section(node, kind, source, self._context))
        elif not (isinstance(node, Scalar) and node.is_null):
            hint = f"each {kind.name} stands under a key of its own: `my_key: {{{kind.natural_key}: ...}}`"
            at = place(source.filename, node)
            self.told.append(error("wrong-type", f"`{kind.section}` must be a mapping", hint=hint, range=at))

    def _block(self, word: str, node: Node, source: Source) -> None:
        if self._blocks is None:
            from ccstate.manifest import blocks  # which most projects have none of

            self._blocks = blocks.Reading(self._kinds, self.told)
        self._blocks.read(word, node, source)

    def _unknown_section(self, word: str, at: Range) -> Diagnostic:
        if word in RESERVED:
            summary = f"`{word}` is reserved; this version does not read it"
            return error("reserved-word", summary, range=at)
        sections = sorted((*self._sections, *BLOCKS))
        meant = nearest(shorten(word), sections)
        hint = f"did you mean `{meant}`?" if meant else f"sections are {', '.join(sections)}"
        detail = f"a YAML file that is no manifest can be left out by `manifests:` in {files.PROJECT_FILE}"
        summary = f"unknown section `{shorten(word)}`"
        return error("unknown-section", summary, hint=hint, detail=detail, range=at)


def _no_sections(root: Node, source: Source) -> Diagnostic:
    at = Range(source.filename, Position(root.start.line + 1, root.start.column + 1))
    hint = "a manifest begins with a section, such as `lists:`"
    return error("manifest-shape", "a manifest is a mapping of sections", hint=hint, range=at)

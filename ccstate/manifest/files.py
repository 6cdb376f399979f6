"""Files: where a project begins, and which of its files are manifests.

Looks at names only and opens nothing, but for the question whether a folder is a virtualenv or a project of
its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

PROJECT_FILE: Final = "ccstate.yaml"
OWN_FOLDER: Final = ".ccstate"
SUFFIXES: Final = (".yaml", ".yml")

_SKIPPED_FOLDERS: Final = frozenset({"node_modules", "environments"})


def absolute(path: Path) -> Path:
    """The path from the top, without `..`; links stay, since resolving could lead out of the project."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def exists(path: Path) -> bool:
    """Whether something is there; answers also for names that no file system takes."""
    return os.path.lexists(path)


def find_root(path: Path) -> Path:
    """The nearest folder upwards with ccstate.yaml or .ccstate/, else the path's own folder."""
    path = absolute(path)
    own = path if os.path.isdir(path) else path.parent  # noqa: PTH112 - answers for any name
    return next((folder for folder in (own, *own.parents) if is_marked(folder)), own)


def is_marked(folder: Path) -> bool:
    """Whether a folder says that a project begins there."""
    return exists(folder / PROJECT_FILE) or os.path.isdir(folder / OWN_FOLDER)  # noqa: PTH112


class Found(NamedTuple):
    """The manifests of a project, relative to its root with `/`, and folders that nobody may read."""

    names: tuple[str, ...]
    unreadable: tuple[str, ...] = ()


def manifests(root: Path, globs: Sequence[str] = (), without: Path | None = None) -> Found:
    """Every manifest below a root, sorted; `without` is a YAML file that is something else."""
    unreadable: list[str] = []
    matches = _matcher(globs)
    skipped = os.path.realpath(without) if without else ""
    names = [
        name
        for name in _walk(root, unreadable)
        if matches(name) and not (skipped and os.path.realpath(root / name) == skipped)
    ]
    return Found(tuple(sorted(names)), tuple(sorted(unreadable)))


def _walk(root: Path, unreadable: list[str]) -> Iterator[str]:
    """YAML files by name, without following linked folders: a loop of links must end."""
    prefixes = [""]
    while prefixes:
        prefix = prefixes.pop()
        try:
            with os.scandir(f"{root}/{prefix}") as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            unreadable.append(prefix.rstrip("/") or ".")
            continue
        if prefix and _is_another_world({each.name for each in found}):
            continue
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.name.endswith(SUFFIXES) and not entry.is_dir():
                if prefix or entry.name != PROJECT_FILE:
                    yield prefix + entry.name
            elif entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED_FOLDERS:
                yield from _folder_named_like_a_file(prefix + entry.name)
                prefixes.append(f"{prefix}{entry.name}/")


def _folder_named_like_a_file(name: str) -> Iterator[str]:
    """A folder called x.yaml is probably a mistake; reading it says so."""
    if name.endswith(SUFFIXES):
        yield name


def _is_another_world(names: set[str]) -> bool:
    """A virtualenv, or a project of its own."""
    return "pyvenv.cfg" in names or PROJECT_FILE in names


def _matcher(globs: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name matches one of the globs; every name where there are none."""
    patterns = [re.compile(_translate(each)) for each in globs]
    return lambda name: not patterns or any(each.fullmatch(name) for each in patterns)


def _translate(glob: str) -> str:
    """`*` and `?` within a folder, `**` across folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.removeprefix("./"))
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(each, re.escape(each)) for each in parts)

"""What the tests of the manifest share: a project written down and read back in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from ccstate.core.kind import Kinds
from ccstate.kinds import discover
from ccstate.manifest.project import Project, load

Files: TypeAlias = Mapping[str, str | bytes]
Load: TypeAlias = Callable[..., Project]


@pytest.fixture
def kinds() -> Kinds:
    return discover()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Write files below a folder of the test's own."""

    def write(files: Files) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


@pytest.fixture
def read(write: Callable[[Files], Path], kinds: Kinds) -> Load:
    """Write files and load the project they are, or a path inside it."""

    def read(files: Files | str, path: str = ".") -> Project:
        root = write({"manifest.yaml": files} if isinstance(files, str) else files)
        return load(root / path, kinds)

    return read


@pytest.fixture
def codes(read: Load) -> Callable[..., list[str]]:
    """The codes of what a project is told, in order."""

    def codes(files: Files | str, path: str = ".") -> list[str]:
        return [each.code for each in read(files, path).diagnostics]

    return codes

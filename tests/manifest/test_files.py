"""Where a project begins, and which files are its manifests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from ccstate.manifest.files import find_root, manifests

Write: TypeAlias = Callable[..., Path]


def test_the_root_is_the_nearest_folder_with_a_project_file(write: Write) -> None:
    root = write({"ccstate.yaml": "", "a/b/m.yaml": ""})
    assert find_root(root / "a" / "b" / "m.yaml") == root


def test_the_root_is_the_nearest_folder_with_a_state(write: Write) -> None:
    root = write({".ccstate/state.json": "{}", "a/m.yaml": ""})
    assert find_root(root / "a") == root


def test_the_nearest_of_two_roots_counts(write: Write) -> None:
    root = write({"ccstate.yaml": "", "a/ccstate.yaml": "", "a/b/m.yaml": ""})
    assert find_root(root / "a" / "b") == root / "a"


def test_without_any_the_folder_itself_is_the_root(write: Write) -> None:
    root = write({"a/m.yaml": ""})
    assert find_root(root / "a") == root / "a"


def test_without_any_a_file_is_in_its_own_folder(write: Write) -> None:
    root = write({"a/m.yaml": ""})
    assert find_root(root / "a" / "m.yaml") == root / "a"


def test_the_current_folder_will_do(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write({"ccstate.yaml": "", "a/m.yaml": ""})
    monkeypatch.chdir(root / "a")
    assert find_root(Path()) == root


def test_manifests_are_found_everywhere_in_order(write: Write) -> None:
    root = write({"b.yaml": "", "a/c.yml": "", "a.yaml": "", "a/b/d.yaml": "", "a/readme.md": ""})
    assert manifests(root).names == ("a.yaml", "a/b/d.yaml", "a/c.yml", "b.yaml")


@pytest.mark.parametrize(
    "name",
    [
        "ccstate.yaml",
        ".hidden.yaml",
        ".github/workflows/ci.yaml",
        "node_modules/x/y.yaml",
        "environments/live.yaml",
        "a/environments/live.yaml",
    ],
)
def test_what_is_no_manifest_is_left_alone(write: Write, name: str) -> None:
    assert manifests(write({name: ""})).names == ()


@pytest.mark.parametrize("marker", ["pyvenv.cfg", "ccstate.yaml"])
def test_virtualenvs_and_other_projects_are_left_alone(write: Write, marker: str) -> None:
    assert manifests(write({f"inner/{marker}": "", "inner/m.yaml": "", "inner/a/n.yaml": ""})).names == ()


def test_a_loop_of_links_ends(write: Write) -> None:
    root = write({"a/m.yaml": ""})
    (root / "a" / "loop").symlink_to(root)
    assert manifests(root).names == ("a/m.yaml",)


def test_a_folder_called_like_a_manifest_is_looked_at(write: Write) -> None:
    assert manifests(write({"x.yaml/m.yaml": ""})).names == ("x.yaml", "x.yaml/m.yaml")


def test_a_link_that_leads_nowhere_is_looked_at(write: Write) -> None:
    root = write({})
    (root / "x.yaml").symlink_to(root / "gone.yaml")
    assert manifests(root).names == ("x.yaml",)


def test_the_seed_of_the_emulator_is_no_manifest(write: Write) -> None:
    root = write({"seed.yaml": "", "m.yaml": ""})
    assert manifests(root, without=root / "seed.yaml").names == ("m.yaml",)


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("*.yaml", ("m.yaml",)),
        ("**/*.yaml", ("a/b/m.yaml", "a/m.yaml", "m.yaml")),
        ("a/*.yaml", ("a/m.yaml",)),
        ("./a/**", ("a/b/m.yaml", "a/m.yaml")),
        ("a/?.yaml", ("a/m.yaml",)),
        ("[m].yaml", ()),
    ],
)
def test_globs_choose(write: Write, glob: str, names: tuple[str, ...]) -> None:
    root = write({"m.yaml": "", "a/m.yaml": "", "a/b/m.yaml": ""})
    assert manifests(root, (glob,)).names == names

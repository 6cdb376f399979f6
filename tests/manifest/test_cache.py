"""The cache of parsed files: what did not change is not parsed again, and nobody can tell the difference."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from time import time_ns
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.kinds import discover
from ccstate.manifest import cache, loader
from ccstate.manifest.nodes import Map, Node, Scalar, Seq, Source
from ccstate.manifest.project import Project, load

Parsed = list[str]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Parsed:
    """The names of the files that were parsed; three files are many here."""
    names: Parsed = []
    real = loader.load

    def counted(source: Source) -> loader.Loaded:
        names.append(source.filename)
        return real(source)

    monkeypatch.setattr(loader, "load", counted)
    monkeypatch.setattr(cache, "FEWEST", 3)
    return names


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three small files that have been lying there for a while."""
    write(tmp_path, "ccstate.yaml", "account: {id: a07e1l4x1vq3}\n")
    for key in "abc":
        write(tmp_path, f"tags/{key}.yaml", f"tags:\n  {key}:\n    name: Tag {key}\n")
    return tmp_path


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Time: an hour has passed since the files were written; the argument is seconds."""

    def pass_(seconds: int) -> None:
        now = time_ns()
        monkeypatch.setattr(cache, "time_ns", lambda: now + seconds * 1_000_000_000)

    pass_(3600)
    return pass_


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def read(root: Path, parsed: Parsed) -> tuple[Project, set[str]]:
    """The project, and which manifests were parsed for it."""
    parsed.clear()
    return load(root, discover()), {name for name in parsed if name != "ccstate.yaml"}


def kept(root: Path) -> Path:
    return root / ".ccstate" / "manifests.json"


def told(found: Project) -> list[str]:
    return [each.code for each in found.diagnostics]


def plain(node: Node) -> Any:
    """A node with its places, comparable."""
    places = tuple((mark.line, mark.column, mark.index) for mark in (node.start, node.end))
    if isinstance(node, Scalar):
        return (node.text, node.plain, places)
    if isinstance(node, Seq):
        return ([plain(each) for each in node.items], places)
    assert isinstance(node, Map)
    keys = {key: plain(each) for key, each in node.keys.items()}
    return (keys, {key: plain(each) for key, each in node.members.items()}, places)


def test_what_did_not_change_is_not_parsed_again(project: Path, parsed: Parsed) -> None:
    first, cold = read(project, parsed)
    second, warm = read(project, parsed)
    assert (cold, warm) == ({"tags/a.yaml", "tags/b.yaml", "tags/c.yaml"}, set())
    assert second.desired == first.desired
    assert [each.origin for each in second.desired] == [each.origin for each in first.desired]
    assert [dict(each.places) for each in second.desired] == [dict(each.places) for each in first.desired]


def test_a_file_that_changed_is_parsed(project: Path, parsed: Parsed) -> None:
    read(project, parsed)
    write(project, "tags/b.yaml", "tags:\n  b:\n    name: Other\n")
    found, again = read(project, parsed)
    assert again == {"tags/b.yaml"}
    assert [each.fields["name"] for each in found.desired] == ["Tag a", "Other", "Tag c"]
    assert read(project, parsed)[1] == set()


def test_a_file_of_the_same_size_and_time_is_parsed_if_it_was_written_since(
    project: Path, parsed: Parsed
) -> None:
    read(project, parsed)
    path = project / "tags" / "b.yaml"
    before = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("Tag", "Tog"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read(project, parsed)[1] == {"tags/b.yaml"}


def test_a_file_that_was_just_written_is_not_trusted(
    project: Path, parsed: Parsed, later: Callable[[int], None]
) -> None:
    later(1)
    read(project, parsed)
    assert read(project, parsed)[1] == {"tags/a.yaml", "tags/b.yaml", "tags/c.yaml"}


def test_a_mistake_is_told_every_time(project: Path, parsed: Parsed) -> None:
    write(project, "tags/b.yaml", "tags:\n  b:\n    name: [[FirstName]]\n")
    assert told(read(project, parsed)[0]) == told(read(project, parsed)[0]) != []


def test_a_mistake_of_syntax_is_told_every_time(project: Path, parsed: Parsed) -> None:
    write(project, "tags/b.yaml", "tags:\n  b: {name: a, name: b}\n")
    assert told(read(project, parsed)[0]) == ["yaml-duplicate-key"]
    found, again = read(project, parsed)
    assert (told(found), again) == (["yaml-duplicate-key"], {"tags/b.yaml"})


def test_aliases_are_parsed_every_time(project: Path, parsed: Parsed) -> None:
    write(project, "tags/b.yaml", "x-one: &one {name: One}\ntags:\n  b: *one\n")
    read(project, parsed)
    assert read(project, parsed)[1] == {"tags/b.yaml"}


def test_a_file_that_is_gone_leaves_the_cache(project: Path, parsed: Parsed) -> None:
    write(project, "tags/d.yaml", "tags:\n  d:\n    name: Tag d\n")
    read(project, parsed)
    (project / "tags" / "d.yaml").unlink()
    found, again = read(project, parsed)
    assert (len(found.desired), again) == (3, set())
    assert sorted(json.loads(kept(project).read_bytes())["files"]) == [f"tags/{key}.yaml" for key in "abc"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": "0", "files": {}}',
        '{"format": "FORMAT", "files": {"tags/a.yaml": 1}}',
        '{"format": "FORMAT", "files": {"tags/a.yaml": [[], "", 3]}}',
    ],
)
def test_a_damaged_cache_is_made_anew(project: Path, parsed: Parsed, text: str) -> None:
    read(project, parsed)
    kept(project).write_text(text.replace("FORMAT", cache.FORMAT), encoding="utf-8")
    found, again = read(project, parsed)
    assert (len(found.desired), len(again)) == (3, 3)
    assert read(project, parsed)[1] == set()


def test_damaged_nodes_are_parsed_again(project: Path, parsed: Parsed) -> None:
    read(project, parsed)
    document = json.loads(kept(project).read_bytes())
    document["files"]["tags/b.yaml"][2] = [[["b"]], [1, 2], 3]
    kept(project).write_text(json.dumps(document), encoding="utf-8")
    found, again = read(project, parsed)
    assert (len(found.desired), again) == (3, {"tags/b.yaml"})


def test_few_files_get_no_cache(project: Path, parsed: Parsed) -> None:
    (project / "tags" / "c.yaml").unlink()
    read(project, parsed)
    assert not (project / ".ccstate").exists()


def test_a_folder_that_is_no_project_gets_no_cache(project: Path, parsed: Parsed) -> None:
    (project / "ccstate.yaml").unlink()
    assert len(read(project, parsed)[0].desired) == 3
    assert not (project / ".ccstate").exists()


def test_where_nothing_can_be_written_all_goes_on(
    project: Path, parsed: Parsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", deny)
    assert told(read(project, parsed)[0]) == []
    assert len(read(project, parsed)[1]) == 3


LEAVES = st.sampled_from(["x", "a b", "'q'", '"q\\n"', "~", "", "äß 1", "|\n      two\n      lines"])
BLOCKS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner)
)


@given(st.dictionaries(st.sampled_from(["a", "b", "'c d'", '"e\\tf"']), LEAVES, min_size=1), BLOCKS)
def test_nodes_come_back_as_they_were(members: dict[str, str], flow: Any) -> None:
    text = "".join(f"{key}: {leaf}\n" for key, leaf in members.items())
    text += f"flow: {json.dumps(flow)}\n"
    found = loader.load(Source("x.yaml", text)).root
    assert found is not None
    again = cache._node(json.loads(json.dumps(cache._plain(found))))
    assert plain(again) == plain(found)

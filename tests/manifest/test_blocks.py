"""Blocks: import, moved and forget as they are written, with the places of their mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccstate.core.takeover import NO_BLOCKS
from tests.manifest.conftest import Load

NEWS = "lists: {news: {name: News}}\n"
FRUIT = "custom_fields: {fruit: {label: Fruit, type: string}}\n"


def test_blocks_of_all_files_are_found_with_their_places(read: Load) -> None:
    project = read(
        {
            "a.yaml": NEWS + "import:\n  - {to: list.news, id: abc}\n",
            "b.yaml": "moved:\n  - from: list.old\n    to: list.news\nforget:\n  - list.gone\n",
        }
    )
    assert project.diagnostics == ()
    (imported,), (moved,), (forgotten,) = project.blocks
    assert (str(imported.address), imported.id, imported.name) == ("list.news", "abc", "")
    assert (str(imported.origin), str(imported.key_place)) == ("a.yaml:3:10", "a.yaml:3:25")
    assert (str(moved.old), str(moved.address), str(moved.origin)) == ("list.old", "list.news", "b.yaml:2:11")
    assert (str(forgotten.address), str(forgotten.origin)) == ("list.gone", "b.yaml:5:5")


def test_a_name_or_a_label_says_which_object(read: Load) -> None:
    text = NEWS + FRUIT + "import:\n- {to: list.news, name: NO}\n- {to: custom_field.fruit, label: 007}\n"
    project = read(text)
    assert project.diagnostics == ()
    assert [each.name for each in project.blocks.imports] == ["NO", "007"]


@pytest.mark.parametrize("empty", ["import:", "moved: []", "forget: ~", NEWS])
def test_nothing_is_nothing(read: Load, empty: str) -> None:
    project = read(f"{empty}\n")
    assert project.blocks == NO_BLOCKS
    assert project.diagnostics == ()


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("import: {to: list.news}", "wrong-type", "2:9"),
        ("import: [list.news]", "wrong-type", "2:10"),
        ("import: [{to: news, id: a}]", "bad-format", "2:15"),
        ("import: [{id: a}]", "missing-field", "2:10"),
        ("import: [{to: list.news, ids: a}]", "unknown-field", "2:26"),
        ("import: [{to: list.news, id: ''}]", "empty-value", "2:30"),
        ("import: [{to: list.news}]", "bad-combination", "2:15"),
        ("import: [{to: list.news, id: a, name: b}]", "bad-combination", "2:15"),
        ("import: [{to: list.news, label: b}]", "bad-combination", "2:15"),
        ("import: [{to: list.newz, id: a}]", "undeclared-address", "2:15"),
        ("import: [{to: lst.news, id: a}]", "bad-address", "2:15"),
        ("moved: [{from: list.old}]", "missing-field", "2:9"),
        ("moved: [{from: list.old, to: list.newz}]", "undeclared-address", "2:30"),
        ("moved: [{from: list.*, to: list.news}]", "bad-format", "2:16"),
        ("moved: [{from: list.news, to: list.other}]", "moved-from-declared", "2:16"),
        ("moved: [{from: tag.old, to: list.news}]", "bad-address", "2:16"),
        ("forget: list.old", "wrong-type", "2:9"),
        ("forget: [old]", "bad-format", "2:10"),
        ("forget: [list.news]", "forget-declared", "2:10"),
        ("forget: [list.x, list.x]", "duplicate-block", "2:18"),
        ("forgit: [list.x]", "unknown-section", "2:1"),
    ],
)
def test_a_mistake_has_a_code_and_a_place(read: Load, text: str, code: str, place: str) -> None:
    (told,) = read(NEWS + text + "\n").diagnostics
    assert (told.code, str(told.range)) == (code, f"manifest.yaml:{place}")
    assert told.summary


def test_a_mistake_in_a_block_names_the_block(read: Load) -> None:
    told = read(NEWS + "import: [{id: a}]\nforget: [old]\n").diagnostics
    assert [each.summary for each in told] == [
        "`to` is missing in `import.0`",
        "`forget.0` is no address, such as list.newsletter",
    ]


def test_all_mistakes_are_found_in_one_run(codes: Callable[..., list[str]]) -> None:
    imports = "import: [{to: list.a, id: x}, {to: nothing}]\n"
    others = "moved: [{from: 1, to: list.news}]\nforget: [list.news]\n"
    assert sorted(codes(NEWS + imports + others)) == [
        "bad-format",
        "bad-format",
        "forget-declared",
        "undeclared-address",
    ]


def test_where_a_file_cannot_be_read_nothing_is_called_undeclared(codes: Callable[..., list[str]]) -> None:
    found = codes({"a.yaml": "import: [{to: list.news, id: x}]\n", "b.yaml": "lists: [\n"})
    assert "undeclared-address" not in found


def test_adopt_is_by_name_unless_the_project_says_never(read: Load) -> None:
    assert read(NEWS).config.adopt == "by-name"
    assert read({"ccstate.yaml": "adopt: never\n", "a.yaml": NEWS}).config.adopt == "never"


def test_adopt_is_one_of_two_words(codes: Callable[..., list[str]]) -> None:
    assert codes({"ccstate.yaml": "adopt: sometimes\n", "a.yaml": NEWS}) == ["not-allowed"]

"""Projects: ccstate.yaml, what a path narrows to, and what is told when there is nothing to read."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from ccstate.core.kind import Kinds
from ccstate.core.options import Guards
from ccstate.manifest.project import RESERVED, Config, Project, load

Read: TypeAlias = Callable[..., Project]
Codes: TypeAlias = Callable[..., list[str]]

NEWS = "lists: {news: {name: News}}\n"
VIP = "tags: {vip: {name: VIP}}\n"

CONFIG = """\
account: {id: a07e1l4x1vq3, organisation: Riverbend}
guards: {lead_time_minutes: 60, horizon_days: 30, mass_change_percent: 10, mass_change_from: 5, missed: error}
defaults: {campaign: {timezone: America/New_York}}
emulator: {seed: seed.json}
manifests: ["*.yaml"]
"""


def narrowed(project: Project) -> list[str] | None:
    return None if project.narrowed is None else [str(each) for each in project.narrowed]


def test_a_project_is_all_of_its_files(read: Read) -> None:
    project = read({"a.yaml": NEWS, "b/c.yaml": VIP})
    assert [str(each.address) for each in project.desired] == ["list.news", "tag.vip"]
    assert project.narrowed is None


def test_a_file_narrows_to_what_it_declares(read: Read) -> None:
    project = read({"ccstate.yaml": "", "a.yaml": NEWS, "b/c.yaml": VIP}, "b/c.yaml")
    assert len(project.desired) == 2
    assert narrowed(project) == ["tag.vip"]


def test_a_folder_narrows_to_what_it_declares(read: Read) -> None:
    assert narrowed(read({"ccstate.yaml": "", "a.yaml": NEWS, "b/c.yaml": VIP}, "b")) == ["tag.vip"]


def test_a_folder_does_not_narrow_to_one_that_begins_alike(read: Read) -> None:
    assert narrowed(read({"ccstate.yaml": "", "ab/a.yaml": NEWS, "a/c.yaml": VIP}, "a")) == ["tag.vip"]


def test_the_project_file_narrows_nothing(read: Read) -> None:
    assert narrowed(read({"ccstate.yaml": "", "a.yaml": NEWS}, "ccstate.yaml")) is None


def test_mistakes_elsewhere_are_told_all_the_same(codes: Codes) -> None:
    assert codes({"ccstate.yaml": "", "a.yaml": NEWS, "b.yaml": "lsts: {}"}, "a.yaml") == ["unknown-section"]


def test_a_path_that_does_not_exist_is_told(codes: Codes) -> None:
    assert codes({"a.yaml": NEWS}, "b.yaml") == ["path-missing"]


def test_a_folder_without_manifests_is_told(codes: Codes) -> None:
    assert codes({"readme.md": "# Nothing"}) == ["no-manifest"]


def test_an_inner_folder_without_manifests_is_told(codes: Codes) -> None:
    assert codes({"ccstate.yaml": "", "a.yaml": NEWS, "b/readme.md": ""}, "b") == ["no-manifest"]


def test_a_file_that_is_no_yaml_is_told(codes: Codes) -> None:
    assert codes({"ccstate.yaml": "", "a.yaml": NEWS, "mail.html": ""}, "mail.html") == ["not-a-manifest"]


def test_a_manifest_that_the_project_leaves_out_is_told(codes: Codes) -> None:
    files = {"ccstate.yaml": "manifests: [a.yaml]", "a.yaml": NEWS, "b.yaml": VIP}
    assert codes(files, "b.yaml") == ["not-in-project"]


def test_an_empty_manifest_declares_nothing(read: Read) -> None:
    project = read({"a.yaml": "# later\n", "b.yaml": "---\n", "c.yaml": "lists:\n"})
    assert (project.desired, project.diagnostics) == ((), ())


@pytest.mark.parametrize("text", ["- a\n", "just words\n", "[]"])
def test_a_manifest_that_is_no_mapping_is_told(codes: Codes, text: str) -> None:
    assert codes(text) == ["manifest-shape"]


def test_a_section_that_is_no_mapping_is_told(codes: Codes) -> None:
    assert codes("lists: [news]") == ["wrong-type"]


@pytest.mark.parametrize("word", RESERVED)
def test_a_reserved_word_is_told(codes: Codes, word: str) -> None:
    assert codes(f"{word}: {{a: b}}\n{NEWS}") == ["reserved-word"]


def test_a_place_for_anchors_is_ignored(read: Read) -> None:
    project = read("x-defaults: {a: &a {favorite: true}, b: [1, 2]}\nlists: {n: {name: N, <<: *a}}\n")
    assert project.diagnostics == ()
    assert project.desired[0].fields == {"name": "N", "favorite": True}


def test_an_unknown_section_names_the_nearest(read: Read) -> None:
    (told,) = read("campains: {}").diagnostics
    assert (told.code, told.hint) == ("unknown-section", "did you mean `campaigns`?")


def test_a_file_that_cannot_be_read_is_told(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ccstate.manifest.loader.open", deny, raising=False)
    assert codes(NEWS) == ["unreadable-file"]


def test_diagnostics_come_by_file_and_place(read: Read) -> None:
    files = {"b.yaml": "lsts: {}\ntgs: {}\n", "a.yaml": "x: {}\n"}
    assert [str(each.range) for each in read(files).diagnostics] == ["a.yaml:1:1", "b.yaml:1:1", "b.yaml:2:1"]


def test_sources_show_any_file_that_is_named(read: Read) -> None:
    project = read({"a.yaml": NEWS, "mail.html": "<p>"})
    assert dict(project.sources) == {"a.yaml": NEWS}
    assert project.sources["mail.html"] == "<p>"
    assert project.sources.get("gone.yaml") is None


def test_the_collector_is_as_it_was(read: Read) -> None:
    assert gc.isenabled()
    read(NEWS)
    assert gc.isenabled()


# ccstate.yaml


def test_without_a_project_file_everything_is_a_default(read: Read) -> None:
    assert read(NEWS).config == Config()


def test_the_project_file_says_all_this(read: Read) -> None:
    project = read({"ccstate.yaml": CONFIG, "seed.json": "{}", "a.yaml": NEWS, "b/b.yaml": "nonsense: 1"})
    assert project.diagnostics == ()
    assert project.config == Config(
        account_id="a07e1l4x1vq3",
        organisation="Riverbend",
        guards=Guards(60, 30, 10, 5, "error"),
        timezone="America/New_York",
        emulator_seed=project.root / "seed.json",
        manifests=("*.yaml",),
    )


def test_a_guard_that_is_left_out_is_a_default(read: Read) -> None:
    project = read({"ccstate.yaml": "guards: {horizon_days: 30}", "a.yaml": NEWS})
    assert project.config.guards == Guards(horizon_days=30)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("acount: {}", "unknown-field"),
        ("account: {ident: x}", "unknown-field"),
        ("guards: {horizon_days: soon}", "wrong-type"),
        ("guards: {mass_change_percent: 101}", "out-of-range"),
        ("guards: {missed: ignore}", "not-allowed"),
        ("defaults: {campaign: {timezone: Berlin}}", "unknown-timezone"),
        ("emulator: {seed: gone.json}", "seed-missing"),
        ("manifests: a.yaml", "wrong-type"),
        ("- account", "wrong-type"),
        ("account: {id: @x}", "yaml-needs-quotes"),
        ("account: [", "yaml-syntax"),
    ],
)
def test_a_mistake_in_the_project_file_is_told(read: Read, text: str, code: str) -> None:
    (told,) = read({"ccstate.yaml": text, "a.yaml": NEWS}).diagnostics
    assert told.code == code
    assert told.range is not None
    assert told.range.filename == "ccstate.yaml"


def test_an_unknown_setting_names_the_nearest(read: Read) -> None:
    (told,) = read({"ccstate.yaml": "guards: {horizon_day: 3}", "a.yaml": NEWS}).diagnostics
    assert told.hint == "did you mean `horizon_days`?"


def test_an_empty_project_file_is_fine(codes: Codes) -> None:
    assert codes({"ccstate.yaml": "# all defaults\n", "a.yaml": NEWS}) == []


@pytest.mark.parametrize("name", ["quickstart", "nonprofit"])
def test_the_examples_are_without_mistakes(kinds: Kinds, name: str) -> None:
    project = load(Path(__file__).parents[2] / "examples" / name, kinds)
    assert project.diagnostics == ()
    assert project.desired

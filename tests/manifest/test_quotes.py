"""What marketers type and YAML mangles: one file per row, and the line that they are told to copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccstate.core.kind import Kinds
from ccstate.core.values import Value
from ccstate.manifest.project import Project, load

FIXTURES = Path(__file__).parent / "fixtures"

LINES = {
    "nested_list": 'subject: "[[FirstName]]"',
    "tag_then_text": "subject: '[[FIRSTNAME OR \"there\"]], spring is here'",
    "hash": 'subject: "#1 reason to give"',
    "colon": 'subject: "50% off: today only"',
    "star": 'subject: "*hot* deals"',
    "star_word": 'subject: "*hot"',
    "at": 'subject: "@home deals"',
    "percent": 'subject: "%25 off everything"',
    "ampersand": 'subject: "& Co are here"',
    "ampersand_word": 'subject: "&Friends come in"',
    "exclamation": 'subject: "!important news"',
    "backtick": 'subject: "`code` for you"',
    "quoted_part": "subject: '\"Free\" coffee today'",
    "apostrophe": 'subject: "It\'s spring"',
    "brace": 'subject: "{Spring} is here"',
    "preheader_at": 'preheader: "@home deals"',
    "flow": 'vip: {name: "VIP: gold", tag_source: shop}',
    "choice": '- "Apple: red"',
}


def project_of(folder: str, name: str, kinds: Kinds, tmp_path: Path) -> Project:
    text = (FIXTURES / folder / f"{name}.yaml").read_bytes()
    (tmp_path / "manifest.yaml").write_bytes(text)
    return load(tmp_path, kinds)


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_mangled_text_is_told_once_with_the_line_to_copy(name: str, kinds: Kinds, tmp_path: Path) -> None:
    (told,) = project_of("quotes", name, kinds, tmp_path).diagnostics
    assert told.code == "yaml-needs-quotes"
    assert told.hint == LINES[name]


@pytest.mark.parametrize("name", sorted(LINES))
def test_the_line_to_copy_is_right(name: str, kinds: Kinds, tmp_path: Path) -> None:
    (told,) = project_of("quotes", name, kinds, tmp_path).diagnostics
    assert told.range is not None
    manifest = tmp_path / "manifest.yaml"
    lines = manifest.read_text().splitlines()
    mangled = lines[told.range.start.line - 1]
    indent = mangled[: len(mangled) - len(mangled.lstrip())]
    lines[told.range.start.line - 1] = indent + told.hint
    manifest.write_text("\n".join(lines))
    project = load(tmp_path, kinds)
    assert project.diagnostics == ()
    assert len(project.desired) == 1


def test_every_row_has_a_fixture() -> None:
    assert sorted(each.stem for each in (FIXTURES / "quotes").iterdir()) == sorted(LINES)


def test_the_field_is_named(kinds: Kinds, tmp_path: Path) -> None:
    (told,) = project_of("quotes", "preheader_at", kinds, tmp_path).diagnostics
    assert told.summary == "put the preheader in quotes"


def test_all_mangled_lines_of_a_file_are_told_in_one_run(kinds: Kinds, tmp_path: Path) -> None:
    text = "tags:\n  a: {name: @a}\n  b:\n    name: 1: 2\n  c:\n    name: *c*\n  d: {nam: d}\n"
    (tmp_path / "manifest.yaml").write_text(text)
    told = [(each.range.start.line, each.code) for each in load(tmp_path, kinds).diagnostics if each.range]
    quotes = "yaml-needs-quotes"
    assert told == [(2, quotes), (4, quotes), (6, quotes), (7, "missing-field"), (7, "unknown-field")]


AS_TYPED: dict[str, tuple[str, Value]] = {
    "yes": ("subject", "Yes"),
    "year": ("subject", "2019"),
    "clock": ("subject", "22:00"),
    "date": ("subject", "2026-12-01"),
    "colon_without_blank": ("subject", "Today:only"),
    "tag_inside": ("subject", "Hello [[FirstName]], spring is here"),
    "schedule": (
        "schedule",
        {"at": "2026-12-01T14:00:00Z", "local": "2026-12-01T09:00", "timezone": "America/New_York"},
    ),
}


@pytest.mark.parametrize("name", sorted(AS_TYPED))
def test_what_was_typed_is_what_counts(name: str, kinds: Kinds, tmp_path: Path) -> None:
    project = project_of("as_typed", name, kinds, tmp_path)
    field, wanted = AS_TYPED[name]
    assert project.diagnostics == ()
    assert project.desired[0].fields[field] == wanted


def test_a_zip_code_keeps_its_zero(kinds: Kinds, tmp_path: Path) -> None:
    project = project_of("as_typed", "postal_code", kinds, tmp_path)
    assert project.desired[0].fields["footer"]["postal_code"] == "02451"


def test_norway_is_a_country(kinds: Kinds, tmp_path: Path) -> None:
    project = project_of("as_typed", "norway", kinds, tmp_path)
    assert project.desired[0].fields["footer"]["country_code"] == "NO"


def test_a_text_cut_off_at_a_hash_is_a_warning(kinds: Kinds, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("tags:\n  one:\n    name: We are #1\n")
    (told,) = load(tmp_path, kinds).diagnostics
    assert (told.code, told.severity) == ("yaml-cut-off", "warning")
    assert 'name: "We are #1"' in told.hint


def test_an_ordinary_comment_is_none_of_our_business(kinds: Kinds, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("tags: # all tags\n  one:\n    name: One # the first\n")
    assert load(tmp_path, kinds).diagnostics == ()

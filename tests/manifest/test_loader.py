"""The loader: nodes with places from text, and a diagnostic for whatever is no YAML."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from ccstate.core.diagnostics import Diagnostic, Position
from ccstate.manifest import loader
from ccstate.manifest.loader import Loaded, load
from ccstate.manifest.nodes import Map, Scalar, Source, place, untyped


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers must say the same."""
    if request.param == "pure":
        monkeypatch.setattr(loader, "Parser", yaml.SafeLoader)


def read(text: str) -> Loaded:
    return load(Source("m.yaml", text))


def told(text: str) -> list[tuple[str, int, int]]:
    found = read(text).diagnostics
    return [(each.code, each.range.start.line, each.range.start.column) for each in found if each.range]


@pytest.mark.parametrize(
    "text", ["NO", "02451", "22:00", "2026-12-01", "Yes", "2019", "1e3", "0x10", "1_000"]
)
def test_a_scalar_keeps_its_source_text(text: str) -> None:
    assert read(f"a: {text}").root is not None
    assert untyped(member(read(f"a: {text}"), "a")) == text


def member(loaded: Loaded, key: str) -> Map | Scalar:
    assert isinstance(loaded.root, Map)
    found = loaded.root.members[key]
    assert isinstance(found, Map | Scalar)
    return found


@pytest.mark.parametrize("text", ["", "null", "~"])
def test_a_plain_nothing_is_null(text: str) -> None:
    assert untyped(member(read(f"a: {text}"), "a")) is None


def test_a_quoted_nothing_is_a_text() -> None:
    assert untyped(member(read('a: "null"'), "a")) == "null"


def test_places_are_counted_in_characters_from_one() -> None:
    node = member(read("é: {}\n😀: [x]\nb: wörd\n"), "b")
    assert place("m.yaml", node).start == Position(3, 4)
    assert place("m.yaml", node).end == Position(3, 8)


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: b\n")
    source = loader.read(path, "m.yaml")
    assert isinstance(source, Source)
    assert place("m.yaml", member(load(source), "a")).start == Position(1, 4)


def test_an_empty_file_has_no_root() -> None:
    assert read("# nothing\n") == Loaded(Source("m.yaml", "# nothing\n"), None, (), whole=True)


def test_a_duplicate_key_names_both_places() -> None:
    (diagnostic,) = read("a: 1\nb: 2\na: 3\n").diagnostics
    assert diagnostic.code == "yaml-duplicate-key"
    assert str(diagnostic.range) == "m.yaml:3:1"
    assert "line 1, column 1" in diagnostic.detail


def test_the_first_of_two_keys_counts() -> None:
    assert untyped(member(read("a: 1\na: 3\n"), "a")) == "1"


def test_a_merge_adds_what_is_not_there() -> None:
    loaded = read("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n")
    assert untyped(member(loaded, "y")) == {"b": "3", "a": "1"}
    assert loaded.diagnostics == ()


def test_of_several_merged_mappings_the_first_wins() -> None:
    loaded = read("x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}\n")
    assert untyped(member(loaded, "z")) == {"a": "1", "b": "2"}


def test_a_merge_of_a_text_is_refused() -> None:
    assert told("a: {<<: x}") == [("yaml-merge", 1, 9)]


def test_an_alias_is_what_its_anchor_is() -> None:
    assert untyped(member(read("a: &a {b: c}\nd: *a\n"), "d")) == {"b": "c"}


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert told("a: &a [*a]") == [("yaml-recursive-alias", 1, 8)]


def test_an_alias_of_nothing_is_refused() -> None:
    assert told("a: {b: [*c]}") == [("yaml-unknown-alias", 1, 9)]


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_an_alias_bomb_is_refused_quickly() -> None:
    begin = time.perf_counter()
    assert [code for code, _, _ in told(bomb(30))] == ["yaml-alias-bomb"]
    assert time.perf_counter() - begin < 5


def test_a_chain_of_merges_cannot_multiply_either() -> None:
    lines = ["a0: &a0 {k0: x}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: x}}" for n in range(1, 60)]
    assert [code for code, _, _ in told("\n".join(lines))] in (["yaml-alias-bomb"], ["yaml-too-deep"])


def test_aliases_cannot_nest_too_deep() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 300))]
    assert [code for code, _, _ in told("\n".join(lines))] == ["yaml-too-deep"]


def test_defaults_for_ten_thousand_resources_are_no_bomb() -> None:
    text = "x: &x {a: 1, b: 2, c: {d: 3}}\n" + "".join(f"k{n}: {{<<: *x}}\n" for n in range(2_000))
    assert read(text).diagnostics == ()


@pytest.mark.parametrize("text", ["[" * 2_000, "{a: " * 2_000, "- " * 2_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert [code for code, _, _ in told(text)] == ["yaml-too-deep"]


def test_a_tag_is_refused() -> None:
    assert told("a: [!foo b]") == [("yaml-tag", 1, 5)]


def test_a_tag_of_yaml_is_refused_too() -> None:
    assert [code for code, _, _ in told("a:\n  !!python/object:os.system\n  x: y\n")] == ["yaml-tag"]


def test_a_second_document_is_refused() -> None:
    assert told("a: b\n---\nc: d\n") == [("yaml-several-documents", 2, 1)]


def test_a_tab_cannot_indent() -> None:
    (diagnostic,) = read("a:\n\tb: c\n").diagnostics
    assert diagnostic.summary == "a tab cannot indent"


def test_a_key_must_be_a_text() -> None:
    assert told("? [a]\n: b\n") == [("yaml-key", 1, 3)]


def test_a_bracket_that_is_never_closed_is_shown_where_it_opens() -> None:
    assert told("a: b\nc: [d,\n  e\nf: g\n") == [("yaml-syntax", 2, 4)]


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x1b", "\ufffe"])
def test_a_control_character_is_shown_where_it_stands(character: str) -> None:
    assert told(f"a: b\nc: d{character}\n") == [("yaml-control-character", 2, 5)]


def test_a_file_that_cannot_be_parsed_is_not_whole() -> None:
    assert not read("a: b\n c: d\n").whole


def test_windows_line_ends_do_not_shift_places() -> None:
    assert told("a: b\r\nc: @d\r\n") == [("yaml-needs-quotes", 2, 4)]


# Reading files


def refused(path: Path) -> Diagnostic:
    found = loader.read(path, path.name)
    assert isinstance(found, Diagnostic)
    return found


def test_bytes_that_are_no_utf8_are_shown_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes("a: ä\nb: é".encode() + b"\xe9\n")
    diagnostic = refused(path)
    assert (diagnostic.code, str(diagnostic.range)) == ("not-utf8", "m.yaml:2:5")


def test_a_folder_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    assert refused(tmp_path / "x.yaml").code == "unreadable-file"


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").symlink_to(tmp_path / "nothing.yaml")
    assert "leads nowhere" in refused(tmp_path / "x.yaml").summary


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ccstate.manifest.loader.open", deny, raising=False)
    assert "Permission denied" in refused(tmp_path / "x.yaml").summary

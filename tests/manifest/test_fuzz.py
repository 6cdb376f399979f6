"""Whatever is in the files: a project comes back, and never a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstate.core.diagnostics import in_order
from ccstate.kinds import discover
from ccstate.manifest import loader
from ccstate.manifest.loader import load as load_text
from ccstate.manifest.nodes import Source
from ccstate.manifest.project import Project, load

MANIFEST = """\
x-from: &jo {name: Jo, email: jo@example.com}
lists:
  news: {name: News, favorite: true, lifecycle: {protect: true, on_remove: refuse}}
tags:
  vip: {name: VIP, tag_source: shop}
custom_fields:
  fruit:
    label: Fruit
    type: single_select
    choices: [Apple, {label: Pears, was: Pear}]
segments:
  sleepy:
    name: Sleepy
    criteria:
      type: and
      group:
        - {source: tags, field: tag_id, op: eq, value: "${tag.vip}"}
        - {source: contact, field: "custom_field_id:${custom_field.fruit}", op: eq, value: '${list:"VIP"}'}
campaigns:
  may:
    name: May
    from: *jo
    subject: "[[FirstName OR \\"Friend\\"]], hello"
    html: |
      <p>Hello</p>
    footer: {organization_name: O, address_line1: A, state_code: MA, postal_code: 02451, country_code: US}
    audience: {lists: [news, {name: Old}]}
    schedule: {at: 2035-05-01T09:00, timezone: America/New_York, fold: 0}
"""

CONFIG = """\
account: {id: a, organisation: O}
guards: {lead_time_minutes: 60, missed: error}
defaults: {campaign: {timezone: UTC}}
manifests: ["**/*.yaml"]
"""

CHARACTERS = "{}[]:,#&*!|>'\"%@`-?\n\t \\~<=.\0\x85\u2028\ufeff😀"
WORDS = (
    ": ",
    "- ",
    " #",
    "<<: ",
    "*jo",
    "&a ",
    "*a",
    "!!str ",
    "---\n",
    "...\n",
    "[[",
    "null",
    "''",
    "\r\n",
    "\r",
)
REFERENCES = ("${", "$${", "${var.x}", "${list.news}", '${tag:"x"}')
VALUES = (
    "2035-03-11T02:30",
    "9999-12-31T23:59",
    "0001-01-01",
    "x" * 300,
    "[" * 120,
    "0x",
    "1e99",
    "true",
    "-5",
)
PIECES = st.sampled_from([*CHARACTERS, *WORDS, *REFERENCES, *VALUES])


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """A text with pieces put in, taken out and repeated."""
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(text)))
        end = draw(st.integers(begin, min(len(text), begin + 30)))
        piece = draw(st.one_of(PIECES, st.just(""), st.just(text[begin:end] * 2), st.text(max_size=4)))
        text = text[:begin] + piece + text[end:]
    return text


def loaded(manifest: bytes, config: bytes = b"") -> Project:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "m.yaml").write_bytes(manifest)
        (Path(folder) / "ccstate.yaml").write_bytes(config)
        project = load(Path(folder), discover())
        for each in project.desired:
            assert each.place("name").start.line >= 1
            assert all(place.start.line >= 1 for place in each.places.values())
        return project


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def test_the_unchanged_manifest_is_fine() -> None:
    assert loaded(MANIFEST.encode(), CONFIG.encode()).diagnostics == ()


@settings(max_examples=200, deadline=None)
@given(text=mutated(MANIFEST))
def test_a_mutated_manifest_is_no_traceback(text: str) -> None:
    project = loaded(encode(text))
    assert project.desired or project.diagnostics or not text.strip()
    assert project.diagnostics == in_order(project.diagnostics)


@settings(max_examples=80, deadline=None)
@given(text=mutated(CONFIG))
def test_a_mutated_project_file_is_no_traceback(text: str) -> None:
    loaded(MANIFEST.encode(), encode(text))


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_no_traceback(data: bytes) -> None:
    loaded(data, data)


@settings(max_examples=80, deadline=None)
@given(text=st.lists(PIECES, max_size=30).map("".join))
def test_any_pieces_of_yaml_are_no_traceback(text: str) -> None:
    loaded(encode(text))


@settings(max_examples=60, deadline=None)
@given(text=mutated(MANIFEST))
def test_the_pure_parser_is_no_traceback_either(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "Parser", yaml.SafeLoader)
        load_text(Source("m.yaml", text))

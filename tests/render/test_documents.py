"""JSON documents: described by their schemas, one item a line, writable in every encoding."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.diagnostics import Diagnostic, error, warning
from ccstate.core.document import plan_to_json
from ccstate.core.plan import Action
from ccstate.render.documents import diagnostics_document, json_line, json_text
from tests.render.plans import change, diagnostics, plan_of, validator


@given(st.lists(diagnostics, max_size=3))
def test_the_document_of_diagnostics_fits_its_schema(found: list[Diagnostic]) -> None:
    validator("diagnostics").validate(json.loads(json_text(diagnostics_document(found))))


def test_errors_and_warnings_are_counted_apart() -> None:
    document = diagnostics_document([error("a", "x"), warning("b", "y"), warning("b", "z")])
    assert document["summary"] == {"errors": 1, "warnings": 2}


def test_each_change_stands_on_its_own_line() -> None:
    plan = plan_of(change("list.a", Action.CREATE), change("list.b", Action.CREATE))
    lines = json_text(plan_to_json(plan)).splitlines()
    assert sum(line.startswith('{"address": "list.') for line in lines) == 2


def test_the_text_is_the_document() -> None:
    document = {"a": [1, {"b": "é"}], "c": [], "d": {"e": None}}
    assert json.loads(json_text(document)) == document
    assert "é" in json_text(document)


def test_half_a_character_is_escaped() -> None:
    assert json.loads(json_line({"a": "\ud800"}).encode()) == {"a": "\ud800"}


def test_an_event_is_one_line() -> None:
    assert json_line({"type": "note", "text": "one\ntwo"}).count("\n") == 1

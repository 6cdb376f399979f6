"""What is kept: every answer has its documented shape, and nothing is in a cassette that must not be."""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from ccstate.core.wire import next_href
from tests.cassettes import (
    test_account,
    test_campaigns,
    test_custom_fields,
    test_errors,
    test_lists,
    test_segments,
    test_tags,
)
from tests.cassettes.files import CASSETTES, Exchange, exchanges, names, text_of
from tests.cassettes.scrub import KEPT_OF_ANSWERS, KEPT_OF_REQUESTS
from tests.cassettes.shapes import CALLS, call_of, complaints

SECTIONS: Final = (
    test_account,
    test_campaigns,
    test_custom_fields,
    test_errors,
    test_lists,
    test_segments,
    test_tags,
)
FORBIDDEN: Final = {
    "credentials": r"authorization|bearer|token|api[-_]?key|secret|password",
    "cookies": r"cookie",
    "the client's name": r"user-agent|ccstate/|python-httpx",
    "a loopback address": r"127\.0\.0\.\d|localhost|\[::1\]|0\.0\.0\.0",
    "a plain address": r"http://(?!www\.example\.)",
    "somebody's e-mail address": r"[\w.+-]+@(?!example\.(?:com|org|net)\b)[\w-]+\.\w+",
}


def recorded_calls() -> list[Exchange]:
    return [each for name in names() for each in exchanges(name)]


def marked() -> Iterator[str]:
    """The cassettes that tests ask for, rows of tables included."""
    for module in SECTIONS:
        section = module.__name__.rpartition("test_")[2]
        scopes = [module, *(each for _, each in inspect.getmembers(module, inspect.isclass))]
        for scope in scopes:
            for name, test in inspect.getmembers(scope, inspect.isfunction):
                if name.startswith("test_"):
                    yield from (
                        f"{section}/{each}" for each in _cassettes_of(getattr(test, "pytestmark", ()))
                    )


def _cassettes_of(marks: Any) -> Iterator[str]:
    for mark in marks:
        if mark.name == "default_cassette":
            yield mark.args[0]
        if mark.name == "parametrize":
            for row in mark.args[1]:
                yield from _cassettes_of(row.marks)


def test_every_cassette_has_one_test_and_every_test_its_cassette() -> None:
    assert sorted(marked()) == names()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_is_kept_that_must_not_be(what: str) -> None:
    found = {name: re.findall(FORBIDDEN[what], text_of(name), re.IGNORECASE) for name in names()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_the_token_that_was_recorded_with_is_not_kept() -> None:
    token = os.environ.get("CCSTATE_CASSETTES_TOKEN") or "emulator-token"
    assert [name for name in names() if token in text_of(name)] == []


def test_every_call_went_to_the_service_by_its_name() -> None:
    urls = [each.url for each in recorded_calls()]
    assert [url for url in urls if not url.startswith("https://api.cc.email/v3/")] == []


def test_only_headers_that_say_what_a_body_is_are_kept() -> None:
    assert {name for each in recorded_calls() for name in each.request_headers} <= set(KEPT_OF_REQUESTS)
    assert {name for each in recorded_calls() for name in each.answer_headers} <= set(KEPT_OF_ANSWERS)


@pytest.mark.parametrize("name", names())
def test_every_answer_has_its_documented_shape(name: str) -> None:
    assert [found for each in exchanges(name) for found in complaints(each)] == []


def test_a_link_to_another_page_is_a_path_from_the_origin() -> None:
    links = [link for each in recorded_calls() if (link := next_href(each.answer))]
    assert links
    assert all(link.startswith("/v3/") for link in links)


def test_the_criteria_of_every_segment_are_a_document_in_a_text() -> None:
    found = [
        json.loads(each.answer["segment_criteria"])
        for each in recorded_calls()
        if isinstance(each.answer, dict) and "segment_criteria" in each.answer
    ]
    assert found
    assert all({"version", "criteria"} <= set(document) for document in found)


def test_every_call_that_has_a_shape_is_recorded() -> None:
    recorded = {call_of(each) for each in recorded_calls() if each.status < 400}
    assert sorted(set(CALLS) - recorded) == []


def test_the_statuses_that_a_client_tells_apart_are_recorded() -> None:
    statuses = {each.status for each in recorded_calls()}
    assert statuses >= {200, 201, 202, 204, 400, 401, 404, 409}


def test_how_they_were_made_is_said_next_to_them() -> None:
    assert (CASSETTES / "README.md").is_file()

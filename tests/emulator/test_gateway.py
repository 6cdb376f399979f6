"""What happens to every call before a collection sees it: token, method, media type, limits."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ccstate.emulator.app import OPERATIONS
from ccstate.emulator.collections import operations
from ccstate.emulator.coverage import NOT, table
from ccstate.emulator.wire import PREFIX
from tests.emulator.client import Emulated

LISTS = "/v3/contact_lists"
UNAUTHORIZED = {"error_key": "unauthorized", "error_message": "Unauthorized"}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic emulator-token", "Bearer emulator-tokens"]
)
def test_only_the_one_token_is_valid(emulator: Emulated, header: str) -> None:
    answer = emulator.call("GET", LISTS, headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_a_missing_token_is_401(emulator: Emulated) -> None:
    emulator.headers = {}
    assert emulator.call("GET", LISTS).json() == UNAUTHORIZED


def test_the_token_can_be_chosen(make: Callable[..., Emulated]) -> None:
    emulator = make(token="another")
    assert emulator.call("GET", LISTS).status_code == 401
    assert emulator.call("GET", LISTS, headers={"Authorization": "bearer another"}).status_code == 200


def test_every_answer_has_the_date_of_the_emulators_clock(emulator: Emulated) -> None:
    paths = (LISTS, "/v3/nothing", "/nothing", "/_control/clock", "/v3/contact_lists?limit=0")
    dates = {emulator.call("GET", path).headers["date"] for path in paths}
    assert dates == {"Mon, 04 May 2026 09:15:22 GMT"}


@pytest.mark.parametrize("path", ["/v3/nothing", "/v3/contact_lists/", "/v3", "/v4/contact_lists", "/"])
def test_an_unknown_path_is_404(emulator: Emulated, path: str) -> None:
    answer = emulator.call("GET", path)
    assert (answer.status_code, answer.json()["error_key"]) == (404, "not_found")


def test_a_method_that_the_contract_lacks_is_405(emulator: Emulated) -> None:
    answer = emulator.call("PATCH", LISTS)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_operations_that_are_not_emulated_say_so(emulator: Emulated) -> None:
    for known in table(operations()):
        if known.status == NOT:
            answer = emulator.call(known.method, f"/v3{known.path}")
            assert answer.status_code == 404, known
            assert "not emulated" in answer.json()["error_message"]


def test_the_coverage_agrees_with_the_routes() -> None:
    covered = {(known.method, known.path) for known in table(operations()) if known.status != NOT}
    assert covered == {(found.method, found.path) for found in OPERATIONS if found.base == PREFIX}


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_media_type_is_415(emulator: Emulated, media_type: str) -> None:
    answer = emulator.call("POST", LISTS, b'{"name": "x"}', headers={"Content-Type": media_type})
    assert answer.status_code == 415


def test_a_charset_does_no_harm(emulator: Emulated) -> None:
    header = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert emulator.call("POST", LISTS, b'{"name": "x"}', headers=header).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": "x",}',
        b"[]",
        b"null",
        b'"x"',
        b'{"name": NaN}',
        b"\xff\xfe",
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
    ],
)
def test_a_body_that_is_no_json_object_is_400(emulator: Emulated, body: bytes) -> None:
    answer = emulator.call("POST", LISTS, body)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.malformed_json")


def test_a_body_over_ten_megabytes_is_413(emulator: Emulated) -> None:
    answer = emulator.call("POST", LISTS, b'{"name": "' + b"x" * 10_000_000 + b'"}')
    assert (answer.status_code, answer.json()["error_key"]) == (413, "payload_too_large")


def test_the_fifth_call_within_a_second_is_throttled(make: Callable[..., Emulated]) -> None:
    emulator = make(rate=4)
    answers = emulator.together([("GET", LISTS, None)] * 6)
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [429] * 2
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json() == {"error_key": "throttled", "error_message": "Too Many Requests"}
    assert "date" in refused.headers
    time.sleep(1.01)
    assert emulator.call("GET", LISTS).status_code == 200


def test_control_calls_are_not_metered(make: Callable[..., Emulated]) -> None:
    emulator = make(rate=1)
    for _ in range(3):
        emulator.control("clock")
    assert emulator.call("GET", LISTS).status_code == 200


def test_the_quota_lasts_until_midnight_utc(make: Callable[..., Emulated]) -> None:
    emulator = make(quota=3, clock="2026-05-04T23:59:00Z")
    answers = [emulator.call("GET", LISTS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json() == {"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}
    emulator.advance("PT1M")
    assert emulator.call("GET", LISTS).status_code == 200


def test_latency_is_added_to_every_answer(make: Callable[..., Emulated]) -> None:
    emulator = make(latency=0.05)
    started = time.perf_counter()
    emulator.call("GET", LISTS)
    assert time.perf_counter() - started >= 0.05


def test_ids_are_repeatable_under_a_seed_and_differ_without(make: Callable[..., Emulated]) -> None:
    ids = {(make(random_seed=seed).list(), make(random_seed=seed).campaign()[0]) for seed in (1, 1, 2)}
    assert len(ids) == 2
    assert make(random_seed=None).list() != make(random_seed=None).list()


def test_ids_look_like_the_services(emulator: Emulated) -> None:
    assert emulator.list().split("-")[2].startswith("1")
    assert emulator.campaign()[0].split("-")[2].startswith("4")

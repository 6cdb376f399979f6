"""Signing in without a browser at hand: device codes, and the page where a person approves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.client import Emulated, emulated
from tests.emulator.signing_in import (
    ACTIVATE,
    DEVICE,
    DEVICE_GRANT,
    FORM,
    TOKEN,
    post,
    refresh,
    refused,
    status,
)

SHARED = emulated()


def begin(emulator: Emulated, **changes: Any) -> dict[str, Any]:
    form = {"client_id": "app", "scope": "contact_data offline_access", "response_type": "code"} | changes
    answer = post(emulator, DEVICE, form)
    assert answer.status_code == 200, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def poll(emulator: Emulated, begun: dict[str, Any], **changes: Any) -> httpx.Response:
    form = {"grant_type": DEVICE_GRANT, "device_code": begun["device_code"], "client_id": "app"} | changes
    return post(emulator, TOKEN, form)


def decide(emulator: Emulated, begun: dict[str, Any], action: str = "approve", **more: Any) -> httpx.Response:
    return post(emulator, ACTIVATE, {"user_code": begun["user_code"], "action": action} | more)


def test_a_device_code_says_where_to_go_and_how_long_it_lives(emulator: Emulated) -> None:
    begun = begin(emulator)
    assert set(begun) == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
    }  # fmt: skip
    assert (begun["expires_in"], begun["interval"]) == (600, 5)
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", begun["user_code"])
    assert begun["verification_uri"] == "http://emulator.test/activate"
    assert begun["verification_uri_complete"] == f"{begun['verification_uri']}?user_code={begun['user_code']}"


def test_the_parameters_may_stand_in_the_query(emulator: Emulated) -> None:
    answer = emulator.call("POST", f"{DEVICE}?client_id=app&scope=contact_data&response_type=code")
    assert answer.status_code == 200


def test_who_approves_lets_the_device_in(emulator: Emulated) -> None:
    begun = begin(emulator)
    assert refused(poll(emulator, begun)) == (400, "authorization_pending")
    page = emulator.call("GET", begun["verification_uri_complete"])
    assert (page.status_code, begun["user_code"] in page.text) == (200, True)
    assert decide(emulator, begun).status_code == 200
    made = poll(emulator, begun).json()
    assert set(made) == {"token_type", "expires_in", "access_token", "scope", "refresh_token"}
    assert status(emulator, made["access_token"]) == 200
    assert refresh(emulator, made["refresh_token"]).status_code == 200


def test_a_device_code_works_once(emulator: Emulated) -> None:
    begun = begin(emulator)
    decide(emulator, begun)
    made = poll(emulator, begun).json()
    assert refused(poll(emulator, begun)) == (400, "invalid_grant")
    assert status(emulator, made["access_token"]) == 200


def test_who_denies_is_told_so(emulator: Emulated) -> None:
    begun = begin(emulator)
    assert decide(emulator, begun, "deny").status_code == 200
    for _ in range(2):
        assert refused(poll(emulator, begun)) == (400, "access_denied")


def test_a_device_code_expires_after_ten_minutes(emulator: Emulated) -> None:
    begun, approved = begin(emulator), begin(emulator)
    decide(emulator, approved)
    emulator.advance("PT9M59S")
    assert refused(poll(emulator, begun)) == (400, "authorization_pending")
    emulator.advance("PT1S")
    for found in (begun, approved):
        assert refused(poll(emulator, found)) == (400, "expired_token")
    assert decide(emulator, begun).status_code == 400


def test_who_polls_too_fast_must_slow_down_by_five_seconds_each_time(emulator: Emulated) -> None:
    begun = begin(emulator)
    said = []
    for wait in (0, 0, 9, 14, 20, 20):
        emulator.advance(f"PT{wait}S")
        said.append(refused(poll(emulator, begun))[1])
    # 5 at first; then 10, 15, 20 after each that came too early, and 20 are enough from then on.
    assert said == [
        "authorization_pending", "slow_down", "slow_down", "slow_down", "authorization_pending",
        "authorization_pending",
    ]  # fmt: skip


def test_who_polls_at_the_interval_need_not_slow_down(emulator: Emulated) -> None:
    begun = begin(emulator)
    for _ in range(4):
        assert refused(poll(emulator, begun)) == (400, "authorization_pending")
        emulator.advance("PT5S")


def test_a_poll_counts_the_machines_seconds_where_the_clock_stands_still(
    emulator: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begin(emulator)
    times = iter((0, 5, 9))
    monkeypatch.setattr("ccstate.emulator.oauth.device._machine_now", lambda: next(times) * 1_000_000)
    said = [refused(poll(emulator, begun))[1] for _ in range(3)]
    assert said == ["authorization_pending", "authorization_pending", "slow_down"]


def test_an_approved_device_is_let_in_however_fast_it_polls(emulator: Emulated) -> None:
    begun = begin(emulator)
    poll(emulator, begun)
    poll(emulator, begun)
    decide(emulator, begun)
    assert poll(emulator, begun).status_code == 200


def test_polls_are_not_counted_by_the_token_endpoint(make: Callable[..., Emulated]) -> None:
    emulator = make(rate=4)
    begun = begin(emulator)
    said = [refused(poll(emulator, begun))[1] for _ in range(6)]
    assert said == ["authorization_pending"] + ["slow_down"] * 5


@pytest.mark.parametrize("user", ["manager", "creator", "creator@example.com"])
def test_who_signs_in_is_chosen_on_the_page(emulator: Emulated, user: str) -> None:
    begun = begin(emulator)
    decide(emulator, begun, user=user)
    made = poll(emulator, begun).json()
    creator = user.startswith("creator")
    assert status(emulator, made["access_token"], "/v3/contact_tags") == (403 if creator else 200)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"device_code": "wrong"}, (400, "invalid_grant")),
        ({"device_code": ""}, (400, "invalid_request")),
        ({"client_id": "another"}, (400, "invalid_grant")),
        ({"client_id": ""}, (401, "invalid_client")),
    ],
)
def test_a_poll_that_is_not_right_is_refused(
    emulator: Emulated, changes: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refused(poll(emulator, begin(emulator), **changes)) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"scope": "contact_data"}, (400, "invalid_request")),
        ({"client_id": "app"}, (400, "invalid_scope")),
        ({"client_id": "app", "scope": "everything"}, (400, "invalid_scope")),
        ({"client_id": "a b", "scope": "contact_data"}, (401, "invalid_client")),
        ({"client_id": "x" * 1_000_000, "scope": "contact_data"}, (400, "invalid_request")),
        ({"client_id": "web", "scope": "contact_data"}, (400, "unauthorized_client")),
        ({"client_id": "gone", "scope": "contact_data"}, (401, "invalid_client")),
    ],
)
def test_a_device_that_may_not_ask_is_refused(
    emulator: Emulated, form: dict[str, str], expected: tuple[int, str]
) -> None:
    emulator.control("applications", {"client_id": "web", "secret": "s"})
    emulator.control("applications", {"client_id": "gone", "active": False})
    assert refused(post(emulator, DEVICE, form)) == expected


def test_a_body_that_is_no_form_is_415(emulator: Emulated) -> None:
    assert refused(emulator.post(DEVICE, {"client_id": "app"})) == (415, "invalid_request")


# The page


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_may_be_typed_as_people_do(emulator: Emulated, change: Callable[[str], str]) -> None:
    begun = begin(emulator)
    answer = post(emulator, ACTIVATE, {"user_code": change(begun["user_code"]), "action": "approve"})
    assert answer.status_code == 200
    assert poll(emulator, begun).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "approve"},
        {"user_code": "BBBB-BBBB", "action": "approve"},
        {"user_code": "<script>alert(1)</script>", "action": "approve"},
        {"user_code": "\x00", "action": "approve"},
    ],
)
def test_a_code_that_nobody_waits_for_is_refused(emulator: Emulated, form: dict[str, str]) -> None:
    begin(emulator)
    answer = post(emulator, ACTIVATE, form)
    assert (answer.status_code, "<script>" in answer.text) == (400, False)


@pytest.mark.parametrize("more", [{"action": "perhaps"}, {"action": ""}, {"user": "guest"}])
def test_a_decision_that_is_none_decides_nothing(emulator: Emulated, more: dict[str, str]) -> None:
    begun = begin(emulator)
    answer = post(emulator, ACTIVATE, {"user_code": begun["user_code"], "action": "approve"} | more)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    assert refused(poll(emulator, begun)) == (400, "authorization_pending")


@pytest.mark.parametrize("form", [{"decision": "allow"}, {"approve": "1"}, {"Approve": "Approve"}])
def test_a_script_may_press_the_button_by_another_name(emulator: Emulated, form: dict[str, str]) -> None:
    begun = begin(emulator)
    assert post(emulator, ACTIVATE, {"user_code": begun["user_code"]} | form).status_code == 200
    assert poll(emulator, begun).status_code == 200


def test_a_decision_is_final(emulator: Emulated) -> None:
    begun = begin(emulator)
    decide(emulator, begun, "deny")
    assert decide(emulator, begun, "approve").status_code == 400
    assert refused(poll(emulator, begun)) == (400, "access_denied")


def test_looking_at_the_page_approves_nothing(emulator: Emulated) -> None:
    begun = begin(emulator)
    emulator.call("GET", f"{begun['verification_uri_complete']}&action=approve")
    assert refused(poll(emulator, begun)) == (400, "authorization_pending")


@pytest.mark.parametrize("query", ["user_code=%ff", "user_code=a&user_code=b", "user_code=" + "x" * 64_500])
def test_an_address_that_cannot_be_read_gets_a_page(emulator: Emulated, query: str) -> None:
    answer = emulator.call("GET", f"{ACTIVATE}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")


def test_a_device_code_survives_a_dump(make: Callable[..., Emulated]) -> None:
    first, second = make(random_seed=None), make(random_seed=None)
    begun = begin(first)
    poll(first, begun)
    dump = first.control("dump")
    second.control("load", dump)
    assert second.control("dump") == dump
    decide(second, begun)
    assert poll(second, begun).status_code == 200


@given(st.binary(max_size=60))
def test_any_bytes_get_a_page(body: bytes) -> None:
    answer = SHARED.call("POST", ACTIVATE, body, headers={"Content-Type": FORM})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@given(st.text(max_size=40))
def test_any_code_in_the_address_gets_a_page(user_code: str) -> None:
    from urllib.parse import quote

    answer = SHARED.call("GET", f"{ACTIVATE}?user_code={quote(user_code, errors='surrogatepass')}")
    assert answer.status_code in (200, 400)

"""A technology partner's token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.emulator.client import Emulated
from tests.emulator.signing_in import FORM, PARTNER_TOKEN, basic, refused, status

ASKED = "grant_type=client_credentials&scope=v3api%2Fgeneral.partner"


def ask(
    emulator: Emulated, query: str = ASKED, headers: dict[str, str] | None = None, body: bytes = b""
) -> Any:
    sent = basic("partner", "secret") | {"Content-Type": FORM} if headers is None else headers
    path = f"{PARTNER_TOKEN}?{query}" if query else PARTNER_TOKEN
    return emulator.call("POST", path, body, headers={"Authorization": "", "Content-Type": ""} | sent)


def test_a_partner_gets_an_hour_and_nothing_to_refresh(emulator: Emulated) -> None:
    answer = ask(emulator)
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert set(made) == {"token_type", "expires_in", "access_token", "scope"}
    assert (made["expires_in"], made["scope"], made["token_type"]) == (
        3_600,
        "v3api/general.partner",
        "Bearer",
    )
    claims = jwt.decode(made["access_token"], options={"verify_signature": False})
    assert (claims["cid"], claims["sub"], "uid" in claims) == ("partner", "partner", False)
    assert status(emulator, made["access_token"]) == 403
    emulator.advance("PT1H")
    assert status(emulator, made["access_token"]) == 401


def test_the_parameters_may_stand_in_the_body(emulator: Emulated) -> None:
    assert ask(emulator, "", body=ASKED.encode()).status_code == 200


def test_the_scope_may_be_left_out(emulator: Emulated) -> None:
    assert ask(emulator, "grant_type=client_credentials").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": FORM},
        basic("partner", "secret"),
        {"Authorization": "Bearer x", "Content-Type": FORM},
    ],
)
def test_missing_headers_are_415(emulator: Emulated, headers: dict[str, str]) -> None:
    answer = ask(emulator, headers=headers)
    assert (answer.status_code, answer.json()["error_key"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "invalid_request"),
        ("scope=v3api/general.partner", "invalid_request"),
        ("grant_type=authorization_code", "invalid_grant"),
        ("grant_type=client_credentials&scope=contact_data", "invalid_scope"),
        (f"{ASKED}&scope=x", "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
    ],
)
def test_a_request_that_is_not_right_is_400(emulator: Emulated, query: str, error: str) -> None:
    assert refused(ask(emulator, query)) == (400, error)


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("known", "wrong"), ("known", ""), ("app", "s"), ("gone", "s"), ("a b", "s"), ("", "s")],
)
def test_a_client_that_is_no_partner_is_400(emulator: Emulated, client_id: str, secret: str) -> None:
    emulator.control("applications", {"client_id": "known", "kind": "partner", "secret": "right"})
    emulator.control("applications", {"client_id": "app", "secret": "s"})
    emulator.control("applications", {"client_id": "gone", "kind": "partner", "secret": "s", "active": False})
    headers = basic(client_id, secret) | {"Content-Type": FORM}
    assert refused(ask(emulator, headers=headers)) == (400, "invalid_client")


def test_a_registered_partner_proves_itself(emulator: Emulated) -> None:
    emulator.control("applications", {"client_id": "known", "kind": "partner", "secret": "right"})
    assert ask(emulator, headers=basic("known", "right") | {"Content-Type": FORM}).status_code == 200


@pytest.mark.parametrize("header", ["Basic !", "Basic d2Vi", "Basic"])
def test_credentials_that_cannot_be_read_are_refused(emulator: Emulated, header: str) -> None:
    answer = ask(emulator, headers={"Authorization": header, "Content-Type": FORM})
    assert answer.status_code == 400


def test_a_partner_may_ask_once_a_second(make: Callable[..., Emulated]) -> None:
    emulator = make(rate=10)
    assert [ask(emulator).status_code for _ in range(2)] == [200, 429]


def test_json_is_415(emulator: Emulated) -> None:
    headers = basic("partner", "secret") | {"Content-Type": "application/json"}
    assert refused(ask(emulator, headers=headers)) == (415, "invalid_request")

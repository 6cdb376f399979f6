"""Which API key a call counts for."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.api.client import Endpoint
from ccstate.api.identity import client_id, key_of


def token(claims: Any, signature: str = "c2ln") -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"aGVhZA.{body}.{signature}"


def key(token: str, url: str = "https://api.cc.email/v3") -> str:
    return key_of(Endpoint(url, token))


def test_two_tokens_of_an_application_count_together() -> None:
    first, second = token({"cid": "app", "jti": 1}), token({"cid": "app", "jti": 2}, "b3RoZXI")
    assert key(first) == key(second) != key(token({"cid": "other"}))


def test_an_opaque_token_stands_for_itself() -> None:
    assert key("one") == key("one") != key("two")


def test_hosts_count_apart() -> None:
    assert key("one") != key("one", "http://127.0.0.1:8025/v3")


def test_nothing_of_the_token_is_in_the_key() -> None:
    assert "secret-app" not in key(token({"cid": "secret-app"}))
    assert len(key("x")) == 16


@pytest.mark.parametrize("claims", [None, [], "text", {}, {"cid": 1}, {"cid": None}, {"cid": ["a"]}])
def test_claims_of_another_shape_name_nobody(claims: Any) -> None:
    assert client_id(token(claims)) == ""


@given(st.text(st.characters(max_codepoint=127)))
def test_any_text_is_a_token_of_somebody(text: str) -> None:
    assert isinstance(client_id(text), str)
    assert isinstance(client_id(f"a.{text}.b"), str)

"""The page where a person consents, and what the request log keeps of signing in."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.signing_in import (
    ACTIVATE,
    AUTHORIZE,
    DEVICE,
    DEVICE_GRANT,
    TOKEN,
    authorize,
    basic,
    code,
    hidden_fields,
    post,
    redeem,
    refresh,
    sent_back,
    status,
)

NASTY = "\"><script>alert(1)</script>&'"


class Outline(HTMLParser):
    """The tags of a page, for what a reader without eyes or a mouse needs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.tags if found == tag]


def test_with_prompt_login_a_person_chooses_and_approves(emulator: Emulated) -> None:
    page = authorize(emulator, prompt="login")
    assert page.status_code == 200
    sent = hidden_fields(page.text) | {"user": "creator", "action": "approve"}
    back = sent_back(post(emulator, AUTHORIZE, sent))
    assert back["state"] == "s1"
    made = redeem(emulator, back["code"]).json()
    assert status(emulator, made["access_token"], "/v3/contact_tags") == 403


def test_who_denies_sends_the_application_away(emulator: Emulated) -> None:
    sent = hidden_fields(authorize(emulator, prompt="login").text) | {"action": "deny"}
    back = sent_back(post(emulator, AUTHORIZE, sent))
    assert (back["error"], back["state"]) == ("access_denied", "s1")


@pytest.mark.parametrize("prompt", ["login", "consent", "select_account"])
def test_the_hinted_user_is_chosen_already(emulator: Emulated, prompt: str) -> None:
    page = authorize(emulator, prompt=prompt, login_hint="manager@example.com").text
    chosen = [found["value"] for found in Outline(page).all("input") if "checked" in found]
    assert chosen == ["manager"]


def test_the_page_names_application_and_wishes(emulator: Emulated) -> None:
    page = authorize(emulator, prompt="login", client_id="my-app").text
    assert "my-app" in page
    assert "contact_data" in page
    assert "stay signed in" in page


def test_a_page_is_accessible(emulator: Emulated) -> None:
    for answer in (authorize(emulator, prompt="login"), emulator.call("GET", ACTIVATE)):
        outline = Outline(answer.text)
        assert outline.all("html") == [{"lang": "en"}]
        assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("legend")) == 1
        labelled = {found.get("for") for found in outline.all("label")}
        texts = [found for found in outline.all("input") if found.get("type") == "text"]
        assert {found["id"] for found in texts} <= labelled
        assert len(outline.all("button")) == 2
        assert not outline.all("script")
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_everything_that_came_from_outside_is_escaped(emulator: Emulated) -> None:
    pages = (
        authorize(emulator, prompt="login", state=NASTY, login_hint=NASTY, nonce=NASTY),
        authorize(emulator, prompt="login", client_id="<b>x</b>"),
        authorize(emulator, redirect_uri=NASTY),
        authorize(emulator, client_id=NASTY),
        post(emulator, ACTIVATE, {"user_code": NASTY, "action": "approve"}),
    )
    for page in pages:
        assert "<script>" not in page.text
        assert "<b>" not in page.text
    assert hidden_fields(pages[0].text)["state"] == NASTY


def test_the_page_of_a_device_says_who_asks_for_what(emulator: Emulated) -> None:
    begun = post(emulator, DEVICE, {"client_id": "tv<i>", "scope": "contact_data"}).json()
    page = emulator.call("GET", begun["verification_uri_complete"]).text
    assert "tv&lt;i&gt;" in page
    assert "read and change contacts" in page
    fields = {found["name"]: found.get("value") for found in Outline(page).all("input")}
    assert fields["user_code"] == begun["user_code"]


# The log


def log(emulator: Emulated) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = emulator.get("/_control/requests?bodies=1")
    return found


def test_the_log_holds_no_secret_of_any_flow(emulator: Emulated) -> None:
    found = code(emulator)
    made = redeem(emulator, found, client_secret="s3cr3t", code_verifier=None).json()
    again = refresh(emulator, made["refresh_token"]).json()
    begun = post(emulator, DEVICE, {"client_id": "app", "scope": "contact_data openid"}).json()
    post(emulator, ACTIVATE, {"user_code": begun["user_code"], "action": "approve"})
    poll = {"grant_type": DEVICE_GRANT, "device_code": begun["device_code"], "client_id": "app"}
    last = post(emulator, TOKEN, poll).json()
    emulator.call("POST", f"{TOKEN}?client_secret=s3cr3t&refresh_token={again['refresh_token']}")
    emulator.call("GET", f"/v3/contact_lists?access_token={last['access_token']}")
    emulator.call("POST", TOKEN, json.dumps(again).encode())
    emulator.call("POST", TOKEN, last["access_token"].encode())
    emulator.call("POST", TOKEN, f"{again['refresh_token']}=".encode())
    text = json.dumps(log(emulator))
    secrets = [
        found, "s3cr3t", begun["device_code"], last["id_token"], made["refresh_token"],
        again["refresh_token"],
        *(each["access_token"] for each in (made, again, last)),
    ]  # fmt: skip
    assert [secret for secret in secrets if secret in text] == []


def test_the_log_still_says_what_happened(emulator: Emulated) -> None:
    redeem(emulator, code(emulator))
    asked, redeemed = log(emulator)
    assert (asked["path"], asked["status"]) == (AUTHORIZE, 302)
    assert "client_id=app" in asked["query"]
    assert (redeemed["path"], redeemed["status"], redeemed["query"]) == (TOKEN, 200, "")
    assert "grant_type=authorization_code" in redeemed["request_body"]
    assert "code=***" in redeemed["request_body"]
    assert redeemed["response_body"] | {"expires_in": 0} == {
        "token_type": "Bearer", "expires_in": 0, "access_token": "***", "refresh_token": "***",
        "scope": "contact_data offline_access",
    }  # fmt: skip


def test_the_query_of_an_ordinary_call_is_logged_as_it_came(emulator: Emulated) -> None:
    emulator.call("GET", "/v3/contact_lists?limit=5&name=%C3%A4%20b")
    assert log(emulator)[0]["query"] == "limit=5&name=%C3%A4%20b"


def test_a_header_never_shows_in_the_log(make: Callable[..., Emulated]) -> None:
    emulator = make(token="very-static")
    emulator.call("GET", "/v3/contact_lists", headers={"Authorization": "Bearer very-static"})
    emulator.call("POST", TOKEN, b"", headers=basic("app", "s3cr3t"))
    text = json.dumps(log(emulator))
    assert "very-static" not in text
    assert basic("app", "s3cr3t")["Authorization"] not in text

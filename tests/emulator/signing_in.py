"""A hand for signing in: forms and redirects, as a browser or an application would send and follow them."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from tests.emulator.client import Emulated

AUTHORIZE = "/oauth2/default/v1/authorize"
TOKEN = "/oauth2/default/v1/token"
DEVICE = "/oauth2/default/v1/device/authorize"
KEYS = "/oauth2/default/v1/keys"
PARTNER_TOKEN = "/partners/oauth2/default/v1/token"
ACTIVATE = "/activate"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
FORM = "application/x-www-form-urlencoded"
BACK = "https://app.example/back"
LISTS = "/v3/contact_lists"
ASKED = {
    "client_id": "app",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "contact_data offline_access",
    "state": "s1",
}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def post(emulator: Emulated, path: str, form: dict[str, Any], **headers: str) -> httpx.Response:
    """A form without any token."""
    found = {"Authorization": "", "Content-Type": FORM} | headers
    return emulator.call("POST", path, urlencode(form).encode(), headers=found)


def authorize(emulator: Emulated, **changes: Any) -> httpx.Response:
    """The authorize endpoint; None leaves a parameter out."""
    asked = {name: value for name, value in (ASKED | changes).items() if value is not None}
    return emulator.call("GET", f"{AUTHORIZE}?{urlencode(asked)}", headers={"Authorization": ""})


def sent_back(answer: httpx.Response) -> dict[str, str]:
    """What the redirect tells the application."""
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["location"])
    return dict(parse_qsl(parts.fragment or parts.query, keep_blank_values=True, strict_parsing=True))


def code(emulator: Emulated, **changes: Any) -> str:
    return sent_back(authorize(emulator, **changes))["code"]


def redeem(
    emulator: Emulated, found: str, headers: dict[str, str] | None = None, **changes: Any
) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": found,
        "redirect_uri": BACK,
        "client_id": "app",
    } | changes
    chosen = {name: value for name, value in form.items() if value is not None}
    return post(emulator, TOKEN, chosen, **(headers or {}))


def refresh(emulator: Emulated, refresh_token: str, **changes: Any) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": "app"} | changes
    return post(emulator, TOKEN, form)


def sign_in(emulator: Emulated, **changes: Any) -> dict[str, Any]:
    """The whole code flow."""
    answer = redeem(emulator, code(emulator, **changes))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def status(emulator: Emulated, access_token: str, path: str = LISTS) -> int:
    return emulator.call("GET", path, headers={"Authorization": f"Bearer {access_token}"}).status_code


def hidden_fields(page: str) -> dict[str, str]:
    from html import unescape

    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {unescape(name): unescape(value) for name, value in found}


def refused(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, body["error"]

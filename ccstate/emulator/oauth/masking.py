"""What of a request outside of the API may be written into the log: names, and values that are no secrets."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from ccstate.emulator.wire import Answer

_HIDDEN = "***"
_PLAIN = frozenset((
    "action", "client_id", "code_challenge", "code_challenge_method", "decision", "grant_type", "login_hint",
    "prompt", "redirect_uri", "response_type", "scope", "state", "user", "user_code",
))  # fmt: skip
_KNOWN = _PLAIN | {"client_secret", "code", "code_verifier", "device_code", "refresh_token"}
_SECRET_ANSWERS = ("access_token", "device_code", "id_token", "refresh_token")
_LARGEST = 64_000
_TELLTALE = (b"token", b"secret", b"password")


def form(raw: bytes) -> bytes:
    """A form without what is not known to be harmless; of anything that is no form nothing at all."""
    if not raw or len(raw) > _LARGEST:
        return _HIDDEN.encode() if raw else raw
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"), keep_blank_values=True, errors="replace", strict_parsing=True
        )
    except ValueError:
        return _HIDDEN.encode()
    shown = [
        (name if name in _KNOWN else _HIDDEN, value if name in _PLAIN else _HIDDEN) for name, value in pairs
    ]
    return urlencode(shown, safe="*:/").encode()


def query_to_api(raw: bytes) -> bytes:
    """Tokens belong in a header; a client that puts one into the address shall not find it in the log."""
    if not any(word in raw.lower() for word in _TELLTALE):
        return raw
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace")
    shown = [(name, _HIDDEN if _is_telling(name) else value) for name, value in pairs]
    return urlencode(shown, safe="*:/").encode()


def answer(answer: Answer) -> Answer:
    """The same without the tokens in it."""
    if not isinstance(answer.body, dict):
        return answer
    shown = {name: _HIDDEN if name in _SECRET_ANSWERS else value for name, value in answer.body.items()}
    return replace(answer, body=shown)


def _is_telling(name: str) -> bool:
    return any(word.decode() in name.lower() for word in _TELLTALE)

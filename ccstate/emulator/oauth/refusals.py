"""What the identity provider says no with: the errors of RFC 6749 and 8628, as JSON that nobody may keep."""

from __future__ import annotations

from typing import Any

from ccstate.emulator.errors import ApiError
from ccstate.emulator.oauth.forms import BadForm, WrongMediaType
from ccstate.emulator.wire import Answer, Headers

NO_STORE: Headers = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))


def body(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


def refusal(error: str, description: str, status: int = 400, headers: Headers = ()) -> ApiError:
    """Nothing that was done on the way stays."""
    return ApiError(status, body(error, description), (*NO_STORE, *headers))


def refused(error: str, description: str) -> Answer:
    """The same as an answer: what was done on the way stays, say that a code is used up."""
    return Answer(400, body(error, description), NO_STORE)


def bad_form(problem: BadForm) -> ApiError:
    status = 415 if isinstance(problem, WrongMediaType) else 400
    return refusal("invalid_request", str(problem), status)


def granted(answer: dict[str, Any]) -> Answer:
    return Answer(200, answer, NO_STORE)

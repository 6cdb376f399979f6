"""What can go wrong on the way to the service, by what the caller should do about it.

    ApiError
    ├── Rejected          the service answered and refused: do not repeat
    │   ├── Unauthorised  401: other credentials
    │   └── Forbidden     403: another privilege or scope
    ├── QuotaExceeded     429 for the day: come back after 00:00 UTC
    ├── Unreachable       no byte of an answer, nothing was written: try again later
    │   └── Throttled     429: it was one call too many for this second, again and again
    ├── OutcomeUnknown    a write without an answer: it may have happened
    └── Garbled           an answer that is not the API's: another address, a proxy

Each carries the request that it is about and can be told as a diagnostic.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccstate.api.rights import needs
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.values import Json
from ccstate.core.wire import Request


class ApiError(Exception):
    """The root; `request` is the call, `detail` what the service said."""

    code = "api-error"
    hint = ""

    def __init__(
        self, request: Request, summary: str, *, detail: str = "", status: int = 0, hint: str = ""
    ) -> None:
        self.request, self.summary, self.detail, self.status = request, summary, detail, status
        self.hint = hint or self.hint
        super().__init__(f"{request.method} {request.path}: {summary}")

    def diagnostic(self) -> Diagnostic:
        """What to tell the user."""
        call = f"{self.request.method} {self.request.path}: {self.summary}"
        return error(self.code, call, detail=self.detail, hint=self.hint)


class Rejected(ApiError):
    """The service answered with 4xx: what was asked for is not possible as it stands."""

    code = "api-rejected"


class Unauthorised(Rejected):
    """401."""

    code = "unauthorised"
    hint = (
        "set CCSTATE_ACCESS_TOKEN to a token that is valid now (access tokens live for 24 hours), or "
        "CCSTATE_CLIENT_ID and CCSTATE_REFRESH_TOKEN, with which a new one is had when it is needed"
    )


class Forbidden(Rejected):
    """403: a missing scope, a missing privilege or a deactivated application look the same."""

    code = "forbidden"


class QuotaExceeded(ApiError):
    """429 `quota_exceeded`: 10,000 calls a day and key, reset at 00:00 UTC (API guide)."""

    code = "quota-exceeded"
    hint = "the day's calls of this API key are used up; they start anew at 00:00 UTC"


class Unreachable(ApiError):
    """No connection, or a read that failed again and again."""

    code = "unreachable"
    hint = "check the network and CCSTATE_API_URL"


class Throttled(Unreachable):
    """429 `throttled`; `pause` is how long the service wants to be left alone, 0 where it does not say."""

    code = "throttled"
    hint = "something else uses the same API key: run the same command again when it is done"
    pause = 0.0


class OutcomeUnknown(ApiError):
    """A write that got no usable answer."""

    code = "outcome-unknown"
    hint = "run the same command again: it looks first at what did happen"


class Garbled(ApiError):
    """An answer that is not JSON."""

    code = "not-the-api"
    hint = "check CCSTATE_API_URL: something else than the API answered"


def rejected(request: Request, status: int, body: Json) -> ApiError:
    """The error for a 4xx or 5xx answer."""
    detail = said(body)
    if status == 401:
        return Unauthorised(request, "the token was not accepted (401)", detail=detail, status=status)
    if status == 403:
        hint = needs(request)
        return Forbidden(request, "not allowed (403)", detail=detail, status=status, hint=hint)
    if status == 429:
        if "quota" in detail_key(body):
            return QuotaExceeded(request, "the daily quota is used up (429)", detail=detail, status=status)
        return Throttled(request, "too many calls at once (429)", detail=detail, status=status)
    if status >= 500:
        kind = Unreachable if request.method == "GET" else OutcomeUnknown
        return kind(request, f"the service failed ({status})", detail=detail, status=status)
    return Rejected(request, f"refused ({status})", detail=detail, status=status)


def may_repeat(error: ApiError) -> bool:
    """Whether the same call may be made again by itself: it did not happen, or it changes nothing."""
    if isinstance(error, Throttled):
        return True
    # Of a write nothing has left when there was no connection.
    return isinstance(error, Unreachable) and (error.request.method == "GET" or error.status == 0)


def said(body: Json) -> str:
    """What an error body says; it is an object or an array of objects, and the status does not tell which."""
    items = body if isinstance(body, list) else [body]
    texts = [
        str(each.get("error_message") or each.get("error_key") or "")
        for each in items
        if isinstance(each, Mapping)
    ]
    return "; ".join(text for text in texts if text)


def detail_key(body: Json) -> str:
    """The first `error_key`, or an empty text."""
    first = body[0] if isinstance(body, list) and body else body
    return str(first.get("error_key") or "") if isinstance(first, Mapping) else ""

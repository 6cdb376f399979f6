"""Client: sends requests, paced, and turns what comes back into responses or errors.

It repeats only what is safe by itself: reads, and what certainly did not happen (no connection, 429
`throttled`, 401 with a token that can be renewed). A write without an answer is told as `OutcomeUnknown`:
whether to send it again is for whoever knows the step.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from ccstate import __version__
from ccstate.api.auth import Access, Keeper, Renewal
from ccstate.api.errors import (
    ApiError,
    Garbled,
    OutcomeUnknown,
    QuotaExceeded,
    Throttled,
    Unauthorised,
    Unreachable,
    may_repeat,
    rejected,
)
from ccstate.api.pace import NETWORK_MARGIN, Book, Pacer, Start
from ccstate.core.values import Json
from ccstate.core.wire import Request, Response

if TYPE_CHECKING:
    import httpx

LIVE_URL: Final = "https://api.cc.email/v3"
RATE: Final = 4
"""Calls a second and key (API guide)."""

TIMEOUT: Final = 60.0
_IDLE: Final = 4.0
"""Seconds after which a connection is not used again: the other side may close it at five (uvicorn does)."""

_LEAST_PAUSE: Final = 1.0
"""Seconds that everybody with the key waits after a `throttled` (API guide)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the API is and how to get in; `app` is an ASGI application instead of a network.

    `renewal`: how a new token is had; then `token` may be empty.
    """

    url: str = LIVE_URL
    token: str = field(default="", repr=False)
    rate: int = RATE
    app: Any = None
    emulated: bool = False
    renewal: Renewal | None = None


class Counts(Protocol):
    """Whoever counts the calls of a key by the day."""

    def count(self, day: date) -> None:
        """One more call."""

    def used(self, day: date) -> int | None:
        """The calls of a day so far; None where that is not known."""


class Client:
    """One connection to the service; an async context manager."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        meter: Counts | None = None,
        book: Book | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._sleep = sleep
        self.access = Access(endpoint.token, endpoint.renewal, keeper, sleep=sleep)
        self._meter = meter
        self.calls = 0
        self.now: datetime | None = None
        self._pacer = Pacer(endpoint.rate, book=book, margin=NETWORK_MARGIN, sleep=sleep)
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        import httpx

        transport = httpx.ASGITransport(self.endpoint.app) if self.endpoint.app is not None else None
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=TIMEOUT,
            limits=httpx.Limits(keepalive_expiry=_IDLE),
            follow_redirects=False,
            headers={"Accept": "application/json", "User-Agent": f"ccstate/{__version__}"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def send(self, request: Request) -> Response:
        """One request, repeated where that is safe, with another token where this one has ended.

        Raises one of `api.errors`; a status in `request.accept` is a response.
        """
        if request.pause:
            await self._sleep(request.pause)
        await self.access.ready()
        while True:
            token = self.access.token
            try:
                response = await self._repeated(request)
            except Unauthorised:
                if not await self.access.renew(token):
                    raise
            else:
                self.access.proven()
                return response

    async def _repeated(self, request: Request) -> Response:
        try:
            return await self._send_once(request)
        except ApiError as why:
            if not may_repeat(why):
                raise
            from ccstate.api import retry

            return await retry.again(why, lambda: self._send_once(request))

    async def _send_once(self, request: Request) -> Response:
        start = await self._pacer.start()
        self.calls += 1
        try:
            answer = await self._exchange(request, start)
            self._pacer.answered(start)
            self.now = moment(answer.headers.get("date")) or self.now
        finally:
            self._pacer.end()
            if self._meter is not None:
                self._meter.count(self._day)
        try:
            return _response(request, answer)
        except Throttled as why:
            why.pause = _pause(answer.headers.get("retry-after"), self.now)
            await self._pacer.throttled(start, max(_LEAST_PAUSE, why.pause))
            raise
        except QuotaExceeded as why:
            why.hint = f"{why.hint}; that is at {_midnight(self._day)}"
            raise

    async def _exchange(self, request: Request, start: Start) -> httpx.Response:
        """One request on its way, and what came back."""
        import httpx

        assert self._http is not None, "the client is used outside its context"

        left = self.endpoint.app is not None

        async def trace(event: str, info: Any) -> None:  # noqa: ARG001 - httpcore's signature
            nonlocal left
            if event.endswith("send_request_headers.started"):
                await self._pacer.leave(start)
                left = True

        headers = {"Authorization": f"Bearer {self.access.token}"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return await self._http.request(
                request.method,
                self._url(request.path),
                params=dict(request.query) or None,
                content=_content(request.body),
                headers=headers,
                extensions={"trace": trace},
            )
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.InvalidURL,
            httpx.UnsupportedProtocol,
        ) as why:
            raise Unreachable(request, f"no connection ({_words(why)})", status=0) from why
        except (httpx.HTTPError, ConnectionError) as why:  # in process a drop comes as it is
            if not left:
                raise Unreachable(request, f"nothing was sent ({_words(why)})", status=0) from why
            kind = Unreachable if request.method == "GET" else OutcomeUnknown
            raise kind(request, f"no answer ({_words(why)})", status=-1) from why

    @property
    def in_flight(self) -> int:
        """How many requests may be on their way at once."""
        return self._pacer.most_in_flight

    @property
    def _day(self) -> date:
        """The day by the service's clock, as far as it is known."""
        return (self.now or datetime.now(UTC)).date()

    def used_today(self) -> int | None:
        """The calls of the key today; None where nobody counts them."""
        return None if self._meter is None else self._meter.used(self._day)

    def _url(self, path: str) -> str:
        """Links begin with `/v3/` and belong to the origin; paths of ours belong to the base."""
        base = self.endpoint.url.rstrip("/")
        if path.startswith("/v3/") and base.endswith("/v3"):
            return base[: -len("/v3")] + path
        return base + path


def moment(header: str | None) -> datetime | None:
    """The moment of a Date header; None where there is none, or one that cannot be read."""
    if header is None:
        return None
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None


def _pause(header: str | None, now: datetime | None) -> float:
    """The seconds of a Retry-After, which may be a moment; 0 where there is none that can be read."""
    if header is None:
        return 0.0
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:_DIGITS])
    until = moment(header)
    return 0.0 if until is None else max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


_DIGITS: Final = 9


def _midnight(day: date) -> str:
    return f"{day + timedelta(days=1)}T00:00:00Z"


def _words(why: Exception) -> str:
    return str(why) or type(why).__name__


def _content(body: Json) -> bytes | None:
    return None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _response(request: Request, answer: httpx.Response) -> Response:
    status = answer.status_code
    if status in request.accept:
        return Response(status, None, dict(answer.headers))
    body = _body(request, answer)
    if 200 <= status < 300:
        return Response(status, body, dict(answer.headers))
    if 300 <= status < 400:
        raise Garbled(request, f"it answered with a redirect ({status})", status=status)
    raise rejected(request, status, body)


def _body(request: Request, answer: httpx.Response) -> Json:
    if not answer.content:
        return None
    try:
        return json.loads(answer.content)
    except ValueError as why:
        if answer.status_code in (401, 403, 429) or answer.status_code >= 500:
            return None  # gateways answer in their own words; the status says enough
        if request.method != "GET" and answer.status_code < 300:
            raise OutcomeUnknown(request, "the answer was cut off or is not JSON", status=-1) from why
        shown = answer.content[:60].decode("utf-8", "replace")
        raise Garbled(
            request, f"the answer is not JSON ({answer.status_code})", detail=f"It begins: {shown!r}"
        ) from why

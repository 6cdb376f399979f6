"""Access: the token that calls carry, and a new one where the service no longer takes it.

A refresh token may be for one use only: the one that replaces it must be on disk before anything else
happens, and two processes that refresh at once would lock each other out. So a refresh happens under a lock
that processes share, after a look whether another one was faster. Tokens are never shown, nor written
anywhere else than into that one file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ccstate.api.errors import ApiError, Garbled, Throttled, Unauthorised, Unreachable, may_repeat
from ccstate.api.identity import expires
from ccstate.core.values import Json
from ccstate.core.wire import Request

if TYPE_CHECKING:
    import httpx

AUTH_URL: Final = "https://authz.constantcontact.com/oauth2/default/v1"

_IN_RESERVE: Final = 60.0
"""Seconds that a kept token must still live to be used."""

_LOOK_AGAIN: Final = 0.1
_PATIENCE: Final = 600
"""Looks at a lock that another process holds; a refresh takes seconds."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a new access token is had: the endpoint, the application, and a refresh token of its user."""

    client_id: str
    refresh_token: str = field(repr=False)
    client_secret: str = field(default="", repr=False)
    url: str = AUTH_URL


class Tokens(NamedTuple):
    """What is kept of a refresh: the access token, its end (seconds since 1970), the next refresh token."""

    access: str
    expires_at: float
    refresh: str


class Keeper(Protocol):
    """Where tokens are kept between runs, and who may replace them."""

    def load(self) -> tuple[str, float, str] | None:
        """Access token, its end in seconds since 1970, next refresh token; None where nothing is kept."""

    def save(self, access: str, expires_at: float, refresh: str) -> None:
        """Keep these from now on; they are on disk when this returns."""

    def locked(self) -> AbstractContextManager[bool]:
        """Try to be the only one who refreshes; whether that is so. Refused where nothing can be kept."""


class Access:
    """The access token of one client."""

    def __init__(
        self,
        token: str,
        renewal: Renewal | None = None,
        keeper: Keeper | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.token = token
        self._renewal, self._keeper, self._sleep = renewal, keeper, sleep
        self._turn = asyncio.Lock()
        self._unproven = ""

    @property
    def life(self) -> float | None:
        """Seconds that the token still lives; None where it does not say, or can be renewed."""
        if self._renewal is not None:
            return None
        end = expires(self.token)
        return None if end is None else end - time.time()

    def proven(self) -> None:
        """The service took the token."""
        self._unproven = ""

    async def ready(self) -> None:
        """See that there is a token at all."""
        if not self.token and self._renewal is not None:
            await self.renew("")

    async def renew(self, refused: str) -> bool:
        """Another token than the one that was refused; False where there is none to be had.

        A new one that is refused at once is not renewed again: the credentials are at fault, not its age.
        """
        renewal, keeper = self._renewal, self._keeper
        if renewal is None or keeper is None:
            return False
        async with self._turn:
            if self.token != refused:
                return True
            if refused and refused == self._unproven:
                return False
            await self._renew(renewal, keeper, refused)
        return True

    async def _renew(self, renewal: Renewal, keeper: Keeper, refused: str) -> None:
        for _ in range(_PATIENCE):
            with keeper.locked() as alone:
                if alone:
                    found = keeper.load()
                    kept = Tokens(*found) if found else Tokens("", 0.0, renewal.refresh_token)
                    self.token = (
                        kept.access
                        if _is_usable(kept, refused)
                        else await self._refresh(renewal, keeper, kept)
                    )
                    return
            await self._sleep(_LOOK_AGAIN)
        raise Unreachable(_request(renewal), "another run is refreshing the token and does not get done")

    async def _refresh(self, renewal: Renewal, keeper: Keeper, kept: Tokens) -> str:
        keeper.save(*kept)  # a disk that refuses must do so before the refresh token is used up
        found = await _refreshed(renewal, kept.refresh)
        keeper.save(*found)
        self._unproven = found.access
        return found.access


def _is_usable(kept: Tokens, refused: str) -> bool:
    return kept.access not in ("", refused) and kept.expires_at > time.time() + _IN_RESERVE


def _request(renewal: Renewal) -> Request:
    """What errors tell of the call: where it went, and nothing that it carried."""
    return Request("POST", f"{renewal.url.rstrip('/')}/token")


async def _refreshed(renewal: Renewal, used: str) -> Tokens:
    """Ask for a new token; a limit of about one call a second is waited out (says the vendor's staff)."""

    async def ask() -> Tokens:
        return await _ask(renewal, used)

    try:
        return await ask()
    except ApiError as why:
        if not may_repeat(why):
            raise
        from ccstate.api import retry

        return await retry.again(why, ask)


async def _ask(renewal: Renewal, refresh_token: str) -> Tokens:
    import httpx

    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    basic: httpx.BasicAuth | None = None
    if renewal.client_secret:
        basic = httpx.BasicAuth(renewal.client_id, renewal.client_secret)
    else:
        form["client_id"] = renewal.client_id
    request = _request(renewal)
    try:
        async with httpx.AsyncClient(follow_redirects=False, timeout=30.0) as http:
            answer = await http.post(
                request.path, data=form, auth=basic or httpx.USE_CLIENT_DEFAULT, headers=_HEADERS
            )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as why:
        raise Unreachable(request, f"no connection ({type(why).__name__})", status=0) from why
    except (httpx.HTTPError, OSError) as why:
        raise Unreachable(request, f"no answer ({type(why).__name__})", status=-1) from why
    return _tokens(request, answer, refresh_token)


_HEADERS: Final = {"Accept": "application/json"}


def _tokens(request: Request, answer: httpx.Response, used: str) -> Tokens:
    try:
        body = answer.json()
    except ValueError:
        body = None
    found = body if isinstance(body, Mapping) else {}
    if answer.status_code != 200:
        raise _refusal(request, answer.status_code, found)
    access = found.get("access_token")
    if not isinstance(access, str) or not access:
        raise Garbled(request, "the answer holds no access token", status=answer.status_code)
    lives = found.get("expires_in")
    seconds = float(lives) if isinstance(lives, (int, float)) else 0.0
    return Tokens(access, time.time() + seconds, str(found.get("refresh_token") or used))


def _refusal(request: Request, status: int, body: Mapping[str, Json]) -> ApiError:
    """Errors here have the shape of RFC 6749, or the gateway's."""
    said = str(body.get("error_description") or body.get("error") or body.get("errorSummary") or "")
    if status == 429:
        return Throttled(request, "too many refreshes (429)", detail=said, status=status)
    if status >= 500:
        return Unreachable(request, f"the service failed ({status})", detail=said, status=status)
    return Unauthorised(
        request,
        f"the refresh token was not accepted ({status})",
        detail=said,
        status=status,
        hint="sign in again for a new CCSTATE_REFRESH_TOKEN, and check CCSTATE_CLIENT_ID; "
        "a refresh token of the rotating kind is good for one use, on one machine",
    )

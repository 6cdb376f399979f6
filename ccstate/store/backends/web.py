"""Terraform's http backend protocol, which GitLab speaks: GET and POST of the state, LOCK and UNLOCK.

The lock is the server's: it does not expire, so what a killed run leaves has to be forced. The state is
compared before it is written, and the server takes a write only from who holds the lock. GitLab also takes
each serial only once, which is why what is no state has one of its own around it.

The one module outside `api` that imports httpx: it speaks to the server of the state, which gets neither the
account's token nor the pace of its calls.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from math import inf
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from ccstate.core.diagnostics import Refused, error
from ccstate.core.values import Json
from ccstate.store.backend import (
    UNKNOWN,
    Document,
    Lock,
    LockRecord,
    Moved,
    Stored,
    forbidden,
    not_held,
    unreachable,
)
from ccstate.store.backends import bad_address
from ccstate.store.run import taken_over

_GITLAB: Final = re.compile(r"/api/v4/projects/[^/]+/terraform/state/[^/]+$")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_HINT: Final = "set CCSTATE_HTTP_USERNAME and CCSTATE_HTTP_PASSWORD"
_NOTHING: Final = (204, 404)
_LOCKED: Final = (409, 423)
_PAUSES: Final = (0.5, 1.5)
_TIMEOUT: Final = 20.0


class Places(NamedTuple):
    """Where to send what; Terraform's names of these settings, and GitLab's values without being told."""

    state: str
    lock: str
    unlock: str
    run: str
    lock_method: str = "LOCK"
    unlock_method: str = "UNLOCK"
    update_method: str = "POST"

    @classmethod
    def of(cls, address: str, variables: Mapping[str, str]) -> Places:
        """As the environment says, else as the server wants it."""
        path = urlsplit(address).path
        gitlab = _GITLAB.search(path) is not None
        run = urlsplit(address)._replace(path=f"{path}-run").geturl()
        lock = variables.get("CCSTATE_HTTP_LOCK_ADDRESS") or (f"{address}/lock" if gitlab else address)
        return cls(
            address,
            lock,
            variables.get("CCSTATE_HTTP_UNLOCK_ADDRESS") or lock,
            variables.get("CCSTATE_HTTP_RUN_ADDRESS", run),
            variables.get("CCSTATE_HTTP_LOCK_METHOD") or ("POST" if gitlab else "LOCK"),
            variables.get("CCSTATE_HTTP_UNLOCK_METHOD") or ("DELETE" if gitlab else "UNLOCK"),
            variables.get("CCSTATE_HTTP_UPDATE_METHOD") or "POST",
        )


def open_at(address: str) -> WebBackend:
    """The state of an address such as `https://gitlab.com/api/v4/projects/7/terraform/state/shop`."""
    parts = urlsplit(address)
    if not parts.hostname or parts.username or parts.fragment:
        raise bad_address(address, f"name a host, and take credentials out of it; {_HINT}")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise bad_address(address, "use https: plain http is for this machine only")
    return WebBackend(Places.of(address, os.environ))


class WebBackend:
    """The state of one address."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock = WebLock(self)

    @property
    def address(self) -> str:
        """As it stands in ccstate.yaml, where no credentials are."""
        return self._places.state

    def place(self, document: Document) -> str:
        """Its own address."""
        return self._places.run if document == "run" else self._places.state

    def get(self, document: Document) -> Stored | None:
        """What the server has of it."""
        if document == "run":
            return self._get_run()
        data = self._read(self._places.state)
        return None if data is None else Stored(data, sha256(data).hexdigest())

    def _get_run(self) -> Stored | None:
        data = self._read(self._places.run) if self._places.run else None
        if data is None:
            return None
        try:
            found = json.loads(data)
            return Stored(json.dumps(found["run"]).encode(), str(int(found["serial"])))
        except (ValueError, KeyError, TypeError):
            return Stored(data, "0")  # not ours; whoever reads it says so

    def put(self, document: Document, text: str, token: str | None) -> str:
        """Write it if it still is what the token names; the lock keeps others from doing so in between."""
        if document == "run":
            return self._put_run(text, token)
        found = self.get(document)
        if (found.token if found else None) != token:
            raise Moved
        self._write(self._places.state, text.encode(), {"ID": self._lock.held} if self._lock.held else {})
        return sha256(text.encode()).hexdigest()

    def _put_run(self, text: str, token: str | None) -> str:
        if not self._places.run:
            return ""
        found = self._get_run()
        if (found.token if found else None) != token:
            raise Moved
        serial = int(token or 0) + 1
        self._write(self._places.run, json.dumps({"serial": serial, "run": json.loads(text)}).encode(), {})
        return str(serial)

    def lock(self) -> Lock:
        """The server's lock."""
        return self._lock

    @property
    def places(self) -> Places:
        """Where to send what."""
        return self._places

    def _read(self, place: str) -> bytes | None:
        answer = self.send("GET", place)
        if answer.status_code in _NOTHING or (answer.status_code == 200 and not answer.content):
            return None
        if answer.status_code != 200:
            raise failed(place, answer)
        return answer.content

    def _write(self, place: str, data: bytes, query: Mapping[str, str]) -> None:
        answer = self.send(self._places.update_method, place, data, query)
        if answer.status_code in _LOCKED:
            raise taken_over()
        if answer.status_code in (412, 422):  # GitLab has that serial already
            raise Moved
        if answer.status_code not in (200, 201, 204):
            raise failed(place, answer)

    def send(
        self, method: str, place: str, data: bytes | None = None, query: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """One request; what reads is tried again where the server is down for a moment."""
        for pause in (*(_PAUSES if method == "GET" else ()), None):
            try:
                answer = self._send_once(method, place, data, query)
            except httpx.HTTPError as why:
                if pause is None:
                    raise unreachable(place, str(why) or type(why).__name__) from why
            else:
                if answer.status_code < 500 or pause is None:
                    return answer
            time.sleep(pause)
        raise AssertionError

    def _send_once(
        self, method: str, place: str, data: bytes | None, query: Mapping[str, str] | None
    ) -> httpx.Response:
        user, password = os.environ.get("CCSTATE_HTTP_USERNAME"), os.environ.get("CCSTATE_HTTP_PASSWORD")
        url = httpx.URL(place).copy_merge_params(dict(query or {}))
        headers = {"content-type": "application/json"} if data is not None else {}
        auth = (user, password or "") if user else None
        with httpx.Client(timeout=_TIMEOUT, auth=auth, verify=_certificates()) as client:
            return client.request(method, url, content=data, headers=headers)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Reading them takes longer than most requests."""
    return httpx.create_ssl_context()


class WebLock:
    """The server's lock; `held` is the id that writes have to name."""

    def __init__(self, backend: WebBackend) -> None:
        self._backend = backend
        self._record: LockRecord | None = None

    @property
    def held(self) -> str:
        """The id under which it is ours, if it is."""
        return self._record.id if self._record else ""

    def take(self, record: LockRecord) -> LockRecord | None:
        """Take it; whoever holds it instead."""
        places = self._backend.places
        answer = self._backend.send(places.lock_method, places.lock, _info(record, places.state))
        if answer.status_code in _LOCKED:
            holder = _holder(answer)
            if holder.id != record.id:
                return holder
        elif not answer.is_success:
            raise failed(places.lock, answer)
        self._record = record
        return None

    def left(self) -> float:
        """For ever: it does not expire, and one that was forced is noticed when the state is written."""
        return inf if self._record else 0.0

    def release(self) -> None:
        """Give it back; Refused where that fails, because it will not expire."""
        if self._record is None:
            return
        record, self._record = self._record, None
        answer = self._unlock(record)
        if not answer.is_success and answer.status_code not in _LOCKED:
            hint = f"ccstate force-unlock {record.id}"
            summary = (
                f"the lock of {self._backend.address} could not be given back: HTTP {answer.status_code}"
            )
            raise Refused([error("lock-not-released", summary, hint=hint)])

    def _unlock(self, record: LockRecord) -> httpx.Response:
        places = self._backend.places
        return self._backend.send(places.unlock_method, places.unlock, _info(record, places.state))

    def holder(self) -> LockRecord | None:
        """The protocol has no way to ask."""
        return self._record

    def force(self, lock_id: str) -> None:
        """Unlock in the name of whoever holds it."""
        answer = self._unlock(UNKNOWN._replace(id=lock_id))
        if answer.status_code in (*_LOCKED, 400, 404):
            raise not_held(lock_id, _holder(answer) if answer.status_code in _LOCKED else None)
        if not answer.is_success:
            raise failed(self._backend.places.unlock, answer)


def _info(record: LockRecord, path: str) -> bytes:
    """A lock as Terraform writes it; GitLab insists on every one of these."""
    more = json.dumps({"process": record.pid, "ci_run": record.ci_run})
    return json.dumps(
        {
            "ID": record.id,
            "Operation": record.operation,
            "Info": more,
            "Who": record.who,
            "Version": record.version,
            "Created": record.created,
            "Path": path,
        }
    ).encode()


def _holder(answer: httpx.Response) -> LockRecord:
    """Whoever the answer names; servers differ in how much they say."""
    info = _object(answer.text)
    more = _object(info.get("Info"))

    def text(name: str) -> str:
        return str(info.get(name) or "?")

    return LockRecord(
        id=text("ID"),
        operation=text("Operation"),
        who=text("Who"),
        pid=more["process"] if isinstance(more.get("process"), int) else 0,
        version=text("Version"),
        created=text("Created"),
        ci_run=str(more.get("ci_run") or ""),
    )


def _object(text: Any) -> Json:
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def failed(place: str, answer: httpx.Response) -> Refused:
    """What an answer that does not help means."""
    said = " ".join(answer.text.split())[:200]
    why = f"HTTP {answer.status_code}{f': {said}' if said else ''}"
    if answer.status_code in (401, 403):
        return forbidden(place, why, _HINT)
    if answer.status_code in (404, 405, 501):
        hint = "see docs/state.md for the addresses and methods that can be set (CCSTATE_HTTP_...)"
        return Refused([error("state-unreachable", f"{place} is no such thing: {why}", hint=hint)])
    return unreachable(place, why)

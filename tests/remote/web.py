"""A server of Terraform's http backend protocol, and one that behaves as GitLab's does.

GitLab's rules are those of its `lib/api/terraform/state.rb` and `remote_state_handler.rb`: every member of a
lock is required, a state needs an integer `serial` that it did not have before, a write names the lock.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "ci", "secret"
_MEMBERS = ("ID", "Operation", "Info", "Who", "Version", "Created", "Path")
_GITLAB = re.compile(r"(/api/v4/projects/\d+/terraform/state/[\w.-]+)(/lock)?")


@dataclass
class Kept:
    """One state and its lock."""

    data: bytes | None = None
    serials: set[int] = field(default_factory=set)
    lock: dict[str, Any] | None = None


@dataclass
class Server:
    """What the server has, and what it was asked."""

    url: str = ""
    gitlab: bool = False
    kept: dict[str, Kept] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Call:
    """One request, as far as the rules look at it."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def lock_id(self) -> str | None:
        return next(iter(self.query.get("ID", ())), None)


Answer = tuple[int, bytes]


def plain(server: Server, call: Call) -> Answer:
    """The protocol as its documentation has it."""
    kept = server.kept.setdefault(call.path, Kept())
    held = (kept.lock or {}).get("ID")
    match call.method:
        case "GET":
            return (404, b"") if kept.data is None else (200, kept.data)
        case "POST" if call.lock_id != held:
            return 423, json.dumps(kept.lock).encode()
        case "POST":
            kept.data = call.body
            return 200, b""
        case "LOCK" if held:
            return 423, json.dumps(kept.lock).encode()
        case "LOCK":
            kept.lock = call.json
            return 200, b""
        case "UNLOCK" if held != call.json.get("ID"):
            return 409, json.dumps(kept.lock or {}).encode()
        case "UNLOCK":
            kept.lock = None
            return 200, b""
    return 405, b""


def gitlab(server: Server, call: Call) -> Answer:
    """The same as GitLab has it."""
    match = _GITLAB.fullmatch(call.path)
    if match is None:
        return 404, b'{"error":"404 Not Found"}'
    name, on_lock = match[1], match[2] is not None
    if call.method == "GET" and not on_lock:
        found = server.kept.get(name)
        if found is None:
            return 404, b'{"message":"404 Not found"}'
        return (204, b"") if found.data is None else (200, found.data)
    kept = server.kept.setdefault(name, Kept())
    if on_lock and call.method == "POST":
        return _gitlab_lock(kept, call)
    if on_lock and call.method == "DELETE":
        return _gitlab_unlock(kept, call)
    if call.method == "POST":
        return _gitlab_write(kept, call)
    return 405, b""


def _gitlab_lock(kept: Kept, call: Call) -> Answer:
    missing = [each for each in _MEMBERS if not isinstance(call.json.get(each), str)]
    if missing:
        return 400, json.dumps({"error": ", ".join(f"{each} is missing" for each in missing)}).encode()
    if kept.lock is not None:
        return 409, json.dumps(kept.lock).encode()
    kept.lock = {**call.json, "Who": "ci-user", "Created": "2035-01-01T00:00:00.000Z"}
    return 200, json.dumps(kept.lock).encode()


def _gitlab_unlock(kept: Kept, call: Call) -> Answer:
    wanted = call.json.get("ID") or call.lock_id
    if wanted is not None and wanted != (kept.lock or {}).get("ID"):
        return 409, b""
    kept.lock = None
    return 200, b""


def _gitlab_write(kept: Kept, call: Call) -> Answer:
    if call.lock_id != (kept.lock or {}).get("ID"):
        return 409, b'{"message":"409 Conflict"}'
    if not call.body:
        return 204, b""
    serial = call.json.get("serial")
    if not isinstance(serial, int):
        return 400, b'{"error":"serial is missing"}'
    if serial in kept.serials:
        return 422, b'{"message":"Version has already been taken"}'
    kept.serials.add(serial)
    kept.data = call.body
    return 200, b""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            call = Call(self.command, parts.path, parse_qs(parts.query), body)
            with server.guard:
                server.log.append((call.method, call.path))
                status, data = self._answer(call)
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _answer(self, call: Call) -> Answer:
            if server.broken:
                return server.broken.pop(0), b"down"
            if self.headers.get("authorization") != expected:
                return 401, b'{"message":"401 Unauthorized"}'
            return (gitlab if server.gitlab else plain)(server, call)

        do_GET = do_POST = do_DELETE = do_LOCK = do_UNLOCK = handle_one  # noqa: N815 - http.server's names

        def log_message(self, format: str, *arguments: Any) -> None:
            """Silence."""

    return Handler


@contextmanager
def serving(*, as_gitlab: bool) -> Iterator[Server]:
    """A server on this machine for as long as the block lasts."""
    server = Server(gitlab=as_gitlab)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(server)) as http:
        server.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        http.shutdown()
        thread.join()

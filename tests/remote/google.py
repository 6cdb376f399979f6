"""A stand-in for Google Cloud Storage: the XML API's GET and PUT of an object, with generations.

Written from its documentation: `x-goog-if-generation-match: 0` is "there must be none"; 412 where it does not
fit. There is no server to be had that answers this API, so this proves what is sent, not what Google does.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

BUCKET = "states"


@dataclass
class Kept:
    """The objects: what they hold, and their generations."""

    objects: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    last: int = 1_700_000_000_000_000
    guard: threading.Lock = field(default_factory=threading.Lock)


def _handler(kept: Kept) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with kept.guard:
                found = kept.objects.get(unquote(self.path))
            if found is None:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", 0)
            else:
                self._answer(200, *found)

        def do_PUT(self) -> None:
            name = unquote(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            wanted = self.headers.get("x-goog-if-generation-match")
            with kept.guard:
                there = kept.objects.get(name, (b"", 0))[1]
                if wanted is not None and int(wanted) != there:
                    self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>", 0)
                    return
                kept.last += 1
                kept.objects[name] = (body, kept.last)
            self._answer(200, b"", kept.last)

        def _answer(self, status: int, body: bytes, generation: int) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.send_header("last-modified", "Mon, 01 Jan 2035 00:00:00 GMT")
            self.send_header("etag", f'"{generation}"')
            self.send_header("x-goog-generation", str(generation))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Silence."""

    return Handler


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """The variables with which it is reached, for as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(Kept())) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        key = {
            "gcs_base_url": f"http://127.0.0.1:{http.server_port}",
            "disable_oauth": True,
            "client_email": "",
            "private_key": "",
            "private_key_id": "",
        }
        yield {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(key), "GOOGLE_ALLOW_HTTP": "true"}
        http.shutdown()
        thread.join()

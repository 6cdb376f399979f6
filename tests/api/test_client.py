"""The client against small ASGI applications: what is repeated, what is not, and what a user is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from ccstate.api.client import Client, Endpoint
from ccstate.api.errors import (
    ApiError,
    Forbidden,
    Garbled,
    OutcomeUnknown,
    QuotaExceeded,
    Rejected,
    Unauthorised,
    Unreachable,
)
from ccstate.core.wire import Request, Response

Answer = tuple[int, bytes, dict[str, str]]


class App:
    """Answers one after the other, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        await receive()
        self.asked.append(f"{scope['method']} {scope['path']}")
        status, body, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


def as_json(body: Any, status: int = 200) -> Answer:
    return status, json.dumps(body).encode(), {"content-type": "application/json"}


def send(app: Any, request: Request) -> Response:
    async def no_sleep(seconds: float) -> None:
        return None

    async def main() -> Response:
        endpoint = Endpoint("http://service.invalid/v3", "secret-token", rate=0, app=app)
        async with Client(endpoint, sleep=no_sleep) as client:
            return await client.send(request)

    return asyncio.run(main())


GET = Request("GET", "/contact_lists")
POST = Request("POST", "/contact_lists", body={"name": "News"})
THROTTLED = as_json({"error_key": "throttled", "error_message": "Too Many Requests"}, 429)


def test_a_read_is_repeated_after_a_server_error() -> None:
    app = App(as_json({}, 503), as_json({"lists": []}))
    assert send(app, GET).body == {"lists": []}
    assert len(app.asked) == 2


def test_a_read_gives_up_in_the_end_and_says_that_the_service_failed() -> None:
    app = App(as_json({}, 500))
    with pytest.raises(Unreachable, match="500"):
        send(app, GET)
    assert len(app.asked) == 4


def test_a_write_is_never_repeated_after_a_server_error() -> None:
    app = App(as_json({}, 500))
    with pytest.raises(OutcomeUnknown):
        send(app, POST)
    assert len(app.asked) == 1


@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_a_throttled_call_is_repeated_because_it_did_not_happen(request_: Request) -> None:
    app = App(THROTTLED, as_json({"ok": True}))
    assert send(app, request_).body == {"ok": True}


def test_the_end_of_the_daily_quota_is_not_waited_out() -> None:
    app = App(as_json({"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}, 429))
    with pytest.raises(QuotaExceeded) as caught:
        send(app, GET)
    assert len(app.asked) == 1
    assert "00:00 UTC" in caught.value.diagnostic().hint


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Unauthorised), (403, Forbidden), (400, Rejected), (409, Rejected), (404, Rejected)],
)
def test_a_refusal_is_told_with_its_status(status: int, kind: type[ApiError]) -> None:
    with pytest.raises(kind, match=str(status)):
        send(App(as_json({"error_key": "x", "error_message": "why"}, status)), GET)


NAME_IS_MISSING = {"error_key": "k", "error_message": "name is missing"}


@pytest.mark.parametrize("body", [NAME_IS_MISSING, [NAME_IS_MISSING]], ids=["object", "array"])
def test_both_shapes_of_errors_are_read(body: Any) -> None:
    with pytest.raises(Rejected) as caught:
        send(App(as_json(body, 400)), POST)
    assert caught.value.diagnostic().detail == "name is missing"


def test_a_page_of_html_is_told_as_something_that_is_not_the_api() -> None:
    with pytest.raises(Garbled) as caught:
        send(App((200, b"<!doctype html><title>Sign in to the wi-fi</title>", {})), GET)
    assert "CCSTATE_API_URL" in caught.value.diagnostic().hint
    assert "<!doctype html>" in caught.value.diagnostic().detail


def test_a_redirect_is_not_followed_with_the_token() -> None:
    with pytest.raises(Garbled, match="redirect"):
        send(App((302, b"", {"location": "http://elsewhere.invalid"})), GET)


def test_a_write_whose_answer_is_cut_off_has_an_unknown_outcome() -> None:
    with pytest.raises(OutcomeUnknown):
        send(App((201, b'{"list_id": "1', {})), POST)


def test_an_accepted_status_is_a_response() -> None:
    request = Request("GET", "/contact_lists/1", accept=(404,))
    assert send(App(as_json([], 404)), request).status == 404


def test_a_cursor_link_belongs_to_the_origin_and_not_to_the_base_path() -> None:
    app = App(as_json({}))
    send(app, Request("GET", "/v3/contact_lists?cursor=abc"))
    assert app.asked == ["GET /v3/contact_lists"]


def test_an_unreachable_host_is_told_and_a_write_to_it_did_not_happen() -> None:
    async def no_sleep(seconds: float) -> None:
        return None

    async def main() -> Response:
        async with Client(Endpoint("http://127.0.0.1:9/v3", "t", rate=0), sleep=no_sleep) as client:
            return await client.send(POST)

    with pytest.raises(Unreachable, match="no connection"):
        asyncio.run(main())


def test_the_services_date_is_the_clients_clock() -> None:
    async def main() -> Client:
        app = App((200, b"{}", {"date": "Tue, 01 May 2035 13:00:00 GMT"}))
        async with Client(Endpoint("http://service.invalid/v3", "t", rate=0, app=app)) as client:
            await client.send(GET)
            return client

    now = asyncio.run(main()).now
    assert now is not None
    assert now.isoformat() == "2035-05-01T13:00:00+00:00"


def test_the_token_is_in_no_text_form_of_the_endpoint_or_of_an_error() -> None:
    endpoint = Endpoint("http://service.invalid/v3", "secret-token")
    with pytest.raises(Unauthorised) as caught:
        send(App(as_json({}, 401)), GET)
    assert "secret-token" not in repr(endpoint) + repr(caught.value) + str(caught.value.diagnostic())

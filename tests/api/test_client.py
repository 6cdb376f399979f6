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
    Throttled,
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
    async def main() -> Response:
        endpoint = Endpoint("http://service.invalid/v3", "secret-token", rate=0, app=app)
        async with Client(endpoint) as client:
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


@pytest.mark.parametrize("request_", [GET, POST], ids=["read", "write"])
def test_a_call_that_is_throttled_again_and_again_is_given_up(request_: Request) -> None:
    app = App(THROTTLED)
    with pytest.raises(Throttled, match="429"):
        send(app, request_)
    assert len(app.asked) == 8


def test_a_service_that_wants_to_be_left_alone_for_long_is_not_waited_for() -> None:
    app = App((429, b"", {"retry-after": "3600"}))
    with pytest.raises(Throttled) as caught:
        send(app, GET)
    assert (len(app.asked), caught.value.pause) == (1, 3600)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("Tue, 01 May 2035 13:00:07 GMT", 7),
        ("Tue, 01 May 2035 12:00:00 GMT", 0),
        ("soon", 0),
        ("-7", 0),
        ("\xb2", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_how_long_to_wait_is_a_number_or_a_moment(header: str, seconds: float) -> None:
    date = "Tue, 01 May 2035 13:00:00 GMT"
    with pytest.raises(Throttled) as caught:
        send(App((429, b"", {"retry-after": header, "date": date})), GET)
    assert caught.value.pause == seconds


def test_throttles_and_failures_of_one_call_are_counted_apart() -> None:
    app = App(THROTTLED, as_json({}, 503), THROTTLED, as_json({}, 503), as_json({}, 503), as_json({"ok": 1}))
    assert send(app, GET).body == {"ok": 1}


def test_the_end_of_the_daily_quota_is_not_waited_out_and_its_reset_is_told() -> None:
    body = b'{"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}'
    app = App((429, body, {"date": "Tue, 01 May 2035 13:00:00 GMT"}))
    with pytest.raises(QuotaExceeded) as caught:
        send(app, GET)
    assert len(app.asked) == 1
    assert "2035-05-02T00:00:00Z" in caught.value.diagnostic().hint


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (GET, ("contact_data", "privilege contacts:lists:read")),
        (Request("GET", "/v3/contact_tags?cursor=x"), ("contact_data", "contacts:read")),
        (Request("GET", "/account/summary"), ("account_read", "account:read")),
        (Request("PUT", "/account/summary"), ("account_update",)),
        (Request("PUT", "/emails/activities/1", needs=("campaign:write",)), ("campaign_data", ":write")),
        (
            Request("DELETE", "/emails/1", needs=("campaign:delete", "campaign:write")),
            ("campaign_data", "privileges campaign:delete and campaign:write"),
        ),
        (POST, ("contact_data", "the privilege for this call")),
        (Request("GET", "/elsewhere"), ("the privilege for this call",)),
    ],
)
def test_what_was_missing_is_named(request_: Request, told: tuple[str, ...]) -> None:
    app = App(as_json({"error_key": "access_denied", "error_message": "Forbidden: not yours"}, 403))
    with pytest.raises(Forbidden) as caught:
        send(app, request_)
    found = caught.value.diagnostic()
    assert found.detail == "Forbidden: not yours"
    assert [each for each in told if each not in found.hint] == []


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
    async def main() -> Response:
        async with Client(Endpoint("http://127.0.0.1:9/v3", "t", rate=0)) as client:
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

"""The emulator over real HTTP, in a process of its own."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ccstate.emulator.serve import listen
from tests.emulator.client import TOKEN
from tests.emulator.served import Served

LISTS = "/v3/contact_lists"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served("--rate", "0", "--clock", "2026-05-04T09:15:22Z", "--rewrite-html") as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(served: Served) -> None:
    served.post("/_control/reset", {})


def test_it_says_where_it_is_ready_and_answers_there(served: Served) -> None:
    assert served.ready.startswith("ready http://127.0.0.1:")
    assert served.get("/v3/account/summary").status_code == 200


def test_signing_in_leads_to_a_token(served: Served) -> None:
    asked = {"client_id": "app", "redirect_uri": "http://localhost:1/x", "response_type": "code"}
    answer = served.client.get("/oauth2/default/v1/authorize", params=asked | {"scope": "contact_data"})
    code = answer.headers["location"].removeprefix("http://localhost:1/x?code=")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost:1/x"}
    made = served.client.post("/oauth2/default/v1/token", data=form, auth=("app", "any")).json()
    bearer = {"Authorization": f"Bearer {made['access_token']}"}
    assert served.client.get(LISTS, headers=bearer).status_code == 200
    assert served.client.get("/v3/emails", headers=bearer).status_code == 403


def test_there_is_one_date_and_it_is_the_emulators(served: Served) -> None:
    headers = served.get(LISTS).headers
    assert headers.get_list("date") == ["Mon, 04 May 2026 09:15:22 GMT"]
    assert "server" not in headers


def test_a_dropped_connection_is_closed_without_an_answer(served: Served) -> None:
    served.post("/_control/faults", [{"match": {"method": "POST"}, "do": "drop_after", "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        served.post(LISTS, {"name": "x"})
    assert len(served.get(LISTS).json()["lists"]) == 1


def test_a_truncated_answer_ends_in_the_middle(served: Served) -> None:
    served.post("/_control/faults", [{"do": "truncate", "times": 1}])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        served.get(LISTS)
    assert served.get(LISTS).status_code == 200


def test_a_no_content_answer_has_none(served: Served) -> None:
    field = served.post("/v3/contact_custom_fields", {"label": "x", "type": "string"})
    answer = served.client.delete(f"/v3/contact_custom_fields/{field['custom_field_id']}")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_body_that_is_too_large_is_413(served: Served) -> None:
    answer = served.client.post(
        LISTS, content=b"x" * 11_000_000, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_a_body_that_is_said_to_be_too_large_need_not_be_sent(served: Served) -> None:
    head = f"POST {LISTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nExpect: 100-continue\r\n"
    answer = served.raw(f"{head}Content-Length: 99999999999\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "content",
    [
        b"GET /v3/contact_lists HTTP/1.1\r\n\r\n",
        b"GET /v3/contact_lists/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v3/contact_lists HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_an_envelope_with_a_date(served: Served, content: bytes) -> None:
    head, _, body = served.raw(content).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\ndate: Mon, 04 May 2026 09:15:22 GMT\r\n")
    assert json.loads(body)["error_key"] == "bad_request"


def test_the_whole_address_may_be_the_target(served: Served) -> None:
    answer = served.raw(b"GET http://x/v3/emails?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert served.get("/_control/requests").json()[-1]["path"] == "/v3/emails"


@pytest.mark.parametrize("do", ["garbage", "truncate"])
def test_an_answer_without_a_body_is_spoiled_too(served: Served, do: str) -> None:
    field = served.post("/v3/contact_custom_fields", {"label": "x", "type": "string"})["custom_field_id"]
    served.post("/_control/faults", [{"do": do, "times": 1}])
    call = f"DELETE /v3/contact_custom_fields/{field} HTTP/1.1\r\nHost: x\r\n"
    answer = served.raw(f"{call}Authorization: Bearer {TOKEN}\r\n\r\n".encode())
    assert answer == b"" if do == "truncate" else b"<html>" in answer
    assert served.get(f"/v3/contact_custom_fields/{field}").status_code == 404


@pytest.mark.parametrize("status", [204, 304])
def test_a_fault_may_be_a_status_without_a_body(served: Served, status: int) -> None:
    served.post("/_control/faults", [{"do": "status", "status": status, "times": 1}])
    assert (served.get(LISTS).status_code, served.get(LISTS).status_code) == (status, 200)


@pytest.mark.parametrize(
    "content",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v3/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v3/contact_lists HTTP/1.0\r\n\r\n",
        b"GET /v3/contact_lists HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\xfe\r\n\r\n",
        b"POST /v3/contact_lists HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        b"\x16\x03\x01 nonsense\r\n\r\n",
    ],
)
def test_strange_requests_do_no_harm(served: Served, content: bytes) -> None:
    answer = served.raw(content)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert served.get(LISTS).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with Served() as running:
        assert running.get(LISTS).status_code == 200
        assert running.end(number) == (0, "")


def test_a_signal_ends_it_cleanly_while_a_client_is_still_sending() -> None:
    with Served() as running, socket.create_connection(running.address) as slow:
        slow.sendall(b"POST /v3/contact_lists HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        assert running.get(LISTS).status_code == 200
        number, said = running.end(signal.SIGTERM)
    assert number == 0
    assert "Traceback" not in said


def test_the_flags_reach_the_emulator(tmp_path: Path) -> None:
    (tmp_path / "seed.json").write_text(json.dumps({"lists": ["A"]}))
    (tmp_path / "faults.json").write_text(json.dumps([{"match": {"path": "/v3/emails"}, "do": "status"}]))
    flags = [
        "--token",
        "emulator-token",
        "--rate",
        "0",
        "--quota",
        "3",
        "--latency",
        "1ms",
        "--random-seed",
        "5",
    ]
    files = ["--seed", str(tmp_path / "seed.json"), "--faults", str(tmp_path / "faults.json")]
    with Served(*flags, *files, "--activity-delay", "50ms") as running:
        assert running.get(LISTS).json()["lists"][0]["name"] == "A"
        assert running.get("/v3/emails").status_code == 503
        assert [running.get(LISTS).status_code for _ in range(3)] == [200, 200, 429]


def test_serve_is_limited_like_the_service_by_default() -> None:
    with Served() as running:
        statuses = [running.get(LISTS).status_code for _ in range(5)]
    assert statuses == [200] * 4 + [429]


def test_no_answer_waits_for_an_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

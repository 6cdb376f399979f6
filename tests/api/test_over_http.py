"""The client on real connections, to an emulator that fails on purpose: what is sent again, what is told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ccstate.api.client import Client, Endpoint
from ccstate.api.errors import ApiError, Garbled, OutcomeUnknown, QuotaExceeded, Throttled, Unreachable
from ccstate.core.pace import Log
from ccstate.core.wire import Request, Response
from ccstate.store.pace import PaceFile
from tests.emulator.served import Served

READ = Request("GET", "/contact_tags")
WRITE = Request("POST", "/contact_tags", body={"name": "VIP"})
THROTTLED = {"error_key": "throttled", "error_message": "Too Many Requests"}
DAY_IS_OVER = {"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served("--rate", "0") as found:
        yield found


@pytest.fixture(autouse=True)
def _empty(served: Served) -> None:
    served.post("/_control/reset", {})


def fails(served: Served, method: str, do: str, **more: Any) -> None:
    served.post("/_control/faults", [{"match": {"method": method, "path": "/v3/*"}, "do": do, **more}])


def send(served: Served, *requests: Request, rate: int = 0, book: PaceFile | None = None) -> list[Response]:
    async def main() -> list[Response]:
        endpoint = Endpoint(f"{served.base}/v3", "emulator-token", rate=rate)
        async with Client(endpoint, book=book) as client:
            return [await client.send(each) for each in requests]

    return asyncio.run(main())


def asked(served: Served) -> list[str]:
    return [each["method"] for each in served.get("/_control/requests").json()]


def tags(served: Served) -> list[str]:
    return [each["name"] for each in served.get("/v3/contact_tags").json()["tags"]]


FAILURES: list[tuple[str, dict[str, Any]]] = [
    ("status", {"status": 500}),
    ("status", {"status": 503}),
    ("status", {"status": 429, "body": THROTTLED}),
    ("drop_before", {}),
    ("drop_after", {}),
]


@pytest.mark.parametrize(("do", "more"), FAILURES)
def test_a_read_survives_three_failures(served: Served, do: str, more: dict[str, Any]) -> None:
    fails(served, "GET", do, times=3, **more)
    (found,) = send(served, READ)
    assert found.body == {"tags": []}
    assert asked(served) == ["GET"] * 4


@pytest.mark.parametrize(
    ("do", "more", "kind"),
    [
        ("status", {"status": 500}, Unreachable),
        ("status", {"status": 429, "body": THROTTLED}, Throttled),
        ("status", {"status": 429, "body": DAY_IS_OVER}, QuotaExceeded),
        ("drop_before", {}, Unreachable),
        ("truncate", {}, ApiError),
        ("garbage", {}, Garbled),
    ],
)
def test_a_read_that_fails_on_and_on_is_told(
    served: Served, do: str, more: dict[str, Any], kind: type[ApiError]
) -> None:
    fails(served, "GET", do, **more)
    with pytest.raises(kind):
        send(served, READ)


@pytest.mark.parametrize(
    ("do", "more", "made"),
    [
        ("status", {"status": 500}, []),
        ("status", {"status": 500, "after": True}, ["VIP"]),
        ("drop_before", {}, []),
        ("drop_after", {}, ["VIP"]),
        ("truncate", {}, ["VIP"]),
        ("garbage", {}, ["VIP"]),
    ],
)
def test_a_write_whose_answer_is_lost_is_sent_once_and_told_as_unknown(
    served: Served, do: str, more: dict[str, Any], made: list[str]
) -> None:
    fails(served, "POST", do, times=1, **more)
    with pytest.raises(OutcomeUnknown):
        send(served, WRITE)
    assert asked(served) == ["POST"]
    assert tags(served) == made


def test_a_throttled_write_is_sent_again_and_happens_once(served: Served) -> None:
    fails(served, "POST", "status", status=429, body=THROTTLED, times=3)
    assert [each.status for each in send(served, WRITE)] == [201]
    assert tags(served) == ["VIP"]


def test_a_slow_answer_is_waited_for(served: Served) -> None:
    fails(served, "GET", "delay", delay_ms=400, times=1)
    assert send(served, READ)[0].status == 200
    assert asked(served) == ["GET"]


def test_a_throttle_lowers_the_pace_of_everybody_with_the_key(served: Served, tmp_path: Path) -> None:
    fails(served, "GET", "status", status=429, body=THROTTLED, times=1)
    book = PaceFile(tmp_path / "pace")
    send(served, READ, rate=100, book=book)
    book.close()

    def look(log: Log) -> tuple[Log, float]:
        return log, log.share

    assert PaceFile(tmp_path / "pace").change(look) == 0.75


def test_a_write_that_finds_nobody_to_connect_to_is_tried_again() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

        async def main() -> None:
            async with Client(Endpoint(f"http://127.0.0.1:{port}/v3", "t", rate=0)) as client:
                with pytest.raises(Unreachable, match="no connection") as caught:
                    await client.send(WRITE)
                assert client.calls == 4
                assert caught.value.status == 0

        asyncio.run(main())


def test_a_server_that_hangs_up_after_the_request_leaves_a_write_unknown() -> None:
    with answering(lambda connection: connection.recv(65_536)) as url:

        async def main() -> int:
            async with Client(Endpoint(url, "t", rate=0)) as client:
                with pytest.raises(OutcomeUnknown):
                    await client.send(WRITE)
                return client.calls

        assert asyncio.run(main()) == 1


class answering:  # noqa: N801 - reads as a verb
    """A server that does something with each connection, then closes it."""

    def __init__(self, act: Callable[[socket.socket], object]) -> None:
        self._act, self._socket = act, socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v3"

    def __exit__(self, *why: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._act(connection)


# A whole run


def test_the_pace_of_a_client_suffices_for_a_service_that_counts(tmp_path: Path) -> None:
    with Served("--rate", "20") as strict:
        book = PaceFile(tmp_path / "pace")
        found = send(strict, *[READ] * 60, rate=20, book=book)
        book.close()
        assert [each.status for each in found] == [200] * 60
        assert len(asked(strict)) <= 62  # a machine that is very busy may be told off

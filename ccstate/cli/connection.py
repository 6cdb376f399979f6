"""Connection: the account at the other end, and the event loop that talks to it.

Imported where a command is about to make calls: what it needs takes longer to import than a plan of some
thousand resources takes to make.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from ccstate.api.client import LIVE_URL, RATE, Client, Endpoint
from ccstate.api.errors import ApiError
from ccstate.cli import collector
from ccstate.cli.session import Session
from ccstate.cli.today import Today, meter
from ccstate.core.diagnostics import Refused, error
from ccstate.core.events import Event, event_to_json
from ccstate.core.plan import Plan
from ccstate.engine.offline import Job
from ccstate.engine.refresh import plan
from ccstate.render.documents import json_line
from ccstate.render.progress import event_lines
from ccstate.store.files import cannot_write, read_json

T = TypeVar("T")
Stop = Callable[[], bool]


def plan_online(job: Job, session: Session) -> tuple[Plan, Today]:
    """Read the account and plan; and what today has seen by then."""

    async def work(client: Client, stop: Stop) -> tuple[Plan, Today]:
        del stop  # nothing is written, so there is nothing to end well
        found = await plan(job, client, lambda event: emit(session, event))
        return found, Today.of(client)

    return run_async(work, session)


def emit(session: Session, event: Event) -> None:
    """An event to the terminal, or as a line of JSON."""
    if session.flags.as_json:
        if session.flags.auto_approve:
            moment = datetime.now(UTC).isoformat(timespec="milliseconds")
            click.echo(json_line(event_to_json(event, moment)), nl=False)
        return
    session.terminal.tell(event_lines(event))


# Where the account is


def endpoint(session: Session) -> Endpoint:
    """The emulator in process, or the address and token of the environment."""
    if session.flags.emulator:
        return _emulator(session)
    return replace(endpoint_from_environment(), rate=session.project.config.limits.rate)


def _emulator(session: Session) -> Endpoint:
    if os.environ.get("CCSTATE_API_URL"):
        raise click.ClickException(
            "--emulator and CCSTATE_API_URL contradict each other: which account is meant?"
        )
    from ccstate.emulator import Settings, create_app

    database = Path(session.flags.emulator_db or session.store.folder / "account.db")
    config = session.project.config
    is_new = not database.exists()
    if is_new:
        _forget_what_was_read(session)
    settings = Settings(
        db=str(database),
        account_id=config.account_id or None,
        organisation=config.organisation or None,
        seed=_seed(config.emulator_seed) if is_new else None,
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


def _forget_what_was_read(session: Session) -> None:
    """A new account may give out the ids of the one that was there before."""
    try:
        session.store.cache_path.unlink(missing_ok=True)
    except OSError as why:
        raise cannot_write(session.store.cache_path, why) from why


def _seed(path: Path | None) -> Any:
    return None if path is None else read_json(path, "seed")


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


def run_async(work: Callable[[Client, Stop], Awaitable[T]], session: Session) -> T:
    """The one event loop of a command; Refused where the API ends it.

    The first Ctrl-C asks to stop after the call in flight, the second leaves at once.
    """

    where = endpoint(session)
    collector.release()

    async def main() -> T:
        stopping = asyncio.Event()
        task = asyncio.current_task()

        def interrupt() -> None:
            if stopping.is_set() and task is not None:
                task.cancel()
            stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, interrupt)
        counter = meter(where)
        try:
            async with Client(where, meter=counter) as client:
                return await work(client, stopping.is_set)
        finally:
            if counter is not None:
                counter.close()

    try:
        return asyncio.run(main())
    except asyncio.CancelledError as why:
        raise KeyboardInterrupt from why
    except ApiError as why:
        raise Refused([why.diagnostic()]) from why

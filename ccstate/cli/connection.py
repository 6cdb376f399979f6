"""Connection: the account at the other end, and the event loop that talks to it.

Imported where a command is about to make calls: what it needs takes longer to import than a plan of some
thousand resources takes to make.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from ccstate.api.client import Client, Endpoint
from ccstate.api.errors import ApiError
from ccstate.api.identity import key_of
from ccstate.cli import collector
from ccstate.cli.credentials import endpoint_from_environment
from ccstate.cli.session import Session
from ccstate.cli.today import Today
from ccstate.core.diagnostics import Refused
from ccstate.core.events import Event, event_to_json
from ccstate.core.plan import Plan
from ccstate.engine.offline import Job
from ccstate.engine.refresh import plan
from ccstate.render.documents import json_line
from ccstate.render.progress import event_lines
from ccstate.store.files import cannot_write, read_json
from ccstate.store.meter import Meter
from ccstate.store.pace import PaceFile
from ccstate.store.tokens import TokenFile

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


def _client(where: Endpoint, files: ExitStack) -> Client:
    """A client that counts and paces its calls with all others of its key; alone in this process none is."""
    if where.app is not None:
        return Client(where)
    key = key_of(where)
    meter, book = Meter.of(key), PaceFile.of(key)
    for each in (meter, book):
        if each is not None:
            files.callback(each.close)
    return Client(where, meter=meter, book=book, keeper=_keeper(where))


def _keeper(where: Endpoint) -> TokenFile | None:
    renewal = where.renewal
    if renewal is None:
        return None
    return TokenFile.of(renewal.url, renewal.client_id, renewal.refresh_token)


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
        with ExitStack() as files:
            async with _client(where, files) as client:
                return await work(client, stopping.is_set)

    try:
        return asyncio.run(main())
    except asyncio.CancelledError as why:
        raise KeyboardInterrupt from why
    except ApiError as why:
        raise Refused([why.diagnostic()]) from why

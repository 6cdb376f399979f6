"""`ccstate emulator`: serve the local stand-in for the API, and steer it.

Arguments in, one call, result out. A served emulator is reached through its control plane; the project's own
one is a database file, opened for the moment. Nothing but click is imported before a command runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_DATABASE = ".ccstate/emulator/account.db"
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}


def _duration(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """`0ms`, `1.5s`, `2m`; a number alone means seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|)", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is no duration: write 250ms, 1s or 2m", ctx, param)
    return float(match[1]) * _UNITS[match[2]]


def _rates(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """What simulated contacts do with a mail; the defaults where nothing is said."""
    from ccstate.emulator.mails.rates import parse

    try:
        return parse(value or "")
    except ValueError as problem:
        raise click.BadParameter(str(problem), ctx, param) from problem


@click.group()
def command() -> None:
    """The local stand-in for the API."""


def _switch(name: str, help: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", is_flag=True, help=help)


@command.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8025, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--db", metavar="FILE", help="SQLite file that survives a restart (default: in memory).")
@click.option("--token", default="emulator-token", show_default=True, help="A token that is always valid.")
@click.option(
    "--rate", default=4, show_default=True, type=click.IntRange(0), help="Calls in any second; 0: no limit."
)
@click.option(
    "--quota",
    default=10000,
    show_default=True,
    type=click.IntRange(0),
    help="Calls in a UTC day; 0: no limit.",
)
@click.option(
    "--latency", default="0ms", show_default=True, callback=_duration, help="Added to every answer."
)
@click.option(
    "--activity-delay",
    default="1s",
    show_default=True,
    callback=_duration,
    help="How long a bulk activity takes.",
)
@click.option("--seed", metavar="FILE", help="A seed document (JSON) for a fresh account.")
@click.option("--random-seed", type=int, metavar="N", help="Makes ids and the odds of faults repeatable.")
@click.option(
    "--clock", default="real", show_default=True, metavar="ISO|real", help="An instant to stand still at."
)
@click.option(
    "--engagement",
    metavar="RATES",
    callback=_rates,
    help="Percent that open, click, forward, optout, bounce: open=40,click=5 or none.",
)
@click.option("--faults", metavar="FILE", help="Fault rules (JSON), as the control plane takes them.")
@_switch("rewrite-html", "HTML comes back spelled differently.")
@_switch("rewrite-criteria", "Segment criteria come back re-serialised.")
@_switch("removed-campaigns-free-name", "The name of a removed campaign may be taken again.")
@_switch("deleted-lists-keep-name", "The name of a deleted list stays reserved.")
@_switch("deleted-segments-keep-name", "The name of a deleted segment stays reserved.")
@_switch("case-sensitive-names", "Names that differ only in case are different names.")
@click.option(
    "--collection-lag",
    default="0s",
    show_default=True,
    callback=_duration,
    help="New objects are listed this late.",
)
@_switch("no-scheduling", "The plan does not include scheduling (403).")
@_switch("no-resends", "The plan does not include resends (403).")
@_switch("resend-as-array", "A new resend is answered as an array of one.")
@_switch("pending-approval", "A scheduled campaign shows PENDING_APPROVAL.")
@_switch("accept-forbidden-pairs", "HTML may contain [# ${ <@.")
@_switch("last-list-deletable", "The last list can be deleted.")
@_switch("keep-field-name-case", "The derived name of a custom field keeps its case.")
@_switch("creators-may-send", "Campaign Creators may send and delete campaigns.")
@_switch("epoch-sends-now", "A schedule in 1970 sends at once.")
@_switch("confirmed-opt-in", "Who signs up anew is pending until the contact confirms.")
@_switch("account-limits", "An account can have 500 tags and 1,000 segments.")
@_switch("strict-bodies", "Unknown properties of a body are refused.")
@_switch("provisioning-deferred", "Client accounts are provisioned late, and POST answers 503.")
@_switch("permissive-criteria", "Any JSON passes as segment criteria.")
def serve(host: str, port: int, seed: str | None, faults: str | None, **options: Any) -> None:
    """Serve the emulator over HTTP until it is interrupted.

    Prints `ready http://HOST:PORT/v3` once it answers.
    """
    from ccstate.cli import collector
    from ccstate.emulator import Settings, Switches
    from ccstate.emulator.serve import serve as run

    collector.release()

    names = Switches.__dataclass_fields__
    switches = Switches(**{name: options.pop(name) for name in names})
    rules = [] if faults is None else _json_file(faults)
    try:
        settings = Settings(
            seed=None if seed is None else _json_file(seed), faults=rules, switches=switches, **options
        )
        run(settings, host, port, lambda address: click.echo(f"ready {address}"))
    except (OSError, ValueError) as problem:
        raise click.ClickException(str(problem)) from problem


def _place(wanted: Callable[..., None]) -> Callable[..., None]:
    """The options that say which emulator is meant."""
    wanted = click.option("--emulator-db", metavar="FILE", help=f"A database file (default: {_DATABASE}).")(
        wanted
    )
    return click.option("--url", metavar="URL", help="A served emulator, e.g. http://127.0.0.1:8025.")(wanted)


@command.command()
@_place
def reset(url: str | None, emulator_db: str | None) -> None:
    """Make the account empty again."""
    answer = _control(url, emulator_db, "reset", {}, create=True)
    more = ", and the project remembers nothing of it" if _forget(url, emulator_db) else ""
    click.echo(f"The account {answer['account_id']} is empty{more}.")


def _forget(url: str | None, emulator_db: str | None) -> bool:
    """The project's memory of the account that was: a rehearsal begins anew on both sides."""
    folder = Path(_DATABASE).parent
    (folder / "cache.json").unlink(missing_ok=True)
    if url is not None or emulator_db is not None:
        return False
    for name in ("state.json", "journal.jsonl"):
        (folder / name).unlink(missing_ok=True)
    return True


@command.command()
@click.argument("file")
@_place
def seed(file: str, url: str | None, emulator_db: str | None) -> None:
    """Replace the account by the one that FILE describes: a seed document or a dump."""
    _control(url, emulator_db, "load", _json_file(file), create=True)
    _forget(url, emulator_db)
    click.echo(f"The account is the one of {file}.")


@command.command()
@click.option(
    "--advance", metavar="DURATION", help="Move on, e.g. P2DT3H; what falls due happens on the way."
)
@click.option("--set", "instant", metavar="ISO", help="Go to an instant, e.g. 2026-12-01T00:00:00Z.")
@_place
def clock(advance: str | None, instant: str | None, url: str | None, emulator_db: str | None) -> None:
    """Show the emulator's clock, or move it."""
    if advance is not None and instant is not None:
        raise click.UsageError("--advance and --set contradict each other")
    move = {name: text for name, text in (("advance", advance), ("set", instant)) if text is not None}
    answer = _control(url, emulator_db, "clock", move or None)
    click.echo(answer["now"])


@command.command()
def coverage() -> None:
    """List every operation of the API and how far it is emulated."""
    from ccstate.emulator.collections import operations
    from ccstate.emulator.coverage import table

    every = table(operations())
    width = max(len(known.path) for known in every)
    for known in every:
        missing = f"  {known.missing}" if known.missing else ""
        click.echo(f"{known.status:<8}  {known.method:<6}  {known.path:<{width if missing else 0}}{missing}")
    counts = {
        status: sum(known.status == status for known in every) for status in ("emulated", "partly", "not")
    }
    click.echo(
        f"{len(every)} operations: " + ", ".join(f"{count} {status}" for status, count in counts.items())
    )


def _json_file(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise click.ClickException(f"{path}: {problem}") from problem


def _control(
    url: str | None, database: str | None, name: str, body: Any | None, *, create: bool = False
) -> dict[str, Any]:
    """One control call, to a served emulator or to a database file; a body of None only looks."""
    if url is not None:
        return _over_http(url, name, body)
    path = Path(database or _DATABASE)
    if not path.exists() and not create:
        raise click.ClickException(f"there is no emulator at {path}: name it with --emulator-db or --url")
    return _in_file(path, name, body)


def _over_http(url: str, name: str, body: Any | None) -> dict[str, Any]:
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    base = url.rstrip("/").removesuffix("/v3")
    if not base.startswith(("http://", "https://")):
        raise click.ClickException(f"{url} is no address: write http://127.0.0.1:8025")
    content = None if body is None else json.dumps(body).encode()
    request = Request(f"{base}/_control/{name}", data=content, headers={"Content-Type": "application/json"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as problem:
        with problem:
            raise click.ClickException(_said(problem.read()) or f"{url}: {problem}") from problem
    except (OSError, ValueError) as problem:
        raise click.ClickException(f"{url}: {problem}") from problem


def _in_file(path: Path, name: str, body: Any | None) -> dict[str, Any]:
    """The same call on a file: an app is opened for it, without a port."""
    from ccstate.emulator import Settings, create_app

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        app = create_app(Settings(db=str(path)))
    except OSError as problem:
        raise click.ClickException(f"{path}: {problem}") from problem
    try:
        status, answer = app.state.gateway.control.call(name, body)
    finally:
        app.state.world.close()
    if status != 200:
        raise click.ClickException(answer["error"])
    found: dict[str, Any] = answer
    return found


def _said(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return None

"""`ccstate state`: look at the state, and change it by hand. The account is never touched."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags

if TYPE_CHECKING:
    from ccstate.cli.memory import Memory
    from ccstate.core.state import State

_COLOUR = f.option("--no-color", is_flag=True, help="No colour (NO_COLOR says the same).")
_READS = f.stack([f.EMULATOR_STATE, _COLOUR])
_WRITES = f.stack([f.EMULATOR_STATE, f.LOCK, _COLOUR])
_STDIN = "-"


@click.group()
def command() -> None:
    """Look at the state, and change it by hand."""


def _open(given: dict[str, Any]) -> Memory:
    from ccstate.cli.memory import Memory

    return Memory.open(Flags(**given))


def _told(memory: Memory) -> AbstractContextManager[None]:
    from ccstate.cli.telling import told

    return told(memory.terminal)


@command.command("list")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@_READS
def show_list(addresses: tuple[str, ...], **given: Any) -> int:
    """List the addresses in the state: all, or those that are named (globs too)."""
    from ccstate.core.surgery import addressed

    memory = _open(given)
    with _told(memory):
        for each in addressed(memory.store.load(), addresses):
            click.echo(str(each))
    return 0


@command.command()
@click.argument("address")
@_READS
def show(address: str, **given: Any) -> int:
    """Show what the state holds of an address, as JSON (several, where a glob names them)."""
    from ccstate.core.surgery import addressed

    memory = _open(given)
    with _told(memory):
        state = memory.store.load()
        for each in addressed(state, (address,)):
            click.echo(_json({"address": str(each), **state.bindings[each].to_json()}))
    return 0


@command.command()
@click.argument("source")
@click.argument("target")
@_WRITES
def mv(source: str, target: str, **given: Any) -> int:
    """Bind what is bound to SOURCE to TARGET, another address of its kind.

    For a rename of a key in the manifests that was not noticed. Nothing happens in the account.
    """
    from ccstate.core.surgery import moved

    _change(given, "state mv", lambda state: moved(state, source, target))
    click.echo(f"{source} is {target} now.")
    return 0


@command.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@_WRITES
def rm(addresses: tuple[str, ...], **given: Any) -> int:
    """Forget addresses (globs too): what they are bound to stays in the account.

    What is still declared is found again by its name.
    """
    from ccstate.core.surgery import addressed

    gone: list[str] = []

    def without(state: State) -> State:
        found = addressed(state, addresses)
        gone.extend(map(str, found))
        return state.forget(found)

    _change(given, "state rm", without)
    for each in gone:
        click.echo(f"{each} is forgotten.")
    return 0


@command.command()
@_READS
def pull(**given: Any) -> int:
    """Print the state, wherever it is kept, as the JSON of a state file."""
    memory = _open(given)
    with _told(memory):
        state = memory.store.load()
    click.echo(_json(state.to_json()))
    return 0


@command.command()
@click.argument("file")
@f.option("--force", is_flag=True, help="Also a state of another lineage or account, or an older one.")
@_WRITES
def push(file: str, force: bool, **given: Any) -> int:
    """Put the state in FILE (- for stdin) in place of the one that is kept.

    It has to be one that was pulled: of the same lineage, and no older than the one there. It gets the next
    serial, so that no plan that was saved before fits it.
    """
    memory = _open(given)
    with _told(memory), memory.locked("state push") as store:
        from ccstate.core.surgery import successor

        pushed = _read(file)
        there = store.settle_unfinished(store.load())
        if pushed == there:
            click.echo("The state is as it is there already.")
            return 0
        written = store.replace(store.identified(successor(pushed, there, force=force)), there)
    click.echo(f"The state {memory.store.address} has serial {written.serial} now.")
    return 0


def _change(given: dict[str, Any], operation: str, change: Callable[[State], State]) -> None:
    memory = _open(given)
    with _told(memory), memory.locked(operation) as store:
        store.save(change(store.settle_unfinished(store.load())))


def _read(file: str) -> State:
    """A state from outside, which may hold anything."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    from ccstate.core.diagnostics import Refused, error
    from ccstate.manifest import schemas
    from ccstate.store.files import parse_json, read_bytes
    from ccstate.store.project import parse_state

    place = "the state on stdin" if file == _STDIN else file
    data = sys.stdin.buffer.read() if file == _STDIN else read_bytes(Path(file))
    state = parse_state(data, place)
    validator = Draft202012Validator(schemas.read("state"))
    wrong = best_match(validator.iter_errors(parse_json(data, place, "state")))
    if wrong is not None:
        summary = f"{place} is no state: {wrong.json_path}: {wrong.message}"
        raise Refused([error("state-unreadable", summary, hint="begin with one that was pulled")])
    return state


def _json(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False)

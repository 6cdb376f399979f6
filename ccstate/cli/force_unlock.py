"""`ccstate force-unlock`: take the lock from a run that is gone."""

from __future__ import annotations

from typing import Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags


@click.command()
@click.argument("lock_id", metavar="ID")
@f.PATH
@f.EMULATOR_STATE
@f.option("--no-color", is_flag=True, help="No colour (NO_COLOR says the same).")
def command(lock_id: str, **given: Any) -> int:
    """Take the lock of the state from a run that is gone.

    ID is the one that the refused command shows. A run that is still at work notices before its next change
    and stops. PATH is the project.
    """
    from ccstate.cli.memory import Memory
    from ccstate.cli.telling import told

    memory = Memory.open(Flags(**given))
    with told(memory.terminal):
        memory.store.backend.lock().force(lock_id)
    click.echo(f"The state {memory.store.address} is unlocked.")
    return 0

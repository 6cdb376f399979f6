"""Memory: the state of a project for commands that look at nothing else of it.

They read `ccstate.yaml`, which says where the state is, and no manifest: a mistake in one must not keep
anybody from unlocking or mending a state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ccstate.cli.flags import Flags
from ccstate.cli.telling import tell, warn_of_variables
from ccstate.cli.terminal import Terminal
from ccstate.core.diagnostics import has_errors
from ccstate.manifest import config as project_file
from ccstate.manifest.files import find_root
from ccstate.store.project import Store

if TYPE_CHECKING:
    from ccstate.store.backend import LockRecord
    from ccstate.store.lock import Held


class Memory(NamedTuple):
    """The state of one project, and where to tell of it."""

    flags: Flags
    store: Store
    terminal: Terminal

    @classmethod
    def open(cls, flags: Flags) -> Memory:
        """Find the project and its state; mistakes of the project file are told and end the command."""
        terminal = Terminal(no_color=flags.no_color)
        warn_of_variables(terminal)
        path = Path(flags.path)
        if not path.exists():
            raise click.ClickException(f"there is no {path}")
        root = find_root(path)
        config, diagnostics = project_file.load(root)
        tell(terminal, diagnostics)
        if has_errors(diagnostics):
            raise click.exceptions.Exit(1)
        return cls(flags, Store.of(root, emulator=flags.emulator, url=config.state), terminal)

    @contextmanager
    def locked(self, operation: str) -> Iterator[Store]:
        """The store, with its lock."""
        with lock_of(self.store, self.flags, operation) as held:
            yield self.store._replace(held=held)


@contextmanager
def lock_of(store: Store, flags: Flags, operation: str) -> Iterator[Held]:
    """The lock of a state, unless it is waived; who is waited for is told."""
    from ccstate.store.lock import NOT_LOCKED, whose

    def waits(holder: LockRecord) -> None:
        click.echo(f"Waiting up to {flags.lock_timeout:g} s for {whose(holder)}.", err=True)

    lock = (
        nullcontext(NOT_LOCKED)
        if flags.no_lock
        else store.lock(operation, wait=flags.lock_timeout, waits=waits)
    )
    with lock as held:
        yield held

"""Session: what every command that works on a project needs, put together from its flags."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ccstate.cli.flags import Flags
from ccstate.cli.memory import lock_of
from ccstate.cli.telling import tell, warn_of_variables
from ccstate.cli.terminal import Terminal
from ccstate.core.diagnostics import Diagnostic, has_errors
from ccstate.core.kind import Kinds
from ccstate.core.options import Options
from ccstate.kinds import discover
from ccstate.manifest.project import Project, load
from ccstate.store.project import Store

if TYPE_CHECKING:
    from ccstate.store.lock import Held


class Session(NamedTuple):
    """One run of one command on one project."""

    flags: Flags
    project: Project
    kinds: Kinds
    terminal: Terminal
    held: Held | None = None

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
        config = self.project.config
        return Store.of(self.project.root, emulator=self.flags.emulator, url=config.state, held=self.held)

    def tell(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Diagnostics to stderr, with the lines that they are about."""
        tell(self.terminal, diagnostics, self.project)

    def options(self, *, applying: bool) -> Options:
        """What flags and ccstate.yaml ask of the plan."""
        flags, config = self.flags, self.project.config
        return Options(
            guards=config.guards,
            limits=config.limits,
            metered=not flags.emulator,
            account_id=config.account_id,
            organisation=config.organisation,
            adopt=config.adopt,
            targets=flags.target,
            within=self.project.narrowed,
            excludes=flags.exclude,
            destroy=flags.destroy,
            replace=flags.replace,
            reschedule=flags.reschedule,
            rebind=flags.rebind,
            allow_data_loss=flags.allow_data_loss,
            allow_second_send=flags.allow_second_send,
            allow_dangling=flags.allow_dangling,
            allow_mass_change=flags.allow_mass_change,
            allow_sends=flags.allow_sends,
            union=config.union,
            count_segments=flags.count_segments,
            include_sent=flags.include_sent,
            refresh_only=flags.refresh_only,
            applying=applying,
        )

    @contextmanager
    def locked(self, operation: str) -> Iterator[Session]:
        """The same session with the lock of the state, unless it is waived."""
        with lock_of(self.store, self.flags, operation) as held:
            yield self._replace(held=held)

"""Telling: diagnostics to the user, for commands that need no account as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ccstate.cli.flags import known_variables, unknown_variables
from ccstate.cli.terminal import Terminal
from ccstate.core.diagnostics import Diagnostic, Refused, nearest, warning

if TYPE_CHECKING:
    from ccstate.manifest.project import Project
    from ccstate.render.diagnostics import Sources


def tell(terminal: Terminal, diagnostics: tuple[Diagnostic, ...], project: Project | None = None) -> None:
    """Diagnostics to stderr, with the lines that they are about where the project is known."""
    if not diagnostics:
        return
    from ccstate.render.diagnostics import NO_SOURCES, diagnostics_lines

    terminal.tell(diagnostics_lines(diagnostics, _sources(project) if project else NO_SOURCES))


def _sources(project: Project) -> Sources:
    """The lines of the project's files, each file read when it is first asked for."""
    lines: dict[str, list[str]] = {}

    def line(filename: str, number: int) -> str | None:
        if filename not in lines:
            lines[filename] = project.sources[filename].splitlines() if filename in project.sources else []
        found = lines[filename]
        return found[number - 1] if 0 < number <= len(found) else None

    return line


def warn_of_variables(terminal: Terminal) -> None:
    """A CCSTATE_ variable that nothing reads is a mistake in the making."""
    found = []
    for name in unknown_variables():
        close = nearest(name, known_variables())
        hint = f"did you mean {close}?" if close else "see `ccstate COMMAND --help` for what can be set"
        found.append(warning("unknown-variable", f"the variable {name} means nothing to ccstate", hint=hint))
    tell(terminal, tuple(found))


@contextmanager
def told(terminal: Terminal, project: Project | None = None) -> Iterator[None]:
    """Turn what refuses a command into diagnostics and exit code 1."""
    try:
        yield
    except Refused as why:
        tell(terminal, why.diagnostics, project)
        raise click.exceptions.Exit(1) from why

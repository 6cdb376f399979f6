"""`ccstate validate`: all mistakes of a project in one run, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags


@click.command()
@f.PATH
@f.OUTPUT
def command(**given: Any) -> int:
    """Check the manifests offline: all mistakes in one run.

    YAML, fields, references, times, and the limits of the API; each with file, line and column. Never judges
    a date against today.
    """
    from ccstate.cli.telling import tell, warn_of_variables
    from ccstate.cli.terminal import Terminal
    from ccstate.core.diagnostics import has_errors
    from ccstate.kinds import discover
    from ccstate.manifest.project import load
    from ccstate.render.spans import Span

    flags = Flags(**given)
    terminal = Terminal(no_color=flags.no_color)
    warn_of_variables(terminal)
    project = load(Path(flags.path), discover())
    failed = has_errors(project.diagnostics)
    if flags.as_json:
        from ccstate.render.documents import diagnostics_document, json_text

        click.echo(json_text(diagnostics_document(project.diagnostics)), nl=False)
        return int(failed)
    tell(terminal, project.diagnostics, project)
    if not failed:
        count = len(project.desired)
        terminal.result([(Span(f"Valid: {count:,} resource{'' if count == 1 else 's'}.", "add"),)])
    return int(failed)

"""`ccstate show`: a saved plan, again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags


@click.command()
@click.argument("path", metavar="PLANFILE")
@f.PLAN_OUTPUT
@f.FULL
def command(**given: Any) -> int:
    """Show a saved plan.

    Reads nothing but the file.
    """
    from ccstate.cli.saved import show_saved

    flags = Flags(**given)
    return show_saved(Path(flags.path), flags)

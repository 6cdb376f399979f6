"""`ccstate plan`: read the account, show the changes, save them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags


@click.command()
@f.PATH
@f.OUT
@f.REFRESH
@f.REFRESH_ONLY
@f.DETAILED_EXITCODE
@f.option("--destroy", is_flag=True, help="Plan the deletion of everything managed.")
@f.EMULATOR
@f.PLANNING
@f.PLAN_OUTPUT
@f.FULL
@f.LOCK
@f.NO_INPUT
def command(out: str | None, **given: Any) -> int:
    """Read the account and show what would change.

    PATH is a project folder, or a file or folder inside one, which narrows the plan to what is declared
    there.
    """
    from ccstate.cli.planning import Planner

    return Planner.open(Flags(**given)).show(Path(out) if out else None)

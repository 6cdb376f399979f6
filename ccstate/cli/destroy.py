"""`ccstate destroy`: plan and apply the deletion of everything managed."""

from __future__ import annotations

from typing import Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags


@click.command()
@f.PATH
@f.APPROVE
@f.REFRESH
@f.EMULATOR
@f.PLANNING
@f.OUTPUT
@f.FULL
@f.LOCK
@f.NO_INPUT
def command(**given: Any) -> int:
    """Plan and apply the deletion of everything managed.

    Sent campaigns are forgotten, not deleted; an account keeps its last list.
    """
    from ccstate.cli.applying import apply
    from ccstate.cli.planning import Planner

    return apply(Planner.open(Flags(**given, destroy=True)))

"""`ccstate apply`: plan, ask, apply; or apply exactly a saved plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags


@click.command()
@click.argument("path", default=".", metavar="[PATH | PLANFILE]")
@f.APPROVE
@f.option("--destroy", is_flag=True, help="The same as `ccstate destroy`.")
@f.REFRESH
@f.REFRESH_ONLY
@f.EMULATOR
@f.PLANNING
@f.OUTPUT
@f.FULL
@f.LOCK
@f.NO_INPUT
def command(**given: Any) -> int:
    """Plan, ask, apply; or apply exactly a saved plan.

    With a PLANFILE, made by `ccstate plan --out`, the file is the approval: nothing is asked, and nothing but
    its steps is done.
    """
    from ccstate.cli.applying import apply, apply_saved
    from ccstate.cli.planning import Planner
    from ccstate.cli.saved import is_plan_file

    flags = Flags(**given)
    if is_plan_file(Path(flags.path)):
        return apply_saved(flags)
    return apply(Planner.open(flags))

"""`ccstate import`: let a resource of the manifest stand for an object of the account."""

from __future__ import annotations

from typing import Any

import click

from ccstate.cli import flags as f
from ccstate.cli.flags import Flags


@click.command("import")
@click.argument("address", metavar="ADDRESS")
@click.argument("remote_id", default="", metavar="[ID]")
@f.EMULATOR
@f.OUTPUT
@f.FULL
@f.LOCK
def command(address: str, remote_id: str, **given: Any) -> int:
    """Let a resource stand for an object that is there.

    ADDRESS is declared in the project of the current folder (or of -C DIR). Without ID the object is found by
    its name, or by what an import block says. It is bound in the state, and the account stays as it is; what
    an apply would then change is shown.
    """
    from ccstate.cli.importing import Importer
    from ccstate.cli.session import Session

    return Importer(Session.open(Flags(**given)), address, remote_id).run()

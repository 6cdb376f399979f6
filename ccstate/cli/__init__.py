"""The command line: arguments in, one engine call, render, exit code. One module per command, loaded lazily.

Exit codes: 0 done, or no changes; 1 error, usage errors included; 2 changes, under --detailed-exitcode only;
130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from keyword import iskeyword
from typing import Final

import click

from ccstate import __version__

COMMANDS: Final = {
    "apply": "Plan, ask, apply; or apply exactly a saved plan.",
    "destroy": "Plan and apply the deletion of everything managed.",
    "emulator": "The local stand-in for the API.",
    "force-unlock": "Take the lock of the state from a run that is gone.",
    "import": "Let a resource stand for an object that is there.",
    "plan": "Read the account and show what would change.",
    "show": "Show a saved plan.",
    "state": "Look at the state, and change it by hand.",
    "validate": "Check the manifests offline: all mistakes in one run.",
}
"""Name -> first line of its help: listing the commands imports none of them (a test compares the lines)."""

_EPILOG: Final = """\b
Exit codes:
  0    done, or no changes
  1    an error, also in the arguments
  2    there are changes (plan --detailed-exitcode only)
  130  interrupted

\b
Try it without an account:
  ccstate apply --emulator examples/quickstart
"""


def module_of(command: str) -> str:
    """The module of a command: its name, as Python can spell it."""
    return f"{command}_" if iskeyword(command) else command.replace("-", "_")


class _Lazy(click.Group):
    """A group that imports a command's module when the command is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"ccstate.cli.{module_of(cmd_name)}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from ccstate.core.diagnostics import nearest

            close = nearest(name, COMMANDS)
            hint = f" Did you mean {close!r}?" if close else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The names and lines of the table above, so that no module is imported."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_Lazy, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="ccstate %(version)s")
@click.option("-C", "--chdir", metavar="DIR", help="Go to DIR first, as git does.")
def program(chdir: str | None) -> None:
    """Terraform for a Constant Contact account.

    Lists, tags, custom fields, segments and scheduled campaigns as YAML in git: `plan` shows what would
    change in the account, `apply` makes exactly those API calls.
    """
    if chdir is not None:
        try:
            os.chdir(chdir)
        except OSError as why:
            raise click.ClickException(f"cannot go to {chdir}: {why.strerror}") from why


def run(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code."""
    try:
        result = program.main(args=list(arguments), prog_name="ccstate", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return 130
    except click.ClickException as why:
        why.show()
        return 1
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more while it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result if isinstance(result, int) else 0

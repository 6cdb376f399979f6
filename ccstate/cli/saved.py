"""Saved plans: read one, and show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ccstate.cli.flags import Flags
from ccstate.cli.planning import print_for_a_reader
from ccstate.cli.telling import tell, told
from ccstate.cli.terminal import Terminal
from ccstate.core.diagnostics import Refused, error
from ccstate.core.document import PlanTarget, plan_from_json
from ccstate.core.plan import Plan
from ccstate.render.documents import json_text
from ccstate.store.files import read_json

_BEGINS = 200
"""Characters of a file that tell a saved plan from a manifest."""


def is_plan_file(path: Path) -> bool:
    """Whether a file is a saved plan: its first key says so."""
    try:
        with path.open(encoding="utf-8") as file:
            return '"ccstate_plan"' in file.read(_BEGINS)
    except (OSError, UnicodeDecodeError):
        return False


def read_plan(path: Path) -> tuple[Plan, PlanTarget, Any]:
    """A saved plan; Refused where the file is none."""
    document = read_json(path, "plan")
    version = str(document.get("format_version", "")) if isinstance(document, dict) else ""
    if not isinstance(document, dict) or "ccstate_plan" not in document:
        hint = "make one with: ccstate plan --out plan.json"
        raise Refused([error("plan-unreadable", f"{path} is no saved plan", hint=hint)])
    if version.partition(".")[0] != "1":
        hint = "make a new plan with this version"
        raise Refused(
            [error("plan-version", f"{path} has format {version or '?'}, this version reads 1", hint=hint)]
        )
    try:
        plan, target = plan_from_json(document)
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        summary = f"{path} is damaged: {type(why).__name__}: {why}"
        raise Refused([error("plan-unreadable", summary, hint="make a new plan")]) from why
    return plan, target, document


def show_saved(path: Path, flags: Flags) -> int:
    """Print a saved plan."""
    terminal = Terminal(no_color=flags.no_color)
    with told(terminal):
        plan, _, document = read_plan(path)
        if flags.as_json:
            click.echo(json_text(document), nl=False)
            return 0
        tell(terminal, plan.diagnostics)
        print_for_a_reader(plan, flags, terminal)
    return 0

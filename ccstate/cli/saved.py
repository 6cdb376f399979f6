"""Saved plans: seal one, read one, and show it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import click

from ccstate.cli.flags import Flags
from ccstate.cli.planning import print_for_a_reader
from ccstate.cli.telling import tell, told
from ccstate.cli.terminal import Terminal
from ccstate.core.diagnostics import Diagnostic, Refused, error, warning
from ccstate.core.document import PlanTarget, plan_from_json
from ccstate.core.plan import Plan
from ccstate.core.seal import Seal, inspect, sealed
from ccstate.render.documents import json_text
from ccstate.store.files import read_bytes

KEY_VARIABLE: Final = "CCSTATE_PLAN_KEY"
_BEGINS: Final = 200
"""Bytes of a file that tell a saved plan from a manifest."""

_AGAIN: Final = "make a new plan with `ccstate plan --out`, and have it reviewed"


def is_plan_file(path: Path) -> bool:
    """Whether a file is a saved plan: its first keys say so, also where one of them is damaged."""
    try:
        with path.open("rb") as file:
            begins = file.read(_BEGINS)
    except OSError:
        return False
    return _begins_as_plan(begins)


def _begins_as_plan(data: bytes) -> bool:
    return any(name in data[:_BEGINS] for name in (b'"ccstate_plan"', b'"format_version"'))


# The seal


def with_seal(text: str) -> str:
    """The text of a plan with its checksum and, where there is a key, its HMAC."""
    return sealed(text, _key())


def _key() -> bytes | None:
    """The key of the environment, which goes nowhere else."""
    found = os.environ.get(KEY_VARIABLE)
    if found == "":  # a secret that a CI does not hand out looks so, and must not switch the check off
        hint = "give it the key, or unset it"
        raise Refused([error("plan-key-empty", f"{KEY_VARIABLE} is set and empty", hint=hint)])
    return None if found is None else os.fsencode(found)


def _check_seal(path: Path, seal: Seal, *, keyed: bool) -> tuple[Diagnostic, ...]:
    """Refused where the file is not as it was saved; what else there is to say."""
    if not (seal.found and seal.whole):
        why = "its checksum does not fit" if seal.found else "it does not end with its checksum"
        summary = f"{path} is not as `ccstate plan --out` wrote it: {why}, so it was cut off or edited"
        raise Refused([error("plan-damaged", summary, hint=_AGAIN)])
    if keyed and not seal.authentic:
        why = "was signed with another key, or tampered with" if seal.signed else "is not signed"
        hint = f"make the plan where {KEY_VARIABLE} is the same as here"
        raise Refused([error("plan-not-authentic", f"{path} {why}", hint=hint)])
    if seal.signed and not keyed:
        summary = f"{path} is signed, and {KEY_VARIABLE} is not set: nothing here would find tampering"
        hint = f"set {KEY_VARIABLE} to the key that it was made with"
        return (warning("plan-not-verified", summary, hint=hint),)
    return ()


# Reading


def read_plan(path: Path, *, to_apply: bool = False) -> tuple[Plan, PlanTarget, Any]:
    """A plan of a file; Refused where it is none, or not as it was saved.

    One that was printed has no seal; it can be shown, but not applied.
    """
    data, key = read_bytes(path), _key()
    seal = inspect(data, key)
    notes = _check_seal(path, seal, keyed=key is not None) if seal.found else ()
    document = _document(path, data)
    version = str(document.get("format_version", ""))
    if version.partition(".")[0] != "1":
        summary = f"{path} has format {version or '?'}, this version reads 1"
        raise Refused([error("plan-version", summary, hint="make a new plan with this version")])
    try:
        plan, target = plan_from_json(document)
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        summary = f"{path} is damaged: {type(why).__name__}: {why}"
        raise Refused([error("plan-unreadable", summary, hint="make a new plan")]) from why
    if to_apply and plan.offline:
        summary = f"{path} was made from the state alone, without a look at the account"
        hint = "make one that has looked: ccstate plan --out plan.json"
        raise Refused([error("plan-offline", summary, hint=hint)])
    if not seal.found and (to_apply or key is not None):
        _check_seal(path, seal, keyed=key is not None)
    return plan._replace(diagnostics=(*notes, *plan.diagnostics)), target, document


def _document(path: Path, data: bytes) -> dict[str, Any]:
    """The object in a file; Refused where it holds none, or is no plan."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as why:
        if _begins_as_plan(data):
            _check_seal(path, Seal(found=False), keyed=False)
        raise Refused([error("plan-unreadable", f"{path} is no plan file: {why}", hint=_AGAIN)]) from why
    if not isinstance(document, dict) or "ccstate_plan" not in document:
        hint = "make one with: ccstate plan --out plan.json"
        raise Refused([error("plan-unreadable", f"{path} is no saved plan", hint=hint)])
    return document


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

"""Hooks: commands of the project that are called when something must not go unnoticed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Final

from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.events import Event, Unscheduled
from ccstate.core.plan import Plan

_PATIENCE: Final = 60.0
"""Seconds that a command may take."""


def alarm(plan: Plan, events: Sequence[Event], command: str) -> tuple[Diagnostic, ...]:
    """Call `on_unscheduled` where campaigns were left without their schedule; what went wrong with it.

    On stdin: `{"account": {id, organisation, emulated}, "campaigns": [{address, name, since}]}`.
    """
    left = [each for each in events if isinstance(each, Unscheduled)]
    if not left or not command:
        return ()
    names = {each.address: each.natural_key for each in plan.changes}
    account = plan.account
    message = {
        "account": {"id": account.id, "organisation": account.organisation, "emulated": account.emulated},
        "campaigns": [
            {"address": str(each.address), "name": names.get(each.address, ""), "since": each.since}
            for each in left
        ],
    }
    try:
        ran = subprocess.run(
            command,
            shell=True,  # the command is the project's own, as in a CI script
            input=json.dumps(message, ensure_ascii=False),
            encoding="utf-8",
            errors="replace",
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as why:
        return (_failed(command, str(why)),)
    if ran.returncode:
        return (_failed(command, f"it ended with {ran.returncode}: {ran.stderr.strip()[-500:]}"),)
    return ()


def _failed(command: str, why: str) -> Diagnostic:
    summary = f"on_unscheduled could not be called ({command!r}): tell whoever must know yourself"
    return error("hook-failed", summary, detail=why)

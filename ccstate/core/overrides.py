"""Overrides: what a plan would have been refused for, had no flag let it pass. Pure.

A saved plan is applied without flags, so those who approve it must see which were used and for what. Found by
asking the guards again as if nobody had passed any: whatever they say then and not otherwise, and whose hint
names such a flag, was let pass by it. So a guard need not know of this to be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ccstate.core.decide import Decision
from ccstate.core.diagnostics import Diagnostic
from ccstate.core.options import Options
from ccstate.core.plan import Action, Override

_FLAG: Final = re.compile(r"--allow-[a-z-]*[a-z]")
_ALLOWING: Final = tuple(name for name in Options._fields if name.startswith("allow_"))


def without_overrides(options: Options) -> Options | None:
    """The same options as if no guard was overridden; None where none is."""
    defaults = Options._field_defaults
    if all(getattr(options, name) == defaults[name] for name in _ALLOWING):
        return None
    return options._replace(**{name: defaults[name] for name in _ALLOWING})


def let_pass(said: Iterable[Diagnostic], strictly: Iterable[Diagnostic]) -> tuple[Override, ...]:
    """What the guards say only if no flag is passed, each with the flag that its hint names."""
    known = set(said)
    return tuple(
        Override(flag[0], each.address, each.summary)
        for each in strictly
        if each not in known and (flag := _FLAG.search(each.hint))
    )


def sent_ones(decisions: Iterable[Decision]) -> tuple[Override, ...]:
    """Sent campaigns that are deleted and not only forgotten, because that was asked for."""
    return tuple(
        Override("--include-sent", each.address, f"{each.address} was sent: its reports are deleted with it")
        for each in decisions
        if each.action is Action.DELETE and each.stance.forget
    )

"""The budget as text: what was read, what applying costs, and on a line apart what today has seen so far."""

from __future__ import annotations

import textwrap

from ccstate.core.plan import Budget, Plan
from ccstate.render.spans import Line, Lines, span


def api_lines(plan: Plan) -> Lines:
    """`API: this plan read 9 calls; applying needs 4, about 1 s at 4/s.`, and what only changes asked for."""
    budget = plan.budget
    read = f"this plan read {_calls(budget.refresh_calls)}" if budget.refresh_calls else ""
    needs = _needs(budget)
    if not budget.apply_calls:
        if not read:
            against = "; it compares with the state alone" if plan.offline else ""
            return (_dim(f"API: this plan made no call{against}."),)
        needs = "" if plan.empty else "applying needs no call"
    first = _dim(f"API: {'; '.join(part for part in (read, needs) if part)}.")
    asked = ", ".join(f"{why} {calls:,}" for why, calls in budget.asked.items())
    more = f"Read only for these changes: {asked}."
    return (first, *map(_dim, _wrapped(more))) if asked else (first,)


def _wrapped(text: str) -> list[str]:
    indent = " " * 5
    return textwrap.wrap(text, 80, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _needs(budget: Budget) -> str:
    seconds = budget.apply_seconds or -(-budget.apply_calls // budget.rate)
    return f"applying needs {budget.apply_calls:,}, about {duration(seconds)} at {budget.rate}/s"


def today_line(used: int, daily: int) -> Line:
    """Changes with every call, so it is no part of the plan."""
    of = f" of {daily:,}" if daily else ""
    return _dim(f"API today: {used:,}{of} calls used, as counted on this machine; a day begins at 00:00 UTC.")


def duration(seconds: int) -> str:
    """`45 s`, `2 min 5 s`, `1 h 20 min`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _calls(number: int) -> str:
    return f"{number:,} call{'' if number == 1 else 's'}"


def _dim(text: str) -> Line:
    return (span(text, "dim"),)

"""Today: what depends on the moment and on a counter, and so is no part of a plan.

It goes to stderr, or in JSON into the one object `run`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from ccstate.api.client import Client
from ccstate.cli.session import Session
from ccstate.core.budget import over_budget
from ccstate.core.instants import format_instant
from ccstate.core.plan import Plan
from ccstate.core.values import Json
from ccstate.render.budget import today_line


class Today(NamedTuple):
    """When a plan was made, and the calls of its key on that day; None where nobody counts."""

    now: datetime
    used: int | None

    @classmethod
    def of(cls, client: Client) -> Today:
        """What the client knows when it is done."""
        return cls(client.now or datetime.now(UTC), client.used_today())

    def run(self) -> dict[str, Json]:
        """The `run` of the plan's document."""
        return {"generated_at": format_instant(self.now), "calls_today": self.used}


def tell_today(found: Plan, session: Session, today: Today, *, applying: bool) -> bool:
    """Say what today has seen; whether it can hold the apply."""
    if today.used is None:
        return True
    if not session.flags.as_json:
        session.terminal.tell((today_line(today.used, found.budget.daily),))
    if any(each.code == "over-budget" for each in found.diagnostics):
        return True  # no day can, and that is told already
    short = over_budget(found, today.used, only_told=not applying)
    if short is None:
        return True
    session.tell((short,))
    return not applying

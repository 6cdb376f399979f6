"""Stale: what a saved plan assumed of a live object, and what of that is no longer so. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from ccstate.core.address import Address
from ccstate.core.describe import assumptions, fingerprint
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.kind import Kind
from ccstate.core.live import Live
from ccstate.core.plan import Action, Change
from ccstate.core.values import Json

_LONG: Final = 60
"""Characters of a value that are still told in a line."""


def stale(why: str, address: Address | None = None) -> Diagnostic:
    """The one way to say that a saved plan may not be applied any more."""
    hint = "make a new plan and have it reviewed"
    return error("plan-stale", f"Saved plan is stale: {why}", hint=hint, address=address)


def takes_a_name(change: Change, kind: Kind) -> bool:
    """Whether a change gives an object a name that it did not have."""
    if change.action is Action.CREATE:
        return True
    return change.action is Action.UPDATE and any(each.path == kind.natural_key for each in change.fields)


def taken(change: Change, holder: Live) -> Diagnostic:
    """The name that a change was to give is another's by now."""
    why = f"{change.address}: its name is taken by now (id {holder.remote_id})"
    return stale(why, change.address)


def moved(change: Change, kind: Kind, live: Live | None) -> Diagnostic | None:
    """What moved of the object that a change assumes; None where it is as it was."""
    why = _why_moved(change, kind, live)
    return stale(why, change.address) if why else None


def changed_since_plan(change: Change, kind: Kind, live: Live | None) -> Diagnostic | None:
    """The same, found in the middle of an apply: this change is not made, the others are."""
    why = _why_moved(change, kind, live)
    if not why:
        return None
    hint = "run the same command again: it plans with what is there now"
    return error("changed-since-plan", why, hint=hint, address=change.address, range=change.origin)


def _why_moved(change: Change, kind: Kind, live: Live | None) -> str:
    if live is None or live.gone:
        return f"{change.address} is gone from the account"
    if fingerprint(kind, live) == change.fingerprint:
        return ""
    what = _differences(change.assumed, assumptions(kind, live))
    told = f": {', '.join(what)}" if what else ""
    return f"{change.address} has changed in the account since{told}"


def _differences(was: Mapping[str, Json], now: Mapping[str, Json]) -> list[str]:
    """Field by field, with both values where they are short."""
    names = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
    return [f"{name}{_values(was.get(name), now.get(name))}" for name in names]


def _values(was: Json, now: Json) -> str:
    before, after = _short(was), _short(now)
    return f" {before} -> {after}" if before and after else ""


def _short(value: Json) -> str:
    """A value in a few words; empty where it takes more, or only its digest is known."""
    if value is None:
        return "(none)"
    if isinstance(value, (list, tuple, Mapping)):
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else ""

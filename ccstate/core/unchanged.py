"""Unchanged: what manifest, memory and account agree on, recognised without a decision.

Most of a big project is like that most of the time, and a decision takes ten times as long. This says yes
only where a decision would find nothing: no difference, no drift, nothing to remember, nothing to tell. A
property holds it to that.
"""

from __future__ import annotations

from collections.abc import Iterable

from ccstate.core.kind import Context, Kind, Kinds, no_stance, nothing_follows
from ccstate.core.match import Match
from ccstate.core.state import Binding
from ccstate.core.values import UNSET, Fields


def split(
    found: Iterable[Match], kinds: Kinds, context: Context
) -> tuple[tuple[Match, ...], tuple[Match, ...]]:
    """What is unchanged, and what must be decided about."""
    options = context.options
    if options.narrowed or options.excludes or options.replace or options.reschedule or options.destroy:
        return (), tuple(found)
    plain = {each.name: each for each in kinds if _is_plain(each)}
    same: list[Match] = []
    other: list[Match] = []
    offline = context.snapshot.offline
    for each in found:
        kind = plain.get(each.address.kind)
        (same if kind is not None and _is_unchanged(each, kind, offline) else other).append(each)
    return tuple(same), tuple(other)


def _is_plain(kind: Kind) -> bool:
    """Whether the fields say it all: no life of its own, no field that follows another."""
    return kind.stance is no_stance and kind.follow is nothing_follows


def _is_unchanged(match: Match, kind: Kind, offline: bool) -> bool:
    """One function and as few looks as can be: it runs for each resource of a big project."""
    _, desired, binding, live, previous_address, _ = match
    if desired is None or binding is None or previous_address is not None:
        return False
    fields = desired.fields
    if (
        fields != binding.applied
        or binding.depends_on
        or binding.deposed
        or binding.tainted
        or binding.sent
        or binding.lifecycle != desired.lifecycle
        or binding.natural_key != fields[kind.natural_key]
    ):
        return False  # it differs, or the memory is not the plain one of a resource that refers to nothing
    if offline:
        return True  # the live side is what was observed
    return live is not None and not live.gone and _is_as_observed(live.fields, binding)


def _is_as_observed(live: Fields, binding: Binding) -> bool:
    """Whether each field that was applied is there, and as it was seen after that."""
    observed = binding.observed
    return all(name in observed and observed[name] == live.get(name, UNSET) for name in binding.applied)

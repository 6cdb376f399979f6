"""Sequence: the writes of a plan as nodes of a graph, ordered by references and by names.

Nodes: `do` (create or update one address), `aside` (a holder gives up its name for a moment) and `del`.
What is referred to comes first; a change that takes a name comes after the one that frees it; deletes run
last and reversed, but where only a delete can free what is to be taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ccstate.core.decide import Decision
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.live import Live
from ccstate.core.order import Cycle, batches, sort
from ccstate.core.plan import Action
from ccstate.core.values import same_name

DO, ASIDE, DELETE = "do", "aside", "del"


class Sequence(NamedTuple):
    """`early` nodes in order, then `late` batches of deletes; nodes look like `do:list.a`, `aside:list.a`."""

    early: tuple[str, ...] = ()
    late: tuple[tuple[str, ...], ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class _Taking(NamedTuple):
    """`taker` needs the token that `holder` has."""

    taker: Decision
    holder: Decision
    fixed: bool


def node(sort_of: str, decision: Decision) -> str:
    """The name of a node."""
    return f"{sort_of}:{decision.address}"


def writes(decision: Decision) -> bool:
    """Whether a create or an update is to be sent."""
    return decision.action in (Action.CREATE, Action.REPLACE, Action.UPDATE) or (
        decision.action is Action.ADOPT and bool(decision.diffs)
    )


def sequence(decisions: tuple[Decision, ...], collections: Mapping[str, tuple[Live, ...]]) -> Sequence:
    """Order the writes of these decisions; a name that cannot be had is a diagnostic."""
    decisions = tuple(each for each in decisions if writes(each) or each.removes)
    takings, problems = _takings(decisions, collections)
    doing = {node(DO, each) for each in decisions if writes(each)}
    early, aside, name_edges = _free_names(decisions, takings)
    early, use_edges = _users_first(decisions, early)
    edges = {*_reference_edges(decisions), *name_edges, *use_edges}
    edges |= _user_edges(decisions, early, edges)
    nodes = doing | early | aside
    ordered, edges, aside = _break_cycles(nodes, edges, takings, aside)
    late = {node(DELETE, each) for each in decisions if each.removes} - early
    late_batches = batches(late, _delete_edges(decisions))
    edges |= _delete_edges(decisions) | _last_use_edges(decisions, late)
    return Sequence(ordered, late_batches, tuple(sorted(edges)), problems)


# Names


def _takings(
    decisions: tuple[Decision, ...], collections: Mapping[str, tuple[Live, ...]]
) -> tuple[tuple[_Taking, ...], tuple[Diagnostic, ...]]:
    by_id = {
        (each.kind.name, each.match.live.remote_id): each for each in decisions if each.match.live is not None
    }
    holders = _holders(decisions, collections)
    found: list[_Taking] = []
    problems: list[Diagnostic] = []
    for taker in decisions:
        for token, fixed in _taken(taker):
            for live in holders.get((taker.kind.name, token), ()):
                holder = by_id.get((live.kind, live.remote_id))
                if holder is not None and not live.gone and _frees(holder, token, fixed):
                    found.append(_Taking(taker, holder, fixed))
                elif holder is not taker or live.gone:
                    problems.append(_name_taken(taker, live, fixed))
    return tuple(found), tuple(problems)


def _holders(
    decisions: tuple[Decision, ...], collections: Mapping[str, tuple[Live, ...]]
) -> Mapping[tuple[str, str], list[Live]]:
    """(kind, token) -> live objects that have it; only of kinds in which somebody takes a name."""
    holders: dict[tuple[str, str], list[Live]] = defaultdict(list)
    kinds = {each.kind.name: each.kind for each in decisions if writes(each)}
    for name, kind in kinds.items():
        for live in collections.get(name, ()):
            holders[name, _key_token(live.natural_key)].append(live)
            if kind.fixed_name(live):
                holders[name, _fixed_token(kind.fixed_name(live))].append(live)
    return holders


def _key_token(name: str) -> str:
    return "key:" + same_name(name)


def _fixed_token(name: str) -> str:
    return "fixed:" + name.lower()


def _taken(taker: Decision) -> Iterable[tuple[str, bool]]:
    """The tokens that this write needs: (token, whether a rename would not free it)."""
    kind, live = taker.kind, taker.match.live
    if not writes(taker):
        return
    wanted = _key_token(str(taker.want[kind.natural_key]))
    if taker.made_anew or live is None or wanted != _key_token(live.natural_key):
        yield wanted, False
    if taker.made_anew and kind.derived_name(taker.want):
        yield _fixed_token(kind.derived_name(taker.want)), True


def _frees(holder: Decision, token: str, fixed: bool) -> bool:
    """Whether the plan makes the holder give the token up."""
    if holder.removes:
        return True
    return not fixed and writes(holder) and _key_token(str(holder.want[holder.kind.natural_key])) != token


def _name_taken(taker: Decision, live: Live, fixed: bool) -> Diagnostic:
    desired = taker.match.desired
    what = f"the derived name {taker.kind.derived_name(taker.want)!r}" if fixed else repr(live.natural_key)
    who = "a removed one" if live.gone else "one that this plan leaves as it is"
    hint = (
        "removed campaigns keep their names: choose another name; or restore it in the account, and then "
        f"either rename it there or take it over with `ccstate import {taker.address} {live.remote_id}`"
        if live.gone
        else "choose another name, or rename or remove the other one first"
    )
    return error(
        "name-held-by-removed" if live.gone else "name-taken",
        f"{taker.address}: {what} is taken by {who} (id {live.remote_id})",
        hint=hint,
        address=taker.address,
        range=desired.place(taker.kind.natural_key) if desired else None,
    )


def _free_names(
    decisions: tuple[Decision, ...], takings: tuple[_Taking, ...]
) -> tuple[set[str], set[str], set[tuple[str, str]]]:
    """Deletes that must come early, holders that step aside, and the edges that free names."""
    early: set[str] = set()
    aside: set[str] = set()
    edges: set[tuple[str, str]] = set()
    for each in takings:
        taker, holder = node(DO, each.taker), each.holder
        if not holder.removes:
            edges.add((node(DO, holder), taker))
        elif holder.kind.frees_name == "delete" or _deleted_first(holder):
            early.add(node(DELETE, holder))
            edges.add((node(DELETE, holder), taker))
        else:
            aside.add(node(ASIDE, holder))
            edges.add((node(ASIDE, holder), taker))
    for decision in decisions:
        if _deleted_first(decision):
            early.add(node(DELETE, decision))
            edges.add((node(DELETE, decision), node(DO, decision)))
    return early, aside, edges


def _deleted_first(decision: Decision) -> bool:
    """Replaced, and the old one may not live beside the new one."""
    return decision.action is Action.REPLACE and decision.kind.replaces == "delete"


# References


def _reference_edges(decisions: tuple[Decision, ...]) -> set[tuple[str, str]]:
    """What is referred to comes first."""
    writing = {each.address for each in decisions if writes(each)}
    return {
        (f"{DO}:{needed}", node(DO, each))
        for each in decisions
        if writes(each) and each.match.desired is not None
        for needed in each.match.desired.depends_on()
        if needed in writing
    }


def _user_edges(
    decisions: tuple[Decision, ...], early: set[str], edges: set[tuple[str, str]]
) -> set[tuple[str, str]]:
    """An early delete waits for those that stop using the thing, unless they need what takes its place."""
    if not early:
        return set()
    waiting_for = {delete: {after for before, after in edges if before == delete} for delete in early}
    found = set()
    for each in decisions:
        if not writes(each) or each.match.binding is None:
            continue
        needed = {
            f"{DO}:{address}" for address in (each.match.desired.depends_on() if each.match.desired else ())
        }
        for used in each.match.binding.depends_on:
            delete = f"{DELETE}:{used}"
            if delete in early and not needed & waiting_for[delete]:
                found.add((node(DO, each), delete))
    return found


def _users_first(decisions: tuple[Decision, ...], early: set[str]) -> tuple[set[str], set[tuple[str, str]]]:
    """Where a delete must come early, the deletes of its users come before it."""
    edges: set[tuple[str, str]] = set()
    while early:
        more = {
            (node(DELETE, each), f"{DELETE}:{used}")
            for each in decisions
            if each.action is Action.DELETE and each.match.binding is not None
            for used in each.match.binding.depends_on
            if f"{DELETE}:{used}" in early
        } - edges
        if not more:
            return early, edges
        edges |= more
        early = early | {user for user, _ in more}
    return early, edges


def _delete_edges(decisions: tuple[Decision, ...]) -> set[tuple[str, str]]:
    """Reversed: users go before what they use."""
    return {
        (node(DELETE, each), f"{DELETE}:{used}")
        for each in decisions
        if each.removes and each.match.binding is not None
        for used in each.match.binding.depends_on
    }


def _last_use_edges(decisions: tuple[Decision, ...], late: set[str]) -> set[tuple[str, str]]:
    """A late delete is not tried when a write that should stop using the thing has failed."""
    if not late:
        return set()
    return {
        (node(DO, each), delete)
        for each in decisions
        if writes(each)
        for used in (each.address, *(each.match.binding.depends_on if each.match.binding else ()))
        if (delete := f"{DELETE}:{used}") in late
    }


def _break_cycles(
    nodes: set[str], edges: set[tuple[str, str]], takings: tuple[_Taking, ...], aside: set[str]
) -> tuple[tuple[str, ...], set[tuple[str, str]], set[str]]:
    """Where names run in a circle, one holder steps aside; where uses do, something is used to its end.

    Where references do, the manifest refused it.
    """
    by_edge = {(node(DO, each.holder), node(DO, each.taker)): each for each in takings}
    while True:
        edges |= {(step, step.replace(ASIDE, DO, 1)) for step in aside}
        try:
            return sort(nodes, edges), edges, aside
        except Cycle as cycle:
            ring = {*zip(cycle.nodes, (*cycle.nodes[1:], cycle.nodes[0]), strict=True)}
            breakable = sorted(edge for edge in ring if edge in by_edge and edge in edges)
            if not breakable:
                edges = edges - (_between(ring, DELETE, DELETE) or _between(ring, DO, DELETE) or ring)
                continue
            before, after = breakable[0]
            stepping = before.replace(DO, ASIDE, 1)
            nodes, aside = nodes | {stepping}, aside | {stepping}
            edges = (edges - {(before, after)}) | {(stepping, after)}


def _between(ring: set[tuple[str, str]], before: str, after: str) -> set[tuple[str, str]]:
    """The edges of a ring from one sort of node to another."""
    return {each for each in ring if each[0].startswith(before + ":") and each[1].startswith(after + ":")}

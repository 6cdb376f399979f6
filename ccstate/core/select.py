"""Select: which part of a project a run is about (`--target`, `--exclude`, a PATH inside the project).

A part is rarely whole: what it needs comes along, and what needs something that was excluded stays behind.
Both are said, because nobody named them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ccstate.core.address import Address
from ccstate.core.decide import LEFT_OUT, Decision
from ccstate.core.diagnostics import Diagnostic, error, info, nearest
from ccstate.core.kind import matches
from ccstate.core.options import Options
from ccstate.core.plan import Action, Status


def select(
    decisions: tuple[Decision, ...], options: Options
) -> tuple[tuple[Decision, ...], tuple[Diagnostic, ...]]:
    """Only what is named, with what that needs; `--exclude` takes out, with what needs it."""
    problems = unknown_addresses([each.address for each in decisions], options)
    if not options.narrowed and not options.excludes:
        return decisions, problems
    by_address = {each.address: each for each in decisions}
    chosen = _named([each.address for each in decisions], options)
    because = _needed(chosen, by_address)
    chosen |= set(because)
    chosen -= {each.address for each in decisions if matches(each.address, options.excludes)}
    missing = _lacking(chosen, by_address) if options.excludes else {}
    chosen -= set(missing)
    told = (*_told_too(because, chosen, by_address), *_told_out(missing, by_address))
    left = tuple(each if each.address in chosen else _left_out(each) for each in decisions)
    return left, (*problems, *told)


def chosen_by(addresses: Iterable[Address], options: Options) -> set[Address]:
    """What is named and not excluded, and nothing that hangs on it."""
    return {each for each in _named(addresses, options) if not matches(each, options.excludes)}


def _named(addresses: Iterable[Address], options: Options) -> set[Address]:
    if not options.narrowed:
        return set(addresses)
    within = frozenset(options.within or ())
    return {each for each in addresses if each in within or matches(each, options.targets)}


def _needed(chosen: Iterable[Address], by_address: Mapping[Address, Decision]) -> dict[Address, Address]:
    """What must come along, and what of the others needs it: the first by name of those that lead to it."""
    found: dict[Address, Address] = {}
    known = set(chosen)
    waiting = sorted(known, reverse=True)
    while waiting:
        user = waiting.pop()
        for needed in _uses(by_address[user]):
            if needed in by_address and needed not in known:
                known.add(needed)
                found[needed] = user
                waiting.append(needed)
    return found


def _uses(each: Decision) -> tuple[Address, ...]:
    return each.match.desired.depends_on() if each.match.desired is not None else ()


def _lacking(chosen: Iterable[Address], by_address: Mapping[Address, Decision]) -> dict[Address, Address]:
    """What cannot be made without something that is to be made but was excluded, and what that is."""
    found: dict[Address, Address] = {}
    left = set(chosen)
    while True:
        missing = {address for address, each in by_address.items() if each.made_anew and address not in left}
        more = {
            address: next(needed for needed in _uses(by_address[address]) if needed in missing)
            for address in left
            if missing.intersection(_uses(by_address[address]))
        }
        if not more:
            return found
        found |= more
        left -= set(more)


def _does_something(each: Decision) -> bool:
    return each.action is not Action.NOOP or each.match.previous_address is not None


def _told_too(
    because: Mapping[Address, Address], chosen: set[Address], by_address: Mapping[Address, Decision]
) -> Iterable[Diagnostic]:
    """What comes along without having been named, unless nothing happens to it."""
    for address, user in sorted(because.items()):
        if address in chosen and _does_something(by_address[address]):
            yield info(
                "also-included", f"{address} is included too, because {user} needs it", address=address
            )


def _told_out(
    missing: Mapping[Address, Address], by_address: Mapping[Address, Decision]
) -> Iterable[Diagnostic]:
    """What stays behind without having been named, unless nothing would have happened to it."""
    for address, needed in sorted(missing.items()):
        if _does_something(by_address[address]):
            summary = f"{address} is left out too, because it needs {needed}, which is not there yet"
            yield info("also-left-out", summary, address=address)


def _left_out(each: Decision) -> Decision:
    """Nothing is done, not even a move: the state keeps what it says."""
    match = each.match
    if match.previous_address is not None:
        match = match._replace(previous_address=None, binding=None)
    return each._replace(
        match=match,
        action=Action.NOOP,
        comparison=None,
        diagnostics=(),
        status=Status.READY,
        reason=LEFT_OUT,
    )


def unknown_addresses(addresses: Sequence[Address], options: Options) -> tuple[Diagnostic, ...]:
    """An error for each glob of a flag that fits nothing."""
    wanted = {
        "--target": options.targets,
        "--exclude": options.excludes,
        "--replace": options.replace,
        "--reschedule": options.reschedule,
    }
    problems = []
    for flag, globs in wanted.items():
        for glob in globs:
            if not any(matches(each, (glob,)) for each in addresses):
                close = nearest(glob, [str(each) for each in addresses])
                problems.append(
                    error(
                        "no-such-address",
                        f"{flag} {glob}: no resource has this address",
                        hint=f"did you mean {close}?" if close else "addresses look like list.newsletter",
                    )
                )
    return tuple(problems)

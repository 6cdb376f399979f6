"""Select: which part of a project a run is about (`--target`, `--exclude`)."""

from __future__ import annotations

from collections.abc import Mapping

from ccstate.core.address import Address
from ccstate.core.decide import LEFT_OUT, Decision
from ccstate.core.diagnostics import Diagnostic, error, nearest
from ccstate.core.kind import Options, matches
from ccstate.core.plan import Action, Status


def select(
    decisions: tuple[Decision, ...], options: Options
) -> tuple[tuple[Decision, ...], tuple[Diagnostic, ...]]:
    """Only what `--target` names, with what that needs; `--exclude` takes out, with what needs it."""
    problems = _unknown_targets(decisions, options)
    if not options.targets and not options.excludes:
        return decisions, problems
    by_address = {each.address: each for each in decisions}
    chosen = {
        each.address for each in decisions if not options.targets or matches(each.address, options.targets)
    }
    waiting = sorted(chosen)
    while waiting:
        desired = by_address[waiting.pop()].match.desired
        for needed in desired.depends_on() if desired else ():
            if needed in by_address and needed not in chosen:
                chosen.add(needed)
                waiting.append(needed)
    chosen -= {each.address for each in decisions if matches(each.address, options.excludes)}
    if options.excludes:
        chosen = _without_dependants(chosen, by_address)
    return tuple(each if each.address in chosen else _left_out(each) for each in decisions), problems


def _without_dependants(chosen: set[Address], by_address: Mapping[Address, Decision]) -> set[Address]:
    """What needs something that is to be made but was excluded cannot be made either."""
    while True:
        missing = {
            address for address, each in by_address.items() if each.made_anew and address not in chosen
        }
        dropped = {
            address
            for address in chosen
            if (desired := by_address[address].match.desired) and missing & set(desired.depends_on())
        }
        if not dropped:
            return chosen
        chosen = chosen - dropped


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


def _unknown_targets(decisions: tuple[Decision, ...], options: Options) -> tuple[Diagnostic, ...]:
    wanted = {
        "--target": options.targets,
        "--exclude": options.excludes,
        "--replace": options.replace,
        "--reschedule": options.reschedule,
    }
    problems = []
    for flag, globs in wanted.items():
        for glob in globs:
            if not any(matches(each.address, (glob,)) for each in decisions):
                close = nearest(glob, [str(each.address) for each in decisions])
                problems.append(
                    error(
                        "no-such-address",
                        f"{flag} {glob}: no resource has this address",
                        hint=f"did you mean {close}?" if close else "addresses look like list.newsletter",
                    )
                )
    return tuple(problems)

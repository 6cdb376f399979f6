"""Guard: the rules that refuse a plan, each with its code, a hint and the flag that says otherwise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from ccstate.core.address import Address
from ccstate.core.decide import LEFT_OUT, Decision
from ccstate.core.diagnostics import Diagnostic, error, warning
from ccstate.core.kind import Context, matches
from ccstate.core.live import Live
from ccstate.core.match import Match
from ccstate.core.plan import Action, Cause, FieldChange, Status
from ccstate.core.state import State


def guard_account(state: State, context: Context) -> tuple[Diagnostic, ...]:
    """Is it the account that the project and the state are about?"""
    account, options = context.snapshot.account, context.options
    if context.snapshot.offline:
        return ()
    found = []
    if state.account_id and state.account_id != account.id:
        found.append(
            error(
                "account-mismatch",
                f"the state is of account {state.account_id}, the credentials are of {account.id}",
                hint="use the credentials of that account, or another state",
            )
        )
    if options.account_id and options.account_id != account.id:
        found.append(
            error(
                "account-mismatch",
                f"ccstate.yaml pins account {options.account_id}, the credentials are of {account.id}",
                hint="use the credentials of the pinned account",
            )
        )
    if options.organisation and options.organisation != account.organisation:
        found.append(
            error(
                "organisation-mismatch",
                f"ccstate.yaml pins the organisation {options.organisation!r}, "
                f"the account's is {account.organisation!r}",
                hint="correct `organisation` in ccstate.yaml, or use the credentials of that account",
            )
        )
    if not options.account_id and not account.emulated:
        make = error if options.applying else warning
        found.append(
            make(
                "account-not-pinned",
                f"this is the live account {account.id} ({account.organisation}), and no account is pinned",
                hint=f"add to ccstate.yaml:  account: {{id: {account.id}}}",
            )
        )
    return tuple(found)


def guard_protected(decisions: Iterable[Decision]) -> tuple[Diagnostic, ...]:
    """What is protected is neither deleted nor replaced, also after its block is gone."""
    found = []
    for each in decisions:
        if not each.removes:
            continue
        binding, desired = each.match.binding, each.match.desired
        protected = (binding and binding.lifecycle.protect) or (desired and desired.lifecycle.protect)
        if protected:
            word = "replaced" if each.action is Action.REPLACE else "deleted"
            found.append(
                error(
                    "protected",
                    f"{each.address} is protected and would be {word}",
                    hint="set lifecycle: {protect: false} and apply that first, or put the resource back",
                    address=each.address,
                    range=desired.origin if desired else None,
                )
            )
    return tuple(found)


def losses(each: Decision) -> str:
    """What contact data goes with this change, in words; empty where none does."""
    if each.action not in (Action.UPDATE, Action.ADOPT) and not each.removes:
        return ""
    changes = tuple(FieldChange(diff.field.name, diff.before, None, Cause.CHANGED) for diff in each.diffs)
    return each.kind.loses(each.subject, changes, each.removes)


def guard_data_loss(decisions: Iterable[Decision], context: Context) -> tuple[Diagnostic, ...]:
    """What loses contact data must be named."""
    found = []
    for each in decisions:
        lost = losses(each)
        if lost and not matches(each.address, context.options.allow_data_loss):
            desired = each.match.desired
            found.append(
                error(
                    "data-loss",
                    f"{each.address} would lose {lost}",
                    hint=f"if that is meant, pass --allow-data-loss {each.address}",
                    address=each.address,
                    range=desired.origin if desired else None,
                )
            )
    return tuple(found)


def guard_mass_change(
    decisions: Iterable[Decision], same: Iterable[Match], context: Context
) -> tuple[Diagnostic, ...]:
    """Much of a kind changed or deleted at once is more often a mistake than a plan."""
    options, guards = context.options, context.options.guards
    if options.allow_mass_change or options.destroy or options.narrowed:
        return ()
    managed: dict[str, int] = Counter(each.address.kind for each in same)
    touched: dict[str, int] = defaultdict(int)
    sections: dict[str, str] = {}
    for each in decisions:
        if each.match.binding is None:
            continue
        sections[each.kind.name] = each.kind.section
        managed[each.kind.name] += 1
        if each.action is Action.NOOP:
            continue
        # What the service itself made necessary (an id that changes) is an effect, not a cause.
        edited = any(diff.cause is not Cause.DEPENDS for diff in each.diffs)
        changed = each.action is Action.UPDATE and edited
        touched[each.kind.name] += each.removes or changed
    return tuple(
        error(
            "mass-change",
            f"{touched[kind]} of {count} managed {sections[kind]} ({touched[kind] * 100 / count:.3g} %) "
            f"would be changed or deleted; more than {guards.mass_change_percent} % is refused",
            hint="if that is meant, pass --allow-mass-change; to see less, pass --target",
        )
        for kind, count in sorted(managed.items())
        if count >= guards.mass_change_from and touched[kind] * 100 > guards.mass_change_percent * count
    )


def spare_the_used(decisions: tuple[Decision, ...]) -> tuple[tuple[Decision, ...], tuple[Diagnostic, ...]]:
    """What leaves the manifest waits for those that use it still and are not about to stop."""
    kept: dict[Address, Diagnostic] = {}
    if not any(each.action is Action.DELETE for each in decisions):
        return decisions, ()
    while True:
        using = {
            used: each.address
            for each in decisions
            if each.match.binding is not None and (_still_uses(each) or each.address in kept)
            for used in each.match.binding.depends_on
        }
        more = {
            each.address: _used(each.address, using[each.address])
            for each in decisions
            if each.action is Action.DELETE and each.address in using and each.address not in kept
        }
        if not more:
            break
        kept |= more
    waiting = tuple(
        each._replace(status=Status.BLOCKED) if each.address in kept else each for each in decisions
    )
    return waiting, tuple(kept.values())


def _still_uses(each: Decision) -> bool:
    """Whether it stays as it is; what was sent needs nothing any more."""
    live = each.match.live
    if live is None or live.gone or each.stance.status is Status.SENT:
        return False
    return each.status is Status.BLOCKED or each.reason == LEFT_OUT


def _used(address: Address, user: Address) -> Diagnostic:
    return warning(
        "still-in-use",
        f"{address} is not deleted yet: {user} uses it and stays as it is in this plan",
        hint=f"see to {user} first",
        address=address,
    )


def spare_the_last(
    decisions: tuple[Decision, ...], collections: Mapping[str, tuple[Live, ...]], context: Context
) -> tuple[tuple[Decision, ...], tuple[Diagnostic, ...]]:
    """An account keeps at least one list: `destroy` leaves it, any other plan is refused."""
    spared, found = [], []
    kinds = {each.kind.name: each.kind for each in decisions if each.kind.fewest}
    for name, kind in sorted(kinds.items()):
        there = [each for each in collections.get(name, ()) if not each.gone]
        going = [each for each in decisions if each.kind.name == name and each.action is Action.DELETE]
        coming = sum(each.kind.name == name and each.action is Action.CREATE for each in decisions)
        short = kind.fewest - (len(there) - len(going) + coming)
        if short <= 0 or not going:
            continue
        kept = sorted(going, key=_worth_keeping)[:short]
        if not context.options.destroy:
            found.append(
                error(
                    f"last-{kind.name}",
                    f"this would delete every {kind.name} of the account, which must keep {kind.fewest}",
                    hint="keep one in the manifest",
                )
            )
            continue
        spared.extend(kept)
        found.extend(
            warning(
                f"last-{kind.name}-kept",
                f"{each.address} stays: an account must keep at least {kind.fewest} {kind.name}",
                address=each.address,
            )
            for each in kept
        )
    keep = {each.address for each in spared}
    return tuple(_spare(each) if each.address in keep else each for each in decisions), tuple(found)


def _worth_keeping(each: Decision) -> tuple[bool, int, str]:
    """A protected one, else the one with the most members, so that the least is lost."""
    binding = each.match.binding
    members = each.match.live.extra.get("members") if each.match.live else 0
    return (not (binding and binding.lifecycle.protect), -(members or 0), str(each.address))


def _spare(each: Decision) -> Decision:
    return each._replace(action=Action.NOOP, status=Status.READY, reason="the last one stays")

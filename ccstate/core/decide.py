"""Decide: from one match to one decision, which action and why; names, order and guards come later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from typing import Final, NamedTuple

from ccstate.core import diff
from ccstate.core.address import Address
from ccstate.core.desired import Desired, OnRemove
from ccstate.core.diagnostics import Diagnostic, error, warning
from ccstate.core.kind import NEVER_REPLACED, Context, Kind, Kinds, Stance, Subject, matches
from ccstate.core.live import Live
from ccstate.core.match import Match
from ccstate.core.options import ADOPT_NEVER
from ccstate.core.order import Cycle, sort
from ccstate.core.plan import Action, Cause, Status
from ccstate.core.refusals import not_adopted, not_replaced
from ccstate.core.state import Binding, State
from ccstate.core.takeover import Forget, Import
from ccstate.core.values import UNKNOWN, Fields, Join, Named, Ref, Value, replace_leaves, resolve, same_name

LEFT_OUT: Final = "left out"
"""The reason of what `--target` or `--exclude` leaves alone."""


class Decision(NamedTuple):
    """What is to be done about one address.

    `want` are the values to write (managed references still as Ref), `resolved` the same with the ids that
    are known. `deposed` are remote ids that a former replace left to be deleted.
    """

    match: Match
    kind: Kind
    subject: Subject
    stance: Stance
    action: Action
    reason: str = ""
    status: Status = Status.READY
    want: Fields = None  # type: ignore[assignment]
    resolved: Fields = None  # type: ignore[assignment]
    comparison: diff.Comparison | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def address(self) -> Address:
        """The address that this is about."""
        return self.match.address

    @property
    def diffs(self) -> tuple[diff.FieldDiff, ...]:
        """The fields that are to be written."""
        return self.comparison.diffs if self.comparison else ()

    @property
    def made_anew(self) -> bool:
        """Whether the service will give out a new id."""
        return self.action in (Action.CREATE, Action.REPLACE)

    @property
    def removes(self) -> bool:
        """Whether a live object goes."""
        return self.action in (Action.DELETE, Action.REPLACE)


def resolve_named(
    desired: Iterable[Desired], state: State, context: Context
) -> tuple[dict[Named, str], tuple[Diagnostic, ...]]:
    """The ids of unmanaged objects that the manifest names, checked against what the state remembers."""
    found: dict[Named, str] = {}
    problems: list[Diagnostic] = []
    users = tuple(desired)
    globs = context.options.rebind
    accepting = (each for each in users if globs and matches(each.address, globs))
    rebound = {named for each in accepting for named in each.references()}
    for each in users:
        for named in each.references():
            if isinstance(named, Named) and named not in found:
                remote_id, problem = _look_up(named, each, rebound, state, context)
                found[named] = remote_id
                problems.extend(problem)
    return found, tuple(problems)


def _look_up(
    named: Named, user: Desired, rebound: set[Ref | Named], state: State, context: Context
) -> tuple[str, tuple[Diagnostic, ...]]:
    remembered = state.references.get(str(named), "")
    if context.snapshot.offline:
        return remembered, ()
    candidates = context.snapshot.collections.get(named.kind, ())
    fits = [
        each for each in candidates if not each.gone and same_name(each.natural_key) == same_name(named.name)
    ]
    if not fits:
        problem = error(
            "reference-not-found",
            f"{user.address}: the account has no {named.kind} named {named.name!r}",
            hint="mind the spelling, or declare it in the manifest and refer to its key",
            address=user.address,
            range=user.origin,
        )
        return remembered, (problem,)
    exact = [each for each in fits if each.natural_key == named.name]
    remote_id = (exact or fits)[0].remote_id
    if remembered and remembered != remote_id and named not in rebound:
        problem = error(
            "reference-moved",
            f"{user.address}: {named} is another object than before ({remembered} then, {remote_id} now)",
            hint=f"if that is meant, pass --rebind {user.address}",
            address=user.address,
            range=user.origin,
        )
        return remembered, (problem,)
    return remote_id, ()


def decide_all(
    found: tuple[Match, ...],
    same: tuple[Match, ...],
    named: Mapping[Named, str],
    kinds: Kinds,
    context: Context,
) -> tuple[Decision, ...]:
    """Decide what is referred to first, so that users of something made anew know that its id will change.

    `same` is unchanged: nothing is decided about it, but it may be referred to.
    """
    by_address = {each.address: each for each in found}
    ids: dict[Address, Value] = {}

    @cache
    def same_ids() -> dict[Address, str]:
        return {each.address: each.remote_id for each in same}

    def look_up(reference: Ref | Named) -> Value:
        if isinstance(reference, Named):
            return named.get(reference) or UNKNOWN
        address = reference.address
        return ids[address] if address in ids else same_ids().get(address, UNKNOWN)

    decisions = []
    for address in _in_order(found):
        one = by_address[address]
        decision = decide(one, kinds[address.kind], named, look_up, context)
        ids[address] = UNKNOWN if decision.made_anew else one.remote_id or UNKNOWN
        decisions.append(decision)
    return tuple(sorted(decisions, key=attrgetter("match.address")))


def _in_order(found: tuple[Match, ...]) -> Iterator[Address]:
    """What needs nothing goes first: most do, and are spared the sorting."""
    needs: dict[Address, tuple[Address, ...]] = {}
    for each in found:
        needed = each.desired.depends_on() if each.desired is not None else ()
        if needed:
            needs[each.address] = needed
        else:
            yield each.address
    users = {str(address): address for address in needs}
    edges = [(str(needed), user) for user, address in users.items() for needed in needs[address]]
    try:
        yield from (users[name] for name in sort(users, edges))
    except Cycle:
        # The manifest has refused it already, naming it; any order will do.
        yield from (users[name] for name in sorted(users))


def decide(
    match: Match,
    kind: Kind,
    named: Mapping[Named, str],
    look_up: Callable[[Ref | Named], Value],
    context: Context,
) -> Decision:
    """One match, one decision."""
    moved = match.previous_address is not None
    imported = isinstance(match.block, Import)
    subject = Subject(match.address, match.desired, match.binding, match.live, context, moved, imported)
    stance = kind.stance(subject)
    if match.desired is None:
        return _leave(_unwanted(subject, match, kind, stance), context)
    if _is_not_to_be_adopted(match, context):
        return _refuse_namesake(subject, match, kind)
    live = match.live if match.live is not None and not match.live.gone else None
    asked = _asked_to_replace(match, context)
    is_there = live is not None or stance.status is Status.SENT  # what was sent, also where it was removed
    problem = not_replaced(match.desired, kind, stance) if asked and is_there else None
    if problem is not None:
        return _unwanted(subject, match, kind, stance._replace(frozen=True, diagnostics=(problem,)))
    if asked and live is not None:
        stance = Stance()
    elif stance.frozen and not stance.unless_same and not (match.binding and asked):
        return _keep_hands_off(_unwanted(subject, match, kind, stance))
    want, notes = _wanted(subject, kind, named)
    resolved = {name: resolve(value, look_up) for name, value in want.items()}
    comparison = _compare(match, kind, resolved, live, stance.skip) if live is not None else None
    if stance.unless_same and comparison is not None:
        if comparison.diffs:
            return _keep_hands_off(_unwanted(subject, match, kind, stance))
        stance = Stance()
    bare = Decision(
        match,
        kind,
        subject,
        stance,
        Action.NOOP,
        status=stance.status if live is not None else Status.READY,
        want=want,
        resolved=resolved,
        comparison=comparison,
        diagnostics=(*stance.diagnostics, *notes),
    )
    return _make(bare) if bare.comparison is None else _change(bare, bare.comparison, context)


def _unwanted(subject: Subject, match: Match, kind: Kind, stance: Stance) -> Decision:
    """A decision before there is one, about something that is not to be compared."""
    return Decision(
        match, kind, subject, stance, Action.NOOP, diagnostics=stance.diagnostics, want={}, resolved={}
    )


def _is_not_to_be_adopted(match: Match, context: Context) -> bool:
    """Found by its name alone, where the project wants none of that."""
    is_found = match.binding is None and match.live is not None and not match.live.gone
    return is_found and context.options.adopt == ADOPT_NEVER and not isinstance(match.block, Import)


def _refuse_namesake(subject: Subject, match: Match, kind: Kind) -> Decision:
    assert match.desired is not None, "a namesake is found for what is declared"
    assert match.live is not None, "and it lives"
    problem = not_adopted(match.desired, kind, match.live)
    return _unwanted(subject, match, kind, Stance(diagnostics=(problem,)))


def _asked_to_replace(match: Match, context: Context) -> bool:
    globs = context.options.replace
    return bool(globs) and matches(match.address, globs)


def _keep_hands_off(bare: Decision) -> Decision:
    """Frozen: history is taken into the state as such, everything else stays as it is."""
    match = bare.match
    if match.binding is None and match.live is not None and bare.stance.status is Status.SENT:
        return bare._replace(action=Action.ADOPT, reason=f"{_found_by(match)}, already sent: kept as history")
    return bare._replace(status=bare.stance.status)


def _leave(bare: Decision, context: Context) -> Decision:
    """The address left the manifest."""
    match, binding = bare.match, bare.match.binding
    if binding is None:
        return bare
    on_remove = binding.lifecycle.on_remove
    if match.live is None or match.live.gone:
        return bare._replace(action=Action.FORGET, reason="already gone from the account")
    if isinstance(match.block, Forget):
        return bare._replace(action=Action.FORGET, reason=_forgotten(binding), diagnostics=())
    if bare.stance.forget and (bare.stance.refuse or not context.options.include_sent):
        return bare._replace(action=Action.FORGET, reason="already sent, so only forgotten")
    if on_remove is OnRemove.FORGET:
        return bare._replace(action=Action.FORGET, reason="on_remove: forget")
    if on_remove is OnRemove.REFUSE:
        problem = error(
            "removal-refused",
            f"{match.address} left the manifest, and its on_remove says refuse",
            hint="put it back, or set on_remove to delete or forget and apply that first",
            address=match.address,
        )
        return bare._replace(diagnostics=(*bare.diagnostics, problem))
    if bare.stance.refuse:
        return bare._replace(status=Status.BLOCKED)
    return bare._replace(action=Action.DELETE, reason="left the manifest")


def _forgotten(binding: Binding) -> str:
    """Forgetting deletes nothing, so it is no matter of protection; but that ends with the memory."""
    ends = ", no longer protected" if binding.lifecycle.protect else ""
    return f"named under forget: it stays in the account{ends}"


def _wanted(
    subject: Subject, kind: Kind, named: Mapping[Named, str]
) -> tuple[Fields, tuple[Diagnostic, ...]]:
    """Declared fields, emptied ones that left the manifest, and those that follow others."""
    desired, binding = subject.desired, subject.binding
    assert desired is not None
    want = {name: _with_ids(value, named) for name, value in desired.fields.items()}
    notes = []
    for field in kind.fields:
        if binding is None or field.name in want or field.name not in binding.applied:
            continue
        if field.clearable:
            want[field.name] = field.empty
        elif field.keeps and field.name in (subject.live.fields if subject.live else {}):
            notes.append(
                warning(
                    "field-stays",
                    f"{subject.address}: {field.name} left the manifest, but stays as it is: {field.keeps}",
                    hint=f"to silence this, put {field.name} back",
                    address=subject.address,
                    range=desired.origin,
                )
            )
    return kind.follow(subject, want), tuple(notes)


def _with_ids(value: Value, named: Mapping[Named, str]) -> Value:
    """Unmanaged references by their ids; managed ones stay references."""
    if not named:
        return value
    return replace_leaves(value, lambda leaf: _leaf_with_ids(leaf, named))


def _leaf_with_ids(leaf: Value, named: Mapping[Named, str]) -> Value:
    if isinstance(leaf, Named):
        return named.get(leaf, "")
    if isinstance(leaf, Join):
        return Join(tuple(named.get(part, "") if isinstance(part, Named) else part for part in leaf.parts))
    return leaf


def _make(bare: Decision) -> Decision:
    reason = "it is gone from the account" if bare.match.binding is not None else ""
    return bare._replace(action=Action.CREATE, reason=reason)


def _compare(match: Match, kind: Kind, resolved: Fields, live: Live, skip: frozenset[str]) -> diff.Comparison:
    comparison = diff.compare(kind, resolved, match.binding, live, skip)
    if match.binding and match.desired and match.desired.depends_on() != match.binding.depends_on:
        return _edited(comparison)
    return comparison


def _change(bare: Decision, comparison: diff.Comparison, context: Context) -> Decision:
    match = bare.match
    if match.binding is not None and match.binding.tainted and bare.kind.replaces != NEVER_REPLACED:
        return _replace(bare, "tainted: half made before")
    if _asked_to_replace(match, context):
        return _replace(bare, "asked for with --replace")
    forced = sorted(each.field.name for each in comparison.diffs if each.field.forces_replace)
    if forced:
        fields = ", ".join(forced)
        return _replace(bare, f"{fields} cannot be changed in place")
    if match.binding is None:
        return _adopt(bare)
    if comparison.diffs:
        return bare._replace(action=Action.UPDATE, status=Status.READY, reason=_why(comparison))
    return bare


def _edited(comparison: diff.Comparison) -> diff.Comparison:
    """An id is unknown because the manifest refers to something else, not because the same is made anew."""
    if not comparison.diffs:
        return comparison
    diffs = (
        each._replace(cause=Cause.CHANGED) if each.cause is Cause.DEPENDS else each
        for each in comparison.diffs
    )
    return comparison._replace(diffs=tuple(diffs))


def _replace(bare: Decision, reason: str) -> Decision:
    """Made anew with everything that nobody asked to change."""
    carried = bare.kind.carried(bare.subject, bare.want)
    return bare._replace(
        action=Action.REPLACE,
        status=Status.READY,
        reason=reason,
        want={**carried, **bare.want},
        resolved={**carried, **bare.resolved},
    )


def _adopt(bare: Decision) -> Decision:
    problem = bare.kind.adoptable(bare.subject, bool(bare.diffs))
    if problem is not None:
        return bare._replace(diagnostics=(*bare.diagnostics, problem))
    return bare._replace(action=Action.ADOPT, status=Status.READY, reason=_found_by(bare.match))


def _found_by(match: Match) -> str:
    if isinstance(match.block, Import):
        return f"imported: {match.block.what}"
    return "found by its name"


def _why(comparison: diff.Comparison) -> str:
    causes = {each.cause for each in comparison.diffs}
    if causes == {Cause.DRIFT}:
        return "somebody else changed it"
    if causes == {Cause.DEPENDS}:
        return "what it refers to is made anew"
    return ""


def remembered(kind: Kind, binding: Binding) -> Live:
    """The live object as the state remembers it, for plans that read nothing."""
    return Live(
        kind=kind.name,
        remote_id=binding.remote_id,
        natural_key=binding.natural_key,
        fields={**binding.applied, **binding.observed},
        status=kind.remembered_status(binding),
        sub_ids=binding.sub_ids,
    )

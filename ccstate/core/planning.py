"""Planning: from what was read to a plan, or to the questions that must be answered first.

The one function that the engine calls is `build`; it is pure, so the same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ccstate.core import guard, unchanged
from ccstate.core.address import Address
from ccstate.core.audience import CONSENT
from ccstate.core.calls import number_steps
from ccstate.core.dangling import guard_dangling
from ccstate.core.decide import Decision, decide_all, remembered, resolve_named
from ccstate.core.describe import Names, describe, drift, field_changes, steps_by_address
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, in_order
from ccstate.core.kind import Context, Draft, Kind, Kinds, Objection, Question, no_objections, no_questions
from ccstate.core.live import Snapshot
from ccstate.core.match import Match
from ccstate.core.options import Options
from ccstate.core.plan import (
    NOTHING_RECOVERED,
    Action,
    BasedOn,
    Budget,
    Change,
    FieldChange,
    Override,
    Plan,
    Status,
    Step,
    says_something,
)
from ccstate.core.privileges import PRIVILEGES, lacking, privileges_question
from ccstate.core.select import select
from ccstate.core.sequence import sequence, writes
from ccstate.core.state import Binding, State
from ccstate.core.values import Json, digest


class Inputs(NamedTuple):
    """All that a plan is made from; `matches` know their details, `problems` come from matching."""

    desired: tuple[Desired, ...]
    matches: tuple[Match, ...]
    state: State
    snapshot: Snapshot
    kinds: Kinds
    options: Options
    problems: tuple[Diagnostic, ...] = ()
    recovered: Mapping[Address, Binding | None] = NOTHING_RECOVERED


class Needs(NamedTuple):
    """The plan depends on answers that were not read yet."""

    questions: tuple[Question, ...]


def build(inputs: Inputs) -> Plan | Needs:
    """The plan, or what must be asked before there can be one."""
    context = _context(inputs)
    if inputs.options.refresh_only:
        from ccstate.core.accept import accept

        accepted = accept(inputs.matches, inputs.state, inputs.kinds, context)
        return accepted._replace(based_on=_based_on(inputs, accepted.changes))
    same, found = unchanged.split(inputs.matches, inputs.kinds, context)
    if inputs.snapshot.offline:
        found = tuple(_with_memory(each, inputs.kinds) for each in found)
        context = context._replace(matches=found)
    named, named_problems = resolve_named(_users(inputs.desired, found), inputs.state, context)
    decisions = decide_all(found, same, named, inputs.kinds, context)
    decisions, target_problems = select(decisions, inputs.options)
    decisions, last_problems = guard.spare_the_last(decisions, inputs.snapshot.collections, context)
    names = Names(decisions, same, named)
    fields = {each.address: field_changes(each, names) for each in decisions if each.diffs}
    drafts = tuple(_draft(each, fields.get(each.address, ())) for each in decisions if _is_asked_about(each))
    context = context._replace(drafts={each.subject.address: each for each in drafts})
    if not inputs.snapshot.offline:
        questions = _questions(drafts, inputs, context)
        if questions:
            return Needs(questions)
    objections = _objections(drafts, inputs.kinds, context)
    written = _write(_block(decisions, objections), inputs, context)
    if isinstance(written, Needs):
        return written
    decisions, steps, blobs = written.decisions, written.steps, written.blobs
    diagnostics = [
        *inputs.problems,
        *named_problems,
        *target_problems,
        *last_problems,
        *written.diagnostics,
        *(found for each in decisions for found in each.diagnostics),
        *(each.diagnostic for each in objections),
        *_guards(decisions, same, inputs, context),
    ]
    calls = steps_by_address(steps)
    described = (describe(each, fields.get(each.address, ()), names, calls, blobs) for each in decisions)
    touched = _impacts(drafts, inputs.kinds, context)
    changes = tuple(_with_impact(each, touched) for each in described if says_something(each))
    made = Plan(
        account=inputs.snapshot.account,
        based_on=_based_on(inputs, changes),
        # By address they are already.
        changes=tuple(sorted(changes, key=lambda each: not each.reaches_people)),
        steps=steps,
        drift=tuple(found for each in decisions for found in drift(each, names)),
        diagnostics=in_order(dict.fromkeys(diagnostics)),
        budget=_budget(steps, inputs),
        blobs=dict(sorted(blobs.items())),
        references={str(each): named[each] for each in sorted(named) if named[each]},
        destroy=inputs.options.destroy,
        offline=inputs.snapshot.offline,
        overrides=_overrides(diagnostics, drafts, decisions, same, inputs, context),
        consent=inputs.snapshot.facts.get(CONSENT) or {},
        recovered=inputs.recovered,
    )
    return _held_to_a_day(made, inputs.options) if steps else made


class _Written(NamedTuple):
    """The calls of a plan, and the decisions as they are when all is known that holds some of them back."""

    decisions: tuple[Decision, ...]
    steps: tuple[Step, ...]
    blobs: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]


def _write(decisions: tuple[Decision, ...], inputs: Inputs, context: Context) -> _Written | Needs:
    """The calls in order, without those that the user may not make and what hangs on them."""
    told: list[Diagnostic] = []
    while True:
        decisions, used = guard.spare_the_used(decisions)
        going = tuple(each for each in decisions if each.status is not Status.BLOCKED)
        order = sequence(going, inputs.snapshot.collections)
        blobs: dict[str, str] = {}
        steps = () if inputs.snapshot.offline else number_steps(going, order, blobs)
        if steps and PRIVILEGES not in inputs.snapshot.facts:
            return Needs((privileges_question(),))
        objections = lacking(steps, inputs.kinds, context)
        if not objections:
            return _Written(decisions, steps, blobs, (*told, *used, *order.diagnostics))
        told += (each.diagnostic for each in objections)
        decisions = _block(decisions, objections)


def _budget(steps: tuple[Step, ...], inputs: Inputs) -> Budget:
    snapshot, limits = inputs.snapshot, inputs.options.limits
    if not steps:
        return Budget(snapshot.calls, 0, 0, limits.rate, limits.daily, snapshot.asked)
    from ccstate.core.budget import budget

    return budget(steps, limits, calls=snapshot.calls, asked=snapshot.asked, pages=snapshot.pages)


def _held_to_a_day(made: Plan, options: Options) -> Plan:
    """Refused where no day holds it, whatever was used of it; of this day the command line knows more."""
    if made.budget.apply_calls <= options.limits.daily:
        return made
    from ccstate.core.budget import over_budget

    found = over_budget(made, only_told=not options.metered)
    return made._replace(diagnostics=in_order((*made.diagnostics, found))) if found else made


def _guards(
    decisions: tuple[Decision, ...], same: tuple[Match, ...], inputs: Inputs, context: Context
) -> tuple[Diagnostic, ...]:
    return (
        *guard.guard_account(inputs.state, context),
        *guard.guard_protected(decisions),
        *guard.guard_data_loss(decisions, context),
        *guard.guard_mass_change(decisions, same, context),
        *guard_dangling(decisions, same, inputs.kinds, context),
    )


def _overrides(
    said: Iterable[Diagnostic],
    drafts: tuple[Draft, ...],
    decisions: tuple[Decision, ...],
    same: tuple[Match, ...],
    inputs: Inputs,
    context: Context,
) -> tuple[Override, ...]:
    """What flags let pass: the guards are asked again as if there were none."""
    from ccstate.core.overrides import let_pass, sent_ones, without_overrides

    strict = without_overrides(inputs.options)
    sent = sent_ones(decisions) if inputs.options.include_sent else ()
    if strict is None:
        return sent
    strictly = context._replace(options=strict)
    objections = (each.diagnostic for each in _objections(drafts, inputs.kinds, strictly))
    return (*let_pass(said, (*objections, *_guards(decisions, same, inputs, strictly))), *sent)


def _with_memory(each: Match, kinds: Kinds) -> Match:
    """Offline, the live side is what the state remembers."""
    if each.binding is None:
        return each
    return each._replace(live=remembered(kinds[each.address.kind], each.binding))


def _users(desired: tuple[Desired, ...], found: tuple[Match, ...]) -> tuple[Desired, ...]:
    """What may refer to something: all that is to be decided about, in the order of the manifests."""
    addresses = {each.address for each in found}
    return tuple(each for each in desired if each.address in addresses)


def _context(inputs: Inputs) -> Context:
    managed = {each.live.remote_id for each in inputs.matches if each.live is not None}
    managed |= {each.remote_id for each in inputs.state.bindings.values()}
    return Context(inputs.snapshot, inputs.options, frozenset(managed), inputs.matches)


# Questions and objections


def _is_asked_about(each: Decision) -> bool:
    """Whether the kind wants to see the change before it is one."""
    kind = each.kind
    asks = kind.questions is not no_questions or kind.objections is not no_objections
    return asks and each.action is not Action.NOOP


def _draft(each: Decision, fields: tuple[FieldChange, ...]) -> Draft:
    change = Change(each.address, each.kind.name, each.action, status=each.status)
    return Draft(change, each.subject, fields, each.want)


def _questions(drafts: tuple[Draft, ...], inputs: Inputs, context: Context) -> tuple[Question, ...]:
    """What is not known yet, each once, for the reason of whoever asks first."""
    asked: dict[str, Question] = {}
    for kind in inputs.kinds:
        for question in kind.questions(_of_kind(drafts, kind), context):
            if not _is_answered(question, inputs.snapshot):
                asked.setdefault(question.name, question)
    return tuple(asked.values())


def _is_answered(question: Question, snapshot: Snapshot) -> bool:
    if question.collection:
        return question.collection in snapshot.collections
    return question.name in snapshot.facts


def _objections(drafts: tuple[Draft, ...], kinds: Kinds, context: Context) -> tuple[Objection, ...]:
    return tuple(found for kind in kinds for found in kind.objections(_of_kind(drafts, kind), context))


def _impacts(
    drafts: tuple[Draft, ...], kinds: Kinds, context: Context
) -> Mapping[Address, Mapping[str, Json]]:
    """What the changes do to people, in numbers."""
    found: dict[Address, Mapping[str, Json]] = {}
    for kind in kinds:
        found.update(kind.impact(_of_kind(drafts, kind), context))
    return found


def _with_impact(each: Change, touched: Mapping[Address, Mapping[str, Json]]) -> Change:
    """A change with its numbers; how many it goes to is remembered, so that growth can be seen."""
    numbers = touched.get(each.address)
    if not numbers:
        return each
    made = each._replace(impact={**each.impact, **numbers})
    audience = numbers.get("audience")
    if each.memory is None or audience is None or not audience["members"]:
        return made
    return made._replace(memory=each.memory._replace(contacts=audience["after"]["contacts"]))


def _of_kind(drafts: tuple[Draft, ...], kind: Kind) -> tuple[Draft, ...]:
    return tuple(each for each in drafts if each.change.kind == kind.name)


def _block(decisions: tuple[Decision, ...], objections: tuple[Objection, ...]) -> tuple[Decision, ...]:
    """What waits for a person, and what refers to something new that waits."""
    blocked = {each.address for each in objections if each.blocks}
    if not blocked:
        return decisions
    new = {each.address for each in decisions if each.made_anew}
    while True:
        more = {
            each.address
            for each in decisions
            if writes(each) and each.match.desired and blocked & new & set(each.match.desired.depends_on())
        } - blocked
        if not more:
            break
        blocked |= more
    return tuple(
        each._replace(status=Status.BLOCKED) if each.address in blocked else each for each in decisions
    )


def _based_on(inputs: Inputs, changes: tuple[Change, ...]) -> BasedOn:
    """The digest of every live object that the plan assumes, and of their absence."""
    assumed = {
        str(each.address): each.fingerprint
        for each in changes
        if each.action is not Action.NOOP or each.fingerprint
    }
    kinds = {each.kind for each in changes}
    return BasedOn(
        inputs.state.lineage,
        inputs.state.serial,
        digest({"account": inputs.snapshot.account.id, **assumed}),
        {name: len(found) for name, found in sorted(inputs.snapshot.collections.items()) if name in kinds},
    )

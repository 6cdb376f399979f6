"""The plan as text: what a person reads before saying yes.

What is unchanged is hidden, the identity of what changes never is. Nothing here depends on the moment, so two
runs of the same plan are the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from ccstate.core.diagnostics import Severity
from ccstate.core.live import Account
from ccstate.core.plan import (
    Action,
    Change,
    Drift,
    Override,
    Plan,
    Status,
    Step,
    Summary,
    Undo,
    is_active,
    summarise,
)
from ccstate.render.budget import api_lines
from ccstate.render.diagnostics import NO_SOURCES, Sources, diagnostics_lines
from ccstate.render.fields import changed, created, drifted, place
from ccstate.render.impact import consent_line, impact_rows, told, with_numbers
from ccstate.render.rows import INDENT, One, Row, Words, layout, prose
from ccstate.render.spans import BLANK, WIDTH, Line, Lines, Span, Style, line_width, span, width
from ccstate.render.symbols import STATUS_WORDS, style, symbol
from ccstate.render.values import quoted, shorten, word

_PLACE_COLUMN: Final = 51
_LEAST_GAP: Final = 3
_LEAST_PLACE: Final = 16
"""Columns of a place in a line that has no room for it."""


@dataclass(frozen=True, slots=True)
class View:
    """How much to show: `full` is every line of every text, `concise` one line a change."""

    full: bool = False
    concise: bool = False
    diagnostics: bool = True


def plan_lines(plan: Plan, view: View = View(), sources: Sources = NO_SOURCES) -> Lines:
    """A plan: whose account, what changes, what somebody else changed, what to know, and the counts."""
    parts = [
        header_lines(plan),
        *_changes(plan, view),
        drift_lines(plan.drift, view),
        override_lines(plan.overrides),
        diagnostics_lines(plan.diagnostics, sources) if view.diagnostics else (),
        (*closing_lines(plan), *api_lines(plan)),
    ]
    return tuple(chain.from_iterable(_apart(part for part in parts if part)))


def _apart(parts: Iterable[Lines]) -> Iterator[Lines]:
    """The parts with a blank line between them."""
    for index, part in enumerate(parts):
        yield (BLANK, *part) if index else part


def header_lines(plan: Plan) -> Lines:
    """Whose account, and what its contacts agreed to, where that matters."""
    return (account_line(plan.account), *((consent_line(plan.consent),) if plan.consent else ()))


def account_line(account: Account) -> Line:
    """`Account: Example Shop (a07e1l4x1vq3)   LIVE`: also in the prompt and in the last line."""
    name = f"{account.organisation} ({account.id})" if account.organisation else f"({account.id})"
    where = span("EMULATOR", "info") if account.emulated else span("LIVE", "warning")
    return (Span("Account: "), span(name, "bold"), Span("   "), where)


# Changes


def _changes(plan: Plan, view: View) -> Iterator[Lines]:
    steps = {each.id: each for each in plan.steps}
    shown = shown_changes(plan)
    if view.concise:
        yield tuple(_one_line(each) for each in shown)
        return
    for each in shown:
        yield change_lines(each, steps, full=view.full)


def shown_changes(plan: Plan) -> Iterator[Change]:
    """What does something, or waits for somebody; the rest is as it should be."""
    return (each for each in plan.changes if is_active(each) or each.status is Status.BLOCKED)


def change_lines(change: Change, steps: Mapping[str, Step], *, full: bool = False) -> Lines:
    """One change: its address and place, then the rows of what it does."""
    return (*_headline(change), *layout(_rows(change, steps, full=full)))


def field_names(change: Change) -> str:
    """What differs, by name only."""
    return ", ".join(dict.fromkeys(re.split(r"[.\[]", each.path)[0] for each in change.fields))


def _field_names(change: Change) -> Line:
    names = field_names(change)
    return (Span("   "), span(shorten(names, 40), "dim")) if names else ()


def _headline(change: Change) -> Lines:
    head = _head(change)
    if change.origin is None:
        return (head,)
    where = span(place(change.origin), "dim")
    gap = _gap(head, where)
    if line_width(head) + gap + len(where.text) > WIDTH:
        return (head, (Span(" " * INDENT), where))
    return ((*head, Span(" " * gap), where),)


def _one_line(change: Change) -> Line:
    """A change in one line: how it is taken back stays, of the place the middle is left out first.

    How many people it touches comes before the names of fields and the place, where not all of it fits.
    """
    undo = () if change.action is Action.NOOP else (Span("   "), _undo(change))
    least = (*_head(change), *undo)
    numbers = told(change)
    if line_width((*least, *numbers)) > WIDTH:
        numbers = ()
    head = (*least, *numbers, *_field_names(change))
    full = WIDTH - _LEAST_GAP - _LEAST_PLACE
    if numbers and line_width(head) > full:
        head = (*least, *numbers)
    if change.origin is None or (numbers and line_width(head) > full):
        return head
    room = max(WIDTH - line_width(head) - _LEAST_GAP, _LEAST_PLACE)
    where = span(shorten(place(change.origin), room), "dim")
    return (*head, Span(" " * _gap(head, where)), where)


def _head(change: Change) -> Line:
    return (
        span(f"{symbol(change):>3} ", style(change)),
        span(str(change.address), "bold"),
        *_was(change),
        *_status(change),
    )


def _gap(head: Line, where: Span) -> int:
    """Blanks that put a place in its column, or further left where it would not fit."""
    taken, wide = line_width(head), width(where.text)
    gap = max(_PLACE_COLUMN - taken, _LEAST_GAP)
    return gap if taken + gap + wide <= WIDTH else max(WIDTH - taken - wide, _LEAST_GAP)


def _undo(change: Change) -> Span:
    return span(str(change.undo), _undo_style(change.undo))


def _was(change: Change) -> Line:
    return () if change.previous_address is None else (span(f" (was {change.previous_address})", "move"),)


def _status(change: Change) -> Line:
    found = STATUS_WORDS[change.status]
    return (Span("   "), span(found, "warning")) if found else ()


def _rows(change: Change, steps: Mapping[str, Step], *, full: bool) -> Iterator[Row]:
    yield from field_rows(change, full=full)
    yield from fact_rows(change, steps)


def field_rows(change: Change, *, full: bool) -> Iterator[Row]:
    """What the resource will hold, what of it differs, or at least what it is called."""
    if change.action is Action.CREATE:
        yield from with_numbers(created(change), change)
    elif change.fields:
        yield from with_numbers(changed(change, full=full), change)
    else:
        yield from _name(change)


def fact_rows(change: Change, steps: Mapping[str, Step]) -> Iterator[Row]:
    """What else there is to know: why, whom it touches, by which calls, how it is taken back."""
    own = [steps[each] for each in change.steps if each in steps]
    yield from _kept_schedule(change, own)
    if change.flags:
        label = "state" if change.flags[0].startswith("accept ") else "lifecycle"
        yield Row(label, prose(", ".join(change.flags)))
    if change.reason:
        yield Row("why", prose(change.reason))
    yield from impact_rows(change)
    yield from _steps(change, own)
    if change.action is not Action.NOOP:
        yield Row("undo", Words((_undo(change),)))


def _name(change: Change) -> Iterator[Row]:
    """What it is called in the account, where no field would say so."""
    if change.natural_key:
        both = {**change.after, **change.before}
        label = next((name for name in sorted(both) if both[name] == change.natural_key), "name")
        yield Row(label, One(quoted(change.natural_key)))


def _kept_schedule(change: Change, own: list[Step]) -> Iterator[Row]:
    """A schedule that is taken down and put back as it was."""
    if change.action is Action.UPDATE and not any(each.path.startswith("schedule") for each in change.fields):
        for step in own:
            at = step.body.get("scheduled_date") if isinstance(step.body, Mapping) else None
            if step.verb == "schedule" and at:
                yield Row("schedule", prose(f"unchanged: {word(at)}"))
                return


def _steps(change: Change, own: list[Step]) -> Iterator[Row]:
    """The calls as verbs, unless it is the one that goes without saying."""
    together = {len(each.addresses) for each in own}
    if len(own) == 1 and own[0].verb == str(change.action) and together == {1}:
        return
    if own:
        yield Row("steps", prose(", ".join(_verb(each) for each in own)))


def _verb(step: Step) -> str:
    others = len(step.addresses) - 1
    return f"{step.verb} (one call with {counted(others, 'other')})" if others else step.verb


def _undo_style(undo: Undo) -> Style:
    if undo is Undo.REVERSIBLE:
        return "dim"
    return "destroy" if undo is Undo.IRREVERSIBLE else "warning"


# Drift


def drift_lines(found: tuple[Drift, ...], view: View) -> Lines:
    """What somebody else changed, apart from what the plan changes."""
    if not found:
        return ()
    lines: list[Line] = [(span("Changed outside ccstate:", "bold"),)]
    for each in found:
        where = () if each.origin is None else (Span("   "), span(place(each.origin), "dim"))
        lines.append((Span("  "), span(str(each.address), "bold"), *where))
        if not view.concise:
            note = (Row("note", prose(each.note)),) if each.note else ()
            lines.extend(layout((*drifted(each.fields, each.origin, full=view.full), *note)))
    return tuple(lines)


def override_lines(found: tuple[Override, ...]) -> Lines:
    """The flags that were used and what each let pass: whoever applies the plan passes none."""
    if not found:
        return ()
    rows = (Row(each.flag, prose(each.summary, "warning")) for each in found)
    return ((span("Overrides used:", "bold"),), *layout(rows))


# The closing lines


def closing_lines(plan: Plan) -> Lines:
    """The counts, what waits and what refuses; what it costs is said by `render.budget`."""
    summary = summarise(plan.changes)
    shown = any(is_active(each) for each in plan.changes) or summary.blocked
    refused = sum(each.severity is Severity.ERROR for each in plan.diagnostics)
    counts = _accepted(summary) if plan.refresh_only else _counts(summary)
    first: Line = counts if shown or refused else (span("No changes.", "bold"),)
    blocked = (_blocked(summary, plan),) if summary.blocked else ()
    refusal = (_refused(refused),) if refused else ()
    return (first, *blocked, *refusal)


def _refused(errors: int) -> Line:
    """An error refuses the plan as a whole: what stands above it is not going to happen."""
    return (
        span(f"Refused: {counted(errors, 'error')}. Nothing can be applied until that is resolved.", "error"),
    )


def _counts(summary: Summary) -> Line:
    counts = f"Plan: {summary.add} to add, {summary.change} to change, {summary.destroy} to destroy"
    rare = {"adopt": summary.adopt, "move": summary.move, "forget": summary.forget}
    found = "".join(f", {count} to {what}" for what, count in rare.items() if count)
    line: Line = (span(f"{counts}{found}.", "bold"),)
    if summary.sends:
        line = (*line, Span("   "), span(f"Sends affected: {summary.sends}", "warning"))
    return line


def _accepted(summary: Summary) -> Line:
    """Of a plan that makes no call: what the state takes over, and what it forgets."""
    forget = f", {summary.forget} to forget" if summary.forget else ""
    return (span(f"Refresh only: {summary.change} to accept into the state{forget}.", "bold"),)


def _blocked(summary: Summary, plan: Plan) -> Line:
    """Blocked changes are not counted as changes, and are no reason to say that there are none."""
    what = counted(summary.blocked, "change")
    start = "Nothing can be applied now: " if plan.empty else "Blocked: "
    verb = "waits" if summary.blocked == 1 else "wait"
    return (span(f"{start}{what} {verb} for a person.", "warning"),)


def counted(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

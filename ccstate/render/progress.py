"""Progress: events as lines while a run goes on, and the report when it is over.

Pure: it holds nothing between two events; the report is made from all of them and from the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, assert_never

from ccstate.core.events import (
    ApplyFinished,
    ApplyStarted,
    ChangeFailed,
    ChangeFinished,
    ChangeSkipped,
    ChangeStarted,
    Event,
    Note,
    Refreshed,
    RefreshStarted,
    StepFinished,
    Unscheduled,
    Waiting,
)
from ccstate.core.plan import Action, Change, Plan, Status
from ccstate.render.diagnostics import diagnostic_lines
from ccstate.render.rows import wrap
from ccstate.render.spans import BLANK, WIDTH, Line, Lines, Span, Style, span
from ccstate.render.symbols import STYLES, style, symbol
from ccstate.render.text import account_line
from ccstate.render.values import moment

_DOING: Final[Mapping[Action, tuple[str, str]]] = {
    Action.NOOP: ("Recording", "Recorded"),
    Action.CREATE: ("Creating", "Created"),
    Action.UPDATE: ("Updating", "Updated"),
    Action.REPLACE: ("Replacing", "Replaced"),
    Action.DELETE: ("Deleting", "Deleted"),
    Action.ADOPT: ("Adopting", "Adopted"),
    Action.FORGET: ("Forgetting", "Forgotten"),
}


def event_lines(event: Event, *, steps: bool = False) -> Lines:
    """An event as lines, often one, sometimes none; `steps` shows each API call.

    Of the end of an apply nothing is said here: that is `report`.
    """
    match event:
        case RefreshStarted():
            return (_line("Reading the account...", "dim"),)
        case Refreshed(calls, seconds):
            return (_line(f"Read the account: {_calls(calls)} ({seconds:.1f} s)", "dim"),)
        case ApplyStarted(changes, number):
            return (_line(f"Applying {changes:,} change{_s(changes)} with {_calls(number)}...", "dim"),)
        case ChangeStarted(address, action):
            return ((span(f"{address}: {_DOING[action][0]}..."),),)
        case StepFinished():
            return (_step(event),) if steps else ()
        case ChangeFinished():
            return (_finished(event),)
        case ChangeFailed(address, action, diagnostic):
            head = (span(f"{address}: {_DOING[action][0]} FAILED", "error"),)
            return (head, *diagnostic_lines(diagnostic))
        case ChangeSkipped(address, because):
            return ((span(f"{address}: "), span("Not tried", "warning"), span(f": {because}")),)
        case Waiting(address, what, seconds):
            return ((span(f"{address}: "), span(f"Waiting... {what} ({seconds:.0f} s)", "dim")),)
        case Note(diagnostic):
            return diagnostic_lines(diagnostic)
        case Unscheduled():
            return unscheduled_lines(event)
        case ApplyFinished():
            return ()
        case _:
            assert_never(event)


def _line(text: str, how: Style) -> Line:
    return (span(text, how),)


def _calls(number: int) -> str:
    return f"{number:,} call{_s(number)}"


def _s(number: int) -> str:
    return "" if number == 1 else "s"


def _step(event: StepFinished) -> Line:
    what = (
        f"{event.address}: {event.verb}: {event.method} {event.path} {event.status} ({event.seconds:.1f} s)"
    )
    return (Span("  "), span(what, "dim"))


def _finished(event: ChangeFinished) -> Line:
    """Without a time where no call was needed, so without one that could be told."""
    remarks = ([f"{event.seconds:.1f} s"] if event.seconds else []) + ([event.detail] if event.detail else [])
    behind = f" ({', '.join(remarks)})" if remarks else ""
    return (span(f"{event.address}: "), span(_DOING[event.action][1], STYLES[event.action]), span(behind))


def unscheduled_lines(event: Unscheduled) -> Lines:
    """In capitals, for nobody gets this mail unless somebody acts."""
    was = f"it was to go out {moment(event.since) or event.since} and" if event.since else "it"
    text = f"CAMPAIGN {event.address} IS UNSCHEDULED: {was} now goes out to nobody. Run apply again."
    return tuple(wrap((span(word, "error") for word in text.split(" ")), WIDTH))


# The report


def report(plan: Plan, events: Iterable[Event]) -> Lines:
    """After an apply, also a failed one: what is done, what failed, what was not tried, what is blocked."""
    seen = tuple(events)
    finished = next((each for each in seen if isinstance(each, ApplyFinished)), None)
    sections = tuple(_sections(plan, seen)) if finished is None or _went_wrong(finished) else ()
    alarms = tuple(
        line for each in seen if isinstance(each, Unscheduled) for line in (*unscheduled_lines(each), BLANK)
    )
    return (*sections, *alarms, _closing(plan, finished), account_line(plan.account))


def _went_wrong(finished: ApplyFinished) -> bool:
    return bool(finished.failed or finished.skipped or finished.blocked)


def _sections(plan: Plan, seen: tuple[Event, ...]) -> Iterator[Line]:
    changes = {each.address: each for each in plan.changes}
    done = [(changes[each.address], "") for each in seen if isinstance(each, ChangeFinished)]
    failed = [
        (changes[each.address], each.diagnostic.summary) for each in seen if isinstance(each, ChangeFailed)
    ]
    skipped = [(changes[each.address], each.because) for each in seen if isinstance(each, ChangeSkipped)]
    blocked = [(each, _why_blocked(plan, each)) for each in plan.changes if each.status is Status.BLOCKED]
    yield from _section("Done:", done)
    yield from _section("Failed:", failed)
    yield from _section("Not tried:", skipped)
    yield from _section("Blocked, waiting for a person:", blocked)


def _section(heading: str, found: list[tuple[Change, str]]) -> Iterator[Line]:
    if found:
        yield (span(heading, "bold"),)
        for change, why in found:
            address = str(change.address)
            said = why.removeprefix(f"{address}: ")
            behind = (span(f": {said}"),) if said else ()
            yield (span(f"{symbol(change):>3} ", style(change)), span(address), *behind)
        yield BLANK


def _why_blocked(plan: Plan, change: Change) -> str:
    return next((each.summary for each in plan.diagnostics if each.address == change.address), "")


def _closing(plan: Plan, finished: ApplyFinished | None) -> Line:
    what = "Destroy" if plan.destroy else "Apply"
    if finished is None:
        return (span(f"{what} did not finish.", "error"),)
    if plan.refresh_only:
        forgotten = f", {finished.forgotten} forgotten" if finished.forgotten else ""
        return (span(f"{what} complete! State: {finished.changed} accepted{forgotten}.", "bold"),)
    if not _went_wrong(finished):
        return (span(f"{what} complete! Resources: {_counts(plan, finished)}.", "bold"),)
    counts = {"failed": finished.failed, "not tried": finished.skipped, "blocked": finished.blocked}
    wrong = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    return (
        span(f"{what} incomplete: {wrong}.", "error"),
        Span(" "),
        span(f"Resources: {_counts(plan, finished)}.", "bold"),
    )


def _counts(plan: Plan, finished: ApplyFinished) -> str:
    always = {"added": finished.added, "changed": finished.changed, "destroyed": finished.destroyed}
    rare = {"adopted": finished.adopted, "moved": finished.moved, "forgotten": finished.forgotten}
    if plan.destroy:
        rare = {"added": finished.added, "changed": finished.changed, **rare}
        always = {"destroyed": finished.destroyed}
    counts = {**always, **{word: number for word, number in rare.items() if number}}
    return ", ".join(f"{number} {word}" for word, number in counts.items())

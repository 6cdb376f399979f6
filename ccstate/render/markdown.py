"""The plan as Markdown: a comment on a pull request, which must fit into one.

What reaches people comes first and is shortened last. Where the whole does not fit, first long texts go,
then all but the changed fields, then all but a line a resource, then all but counts and as many of those
lines as there is room for; the comment says which.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, NamedTuple, TypeVar

from ccstate.core.diagnostics import Diagnostic, Severity
from ccstate.core.plan import Change, Plan, Step, summarise
from ccstate.render.blocks import code, comment, fence, folded, html_code
from ccstate.render.budget import api_lines
from ccstate.render.diagnostics import diagnostic_lines
from ccstate.render.impact import consent_line
from ccstate.render.signed import fields_only, headline, one_line, whole
from ccstate.render.spans import Lines, plain
from ccstate.render.text import View, closing_lines, counted, drift_lines, override_lines, shown_changes
from ccstate.render.values import shorten

_Item = TypeVar("_Item")

LIMIT: Final = 65_535
"""Characters of a comment on GitHub."""

_USUAL: Final = View()
_OPEN: Final = 60
"""Lines of other changes that are shown without a click."""

_NAME_COLUMNS: Final = 200
_MORE_ROOM: Final = 200
"""Characters for the fence of a list that is cut, and for the line that says so."""


class _Depth(enum.IntEnum):
    FULL = 0  # every line of every text
    WHOLE = 1  # of texts a part of their diff
    FIELDS = 2
    LINES = 3
    COUNTS = 4


class _Depths(NamedTuple):
    people: _Depth
    others: _Depth


_LADDER: Final = (
    _Depths(_Depth.FULL, _Depth.FULL),
    _Depths(_Depth.WHOLE, _Depth.WHOLE),
    _Depths(_Depth.WHOLE, _Depth.FIELDS),
    _Depths(_Depth.WHOLE, _Depth.LINES),
    _Depths(_Depth.WHOLE, _Depth.COUNTS),
    _Depths(_Depth.FIELDS, _Depth.COUNTS),
    _Depths(_Depth.LINES, _Depth.COUNTS),
)
"""What is tried in turn; what reaches people is never shown in less detail than the rest."""

_SHOWN: Final[Mapping[_Depth, str]] = {
    _Depth.WHOLE: "at most 20 lines of each text",
    _Depth.FIELDS: "only the fields that change",
    _Depth.LINES: "only one line each",
    _Depth.COUNTS: "only counts, and the lines that fit",
}


class _Sheet(NamedTuple):
    """A plan, taken apart once for all attempts."""

    plan: Plan
    steps: Mapping[str, Step]
    people: tuple[Change, ...]
    others: tuple[Change, ...]
    errors: tuple[Diagnostic, ...]
    remarks: tuple[Diagnostic, ...]
    limit: int


def plan_markdown(plan: Plan, view: View = _USUAL, limit: int = LIMIT) -> str:
    """A plan as a comment of at most `limit` characters."""
    sheet = _sheet(plan, limit)
    ladder = _ladder(view)
    for depths in ladder:
        text = _attempt(sheet, depths, ladder[0])
        if text is not None:
            return text
    return _least(sheet, limit)


def marker(plan: Plan) -> str:
    """The line by which the comment of this account is found again, so that it can be replaced."""
    return comment("ccstate", "plan", plan.account.id, "emulator" if plan.account.emulated else "live")


def _ladder(view: View) -> tuple[_Depths, ...]:
    """What is tried in turn, from what was asked for on."""
    if view.concise:
        return (_Depths(_Depth.LINES, _Depth.LINES), _LADDER[-1])
    return _LADDER if view.full else _LADDER[1:]


def _sheet(plan: Plan, limit: int) -> _Sheet:
    shown = tuple(shown_changes(plan))
    return _Sheet(
        plan,
        {each.id: each for each in plan.steps},
        tuple(each for each in shown if each.reaches_people),
        tuple(each for each in shown if not each.reaches_people),
        tuple(each for each in plan.diagnostics if each.severity is Severity.ERROR),
        tuple(each for each in plan.diagnostics if each.severity is not Severity.ERROR),
        limit,
    )


# One attempt


def _attempt(sheet: _Sheet, depths: _Depths, asked: _Depths) -> str | None:
    """The comment in so much detail; None as soon as it is too long."""
    parts, rest = _changes(sheet, depths, asked), _besides(sheet, depths)
    if depths.others is not _Depth.COUNTS:
        return _within(chain(parts, rest), sheet.limit)
    above, below = tuple(parts), tuple(rest)
    text = _within((*above, *below), sheet.limit)
    if text is None:
        return None
    lines = _as_fits(sheet.others, one_line, "", "diff", sheet.limit - len(text) - 1, least=1)
    return "\n".join((*above, *lines, *below))


def _within(parts: Iterable[str], limit: int) -> str | None:
    """The parts with blank lines between them; None as soon as they are too long."""
    found: list[str] = []
    room = limit
    for part in parts:
        room -= len(part) + 1
        if room < -1:
            return None
        found.append(part)
    return "\n".join(found)


def _changes(sheet: _Sheet, depths: _Depths, asked: _Depths) -> Iterator[str]:
    yield from _head(sheet.plan)
    yield from _shortened(sheet, depths, asked)
    yield from _diagnostics(sheet.errors, depths.others, "#### Errors\n")
    yield from _people(sheet, depths.people)
    yield from _others(sheet, depths.others)


def _besides(sheet: _Sheet, depths: _Depths) -> Iterator[str]:
    yield from _drift(sheet.plan, depths.others)
    yield from _overrides(sheet.plan, depths.others)
    yield from _remarks(sheet.remarks, depths.others)
    yield _cost(sheet.plan)


def _head(plan: Plan) -> Iterator[str]:
    account, (first, *others) = plan.account, closing_lines(plan)
    yield f"{marker(plan)}### {plain((first,))}"
    name = f"{account.organisation} ({account.id})" if account.organisation else f"({account.id})"
    yield f"Account: {code(shorten(name, _NAME_COLUMNS))} **{'EMULATOR' if account.emulated else 'LIVE'}**\n"
    if plan.consent:
        yield plain((consent_line(plan.consent),))
    for line in others:
        yield f"> [!{'CAUTION' if line[0].style == 'error' else 'WARNING'}]\n> {plain((line,))}"


def _cost(plan: Plan) -> str:
    return f"<sub>{' '.join(plain(api_lines(plan)).split())}</sub>\n"


def _shortened(sheet: _Sheet, depths: _Depths, asked: _Depths) -> Iterator[str]:
    """What is shown of what, where that is less than was asked for."""
    found = [
        f"of the {counted(len(changes), 'change')} that {verb} people {_SHOWN[depth]}"
        for changes, depth, wanted, verb in (
            (sheet.people, depths.people, asked.people, "reach"),
            (sheet.others, depths.others, asked.others, "do not reach"),
        )
        if changes and depth > wanted
    ]
    if not found and depths.others > asked.others:
        found = [f"of the rest {_SHOWN[depths.others]}"]
    if found:
        yield f"> [!NOTE]\n> Shortened to fit: {'; '.join(found)}. `ccstate plan` shows all.\n"


def _people(sheet: _Sheet, depth: _Depth) -> Iterator[str]:
    if sheet.people:
        yield f"#### Reaches people ({len(sheet.people):,})\n"
        yield fence(_blocks(sheet, sheet.people, depth), "diff")


def _others(sheet: _Sheet, depth: _Depth) -> Iterator[str]:
    changes = sheet.others
    if not changes:
        return
    if sheet.people:
        yield f"#### Other changes ({len(changes):,})\n"
    if depth is _Depth.COUNTS:
        yield _table(changes)
        return
    lines = tuple(_blocks(sheet, changes, depth))
    block = fence(lines, "diff")
    yield block if len(lines) <= _OPEN else folded(_by_kind(changes), block)


def _blocks(sheet: _Sheet, changes: tuple[Change, ...], depth: _Depth) -> Iterator[str]:
    """The lines of the changes, no more than it takes to see that they are too many."""
    room = sheet.limit
    for line in _lines(sheet, changes, depth):
        yield line
        room -= len(line)
        if room < 0:
            return


def _lines(sheet: _Sheet, changes: tuple[Change, ...], depth: _Depth) -> Iterator[str]:
    """The lines of the changes; those of several lines have a blank one between them."""
    if depth is _Depth.LINES:
        yield from map(one_line, changes)
        return
    for number, each in enumerate(changes):
        if number:
            yield ""
        if depth is _Depth.FIELDS:
            yield from fields_only(each)
        else:
            yield from whole(each, sheet.steps, full=depth is _Depth.FULL)


def _by_kind(changes: Iterable[Change]) -> str:
    counts: dict[str, int] = {}
    for each in changes:
        counts[each.kind] = counts.get(each.kind, 0) + 1
    return ", ".join(f"{count:,} {html_code(kind)}" for kind, count in sorted(counts.items()))


def _table(changes: tuple[Change, ...]) -> str:
    """What happens to how many of each kind."""
    by_kind: dict[str, list[Change]] = {}
    for each in changes:
        by_kind.setdefault(each.kind, []).append(each)
    names = ("add", "change", "destroy", "adopt", "move", "forget", "blocked")
    rows = ["| kind | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    for kind in sorted(by_kind):
        counts = summarise(tuple(by_kind[kind]))._asdict()
        cells = (f"{counts[name]:,}" if counts[name] else "" for name in names)
        rows.append(f"| {code(kind.replace('|', ' '))} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _drift(plan: Plan, depth: _Depth) -> Iterator[str]:
    if not plan.drift:
        return
    title = f"Changed outside ccstate ({len(plan.drift):,})"
    if depth is _Depth.COUNTS:
        yield f"#### {title}\n"
        return
    _, *lines = drift_lines(plan.drift, View(full=depth is _Depth.FULL, concise=depth is _Depth.LINES))
    yield f"#### {title}\n"
    block = _fenced(tuple(lines))
    yield block if len(lines) <= _OPEN else folded("as last applied, and as it is now", block)


def _overrides(plan: Plan, depth: _Depth) -> Iterator[str]:
    """The flags that were used, and what each let pass; where there is no room, how often each."""
    if not plan.overrides:
        return
    yield f"#### Overrides used ({len(plan.overrides):,})\n"
    if depth is _Depth.COUNTS:
        counts = Counter(each.flag for each in plan.overrides)
        yield ", ".join(f"{code(flag)} {count:,}" for flag, count in sorted(counts.items())) + "\n"
        return
    yield _fenced(override_lines(plan.overrides)[1:])


def _diagnostics(found: tuple[Diagnostic, ...], depth: _Depth, title: str) -> Iterator[str]:
    if found:
        yield title
        yield fence(_told(found, depth))


def _remarks(found: tuple[Diagnostic, ...], depth: _Depth) -> Iterator[str]:
    if found and depth is _Depth.COUNTS:
        yield f"{counted(len(found), 'remark')} besides.\n"
    elif len(found) > 3:
        yield folded(counted(len(found), "remark"), fence(_told(found, depth)))
    elif found:
        yield fence(_told(found, depth))


def _told(found: tuple[Diagnostic, ...], depth: _Depth) -> Iterator[str]:
    if depth >= _Depth.LINES:
        yield from map(_summary, found)
        return
    for number, each in enumerate(found):
        if number:
            yield ""
        yield plain(diagnostic_lines(each)).rstrip("\n")


def _summary(each: Diagnostic) -> str:
    about = f" ({each.address})" if each.address is not None and str(each.address) not in each.summary else ""
    return (
        plain(diagnostic_lines(each._replace(detail="", hint="", range=None, address=None)))
        .replace("\n", " ")
        .rstrip()
        + about
    )


def _fenced(lines: Lines) -> str:
    return fence(plain(lines).splitlines())


# What is told in any case


def _least(sheet: _Sheet, limit: int) -> str:
    """Counts, and the identity of what reaches people, then of what is wrong, as far as there is room."""
    note = "> [!NOTE]\n> Shortened to fit: only counts and names. `ccstate plan` shows all.\n"
    fixed = [*_head(sheet.plan), note]
    counts = _Depth.COUNTS
    end = [*_counts(sheet), *_drift(sheet.plan, counts), *_overrides(sheet.plan, counts), _cost(sheet.plan)]
    room = limit - sum(len(part) + 1 for part in (*fixed, *end))
    people = _as_fits(sheet.people, headline, f"#### Reaches people ({len(sheet.people):,})\n", "diff", room)
    room -= sum(len(part) + 1 for part in people)
    errors = _as_fits(sheet.errors, _summary, "#### Errors\n", "text", room)
    return "\n".join(chain(fixed, people, errors, end))


def _counts(sheet: _Sheet) -> Iterator[str]:
    if sheet.others:
        yield f"#### Other changes ({len(sheet.others):,})\n"
        yield _table(sheet.others)


def _as_fits(
    items: tuple[_Item, ...],
    line: Callable[[_Item], str],
    title: str,
    language: str,
    room: int,
    least: int = 0,
) -> tuple[str, ...]:
    """As many of the items as there is room for, and how many are left; nothing where it is too few."""
    if not items:
        return ()
    room -= len(title) + _MORE_ROOM
    lines: list[str] = []
    for each in items:
        text = line(each)
        room -= len(text) + 1
        if room < 0:
            break
        lines.append(text)
    if len(lines) < least:
        return ()
    left = len(items) - len(lines)
    more = f"... and {left:,} more; `ccstate plan` shows them.\n" if left else ""
    return tuple(part for part in (title, fence(lines, language) if lines else "", more) if part)

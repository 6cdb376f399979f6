"""The plan as a page: for those who approve a send, on whatever they have at hand.

The same rows as the text, people first; mails are shown as they will look, each in a frame that it cannot get
out of. Everything that an account or a manifest says is text here and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, assert_never

from ccstate.core.diagnostics import Diagnostic, Severity
from ccstate.core.plan import Action, Change, Drift, Override, Plan, Step, Undo
from ccstate.core.values import Json
from ccstate.render.budget import api_lines
from ccstate.render.fields import drifted, place
from ccstate.render.impact import consent_line
from ccstate.render.page import folded, frame, mark, page, spans, text
from ccstate.render.rows import Content, Diff, One, Outline, Pair, Row, Words
from ccstate.render.spans import plain
from ccstate.render.symbols import SEVERITIES, STATUS_WORDS, style, symbol
from ccstate.render.text import View, closing_lines, fact_rows, field_names, field_rows, shown_changes
from ccstate.render.texts import diff_lines
from ccstate.render.values import NONE, is_long, quoted, shorten

_COLUMNS: Final = 160
"""Of a line of a diff, which a page can scroll."""

_NAME_COLUMNS: Final = 120
_USUAL: Final = View()
_MAIL: Final = re.compile(r"\s*<[a-z!?]", re.IGNORECASE)
"""How a text begins that a mail reader would show as a mail."""


class _Mail(NamedTuple):
    """A mail before and after; None where there is none, or only its digest is known."""

    before: str | None
    after: str | None


def plan_html(plan: Plan, view: View = _USUAL) -> str:
    """A plan as one page that needs nothing else."""
    return page(f"{_counts(plan)} - {plan.account.organisation or plan.account.id}", _parts(plan, view))


def _parts(plan: Plan, view: View) -> Iterator[str]:
    steps = {each.id: each for each in plan.steps}
    shown = tuple(shown_changes(plan))
    people = tuple(each for each in shown if each.reaches_people)
    others = tuple(each for each in shown if not each.reaches_people)
    errors = tuple(each for each in plan.diagnostics if each.severity is Severity.ERROR)
    remarks = tuple(each for each in plan.diagnostics if each.severity is not Severity.ERROR)
    yield from _head(plan)
    yield from _told(errors, "Errors")
    yield from _changes(people, f"Reaches people ({len(people):,})", steps, view)
    yield from _changes(others, f"Other changes ({len(others):,})", steps, view)
    yield from _drift(plan.drift, view)
    yield from _overrides(plan.overrides)
    yield from _told(remarks, "To know")
    yield f"<footer>{text(' '.join(plain(api_lines(plan)).split()))}</footer>"


def _counts(plan: Plan) -> str:
    return closing_lines(plan)[0][0].text.rstrip(".")


def _head(plan: Plan) -> Iterator[str]:
    first, *others = closing_lines(plan)
    yield f"<h1>{' '.join(spans((each,)) for each in first if each.text.strip())}</h1>"
    account = plan.account
    name = f"{account.organisation} ({account.id})" if account.organisation else f"({account.id})"
    badge = (
        mark("span", "EMULATOR", "badge info") if account.emulated else mark("span", "LIVE", "badge error")
    )
    yield f"<p>Account: <strong>{text(name)}</strong> {badge}</p>"
    if plan.consent:
        yield f"<p>{text(plain((consent_line(plan.consent),)).strip())}</p>"
    for line in others:
        kind = "error" if line[0].style == "error" else "warning"
        yield f'<p class="note {kind}">{text(plain((line,)).strip())}</p>'


# Changes


def _changes(changes: tuple[Change, ...], title: str, steps: Mapping[str, Step], view: View) -> Iterator[str]:
    if not changes:
        return
    yield f"<h2>{text(title)}</h2>"
    if view.concise:
        yield '<ul class="lines">'
        yield from map(_one_line, changes)
        yield "</ul>"
        return
    for each in changes:
        yield from _change(each, steps, view)


def _one_line(change: Change) -> str:
    names = field_names(change)
    lost = change.impact.get("loses")
    more = [mark("span", names, "dim")] if names and change.action is not Action.CREATE else []
    more += [mark("span", f"loses {lost}", "destroy")] if lost else []
    return f"<li>{' '.join((*_heading(change, 'b'), *more))}</li>"


def _change(change: Change, steps: Mapping[str, Step], view: View) -> Iterator[str]:
    yield '<article class="people">' if change.reaches_people else "<article>"
    yield f"<header>{' '.join(_heading(change, 'h3'))}</header>"
    rows = (*field_rows(change, full=view.full), *fact_rows(change, steps))
    yield _rows(each for each in rows if each.label != "undo")
    yield from _mails(change)
    yield "</article>"


def _heading(change: Change, tag: str) -> Iterator[str]:
    """What tells one change: its identity, its fate, how it is taken back, and where it is written."""
    yield f"<{tag}>{mark('span', symbol(change).strip(), style(change))} {text(str(change.address))}</{tag}>"
    if change.previous_address is not None:
        yield mark("span", f"(was {change.previous_address})", "move")
    if change.natural_key:
        yield mark("span", shorten(quoted(change.natural_key), _NAME_COLUMNS))
    if STATUS_WORDS[change.status]:
        yield mark("span", STATUS_WORDS[change.status], "badge warning")
    if change.action is not Action.NOOP:
        yield mark("span", str(change.undo), f"badge {_undo_style(change.undo)}")
    if change.origin is not None:
        yield mark("span", place(change.origin), "place")


def _undo_style(undo: Undo) -> str:
    if undo is Undo.REVERSIBLE:
        return "dim"
    return "destroy" if undo is Undo.IRREVERSIBLE else "warning"


# Rows


def _rows(rows: Iterable[Row]) -> str:
    found = "\n".join(_row(each) for each in rows)
    return f'<dl class="rows">\n{found}\n</dl>' if found else ""


def _row(row: Row) -> str:
    remarks = "".join(f" {mark('span', each.text, each.style)}" for each in row.remarks)
    return f"<dt>{text(row.label)}</dt><dd>{_content(row.content, remarks)}</dd>"


def _content(content: Content, remarks: str) -> str:
    match content:
        case Pair(before, after):
            return f"{_value('del', before)} &rarr; {_value('ins', after)}{remarks}"
        case One(value):
            return text(value) + remarks
        case Words(words):
            return " ".join(mark("span", each.text, each.style) for each in words) + remarks
        case Outline(lines):
            return _block(map(text, lines)) + remarks
        case Diff(summary, before, after, full):
            return (
                text(summary) + remarks + _block(map(spans, diff_lines(before, after, _COLUMNS, full=full)))
            )
        case _:
            assert_never(content)


def _value(tag: str, value: str) -> str:
    return mark("span", value, "dim") if value == NONE else mark(tag, value)


def _block(lines: Iterable[str]) -> str:
    return "<pre>" + "\n".join(lines) + "</pre>"


# Mails


def _mails(change: Change) -> Iterator[str]:
    """The mails of a change as they look, without a click where people get them."""
    for name in sorted({*change.before, *change.after}):
        mail = _Mail(_mail(change.before.get(name)), _mail(change.after.get(name)))
        if mail == (None, None):
            continue
        shown = [
            f"<figure><figcaption>{when}</figcaption>{frame(document, title)}</figure>"
            for when, document in (("before", mail.before), ("after", mail.after))
            if document is not None
            for title in (f"{change.address}: {name}, {when}",)
        ]
        summary = f"{text(name)} as a mail, its pictures not loaded"
        body = f'<div class="mails">{"".join(shown)}</div>'
        yield folded(summary, body, is_open=change.reaches_people)


def _mail(value: Json) -> str | None:
    return value if isinstance(value, str) and is_long(value) and _MAIL.match(value) else None


# What somebody else changed, and what there is to tell


def _drift(found: tuple[Drift, ...], view: View) -> Iterator[str]:
    if not found:
        return
    yield f"<h2>Changed outside ccstate ({len(found):,})</h2>"
    for each in found:
        where = mark("span", place(each.origin), "place") if each.origin is not None else ""
        yield f"<article><header><h3>{text(str(each.address))}</h3>{where}</header>"
        if not view.concise:
            yield _rows(drifted(each.fields, each.origin, full=view.full))
            yield f"<p>{text(each.note)}</p>" if each.note else ""
        yield "</article>"


def _overrides(found: tuple[Override, ...]) -> Iterator[str]:
    """The flags that were used, and what each let pass."""
    if found:
        yield f"<h2>Overrides used ({len(found):,})</h2>"
    for each in found:
        yield f'<p class="note warning"><code>{text(each.flag)}</code> {text(each.summary)}</p>'


def _told(found: tuple[Diagnostic, ...], title: str) -> Iterator[str]:
    if not found:
        return
    yield f"<h2>{title} ({len(found):,})</h2>"
    for each in found:
        yield f'<div class="note {SEVERITIES[each.severity]}"><p>{"".join(_summary(each))}</p>'
        yield from (f"<p>{line}</p>" for line in _details(each))
        yield "</div>"


def _summary(each: Diagnostic) -> Iterator[str]:
    yield f"{mark('strong', str(each.severity))}: {text(each.summary)} "
    yield mark("small", f"[{each.code}]")


def _details(each: Diagnostic) -> Iterator[str]:
    named = each.address is None or str(each.address) in each.summary
    about = [str(each.range)] if each.range is not None else []
    about += [] if named else [str(each.address)]
    if about:
        yield mark("small", "   ".join(about))
    yield from map(text, each.detail.splitlines())
    if each.hint:
        yield f"hint: {text(each.hint)}"

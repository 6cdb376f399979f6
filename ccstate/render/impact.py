"""Impact as text: how many people a change touches, and what the account's contacts agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ccstate.core.plan import Action, Change
from ccstate.core.values import Json
from ccstate.render.rows import One, Pair, Row, Words, prose
from ccstate.render.spans import Line, Span, span
from ccstate.render.values import is_empty

_NOT_KNOWN: Final = "not known"
_LABEL: Final = "audience"


def consent_line(consent: Mapping[str, int]) -> Line:
    """`Consent: 29,850 mailable (21,040 express, 8,810 implied), 210 pending, 4,120 unsubscribed`."""
    express, implied = consent["explicit"], consent["implicit"]
    return (
        Span(
            f"Consent: {express + implied:,} mailable ({express:,} express, {implied:,} implied), "
            f"{consent['pending']:,} pending, {consent['unsubscribed']:,} unsubscribed"
        ),
    )


def numbers(audience: Json) -> str:
    """`48,210 -> at most 61,975 contacts as of now (+13,765)`."""
    before, after = audience["before"], audience["after"]
    ends = f"{_number(after)}{_noun(after)}{'' if _is_nobody(after) else ' as of now'}"
    if before is None or before == after:
        return ends
    return f"{_number(before)} -> {ends}{_growth(before, after)}"


def brief(change: Change) -> str:
    """The same in few words, for a line that holds a whole change; empty where nobody was counted."""
    audience = change.impact.get(_LABEL)
    if audience is not None:
        return numbers(audience).replace(" as of now", "")
    contacts = change.impact.get("contacts")
    return f"{contacts:,} contact{'' if contacts == 1 else 's'}" if contacts else ""


def _number(reach: Json) -> str:
    if _is_nobody(reach):
        return "nobody"
    if reach["contacts"] is None:
        return _NOT_KNOWN
    return f"{'' if reach['exact'] else 'at most '}{reach['contacts']:,}"


def _noun(reach: Json) -> str:
    if _is_nobody(reach) or reach["contacts"] is None:
        return ""
    return " contact" if reach["contacts"] == 1 else " contacts"


def _is_nobody(reach: Json) -> bool:
    return bool(reach["contacts"] == 0)


def _growth(before: Json, after: Json) -> str:
    if before["contacts"] is None or after["contacts"] is None:
        return ""
    more = after["contacts"] - before["contacts"]
    return f" ({more:+,})" if more else ""


# Rows


def with_numbers(rows: Iterable[Row], change: Change) -> Iterator[Row]:
    """The rows of fields; that of the audience begins with how many that are."""
    audience = change.impact.get(_LABEL)
    for row in rows:
        if audience is not None and row.label.partition(".")[0] == _LABEL:
            yield Row(_LABEL, Words((*prose(numbers(audience)).words, *_whom(row))), row.remarks)
            audience = None
        else:
            yield row


def _whom(row: Row) -> Iterator[Span]:
    """The lists or the segment, set off from the number."""
    match row.content:
        case Words(words):
            first, *others = words
        case Pair(before, after):
            first, *others = prose(f"{before} -> {after}").words
        case One(text):
            first, *others = prose(text).words
        case _:
            return
    yield Span("  " + first.text, first.style)
    yield from others


def shows_audience(change: Change) -> bool:
    """Whether a row of a field tells the audience."""
    if change.action is Action.CREATE:
        return not is_empty(change.after.get(_LABEL))
    return any(each.path.startswith(_LABEL) for each in change.fields)


def impact_rows(change: Change) -> Iterator[Row]:
    """Whom it touches, where no row of a field says it."""
    impact = change.impact
    if _LABEL in impact and not shows_audience(change):
        yield audience_row(impact[_LABEL])
    if "loses" in impact:
        yield Row("impact", prose(f"loses {impact['loses']}", "destroy"))
    elif "contacts" in impact:
        yield Row("impact", prose(f"{brief(change) or 'nobody'} as of now"))
    if "sends" in impact:
        yield Row("impact", prose(f"changes whom {_listed(impact['sends'])} reaches", "warning"))


def audience_row(audience: Json) -> Row:
    """How many, and the lists or the segment that this is about."""
    members = ", ".join(each["name"] for each in audience["members"])
    whom = (Span(f"  {members}"),) if members else ()
    return Row(_LABEL, Words((*prose(numbers(audience)).words, *whom)))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def told(change: Change) -> tuple[Span, ...]:
    """What a line that holds a whole change says of people."""
    is_grave = change.reaches_people or "loses" in change.impact
    text = brief(change) if is_grave else ""
    return (Span("   "), span(text, "warning")) if text else ()

"""Expected: the sends that a plan leaves alone and that still may go to more or fewer people than was said.

A scheduled campaign goes out whether a plan is refused or not, so these are warnings. They cost nothing where
lists are read anyway: an audience is counted where its sum is outside and `impact: union` could narrow it,
a segment only with `--count-segments`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ccstate.core.address import Address
from ccstate.core.audience import Held, Send, judge_unchanged
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic
from ccstate.core.kind import Context, Question
from ccstate.core.match import Match
from ccstate.core.plan import Action
from ccstate.kinds import _counts
from ccstate.kinds._audience import UPCOMING, Book

_GOES: tuple[Action, ...] = (Action.DELETE, Action.FORGET)


class _Watched(NamedTuple):
    """A scheduled campaign that says whom it expects, and whom it goes to."""

    send: Send
    ids: tuple[str, ...]
    segment: bool


def questions(affected: frozenset[Address], context: Context) -> Iterator[Question]:
    """What narrows a number that may be outside; `affected` are the sends that the plan touches itself."""
    options = context.options
    for each in _watched(affected, context):
        if each.segment:
            if options.count_segments and not each.send.redefined:
                yield from map(_counts.segment_question, each.ids)
        elif options.union and 1 < len(each.ids) <= _counts.MOST_LISTS and any(judge_unchanged(each.send)):
            yield _counts.union_question(each.ids)


def warnings(affected: frozenset[Address], context: Context) -> Iterator[Diagnostic]:
    """The sends that are outside of what was expected, as far as that is known."""
    for each in _watched(affected, context):
        yield from judge_unchanged(each.send)


def _watched(affected: frozenset[Address], context: Context) -> Iterator[_Watched]:
    if context.snapshot.offline:
        return
    found = [
        (each, each.desired) for each in context.matches if each.desired is not None and each.desired.expect
    ]
    book = Book(context) if found else None
    for match, desired in found:
        if book is not None and match.address not in affected and not _goes(match.address, context):
            watched = _send(match, desired, book, context)
            if watched is not None:
                yield watched


def _goes(address: Address, context: Context) -> bool:
    draft = context.drafts.get(address)
    return draft is not None and draft.change.action in _GOES


def _send(match: Match, desired: Desired, book: Book, context: Context) -> _Watched | None:
    live, binding = match.live, match.binding
    if live is None or live.gone or live.status not in UPCOMING:
        return None
    value = live.fields.get("audience")
    members = book.members(value, wanted=True)
    redefined = book.redefined(members)
    is_part = context.options.narrowed or bool(context.options.excludes)
    is_known = bool(members) and all(each.contacts is not None for each in members)
    if not redefined and (is_part or (not is_known and not context.options.count_segments)):
        return None
    send = Send(
        match.address,
        members,
        book.reach(members),
        Held(desired.expect, binding.contacts if binding is not None else None),
        redefined=redefined,
        place=desired.place("audience"),
    )
    ids = tuple(each.id for each in members if each.id)
    return _Watched(send, ids, bool((value or {}).get("segment")))

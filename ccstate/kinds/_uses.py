"""What campaigns and segments use: a delete must not pull it from under them unseen.

Managed ones were read anyway. Of the others the campaigns that are about to go out and the segments are read,
and only when something is to be deleted that they could refer to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ccstate.core.kind import Context, Draft, Question, Uses, collection_question
from ccstate.core.live import Live
from ccstate.core.plan import Action
from ccstate.core.values import Json
from ccstate.core.wire import Flow, Request, ask
from ccstate.kinds import _criteria, _facts
from ccstate.kinds._campaign_fields import HISTORY

UPCOMING: Final = ("SCHEDULED", "PENDING_APPROVAL")
"""The statuses of campaigns that will go out if nobody does anything."""

_WHY: Final = "what unmanaged ones use"


def asked_by(*kinds: str) -> Callable[[tuple[Draft, ...], Context], tuple[Question, ...]]:
    """The questions of a kind that unmanaged objects of these kinds may refer to."""

    def questions(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
        if not any(_goes(each) for each in drafts):
            return ()
        return tuple(question for kind in kinds for question in _OF_KIND[kind](context))

    return questions


def _goes(each: Draft) -> bool:
    """Whether the object that is there now is deleted."""
    return each.change.action in (Action.DELETE, Action.REPLACE)


def _campaign_questions(context: Context) -> tuple[Question, ...]:
    found = context.snapshot.collections.get("campaign")
    if found is None:
        return (collection_question("campaign", _WHY),)
    return tuple(_facts.neighbour_question(each, _WHY) for each in found if _is_upcoming(each, context))


def _segment_questions(context: Context) -> tuple[Question, ...]:
    found = context.snapshot.collections.get("segment")
    if found is None:
        return (collection_question("segment", _WHY),)
    return tuple(
        _segment_question(each)
        for each in found
        if each.remote_id not in context.managed and not each.gone and "criteria" not in each.fields
    )


_OF_KIND: Final[Mapping[str, Callable[[Context], tuple[Question, ...]]]] = {
    "campaign": _campaign_questions,
    "segment": _segment_questions,
}


def _is_upcoming(live: Live, context: Context) -> bool:
    return live.status in UPCOMING and live.remote_id not in context.managed


def _segment_name(live: Live) -> str:
    return f"segment:{live.remote_id}"


def _segment_question(live: Live) -> Question:
    """The criteria of one unmanaged segment, and when it was edited; null where it is gone."""

    def flow() -> Flow[Json]:
        response = yield from ask(Request("GET", f"/segments/{live.remote_id}", accept=(404,)))
        if response.status == 404:
            return None
        criteria = _criteria.parse(response.body.get("segment_criteria"))
        return {"criteria": criteria, "edited_at": response.body.get("edited_at")}

    def teaches(answer: Json) -> Live | None:
        if not answer or answer["edited_at"] != live.extra.get("edited_at"):
            return None
        return live.with_fields({"criteria": answer["criteria"]})

    return Question(_segment_name(live), flow, _WHY, teaches=teaches)


def by_campaign(live: Live, context: Context) -> Uses:
    """Its lists or its segment; of an unmanaged one as far as it was asked. What was sent needs nothing."""
    if live.status in HISTORY:
        return Uses()
    audience = live.fields.get("audience")
    if audience is not None:
        ids = _leaves(audience)
    else:
        fact = context.snapshot.facts.get(_facts.neighbour_name(live)) or {}
        ids = (*fact.get("lists", ()), *fact.get("segments", ()))
    return Uses(frozenset(ids), idle=not _goes_out(live))


def _goes_out(live: Live) -> bool:
    """Whether it is, or will be when the plan is done, on its way."""
    if live.status in ("", "DRAFT", "SCHEDULED") and "schedule" in live.fields:
        return bool(live.fields["schedule"])
    return live.status in UPCOMING


def by_segment(live: Live, context: Context) -> Uses:
    """Every text in its criteria: an id stands as a text of its own."""
    fact = context.snapshot.facts.get(_segment_name(live)) or {}
    return Uses(frozenset(_leaves(live.fields.get("criteria", fact.get("criteria")))))


def _leaves(value: Json) -> tuple[str, ...]:
    """Every text inside a value."""
    if isinstance(value, Mapping):
        return tuple(leaf for each in value.values() for leaf in _leaves(each))
    if isinstance(value, (list, tuple)):
        return tuple(leaf for each in value for leaf in _leaves(each))
    return (value,) if isinstance(value, str) else ()

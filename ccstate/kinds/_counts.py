"""Counting contacts: who is on lists, in a segment, on any of several lists; and what the account agreed to.

Numbers only: of the pages of contacts that some answers consist of nothing is kept. Where the credentials may
not read contacts (403) the number is not known, and the plan goes on without it.

Facts: API contract and guide for contacts. A segment is evaluated when it is asked for (202 until it is done)
and its result cannot be counted but by its pages; `include_count` counts what other filters find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from ccstate.core.address import Address
from ccstate.core.audience import CONSENT
from ccstate.core.kind import Context, Draft, Question, Subject
from ccstate.core.live import Live
from ccstate.core.plan import Action, FieldChange, Undo
from ccstate.core.values import Json
from ccstate.core.wire import Flow, Request, Response, ask, next_href, pages

MOST_LISTS: Final = 25
"""Lists that one query can name (API contract)."""

_MEMBERS: Final = "list members"
_PAGE: Final = 500
_FORBIDDEN: Final = 403
_PAUSES: Final = (0.0, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 10.0, 15.0, 15.0)
"""Seconds before each look at a segment that is still being evaluated: a minute in all."""

Asks = Callable[[tuple[Draft, ...], Context], tuple[Question, ...]]


def both(*all_of: Asks) -> Asks:
    """The questions of several."""
    return lambda drafts, context: tuple(each for asks in all_of for each in asks(drafts, context))


def removed(draft: Draft) -> bool:
    """Whether the object that is there now goes."""
    return draft.change.action in (Action.DELETE, Action.REPLACE)


# Members of lists


def members_when_deleted(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
    """The members of all lists, whatever their status: the collection counts those who can be mailed."""
    return (Question(_MEMBERS, _read_members, _MEMBERS),) if any(map(removed, drafts)) else ()


def _read_members() -> Flow[Json]:
    query = {"limit": "500", "include_membership_count": "all"}
    bodies = yield from pages("/contact_lists", query)
    found = [each for body in bodies for each in (body or {}).get("lists") or ()]
    return {each["list_id"]: each.get("membership_count") for each in found}


def all_members(subject: Subject) -> int | None:
    """Everybody on a list, as far as it was asked; else those who can be mailed."""
    if subject.live is None:
        return 0
    counts = subject.context.snapshot.facts.get(_MEMBERS) or {}
    found: int | None = counts.get(subject.live.remote_id, subject.live.extra.get("members"))
    return found


def contacts_impact(
    count: Callable[[Subject], int | None],
) -> Callable[[tuple[Draft, ...], Context], Mapping[Address, Mapping[str, Json]]]:
    """How many contacts are on what goes."""

    def impact(drafts: tuple[Draft, ...], context: Context) -> Mapping[Address, Mapping[str, Json]]:
        counted = {each.subject.address: count(each.subject) for each in drafts if removed(each)}
        return {
            address: {"contacts": contacts} for address, contacts in counted.items() if contacts is not None
        }

    return impact


# The account


def consent_question() -> Question:
    """How many contacts agreed to what; null where the credentials may not know."""
    return Question(CONSENT, _read_consent, "consent counts")


def _read_consent() -> Flow[Json]:
    response = yield from ask(Request("GET", "/contacts/counts", accept=(_FORBIDDEN,)))
    if response.status == _FORBIDDEN:
        return None
    names = ("total", "explicit", "implicit", "pending", "unsubscribed")
    return {name: int(response.body.get(name) or 0) for name in names}


def consent_when(
    loses: Callable[[Subject, tuple[FieldChange, ...], bool], str] | None = None,
    undo: Callable[[tuple[FieldChange, ...], Subject], Undo] | None = None,
) -> Asks:
    """Asked where a change loses contact data or reaches people."""

    def is_grave(each: Draft) -> bool:
        fields = tuple(field._replace(path=field.path.partition("[")[0]) for field in each.fields)
        if loses is not None and loses(each.subject, fields, removed(each)):
            return True
        return undo is not None and undo(fields, each.subject) is Undo.REACHES_PEOPLE

    def asks(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
        concerned = (each for each in drafts if each.change.action not in (Action.CREATE, Action.FORGET))
        return (consent_question(),) if any(map(is_grave, concerned)) else ()

    return asks


def mailable(context: Context) -> int | None:
    """Whom the account may mail at all; None where nobody asked."""
    counts = context.snapshot.facts.get(CONSENT)
    return counts["explicit"] + counts["implicit"] if counts else None


# Audiences


def union_name(ids: Iterable[str]) -> str:
    """The name of the fact about everybody on any of some lists."""
    return f"contacts on {','.join(sorted(ids))}"


def union_question(ids: Iterable[str]) -> Question:
    """Everybody who can be mailed on any of some lists, counted once."""
    lists = ",".join(sorted(ids))

    def flow() -> Flow[Json]:
        query = {"lists": lists, "status": "active", "include_count": "true", "limit": "1"}
        response = yield from ask(Request("GET", "/contacts", query, accept=(_FORBIDDEN,)))
        return None if response.status == _FORBIDDEN else response.body["contacts_count"]

    return Question(union_name(ids), flow, "audiences")


def segment_name(remote_id: str) -> str:
    """The name of the fact about everybody whom a segment selects."""
    return f"contacts of segment {remote_id}"


def segment_question(remote_id: str) -> Question:
    """Everybody whom a segment selects now, by paging through them; null where that cannot be told."""

    def flow() -> Flow[Json]:
        query = {"segment_id": remote_id, "limit": str(_PAGE)}
        found, request = 0, Request("GET", "/contacts", query, accept=(_FORBIDDEN, 404))
        seen = set()
        while True:
            response = yield from _evaluated(request)
            if response.status != 200:
                return None
            found += len(response.body.get("contacts") or ())
            href = next_href(response.body)
            if not href or href in seen:
                return found
            seen.add(href)
            request = Request("GET", href, accept=(_FORBIDDEN, 404))

    return Question(segment_name(remote_id), flow, "segments counted")


def _evaluated(request: Request) -> Flow[Response]:
    """The answer once the evaluation is done, or the last one before patience ends."""
    for pause in _PAUSES:
        response = yield from ask(replace(request, pause=pause))
        if response.status != 202:
            return response
    return response


def lists_by_id(context: Context) -> dict[str, Live]:
    """The account's lists, as far as they were read."""
    return {each.remote_id: each for each in context.snapshot.collections.get("list", ())}

"""Audiences: whom a campaign reaches before and after a change, and who uses a segment.

The sum of its lists is free and an upper bound; segments and unions are counted only where that was asked for
or where something is about to go out. What the plan itself makes or redefines cannot be counted beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from ccstate.core import audience
from ccstate.core.address import Address
from ccstate.core.audience import NOBODY, Held, Member, Reach, Send
from ccstate.core.diagnostics import Diagnostic
from ccstate.core.kind import Context, Draft, Objection, Question, collection_question
from ccstate.core.live import Live, Snapshot
from ccstate.core.plan import Action, Change
from ccstate.core.values import Json, Ref, Value
from ccstate.kinds import _counts, _facts
from ccstate.kinds._campaign_fields import instant, nobody

UPCOMING: Final = ("SCHEDULED", "PENDING_APPROVAL")
_MAKES: Final = (Action.CREATE, Action.REPLACE)


def touched(each: Draft) -> set[str]:
    """The fields that a change writes."""
    if each.change.action in _MAKES:
        return {name for name, value in each.want.items() if value not in (None, "")}
    return {change.path.partition(".")[0].partition("[")[0] for change in each.fields}


class _Case(NamedTuple):
    """One campaign's change, as far as its audience goes: `at` is when it goes out then, or nothing."""

    draft: Draft
    before: Value
    after: Value
    was_scheduled: bool
    at: str

    @property
    def counts_segments(self) -> bool:
        return self.was_scheduled or bool(self.at)


def _cases(drafts: Iterable[Draft]) -> Iterator[_Case]:
    """The changes that touch an audience, or whether and what it gets."""
    for each in drafts:
        live = each.subject.live
        case = _case(each, live, scheduled=live is not None and live.status == "SCHEDULED")
        if case is not None and not (nobody(case.before) and nobody(case.after)):
            yield case


def _case(each: Draft, live: Live | None, *, scheduled: bool) -> _Case | None:
    action, seen = each.change.action, live.fields if live is not None else {}
    before = seen.get("audience")
    if action is Action.DELETE:
        return _Case(each, before, None, was_scheduled=True, at="") if scheduled else None
    names = touched(each)
    anew = action in _MAKES
    edits = names & {"audience", "schedule"} or (scheduled and names - {"name"})
    if not (anew or (action in (Action.UPDATE, Action.ADOPT) and edits)):
        return None
    wanted = anew or "schedule" in names
    at = instant(each.want.get("schedule")) if wanted else str((scheduled and seen.get("schedule")) or "")
    pulled = scheduled and not at and "audience" not in names
    return _Case(each, before, None if pulled else each.want.get("audience", before), scheduled, at)


def affected(drafts: Iterable[Draft]) -> frozenset[Address]:
    """The campaigns whose audience these changes tell, and judge."""
    return frozenset(each.draft.subject.address for each in _cases(drafts))


# Members


class Book:
    """The lists and segments of an account by id, and what becomes of those of the plan."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lists = _counts.lists_by_id(context)
        self._by_address = {each.address: each for each in context.matches}
        self._owners = {
            each.live.remote_id: each.address
            for each in context.matches
            if each.live is not None and each.address.kind in ("list", "segment")
        }
        self._segments = {each.remote_id: each for each in context.snapshot.collections.get("segment", ())}

    def members(self, value: Value, *, wanted: bool) -> tuple[Member, ...]:
        """Who is meant; `wanted`: as it will be, so what the plan makes anew has lost its old members."""
        value = value or {}
        if value.get("segment"):
            found = self._member(value["segment"], "segment", wanted=wanted)
            return (found,) if found else ()
        lists = (self._member(each, "list", wanted=wanted) for each in value.get("lists") or ())
        return tuple(sorted((each for each in lists if each), key=lambda each: each.name))

    def made(self, members: Iterable[Member]) -> tuple[str, ...]:
        """Those that the plan makes."""
        return tuple(each.name for each in members if not each.id)

    def redefined(self, members: Iterable[Member]) -> tuple[str, ...]:
        """The segments whose criteria the plan changes."""
        return tuple(each.name for each in members if each.id and self._is_redefined(each.id))

    def _member(self, value: Value, kind: str, *, wanted: bool) -> Member | None:
        if isinstance(value, Ref):
            remote_id, name = self._id_of(value.address), str(value.address)
        else:
            remote_id, name = str(value), self._name(str(value))
        if not remote_id and not isinstance(value, Ref):
            return None
        if not remote_id or (wanted and self._action(remote_id) in _MAKES):
            return Member(name, "", 0 if kind == "list" else None, kind)
        if kind == "list":
            live = self._lists.get(remote_id)
            return Member(name, remote_id, live.extra.get("members") if live is not None else None)
        known = not (wanted and self._is_redefined(remote_id))
        fact = self._context.snapshot.facts.get(_counts.segment_name(remote_id)) if known else None
        return Member(name, remote_id, fact, kind)

    def _id_of(self, address: Address) -> str:
        match = self._by_address.get(address)
        live = match.live if match is not None else None
        return live.remote_id if live is not None and not live.gone else ""

    def _name(self, remote_id: str) -> str:
        owner = self._owners.get(remote_id)
        if owner is not None:
            return str(owner)
        live = self._lists.get(remote_id) or self._segments.get(remote_id)
        return f'"{live.natural_key}"' if live is not None else remote_id

    def _draft(self, remote_id: str) -> Draft | None:
        owner = self._owners.get(remote_id)
        return self._context.drafts.get(owner) if owner is not None else None

    def _action(self, remote_id: str) -> Action | None:
        draft = self._draft(remote_id)
        return draft.change.action if draft is not None else None

    def _is_redefined(self, remote_id: str) -> bool:
        draft = self._draft(remote_id)
        return draft is not None and "criteria" in touched(draft) and draft.change.action not in _MAKES

    def reach(self, members: tuple[Member, ...]) -> Reach:
        """How many that are."""
        ids = [each.id for each in members if each.id]
        union = self._context.snapshot.facts.get(_counts.union_name(ids)) if len(ids) > 1 else None
        return audience.reach(members, union, _counts.mailable(self._context))


# Questions


def questions(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
    """What must be counted before the plan can say whom it reaches."""
    cases = tuple(_cases(drafts))
    if not cases:
        return ()
    book, found = Book(context), list[Question]()
    for case in cases:
        for value, wanted in ((case.before, False), (case.after, True)):
            members = book.members(value, wanted=wanted)
            segment = bool((value or {}).get("segment"))
            found += _asked(members, case, context, segment=segment, book=book, wanted=wanted)
    if any(case.counts_segments for case in cases):
        found.append(_counts.consent_question())
    return tuple(found)


def _asked(
    members: tuple[Member, ...], case: _Case, context: Context, *, segment: bool, book: Book, wanted: bool
) -> Iterator[Question]:
    ids = [each.id for each in members if each.id]
    if segment:
        if case.counts_segments or context.options.count_segments:
            open_ = book.redefined(members) if wanted else ()
            yield from (
                _counts.segment_question(each.id) for each in members if each.id and each.name not in open_
            )
    elif ids and "list" not in context.snapshot.collections:
        yield collection_question("list", "audiences")
    elif context.options.union and 1 < len(ids) <= _counts.MOST_LISTS:
        yield _counts.union_question(ids)


# Impact and guards


def impact(drafts: tuple[Draft, ...], context: Context) -> Mapping[Address, Mapping[str, Json]]:
    """The audience of each campaign that changes, before and after."""
    return {each.address: {"audience": each.document} for each in _counted(drafts, context)}


class _Counted(NamedTuple):
    address: Address
    document: Json
    send: Send | None


def _counted(drafts: tuple[Draft, ...], context: Context) -> Iterator[_Counted]:
    cases = tuple(_cases(drafts))
    if not cases or context.snapshot.offline:
        return
    book = Book(context)
    for case in cases:
        was, will = book.members(case.before, wanted=False), book.members(case.after, wanted=True)
        before = book.reach(was) if was else None
        after = book.reach(will) if will else NOBODY
        send = _send(case, will, after, book, context) if case.at and will else None
        document = audience.to_json(send, before, after, will)
        yield _Counted(case.draft.subject.address, document, send)


def _send(case: _Case, members: tuple[Member, ...], after: Reach, book: Book, context: Context) -> Send:
    subject = case.draft.subject
    desired, binding = subject.desired, subject.binding
    held = Held(
        expect=desired.expect if desired is not None else {},
        remembered=binding.contacts if binding is not None else None,
        most=context.options.guards.max_audience,
        allowed=context.options.allow_sends,
    )
    place = desired.place("audience") if desired is not None else None
    made, redefined = book.made(members), book.redefined(members)
    return Send(subject.address, members, after, held, case.at, made, redefined, place)


def objections(drafts: tuple[Draft, ...], context: Context) -> tuple[Objection, ...]:
    """What the numbers of people refuse."""
    return tuple(
        Objection(each.address, found, blocks=False)
        for each in _counted(drafts, context)
        if each.send is not None
        for found in audience.judge(each.send, context.snapshot.now)
    )


# Again, when a saved plan is applied


def recount(changes: tuple[Change, ...]) -> tuple[Question, ...]:
    """What to count again, of the sends that are held to any number; what this plan makes cannot be."""
    found: dict[str, Question] = {}
    for send in _sends(changes):
        ids = [each.id for each in send.members if each.id]
        segments = [each.id for each in send.members if each.id and each.kind == "segment"]
        if not send.held.asks or not ids or send.redefined:
            continue
        if segments:
            asked = _counts.segment_question(segments[0])
        elif len(send.members) > 1 and send.reach.exact and len(ids) > 1:
            asked = _counts.union_question(ids)
        else:
            asked = collection_question("list", "audiences")
        found.setdefault(asked.name, asked)
    return tuple(found.values())


def rejudge(changes: tuple[Change, ...], snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """The guards again, with the limits that the plan was held to and today's numbers."""
    lists = {each.remote_id: each for each in snapshot.collections.get("list", ())}
    found: list[Diagnostic] = []
    for send in _sends(changes):
        members = tuple(_fresh(each, lists, snapshot) for each in send.members)
        ids = [each.id for each in members if each.id]
        union = snapshot.facts.get(_counts.union_name(ids)) if len(ids) > 1 else None
        is_known = send.held.asks and not send.redefined
        reached = audience.reach(members, union, send.reach.contacts) if is_known else send.reach
        found += audience.judge(send._replace(members=members, reach=reached), snapshot.now)
    return tuple(found)


def _fresh(member: Member, lists: Mapping[str, Live], snapshot: Snapshot) -> Member:
    fact = snapshot.facts.get(_counts.segment_name(member.id))
    live = lists.get(member.id)
    if fact is not None:
        return member._replace(contacts=fact)
    return member._replace(contacts=live.extra.get("members")) if live is not None else member


def _sends(changes: Iterable[Change]) -> Iterator[Send]:
    for each in changes:
        document = each.impact.get("audience")
        send = audience.send_of(each.address, document, each.origin) if document else None
        if send is not None:
            yield send


# Segments


def sends_of(remote_id: str, context: Context) -> tuple[str, ...]:
    """The scheduled campaigns that go to a segment: managed ones, and others as far as they were read."""
    managed = [
        str(each.address)
        for each in context.matches
        if each.live is not None and each.live.status in UPCOMING and _goes_to(each.live, remote_id)
    ]
    return tuple(sorted((*managed, *_unmanaged(remote_id, context))))


def _goes_to(live: Live, remote_id: str) -> bool:
    return str((live.fields.get("audience") or {}).get("segment")) == remote_id


def _unmanaged(remote_id: str, context: Context) -> Iterator[str]:
    """Of what was read about others for whatever reason."""
    facts = context.snapshot.facts
    if not facts:
        return
    for live in context.snapshot.collections.get("campaign", ()):
        if live.status in UPCOMING and live.remote_id not in context.managed:
            fact = facts.get(_facts.neighbour_name(live))
            if fact and remote_id in fact["segments"]:
                yield f'campaign "{live.natural_key}"'


def segment_questions(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
    """Whom a segment selects whose change touches a send, or where that was asked for."""
    return tuple(
        _counts.segment_question(each.subject.live.remote_id)
        for each in drafts
        if each.subject.live is not None
        and _changes_whom(each)
        and (context.options.count_segments or sends_of(each.subject.live.remote_id, context))
    )


def segment_impact(drafts: tuple[Draft, ...], context: Context) -> Mapping[Address, Mapping[str, Json]]:
    """Who is in a segment that changes or goes, and which sends go to it."""
    found: dict[Address, Mapping[str, Json]] = {}
    for each in drafts:
        live = each.subject.live
        if live is None or not _changes_whom(each):
            continue
        sends = sends_of(live.remote_id, context)
        contacts = context.snapshot.facts.get(_counts.segment_name(live.remote_id))
        members = {} if contacts is None else {"contacts": contacts}
        found[each.subject.address] = {**members, **({"sends": list(sends)} if sends else {})}
    return found


def _changes_whom(each: Draft) -> bool:
    return _counts.removed(each) or "criteria" in touched(each)

"""Reading: the account, the collections, the details and the answers that one refresh is made of.

Kinds and objects are read side by side, as far as the client's pace allows: the details of a kind do not wait
for the pages of another. What former reads taught is taken from the cache, and what these teach goes there.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from ccstate.api.client import Client, moment
from ccstate.api.drive import drive, side_by_side, stop
from ccstate.api.errors import Garbled, Rejected
from ccstate.core.address import Address
from ccstate.core.cache import Cache, Entry, learn, recall, updated
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Kind, Question
from ccstate.core.live import Account, Live
from ccstate.core.match import Match, match
from ccstate.core.recover import bound, in_doubt, namesake, recovered, why_not_ours
from ccstate.core.state import Binding, Pending, State
from ccstate.core.values import EMPTY, Json, Named
from ccstate.core.wire import Flow, Request, Response
from ccstate.engine.offline import Job

T = TypeVar("T")
_LIKE_AN_ID: Final = re.compile(r"[0-9A-Za-z-]+")
_LAG: Final = timedelta(minutes=5)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
"""The moment of an answer that does not say it: what it brought is not to be trusted for long."""


class Known(NamedTuple):
    """What a refresh knows before any question: whose account it is, and what belongs together."""

    account: Account
    matches: tuple[Match, ...]
    problems: tuple[Diagnostic, ...]
    recovered: Mapping[Address, Binding | None]


class _Part(NamedTuple):
    """What manifest and state say of one kind."""

    desired: tuple[Desired, ...]
    state: State


class Reader:
    """One refresh: what was read so far, and what that taught."""

    def __init__(self, job: Job, client: Client) -> None:
        self._job, self._client = job, client
        self._before = job.cache.load() if job.cache is not None else Cache()
        self._learned: dict[str, dict[str, Entry]] = defaultdict(dict)
        self._account: asyncio.Task[Account] | None = None
        self.collections: dict[str, tuple[Live, ...]] = {}
        self.facts: dict[str, Json] = {}
        self.pages: dict[str, int] = {}
        self.asked: dict[str, int] = {}
        self._recovered: dict[Address, Binding | None] = {}
        """Calls by the reason for which they were made, of those that only some changes need."""

    async def everything(self) -> Known:
        """The account, and every kind that somebody declares, holds or names."""
        parts = _by_kind(self._job)
        self._account = asyncio.create_task(read_account(self._client))
        wanted = kinds_to_read(self._job)
        kinds = asyncio.create_task(side_by_side(self._kind(each, parts[each.name]) for each in wanted))
        try:
            account = await self._account  # whatever else fails, this says more
            found = await kinds
        finally:
            await stop((self._account, kinds))
        matches = [each for part, _ in found for each in part]
        problems = [each for _, part in found for each in part]
        in_order = tuple(sorted(matches, key=lambda each: each.address))
        return Known(account, in_order, tuple(problems), dict(sorted(self._recovered.items())))

    async def answer(self, questions: Sequence[Question]) -> None:
        """The answers to questions that some changes ask."""
        await side_by_side(self._answer(each) for each in questions)

    def remember(self) -> tuple[Diagnostic, ...]:
        """Keep what was learned for the next refresh, also where this one broke off."""
        account = self._account
        if self._job.cache is None or account is None or not account.done() or account.cancelled():
            return ()
        if account.exception() is not None:
            return ()
        cache = self._before.of(account.result().id)
        for name in sorted({*self.collections, *self._learned}):
            if self._job.kinds[name].cached is not None:
                items = self.collections.get(name)
                there = None if items is None else (each.remote_id for each in items)
                cache = updated(cache, name, self._learned[name], there)
        return () if cache == self._before else self._job.cache.save(cache)

    # One kind

    def _named_by_id(self, kind: Kind, part: _Part) -> tuple[str, ...]:
        """What imports that are still to be made name by id, and the collection does not show (yet)."""
        imports = self._job.blocks.of(kind.name).imports
        if not imports:
            return ()
        wanted = {each.address for each in part.desired} - part.state.bindings.keys()
        there = {each.remote_id for each in self.collections[kind.name]}
        there |= {each.remote_id for each in part.state.bindings.values()}
        ids = {each.id for each in imports if each.address in wanted} - there
        return tuple(sorted(each for each in ids if _LIKE_AN_ID.fullmatch(each)))

    async def _by_id(self, kind: Kind, remote_id: str) -> Live | None:
        try:
            return await self._detail(kind, Live(kind.name, remote_id, ""))
        except Rejected as why:
            if why.status != 400:
                raise
            return None  # no id of this kind: segments have numbers

    async def _kind(self, kind: Kind, part: _Part) -> tuple[tuple[Match, ...], tuple[Diagnostic, ...]]:
        self.collections[kind.name] = await self._collection(kind, [])
        late = await side_by_side(self._by_id(kind, each) for each in self._named_by_id(kind, part))
        if late:
            shown_late = (each for each in late if each is not None and self._lives(kind, each))
            self.collections[kind.name] = _in_order((*self.collections[kind.name], *shown_late))
        state, doubts = await self._settled(kind, part.state)
        here = {kind.name: self.collections[kind.name]}
        found, problems = match(part.desired, state, here, self._job.kinds, self._job.blocks.of(kind.name))
        asked = [each for each in found if _needs_detail(each, kind)]
        whole = await side_by_side(self._with_detail(each, kind) for each in asked)
        by_address = {each.address: each for each in whole}
        return tuple(by_address.get(each.address, each) for each in found), (*doubts, *problems)

    async def _settled(self, kind: Kind, state: State) -> tuple[State, tuple[Diagnostic, ...]]:
        """The state that knows what became of creates without an answer, and what nobody can know."""
        doubts = []
        for address, pending in sorted(state.pending.items()):
            live = namesake(pending, kind, state, self.collections[kind.name])
            if live is not None and kind.needs_detail(live):
                whole = await self._detail(kind, live)
                live = whole._replace(extra={**live.extra, **whole.extra}) if whole is not None else None
            why = why_not_ours(pending, kind, live) if live is not None else ""
            if live is not None and why:
                doubts.append(in_doubt(address, kind, live, why))
                continue
            self._recovered[address] = bound(pending, live) if live is not None else None
            state = recovered(state, {address: self._recovered[address]})
        return state, tuple(doubts)

    async def _collection(self, kind: Kind, dates: list[datetime]) -> tuple[Live, ...]:
        """All objects of a kind, with what is remembered of each."""
        assert self._account is not None, "the account is asked for first"
        found = await self._drive(kind.collection(), dates)
        self.pages[kind.name] = len(dates)
        cache = self._before.of((await self._account).id)
        if kind.cached is not None and not self._job.full:
            found = tuple(recall(each, kind, cache) for each in found)
        return _in_order(found)

    async def _with_detail(self, each: Match, kind: Kind) -> Match:
        """The match with its object as a whole; what is bound and was not seen is asked for by its id."""
        if each.live is None:
            assert each.binding is not None, "only what is bound can be missing"
            live = await self._detail(kind, _stub(kind, each.binding, full=self._job.full))
            return each._replace(live=live if live is not None and self._lives(kind, live) else None)
        sub_ids = {**(each.binding.sub_ids if each.binding else {}), **each.live.sub_ids}
        live = await self._detail(kind, each.live._replace(sub_ids={} if self._job.full else sub_ids))
        if live is None:
            return each._replace(live=None)
        return each._replace(live=live._replace(extra={**each.live.extra, **live.extra}))

    async def _detail(self, kind: Kind, known: Live) -> Live | None:
        dates: list[datetime] = []
        live = await self._drive(kind.detail(known), dates)
        if live is not None:
            self._learn(kind, live, dates)
        return live

    def _learn(self, kind: Kind, live: Live, dates: Sequence[datetime]) -> None:
        entry = learn(live, kind, min(dates, default=None))
        if entry is not None:
            self._learned[kind.name][live.remote_id] = entry

    def _lives(self, kind: Kind, live: Live) -> bool:
        """Whether an object that its collection lacks exists nevertheless.

        A deleted segment answers by its id as if it lived; only one that was written a moment ago may be
        missing from a collection that lags behind.
        """
        if live.gone or not kind.answers_when_deleted:
            return not live.gone
        edited = live.extra.get("edited_at") or ""
        return bool(edited) and now(self._client) - parse_instant(edited) < _LAG

    # Questions

    async def _answer(self, question: Question) -> None:
        dates: list[datetime] = []
        if question.collection:
            kind = self._job.kinds[question.collection]
            self.collections[kind.name] = await self._collection(kind, dates)
        else:
            self.facts[question.name] = answer = await self._drive(question.flow(), dates)
            live = question.teaches(answer)
            if live is not None:
                self._learn(self._job.kinds[live.kind], live, dates)
        self.asked[question.why] = self.asked.get(question.why, 0) + len(dates)

    async def _drive(self, flow: Flow[T], dates: list[datetime]) -> T:
        """Run a flow; `dates` gets the moment of each answer."""

        def see(response: Response) -> None:
            dates.append(moment(response.headers.get("date")) or _LONG_AGO)

        return await drive(flow, self._client, see)


def kinds_to_read(job: Job) -> tuple[Kind, ...]:
    """A kind that nothing declares, that the state does not hold and that nobody names is not read."""
    names = {each.address.kind for each in job.desired}
    names |= {address.kind for address in job.state.bindings}
    names |= {address.kind for address in job.state.pending}
    names |= {ref.kind for each in job.desired for ref in each.references() if isinstance(ref, Named)}
    return tuple(kind for kind in job.kinds if kind.name in names)


async def read_account(client: Client) -> Account:
    """Whose account the credentials open; one call."""
    request = Request("GET", "/account/summary")
    response = await client.send(request)
    body = response.body if isinstance(response.body, Mapping) else {}
    if not body.get("encoded_account_id"):
        raise Garbled(request, "the answer is not an account's summary")
    return Account(
        id=str(body["encoded_account_id"]),
        organisation=str(body.get("organization_name") or ""),
        emulated=client.endpoint.emulated,
        time_zone=str(body.get("time_zone_id") or ""),
    )


def now(client: Client) -> datetime:
    """The service's clock: the Date of its last answer."""
    return client.now or datetime.now(UTC)


def _in_order(found: Iterable[Live]) -> tuple[Live, ...]:
    """Sorted by remote id: the service promises no order."""
    return tuple(sorted(found, key=lambda each: each.remote_id))


def _by_kind(job: Job) -> dict[str, _Part]:
    desired: dict[str, list[Desired]] = defaultdict(list)
    bindings: dict[str, dict[Address, Binding]] = defaultdict(dict)
    pending: dict[str, dict[Address, Pending]] = defaultdict(dict)
    for each in job.desired:
        desired[each.address.kind].append(each)
    for address, binding in job.state.bindings.items():
        bindings[address.kind][address] = binding
    for address, doubt in job.state.pending.items():
        pending[address.kind][address] = doubt
    return {
        kind.name: _Part(
            tuple(desired[kind.name]),
            job.state._replace(bindings=bindings[kind.name], pending=pending[kind.name]),
        )
        for kind in job.kinds
    }


def _needs_detail(each: Match, kind: Kind) -> bool:
    return each.missing if each.live is None else kind.needs_detail(each.live)


def _stub(kind: Kind, binding: Binding, *, full: bool) -> Live:
    """What is known of an object that was not seen."""
    return Live(kind.name, binding.remote_id, binding.natural_key, sub_ids=EMPTY if full else binding.sub_ids)

"""Apply: send the steps of a plan in order, write down each before and after, and keep the state true.

What depends on a failed step is skipped, the rest goes on; what concerns the whole run (credentials, quota,
no connection) ends it. The state is saved whatever happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Final

from ccstate.api.client import Client
from ccstate.api.drive import stop
from ccstate.api.errors import ApiError, OutcomeUnknown, QuotaExceeded, Unauthorised, Unreachable
from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, Refused, error, warning
from ccstate.core.events import (
    ApplyStarted,
    ChangeFailed,
    ChangeFinished,
    ChangeSkipped,
    ChangeStarted,
    Event,
    Note,
    StepFinished,
    Unscheduled,
)
from ccstate.core.instants import canonical_instant, format_instant
from ccstate.core.kind import Kinds
from ccstate.core.plan import EACH_OWN, Action, Plan, Status, Step, is_active
from ccstate.core.ready import SCHEDULE, UNSCHEDULE, Queue
from ccstate.core.recover import recovered
from ccstate.core.run import run_facts
from ccstate.core.settle import IncompleteAnswer, Settler, UnresolvedReference, begin, look_up_in
from ccstate.core.stale import changed_since_plan
from ccstate.core.state import State
from ccstate.core.steps import resolve_step, select
from ccstate.core.window import Reserve, why_not_open
from ccstate.core.wire import Request, Response
from ccstate.engine.looking import Doubt, look, seen_again
from ccstate.engine.outcome import Broken, Outcome, ends_run
from ccstate.engine.restoring import put_back
from ccstate.engine.waiting import Stuck, ended, still_there
from ccstate.store.project import Store

Emit = Callable[[Event], None]
_FRESH: Final = 60.0
"""Seconds for which what a refresh saw is taken for what is."""
_SCHEDULED: Final = "SCHEDULED"
_PAUSES: Final = (1.0, 2.0, 4.0)
"""Seconds before the account is asked what became of a write without an answer."""


async def apply(
    plan: Plan,
    client: Client,
    store: Store,
    state: State,
    kinds: Kinds,
    emit: Emit,
    *,
    stop: Callable[[], bool] = lambda: False,
    read_at: float | None = None,
) -> Outcome:
    """Make the changes of a plan; the caller holds the lock.

    `read_at` is when the account was read for it, by the monotonic clock; just now, unless told.
    """
    run = _Run(plan, client, store, kinds, emit, stop, monotonic() if read_at is None else read_at)
    return await run.all(state)


class _Run:
    """One apply: the state on its way, and what became of each step."""

    def __init__(
        self,
        plan: Plan,
        client: Client,
        store: Store,
        kinds: Kinds,
        emit: Emit,
        stop: Callable[[], bool],
        read_at: float,
    ) -> None:
        self._read_at = read_at
        self._plan, self._client, self._store, self._emit, self._stop = plan, client, store, emit, stop
        self._kinds = kinds
        self._settler = Settler(kinds, plan.blobs)
        self._changes = {each.address: each for each in plan.changes}
        self._left = {each.address: list(each.steps) for each in plan.changes}
        self._queue = Queue(plan.steps, self._changes)
        self._undone: set[str] = set()
        self._unanswered: dict[str, tuple[Step, str]] = {}
        self._begun: set[str] = set()
        self._started: dict[Address, float] = {}
        self._gaps: set[Address] = set()
        self._outcome = Outcome(blocked=sum(each.status is Status.BLOCKED for each in plan.changes))

    async def all(self, state: State) -> Outcome:
        """Every step; the snapshot is written at the end, however it ends."""
        self._before = state
        self._state = self._prepared(state)
        self._journal = self._store.journal(self._base, partial(run_facts, self._plan))
        self._emit(ApplyStarted(len(self._plan.active), len(self._plan.steps)))
        try:
            self._bind_without_calls()
            await self._steps()
        finally:
            for address in sorted(self._gaps):
                self._tell_gap(address)
            self._save()
        self._emit(self._outcome.finished(self._plan))
        return self._outcome

    def _prepared(self, state: State) -> State:
        """The snapshot that the journal builds on; a first one is written when there is none."""
        account_id = self._plan.account.id
        self._base = state
        if self._plan.steps and not state.lineage:
            self._base = self._store.save(state._replace(account_id=account_id))
        known = recovered(self._base, self._plan.recovered)
        return known._replace(account_id=account_id, references=self._references(known))

    def _references(self, state: State) -> Mapping[str, str]:
        return {**state.references, **self._plan.references}

    def _bind_without_calls(self) -> None:
        self._state = begin(self._state, self._plan.changes)
        if self._plan.steps and self._state != self._base:
            self._journal.note(self._state)
        for each in self._plan.changes:
            if is_active(each) and not each.steps and each.status in (Status.READY, Status.SENT):
                self._outcome.done.add(each.address)
                self._emit(ChangeFinished(each.address, each.action, 0.0, each.reason))

    async def _steps(self) -> None:
        """As many at once as the client lets out, in the order of the plan as far as it matters."""
        running: dict[asyncio.Task[None], Step] = {}
        try:
            while True:
                for step in self._take(len(running)):
                    running[asyncio.create_task(self._step(step))] = step
                if not running:
                    break
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._queue.finish(running.pop(task))
                    task.result()
        finally:
            await stop(running)
        for step in self._queue.left(self._begun):
            self._outcome.interrupted = self._outcome.interrupted or not self._outcome.aborted
            self._skip(step, "the run ended before it")

    def _take(self, running: int) -> Iterator[Step]:
        """What may start now; what needs something that was not done is skipped on the way."""
        while running < self._client.in_flight and not self._outcome.aborted:
            step = self._queue.take(running, only_window=self._stop())
            if step is None:
                return
            self._begun.add(step.id)
            if self._undone.intersection(step.after):
                self._skip(step, "something that it needs was not done")
                self._queue.finish(step)
            elif self._holds_lock(step):
                running += 1
                yield step
            else:
                self._skip(step, "the run ended before it")

    def _holds_lock(self, step: Step) -> bool:
        """A unit begins with some time in reserve, and announced; within one the lock must be ours still."""
        begins, held = not self._gaps, self._store.held
        trouble = held.trouble(None if begins else 0.0) if held else None
        found: tuple[Diagnostic, ...] = (trouble,) if trouble else ()
        try:
            if begins and not found:
                self._journal.checkpoint(urgent=bool(step.unit))
        except Refused as why:
            found = why.diagnostics
        for each in found:
            self._emit(Note(each))
        self._outcome.aborted = bool(found)
        return not found

    async def _step(self, step: Step) -> None:
        begins = not any(each in self._started for each in step.addresses)
        self._announce(step)
        started = monotonic()
        try:
            if begins:
                await self._look_again(step)
            self._check_reserve(step)
            response = await self._send(step)
            failed = await self._follow_up(step, response)
            self._state = self._settled(step, response, failed)
        except Broken as broken:
            if not broken.ends_run:
                await self._put_back(step.addresses[0])
            self._fail(step, broken)
            return
        self._open_gap(step)
        if step.verb == SCHEDULE:
            self._close_gap(step.addresses[0])
        for address in step.addresses:
            if address in failed:
                self._undone.add(step.id)
                self._fail_one(address, failed[address])
            else:
                self._advance(address, step)
        self._unanswered.pop(step.id, None)
        self._journal.settle(step.id, self._state, step.addresses)
        self._tell(step, response, monotonic() - started)

    async def _look_again(self, step: Step) -> None:
        """Before the first write of a change: is its object still as the plan assumed?

        Not asked again within a minute of the refresh, but where people would get a mail, always.
        """
        change = self._changes[step.addresses[0]]
        scheduled = change.assumed.get("status") == _SCHEDULED
        fresh = monotonic() - self._read_at < _FRESH
        if len(step.addresses) > 1 or not change.fingerprint or (fresh and not scheduled):
            return
        kind, binding = self._kinds[change.kind], self._state.bindings.get(change.address)
        try:
            live = await seen_again(change, kind, binding, self._client)
        except ApiError as why:
            raise Broken(self._told(step, why), ends_run=ends_run(why), nothing_done=True) from why
        moved = changed_since_plan(change, kind, live)
        if moved is not None:
            raise Broken(moved, nothing_done=True)

    def _tell(self, step: Step, response: Response, seconds: float) -> None:
        address, shown = step.addresses[0], _shown(step)
        self._emit(StepFinished(step.id, address, step.verb, step.method, shown, response.status, seconds))
        for each in step.addresses:
            if each in self._outcome.done and not self._left[each]:
                change = self._changes[each]
                self._emit(ChangeFinished(each, change.action, monotonic() - self._started[each], ""))

    def _settled(self, step: Step, response: Response, failed: Mapping[Address, Diagnostic]) -> State:
        state = self._state
        try:
            for address in step.addresses:
                if address not in failed:
                    state = self._settler.settle(state, self._changes[address], step, response.body)
        except (IncompleteAnswer, KeyError, TypeError, AttributeError, ValueError) as why:
            summary = f"{step.addresses[0]}: the answer to {step.method} {_shown(step)} is not the API's"
            hint = "run the same command again: it looks first at what did happen"
            found = error("not-the-api", summary, detail=str(why), hint=hint, address=step.addresses[0])
            raise Broken(found) from why
        return state

    def _announce(self, step: Step) -> None:
        for address in step.addresses:
            if address not in self._started:
                self._started[address] = monotonic()
                self._emit(ChangeStarted(address, self._changes[address].action))

    async def _send(self, step: Step) -> Response:
        try:
            request = resolve_step(step, look_up_in(self._state), self._plan.blobs)
        except UnresolvedReference as why:
            raise Broken(
                error("reference-unknown", f"{step.addresses[0]}: {why}"), nothing_done=True
            ) from why
        needs = self._kinds[self._changes[step.addresses[0]].kind].needs(step)
        request = replace(request, accept=(404,) if step.method == "DELETE" else (), needs=needs)
        if step.method == "GET":
            return await self._ask(step, request)
        await self._intend(step)
        return await self._ask(step, request)

    async def _intend(self, step: Step) -> None:
        """Written down before it is sent; those that are ready together share one look at the disk."""
        since = format_instant(self._client.now) if self._client.now is not None else ""
        self._journal.intend(step.id, self._foretold(step, since), step.addresses)
        self._unanswered[step.id] = (step, since)
        await asyncio.sleep(0)
        self._journal.sync()

    async def _ask(self, step: Step, request: Request) -> Response:
        """The answer; where none came, what the account says, before anything is sent again."""
        for pause in (*_PAUSES, None):
            try:
                return await self._client.send(request)
            except (Unauthorised, QuotaExceeded, Unreachable) as why:
                raise Broken(self._told(step, why), ends_run=True, nothing_done=why.status != -1) from why
            except OutcomeUnknown as why:
                if pause is None:
                    raise Broken(self._told(step, why)) from why
                await self._rest(pause)
                found = await self._look(step, request, why)
            except ApiError as why:
                if why.status != 409 or "remote_id" not in step.capture:
                    raise Broken(self._told(step, why), nothing_done=400 <= why.status < 500) from why
                found = await self._look(step, request, why)
                if found is None:
                    raise Broken(self._told(step, why), nothing_done=True) from why
            if found is not None:
                return found
        raise AssertionError("the last round returns or raises")

    async def _look(self, step: Step, request: Request, why: ApiError) -> Response | None:
        """What became of it; None where nothing happened."""
        change = self._changes[step.addresses[0]]
        doubt = Doubt(
            step,
            request,
            change,
            self._kinds[change.kind],
            self._state,
            self._foretold(step, self._unanswered[step.id][1]),
            self._settler.wanted(self._state, change, step),
        )
        try:
            return await look(doubt, self._client)
        except Refused as refused:
            raise Broken(refused.diagnostics[0], nothing_done=why.status == 409) from why
        except ApiError as other:
            raise Broken(self._told(step, why), ends_run=ends_run(other)) from other

    async def _rest(self, seconds: float) -> None:
        """In process nothing takes time."""
        if self._client.endpoint.app is None:
            await asyncio.sleep(seconds)

    def _foretold(self, step: Step, since: str) -> State:
        return self._settler.foretell(self._state, self._changes, step, since)

    def _told(self, step: Step, why: ApiError) -> Diagnostic:
        found = why.diagnostic()
        origin = self._changes[step.addresses[0]].origin
        return found._replace(address=step.addresses[0], range=origin)

    async def _follow_up(self, step: Step, response: Response) -> Mapping[Address, Diagnostic]:
        """Poll what is done later, check what was read back; what failed of a bulk, by address."""
        if step.expect:
            self._compare(step, response)
        if not step.wait or response.status == 404:
            return {}
        activity = str(select(response.body, step.wait) or "")
        address = step.addresses[0]
        try:
            problems = ["the answer names no activity"]
            if activity:
                problems = await ended(self._client, activity, address, self._emit)
            if not problems and step.deposed != EACH_OWN:
                return {}
            kind = self._kinds[self._changes[address].kind]
            return await still_there(self._client, kind, self._deleted_by(step), problems)
        except Stuck as why:
            raise Broken(why.diagnostic) from why
        except ApiError as why:
            raise Broken(self._told(step, why), ends_run=ends_run(why)) from why

    def _deleted_by(self, step: Step) -> Mapping[Address, str]:
        """The remote id that a delete takes from each of its addresses."""
        each_own = step.deposed == EACH_OWN
        return {each: self._changes[each].remote_id if each_own else step.deposed for each in step.addresses}

    def _compare(self, step: Step, response: Response) -> None:
        wanted = step.expect["instant"]
        found = select(response.body, step.expect["selector"])
        if not isinstance(found, str) or canonical_instant(found) != wanted:
            self._doubt(step, response)
            summary = (
                f"{step.addresses[0]}: scheduled for {wanted}, but the service shows {found or 'no schedule'}"
            )
            raise Broken(
                error("schedule-not-as-asked", summary, address=step.addresses[0]), nothing_done=True
            )

    def _doubt(self, step: Step, response: Response) -> None:
        change = self._changes[step.addresses[0]]
        self._state = self._settler.doubt(self._state, change, response.body)
        self._journal.note(self._state, step.addresses)

    def _check_reserve(self, step: Step) -> None:
        """A window is opened only with all in reserve that it needs."""
        if not self._opens_gap(step):
            return
        address, used, daily = step.addresses[0], self._client.used_today(), self._plan.budget.daily
        reserve = Reserve(
            now=self._client.now,
            calls=None if used is None or not daily else max(0, daily - used),
            life=self._client.access.life,
        )
        unit = [each for each in self._plan.steps if each.id in self._left[address]]
        found = why_not_open(unit, self._changes[address], reserve)
        if found is not None:
            raise Broken(found, nothing_done=True)

    async def _put_back(self, address: Address) -> None:
        """After a failure in a window: what goes out again as before is told, and no gap any more."""
        change = self._changes[address]
        if address not in self._gaps or change.action is Action.REPLACE:
            return
        step = next(self._schedule_steps(address))
        try:
            request = resolve_step(step, look_up_in(self._state), self._plan.blobs)
            kind, binding = self._kinds[change.kind], self._state.bindings.get(address)
            at = await put_back(change, kind, binding, request, self._client)
        except (ApiError, UnresolvedReference) as why:
            self._emit(Note(error("schedule-not-restored", f"{address}: {why}", address=address)))
            return
        if at:
            self._close_gap(address)
            summary = f"{address} is scheduled again, for {at}: its edit is not made or not whole"
            hint = "see to what failed and apply again"
            self._emit(Note(warning("schedule-restored", summary, hint=hint, address=address)))

    def _close_gap(self, address: Address) -> None:
        self._gaps.discard(address)
        self._queue.close(address)

    def _open_gap(self, step: Step) -> None:
        """Between its unschedule and its schedule a campaign, or what takes its place, goes out to nobody."""
        if self._opens_gap(step):
            self._gaps.add(step.addresses[0])

    def _opens_gap(self, step: Step) -> bool:
        return step.verb == UNSCHEDULE and any(self._schedule_steps(step.addresses[0]))

    def _tell_gap(self, address: Address) -> None:
        if address in self._gaps:
            self._close_gap(address)
            self._outcome.unscheduled.add(address)
            self._emit(Unscheduled(address, self._was_scheduled(address)))

    def _was_scheduled(self, address: Address) -> str:
        """The moment that a change takes it from, or that it was to have again."""
        was = self._changes[address].before.get("schedule")
        return str(was or next(each.body["scheduled_date"] for each in self._schedule_steps(address)))

    def _schedule_steps(self, address: Address) -> Iterator[Step]:
        return (each for each in self._plan.steps if each.verb == SCHEDULE and address in each.addresses)

    def _advance(self, address: Address, step: Step) -> None:
        left = self._left[address]
        left.remove(step.id)
        if not left:
            self._state = self._settler.finish(self._state, self._changes[address])
            self._outcome.done.add(address)

    def _fail(self, step: Step, broken: Broken) -> None:
        _, since = self._unanswered.pop(step.id, (step, ""))
        if broken.nothing_done and step.method != "GET":
            self._journal.refuse(step.id)
        elif step.method != "GET":
            self._state = self._foretold(step, since)
            self._open_gap(step)  # it may have happened
        self._undone.add(step.id)
        self._outcome.aborted = self._outcome.aborted or broken.ends_run
        for address in step.addresses:
            self._fail_one(address, broken.diagnostic)

    def _fail_one(self, address: Address, diagnostic: Diagnostic) -> None:
        self._outcome.failed[address] = diagnostic
        self._outcome.skipped.pop(address, None)
        self._emit(ChangeFailed(address, self._changes[address].action, diagnostic))
        self._queue.close(address)
        self._tell_gap(address)

    def _skip(self, step: Step, because: str) -> None:
        self._undone.add(step.id)
        for address in step.addresses:
            if address not in self._outcome.failed and address not in self._outcome.skipped:
                self._outcome.skipped[address] = because
                self._emit(ChangeSkipped(address, because))
                self._tell_gap(address)

    def _save(self) -> None:
        """The snapshot, where anything is other than before; an unsaved journal stays for the next run."""
        saved = False
        for step, since in self._unanswered.values():  # left in the middle: the worse case is believed
            self._state = self._foretold(step, since)
        try:
            if self._state != self._before:
                self._store.save(self._state._replace(serial=self._base.serial))
            saved = True
        finally:
            self._journal.close(drop=saved)


def _shown(step: Step) -> str:
    return "".join(part if isinstance(part, str) else f"{{{part.get('$ref', '?')}}}" for part in step.path)

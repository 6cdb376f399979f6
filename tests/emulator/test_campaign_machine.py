"""Any sequence of calls, failures and waiting: the emulator's campaigns do what a small model says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ccstate.emulator.mails.rates import parse
from tests.emulator.campaign_model import EXECUTING, Campaign, Line, Model
from tests.emulator.client import Emulated, activity_body, emulated

START = datetime(2026, 5, 4, 9, 15, 22, tzinfo=UTC)
# Often the edges of what is planned, sometimes anything.
NAMES = st.sampled_from([f"News {number}" for number in range(8)])
MINUTES = st.sampled_from([720, 800, 1440, 2880, 14_400])
WAITS = st.one_of(st.sampled_from([0, 1, 2, 3, 60, 3600, 21_600, 86_400]), st.integers(0, 12 * 86_400))


class Quick(Emulated):
    """One loop and one client for many calls."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app=app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://emulator.test")

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.loop.run_until_complete(self.client.request(method, path, **self._options(json, options)))

    def close(self) -> None:
        self.loop.run_until_complete(self.client.aclose())
        self.loop.close()


class Followed:
    """A campaign of the emulator beside its model: every call is made on both, and they must agree."""

    def __init__(self, emulator: Emulated, whole: Model, model: Campaign, number: int) -> None:
        self.emulator, self.whole, self.model = emulator, whole, model
        self.list_id = emulator.list(f"List {number}")
        emulator.control("contacts", {"count": model.members, "lists": [self.list_id]})
        self.campaign_id, self.activity_id = emulator.campaign(model.name)
        self.campaign = f"/v3/emails/{self.campaign_id}"
        self.activity = f"/v3/emails/activities/{self.activity_id}"
        self.resend_id = "DRAFT"  # as it was last seen
        self.edit()

    @property
    def removed(self) -> bool:
        return self.model.status == "REMOVED"

    def edit(self) -> None:
        answer = self.emulator.put(self.activity, activity_body(contact_list_ids=[self.list_id]))
        agree(answer, self.whole.update(self.model))

    def rename(self, name: str, taken: bool) -> None:
        agree(self.emulator.patch(self.campaign, {"name": name}), self.whole.rename(self.model, name, taken))

    def remove(self) -> None:
        agree(self.emulator.delete(self.campaign), self.whole.remove(self.model))

    def schedule(self, ahead: int | None = None) -> None:
        """None: at once."""
        date = None if ahead is None else self.whole.now + ahead
        answer = self.emulator.schedule(self.activity_id, "0" if date is None else spelled(date))
        agree(answer, self.whole.schedule(self.model, date))
        if answer.status_code == 201:
            assert answer.json() == ([] if date is None else [{"scheduled_date": spelled(date)}])

    def unschedule(self) -> None:
        agree(self.emulator.delete(f"{self.activity}/schedules"), self.whole.unschedule(self.model))

    def add_test(self, size: int = 10, hours: int = 6) -> None:
        body = {"alternative_subject": "B", "test_size": size, "winner_wait_duration": hours}
        answer = self.emulator.post(f"{self.activity}/abtest", body)
        agree(answer, self.whole.add_test(self.model, size, hours))

    def drop_test(self) -> None:
        agree(self.emulator.delete(f"{self.activity}/abtest"), self.whole.drop_test(self.model))

    def add_resend(self, minutes: int = 720) -> None:
        body = {"resend_subject": "Again", "delay_minutes": minutes}
        answer = self.emulator.post(f"{self.activity}/non_opener_resends", body)
        agree(answer, self.whole.add_resend(self.model, minutes))

    def drop_resend(self, called: str | None = None) -> None:
        """By the id that it was last seen with, or by another one."""
        wanted = self.resend_id if called is None else called
        answer = self.emulator.delete(f"{self.activity}/non_opener_resends/{wanted}")
        agree(answer, self.whole.drop_resend(self.model) if wanted == self.resend_id else 404)

    def mail_test(self, recipients: int = 1) -> None:
        body = {"email_addresses": ["jo@example.org"] * recipients}
        answer = self.emulator.post(f"{self.activity}/tests", body)
        agree(answer, self.whole.mail_test(self.model, recipients))

    def grow(self, newcomers: int) -> None:
        self.emulator.control("contacts", {"count": newcomers, "lists": [self.list_id]})
        self.model.members += newcomers


Call = Callable[[Followed], None]
CALLS: tuple[Call, ...] = (
    Followed.edit,
    Followed.remove,
    Followed.schedule,
    Followed.unschedule,
    Followed.add_test,
    Followed.drop_test,
    Followed.add_resend,
    Followed.drop_resend,
    Followed.mail_test,
)
# How far a campaign is when the wandering begins: most of what is interesting comes after a send.
BEGINNINGS: st.SearchStrategy[tuple[Call, ...]] = st.sampled_from(
    [
        (),
        (Followed.schedule,),
        (Followed.add_test, Followed.schedule),
        (Followed.add_resend, Followed.schedule),
        (Followed.add_test,),
        (Followed.add_resend,),
    ]
)


def agree(answer: httpx.Response, expected: int) -> None:
    assert answer.status_code == expected, answer.text


def spelled(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Campaigns(RuleBasedStateMachine):
    campaigns = Bundle("campaigns")

    def __init__(self) -> None:
        super().__init__()
        self.emulator = Quick(emulated(engagement=parse("none")).app)
        self.model = Model(int(START.timestamp()))
        self.followed: list[Followed] = []

    def teardown(self) -> None:
        self.emulator.close()

    def make(self, name: str, members: int) -> Followed:
        model = Campaign(name, self.model.now, members)
        self.followed.append(Followed(self.emulator, self.model, model, len(self.followed)))
        return self.followed[-1]

    def pass_by(self, seconds: int) -> None:
        self.emulator.advance(f"PT{seconds}S")
        self.model.advance(seconds)

    @initialize(target=campaigns, beginnings=st.lists(BEGINNINGS, min_size=1, max_size=3))
    def begin(self, beginnings: list[tuple[Call, ...]]) -> MultipleResults[Followed]:
        for number, calls in enumerate(beginnings):
            one = self.make(f"News {number}", 7 * number + 3)
            for call in calls:
                call(one)
            self.pass_by(EXECUTING)
        return multiple(*self.followed)

    @precondition(lambda self: sum(not one.removed for one in self.followed) < 3)
    @rule(target=campaigns, members=st.integers(0, 12))
    def create(self, members: int) -> Followed:
        names = {one.model.name for one in self.followed}
        return self.make(next(f"News {n}" for n in count() if f"News {n}" not in names), members)

    @rule(one=campaigns, ahead=st.one_of(st.none(), st.integers(-5, 600), st.integers(0, 10**6)))
    def schedule(self, one: Followed, ahead: int | None) -> None:
        one.schedule(ahead)

    @rule(one=campaigns, seconds=WAITS)
    def send(self, one: Followed, seconds: int) -> None:
        """At once and to the end of it: it gets interesting after that."""
        one.schedule()
        self.pass_by(EXECUTING + seconds)

    @rule(one=campaigns)
    def unschedule(self, one: Followed) -> None:
        one.unschedule()

    @rule(one=campaigns)
    def edit(self, one: Followed) -> None:
        one.edit()

    @rule(one=campaigns, name=NAMES)
    def rename(self, one: Followed, name: str) -> None:
        one.rename(name, any(other is not one and other.model.name == name for other in self.followed))

    @rule(one=campaigns, size=st.integers(5, 50), hours=st.sampled_from([6, 12, 24, 48]))
    def add_test(self, one: Followed, size: int, hours: int) -> None:
        one.add_test(size, hours)

    @rule(one=campaigns)
    def drop_test(self, one: Followed) -> None:
        one.drop_test()

    @rule(one=campaigns, minutes=MINUTES)
    def add_resend(self, one: Followed, minutes: int) -> None:
        one.add_resend(minutes)

    @rule(one=campaigns, called=st.sampled_from([None, None, "DRAFT", "0", "none"]))
    def drop_resend(self, one: Followed, called: str | None) -> None:
        one.drop_resend(called)

    @rule(one=campaigns, recipients=st.integers(1, 5))
    def mail_test(self, one: Followed, recipients: int) -> None:
        one.mail_test(recipients)

    @rule(one=campaigns, newcomers=st.integers(1, 5))
    def grow(self, one: Followed, newcomers: int) -> None:
        one.grow(newcomers)

    @rule(target=campaigns, one=consumes(campaigns))
    def remove(self, one: Followed) -> Followed | MultipleResults[Followed]:
        one.remove()
        return multiple() if one.removed else one

    @precondition(lambda self: any(one.removed for one in self.followed))
    @rule(number=st.integers(0, 7), call=st.sampled_from(CALLS))
    def ask_for_what_was_removed(self, number: int, call: Call) -> None:
        removed = [one for one in self.followed if one.removed]
        call(removed[number % len(removed)])

    @rule(reason=st.integers(1, 12), one=st.one_of(st.none(), campaigns), times=st.integers(1, 2))
    def fail(self, reason: int, one: Followed | None, times: int) -> None:
        meant = {} if one is None else {"campaign": one.campaign_id}
        self.emulator.control("sends", {"reason_code": reason, "times": times, **meant})
        self.model.fail(reason, None if one is None else one.model, times)

    @rule(seconds=WAITS)
    def wait(self, seconds: int) -> None:
        self.pass_by(seconds)

    @invariant()
    def everything_is_shown_as_it_is(self) -> None:
        """Also: what is due has happened, before the next call."""
        self.model.catch_up()
        for one in self.followed:
            self.shows_the_campaign(one)
            if one.removed:
                for part in ("", "/schedules", "/send_history", "/non_opener_resends", "/abtest"):
                    agree(self.emulator.call("GET", f"{one.activity}{part}"), 404)
            else:
                self.shows_the_activity(one)

    def shows_the_campaign(self, one: Followed) -> None:
        shown = self.emulator.get(one.campaign)
        expected = (one.model.status, one.model.name, one.model.type_code, spelled(one.model.changed))
        assert (shown["current_status"], shown["name"], shown["type_code"], shown["updated_at"]) == expected
        roles = ["primary_email", "permalink"] + ["resend"] * (one.model.resend is not None)
        assert [activity["role"] for activity in shown["campaign_activities"]] == roles
        if one.model.resend is not None and not one.removed:
            activity_id = shown["campaign_activities"][2]["campaign_activity_id"]
            activity = self.emulator.get(f"/v3/emails/activities/{activity_id}")
            assert activity["current_status"] == one.model.resend.status
            resend = one.model.resend
            assert self.history(f"/v3/emails/activities/{activity_id}") == lines(resend.lines)

    def shows_the_activity(self, one: Followed) -> None:
        model = one.model
        assert self.emulator.get(one.activity)["current_status"] == model.status
        date = [] if model.schedule is None else [{"scheduled_date": spelled(model.schedule)}]
        assert self.emulator.get(f"{one.activity}/schedules") == date
        assert self.history(one.activity) == lines(model.lines)
        agree(self.emulator.call("GET", f"{one.activity}/abtest"), 200 if model.test else 404)
        self.shows_the_resend(one)

    def shows_the_resend(self, one: Followed) -> None:
        found = self.emulator.get(f"{one.activity}/non_opener_resends")
        assert len(found) == (one.model.resend is not None)
        if one.model.resend is None:
            one.resend_id = "DRAFT"
            return
        resend, (shown,) = one.model.resend, found
        assert shown["resend_request_id"].isdigit() == resend.numbered
        assert shown["delay_minutes"] == resend.minutes
        assert shown.get("delay_days", 0) * 1440 in (0, resend.minutes)
        assert shown.get("resend_status", "DRAFT") == resend.status
        assert shown.get("resend_date") == (None if resend.date is None else spelled(resend.date))
        if one.resend_id.isdigit() and resend.numbered:
            assert shown["resend_request_id"] == one.resend_id
        one.resend_id = shown["resend_request_id"]

    def history(self, activity: str) -> list[tuple[int, int, int, str, str]]:
        sends = self.emulator.get(f"{activity}/send_history")
        names = ("send_id", "count", "reason_code", "send_status", "run_date")
        return [tuple(send[name] for name in names) for send in sends]


def lines(known: list[Line]) -> list[tuple[int, int, int, str, str]]:
    return [
        (number, line.count, line.reason, "COMPLETED" if line.completed else "ERRORED", spelled(line.at))
        for number, line in enumerate(known, 1)
        if line.shown
    ]


def test_campaigns_do_what_the_model_says() -> None:
    run_state_machine_as_test(
        Campaigns, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )


@pytest.mark.slow
def test_campaigns_do_what_the_model_says_for_long() -> None:
    run_state_machine_as_test(
        Campaigns, settings=settings(max_examples=150, stateful_step_count=60, deadline=None)
    )

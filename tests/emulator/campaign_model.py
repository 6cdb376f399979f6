"""What a campaign goes through, as a small model: no HTTP, no SQL, time in whole seconds.

Contacts only ever join the one list of a campaign, and nobody opens anything. An operation answers the
status code that is expected and, where that is a success, changes the model.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

EXECUTING = 2
SEND, SENT, WINNER, RESEND, RESENT = "send", "sent", "winner", "resend", "resent"
OK, PARTLY, NOBODY = 0, 6, 12
COMPLETED = (OK, NOBODY)


@dataclass
class Line:
    """A line of the send history."""

    count: int
    reason: int
    at: int
    shown: bool = False

    @property
    def completed(self) -> bool:
        return self.reason in COMPLETED


@dataclass
class Test:
    size: int
    hours: int
    begun: bool = False


@dataclass
class Resend:
    minutes: int
    status: str = "DRAFT"
    numbered: bool = False
    planned: bool = False
    date: int | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass
class Campaign:
    name: str
    changed: int
    members: int
    received: int = 0
    status: str = "DRAFT"
    before: str = "DRAFT"
    schedule: int | None = None
    type_code: int = 26
    lines: list[Line] = field(default_factory=list)
    test: Test | None = None
    resend: Resend | None = None


class Model:
    def __init__(self, now: int) -> None:
        self.now = now
        self.failures: list[list[int | Campaign | None]] = []  # reason, campaign, times
        self.tests: dict[int, int] = {}  # recipients of test mails by day
        self._numbers = count()
        self._events: list[tuple[int, int, str, Campaign, object]] = []

    # Time

    def advance(self, seconds: int) -> None:
        until = self.now + seconds
        self.catch_up(until)
        self.now = until

    def catch_up(self, until: int | None = None) -> None:
        until = self.now if until is None else until
        while self._events and self._events[0][0] <= until:
            at, _, event, campaign, mark = heapq.heappop(self._events)
            self._happen(at, event, campaign, mark)

    def _plan(self, due: int, event: str, campaign: Campaign, mark: object = None) -> None:
        heapq.heappush(self._events, (due, next(self._numbers), event, campaign, mark))

    def _happen(self, at: int, event: str, campaign: Campaign, mark: object) -> None:
        if event == SEND and campaign.schedule == mark and campaign.status == "SCHEDULED":
            self._begin(campaign, at)
        elif event == SENT:
            self._finish(campaign, at)
        elif event == WINNER and campaign.status != "REMOVED":
            self._send_winner(campaign, at)
        elif event == RESEND and campaign.resend is mark and campaign.status != "REMOVED":
            self._resend(campaign, at)
        elif event == RESENT and campaign.resend is mark:
            self._resent(campaign, at)

    # What happens by itself

    def _begin(self, campaign: Campaign, at: int) -> None:
        test, waiting, reason = campaign.test, campaign.members - campaign.received, self._take(campaign)
        if test is not None and not test.begun and reason == OK and waiting:
            arm = max(1, (waiting * test.size + 50) // 100)
            self._line(campaign, at, min(waiting, 2 * arm), OK)
            test.begun = True
            self._plan(at + test.hours * 3600, WINNER, campaign)
        else:
            self._line(campaign, at, waiting, reason)
        campaign.status, campaign.schedule, campaign.changed = "EXECUTING", None, at
        self._plan(at + EXECUTING, SENT, campaign)

    def _line(self, campaign: Campaign, at: int, waiting: int, reason: int) -> None:
        reached = {OK: waiting, PARTLY: waiting // 2}.get(reason, 0)
        campaign.received += reached
        campaign.lines.append(Line(reached, reason or (OK if reached else NOBODY), at))

    def _finish(self, campaign: Campaign, at: int) -> None:
        line = next(line for line in campaign.lines if not line.shown)
        line.shown = True
        campaign.status, campaign.changed = "DONE" if line.completed else "ERROR", at
        if line.completed and line.count:
            self._start_resend(campaign, at, line.at)

    def _send_winner(self, campaign: Campaign, at: int) -> None:
        if campaign.members == campaign.received:
            return
        self._line(campaign, at, campaign.members - campaign.received, self._take(campaign))
        campaign.lines[-1].shown = True
        campaign.changed = at
        if not campaign.lines[-1].completed and campaign.status == "DONE":
            campaign.status = "ERROR"

    def _start_resend(self, campaign: Campaign, now: int, sent: int) -> None:
        resend = campaign.resend
        if resend is not None and resend.status == "SCHEDULED" and not resend.planned:
            resend.planned = True
            self._plan(max(now, sent + resend.minutes * 60), RESEND, campaign, resend)

    def _resend(self, campaign: Campaign, at: int) -> None:
        resend, reason = campaign.resend, self._take(campaign)
        assert resend is not None
        reached = {OK: campaign.received, PARTLY: campaign.received // 2}.get(reason, 0)
        line = Line(reached, reason or (OK if reached else NOBODY), at)
        resend.lines.append(line)
        resend.status, resend.date = "EXECUTING", at if line.completed else None
        campaign.changed = at
        self._plan(at + EXECUTING, RESENT, campaign, resend)

    def _resent(self, campaign: Campaign, at: int) -> None:
        resend = campaign.resend
        assert resend is not None
        (line,) = resend.lines
        line.shown = True
        resend.status = "DONE" if line.completed else "ERROR"
        if campaign.status != "REMOVED":
            campaign.changed = at

    def _take(self, campaign: Campaign) -> int:
        for failure in self.failures:
            reason, meant, times = failure
            assert isinstance(reason, int)
            assert isinstance(times, int)
            if meant is None or meant is campaign:
                failure[2] = times - 1
                if times == 1:
                    self.failures.remove(failure)
                return reason
        return OK

    # What is asked for

    def fail(self, reason: int, campaign: Campaign | None, times: int) -> None:
        self.failures.append([reason, campaign, times])

    def update(self, campaign: Campaign) -> int:
        if campaign.status == "REMOVED":
            return 404
        if campaign.status != "DRAFT":
            return 400
        campaign.changed = self.now
        return 200

    def rename(self, campaign: Campaign, name: str, taken: bool) -> int:
        if campaign.status == "REMOVED":
            return 400
        if taken:
            return 409
        campaign.name = name
        return 200

    def remove(self, campaign: Campaign) -> int:
        if campaign.status == "REMOVED":
            return 404
        if campaign.status in ("SCHEDULED", "EXECUTING"):
            return 400
        campaign.status, campaign.changed = "REMOVED", self.now
        if campaign.resend is not None and campaign.resend.date is None:
            campaign.resend = None
        return 204

    def schedule(self, campaign: Campaign, date: int | None) -> int:
        """None: at once."""
        if campaign.status == "REMOVED":
            return 404
        if campaign.status not in ("DRAFT", "DONE", "ERROR") or (date is not None and date < self.now):
            return 400
        campaign.before, campaign.status, campaign.changed = campaign.status, "SCHEDULED", self.now
        if campaign.resend is not None and not campaign.resend.numbered:
            campaign.resend.numbered, campaign.resend.status = True, "SCHEDULED"
        if date is None:
            self._begin(campaign, self.now)
        else:
            campaign.schedule = date
            self._plan(date, SEND, campaign, date)
        return 201

    def unschedule(self, campaign: Campaign) -> int:
        if campaign.status == "REMOVED":
            return 404
        if campaign.status != "SCHEDULED":
            return 400
        campaign.status, campaign.schedule, campaign.changed = campaign.before, None, self.now
        if campaign.before == "DRAFT" and campaign.resend is not None:
            campaign.resend.numbered, campaign.resend.status = False, "DRAFT"
        return 204

    def add_test(self, campaign: Campaign, size: int, hours: int) -> int:
        if campaign.status == "REMOVED":
            return 404
        if campaign.status != "DRAFT" or campaign.test is not None or campaign.resend is not None:
            return 409
        campaign.test, campaign.type_code, campaign.changed = Test(size, hours), 57, self.now
        return 201

    def drop_test(self, campaign: Campaign) -> int:
        if campaign.status == "REMOVED" or campaign.test is None:
            return 404
        if campaign.status != "DRAFT":
            return 409
        campaign.test, campaign.type_code, campaign.changed = None, 10, self.now
        return 204

    def add_resend(self, campaign: Campaign, minutes: int) -> int:
        if campaign.status == "REMOVED":
            return 404
        if campaign.status not in ("DRAFT", "SCHEDULED", "DONE"):
            return 400
        if campaign.resend is not None or campaign.test is not None:
            return 409
        campaign.resend, campaign.changed = Resend(minutes), self.now
        if campaign.status != "DRAFT":
            campaign.resend.numbered, campaign.resend.status = True, "SCHEDULED"
        sent = [line.at for line in campaign.lines if line.shown and line.completed and line.count]
        if sent:
            self._start_resend(campaign, self.now, min(sent))
        return 201

    def drop_resend(self, campaign: Campaign) -> int:
        if campaign.status == "REMOVED" or campaign.resend is None:
            return 404
        if campaign.status == "EXECUTING":
            return 400
        if campaign.resend.date is not None or campaign.resend.status == "EXECUTING":
            return 409
        campaign.resend, campaign.changed = None, self.now
        return 204

    def mail_test(self, campaign: Campaign, recipients: int) -> int:
        day = self.now // 86400
        if campaign.status == "REMOVED":
            return 404
        if self.tests.get(day, 0) + recipients > 50:
            return 429
        self.tests[day] = self.tests.get(day, 0) + recipients
        return 204

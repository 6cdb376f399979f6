"""A mail goes out: SCHEDULED, for seconds EXECUTING, then DONE, with a line in the send history.

The audience is looked up when the mail goes out: a list that grew gets it, a list that was deleted does not.
Who got a mail once does not get it again when the campaign is scheduled anew. After the mail itself may come
the winner of its A/B test or its resend. No mail leaves the emulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.collections import ab_tests, emails, resends
from ccstate.emulator.collections.campaign_activities import load, set_schedule, touch
from ccstate.emulator.mails import audience, engagement, failures
from ccstate.emulator.mails.audience import Audience, Delivery
from ccstate.emulator.mails.failures import FAILED, NOBODY, OK, PARTLY
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.world import World

SEND, SENT, WINNER, RESENT = "send", "sent", "winner", "resent"
EXECUTING = 2 * SECOND  # how long a campaign shows EXECUTING; briefly, says the documentation
HOUR = 3600 * SECOND
_WAITING_TO_GO, _ON_ITS_WAY = "SCHEDULED", "EXECUTING"


@dataclass(frozen=True)
class Outcome:
    """What came of one going out."""

    reason: int
    count: int

    @property
    def completed(self) -> bool:
        return self.reason in (OK, NOBODY)


def begin(world: World, at: int, campaign_activity_id: str) -> None:
    """Resolve the audience and start: from here on nothing can be taken back."""
    row = load(world, campaign_activity_id)
    if row is None or row["status"] != _WAITING_TO_GO:
        return
    _send(world, at, row, audience.of(world, at, row), failures.of(world, row), finished=False)
    set_schedule(world, campaign_activity_id, None, None)
    emails.set_status(world, at, row["campaign_id"], _ON_ITS_WAY)
    timeline.plan(world, at + EXECUTING, SENT, campaign_activity_id)


def record(world: World, at: int, campaign_activity_id: str, *, failed: bool = False) -> None:
    """A mail that went out long ago, with everything that followed from it."""
    row = load(world, campaign_activity_id)
    if row is None:
        return
    reason = FAILED if failed else OK
    outcome = _send(world, at, row, audience.of(world, at, row), reason, finished=True)
    if outcome.completed and outcome.count:
        resends.start(world, at, campaign_activity_id, at)


def _finish(world: World, at: int, campaign_activity_id: str) -> None:
    row = load(world, campaign_activity_id)
    if row is None or row["status"] != _ON_ITS_WAY:
        return
    send = _close(world, campaign_activity_id)
    completed = send["send_status"] == "COMPLETED"
    emails.set_status(world, at, row["campaign_id"], "DONE" if completed else "ERROR")
    if completed and send["count"]:
        resends.start(world, at, campaign_activity_id, send["run_date"])


def _send_winner(world: World, at: int, campaign_activity_id: str) -> None:
    """The wait is over: the better subject goes to the rest. The campaign stays DONE meanwhile (assumed)."""
    row, test = load(world, campaign_activity_id), ab_tests.of(world, campaign_activity_id)
    if row is None or test is None or row["status"] == "REMOVED":
        return
    ab_tests.note(world, campaign_activity_id, winner=audience.leading_arm(world, campaign_activity_id, at))
    rest = audience.of(world, at, row)
    if not audience.size(world, Delivery(campaign_activity_id, 0, at), rest):
        return  # the arms were everybody: nothing more is sent, and no line written
    outcome = _send(world, at, row, rest, failures.of(world, row), finished=True)
    touch(world, at, row["campaign_id"])
    if not outcome.completed and row["status"] == "DONE":
        emails.set_status(world, at, row["campaign_id"], "ERROR")


def _begin_resend(world: World, at: int, resend_activity_id: str) -> None:
    resend, row = resends.of_activity(world, resend_activity_id), load(world, resend_activity_id)
    if resend is None or row is None or row["status"] != _WAITING_TO_GO:
        return
    missed_it = audience.non_openers(resend["campaign_activity_id"], at)
    outcome = _send(world, at, row, missed_it, failures.of(world, row), finished=False)
    date = at if outcome.completed else None
    resends.set_status(world, resend_activity_id, _ON_ITS_WAY, resend_date=date)
    touch(world, at, row["campaign_id"])
    timeline.plan(world, at + EXECUTING, RESENT, resend_activity_id)


def _finish_resend(world: World, at: int, resend_activity_id: str) -> None:
    """Also where the campaign was removed meanwhile: what was on its way has gone out."""
    resend, row = resends.of_activity(world, resend_activity_id), load(world, resend_activity_id)
    if resend is None or row is None or resend["status"] != _ON_ITS_WAY:
        return
    completed = _close(world, resend_activity_id)["send_status"] == "COMPLETED"
    resends.set_status(world, resend_activity_id, "DONE" if completed else "ERROR")
    if row["status"] != "REMOVED":
        touch(world, at, row["campaign_id"])


HAPPENINGS = {
    SEND: begin,
    SENT: _finish,
    WINNER: _send_winner,
    resends.RESEND: _begin_resend,
    RESENT: _finish_resend,
    **engagement.HAPPENINGS,
}


def _send(
    world: World, at: int, row: Mapping[str, Any], meant: Audience, reason: int, *, finished: bool
) -> Outcome:
    """Deliver, let the contacts react, and write the line of the send history."""
    activity_id = row["campaign_activity_id"]
    sends = world.db.value("SELECT count(*) FROM sends WHERE campaign_activity_id = ?", activity_id)
    delivery = Delivery(activity_id, sends + 1, at)
    count = _deliver(world, delivery, meant, reason)
    outcome = Outcome(NOBODY if reason == OK and not count else reason, count)
    world.db.insert(
        "sends",
        campaign_activity_id=activity_id,
        send_id=delivery.send_id,
        contact_list_ids=row["contact_list_ids"],
        segment_ids=row["segment_ids"],
        count=count,
        run_date=at,
        send_status="COMPLETED" if outcome.completed else "ERRORED",
        reason_code=outcome.reason,
        finished=finished,
    )
    if count:
        engagement.simulate(world, delivery, row, known=at + EXECUTING)
    return outcome


def _deliver(world: World, delivery: Delivery, meant: Audience, reason: int) -> int:
    """To everybody, to half of them where the sending broke off, or first to the arms of a test."""
    test = ab_tests.of(world, delivery.campaign_activity_id)
    if reason not in (OK, PARTLY):
        return 0
    if reason == PARTLY:
        half = audience.size(world, delivery, meant) // 2
        return audience.deliver(world, delivery, meant, _subject(world, delivery, test), half)
    if test is None or test["begun"] is not None:
        return audience.deliver(world, delivery, meant, _subject(world, delivery, test))
    count = audience.deliver_arms(world, delivery, meant, test["test_size"])
    if count:
        ab_tests.note(world, delivery.campaign_activity_id, begun=delivery.at)
        due = delivery.at + test["winner_wait_duration"] * HOUR
        timeline.plan(world, due, WINNER, delivery.campaign_activity_id)
    return count


def _subject(world: World, delivery: Delivery, test: Mapping[str, Any] | None) -> str | None:
    """Which subject goes out: of a test the winning one, or before there is a winner the leading one."""
    if test is None:
        return None
    winner: str | None = test["winner"]
    return winner or audience.leading_arm(world, delivery.campaign_activity_id, delivery.at)


def _close(world: World, campaign_activity_id: str) -> Mapping[str, Any]:
    """Show the line of what has just gone out."""
    sql = "UPDATE sends SET finished = 1 WHERE campaign_activity_id = ? AND NOT finished RETURNING *"
    return world.db.row(sql, campaign_activity_id) or {"send_status": "ERRORED", "count": 0}

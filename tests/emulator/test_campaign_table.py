"""Every call on a campaign in every status: the table of what is legal when, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.client import Emulated, activity_body, emulated

STATUSES = ("DRAFT", "SCHEDULED", "EXECUTING", "DONE", "ERROR", "REMOVED")
RESEND = {"resend_subject": "Again", "delay_days": 3}
TEST = {"alternative_subject": "Second try", "test_size": 10, "winner_wait_duration": 6}
LATER = "2026-06-01T00:00:00Z"


class Case:
    """A campaign in a certain status, and what can be asked of it."""

    def __init__(self, status: str, *, resend: bool = False, test: bool = False) -> None:
        self.emulator: Emulated = emulated()
        self.campaign_id, self.activity_id = self.emulator.ready()
        self.campaign = f"/v3/emails/{self.campaign_id}"
        self.activity = f"/v3/emails/activities/{self.activity_id}"
        if resend:
            self.emulator.post(f"{self.activity}/non_opener_resends", RESEND)
        if test:
            self.emulator.post(f"{self.activity}/abtest", TEST)
        self._reach(status)
        assert self.emulator.status(self.campaign_id) == status

    def _reach(self, status: str) -> None:
        if status == "SCHEDULED":
            self.emulator.schedule(self.activity_id, LATER)
        if status == "ERROR":
            self.emulator.control("sends", {"reason_code": 1})
        if status in ("EXECUTING", "DONE", "ERROR"):
            self.emulator.schedule(self.activity_id, "0")
        if status in ("DONE", "ERROR"):
            self.emulator.advance("PT1M")
        if status == "REMOVED":
            self.emulator.delete(self.campaign)

    def resend_id(self) -> str:
        """As it reads now; of a removed campaign nobody can know it."""
        answer = self.emulator.call("GET", f"{self.activity}/non_opener_resends")
        return str(answer.json()[0]["resend_request_id"]) if answer.status_code == 200 else "DRAFT"


def put(case: Case) -> Any:
    shown = case.emulator.call("GET", case.activity).json()
    audience = shown["contact_list_ids"] if isinstance(shown, dict) else []
    return case.emulator.put(case.activity, activity_body(contact_list_ids=audience))


Ask = Callable[[Case], Any]
RESENDS = "non_opener_resends"
# The call, what the campaign has beside the mail, and the answer in the order of STATUSES.
TABLE: dict[str, tuple[Ask, dict[str, bool], tuple[int, ...]]] = {
    "GET campaign": (lambda c: c.emulator.call("GET", c.campaign), {}, (200,) * 6),
    "GET activity": (lambda c: c.emulator.call("GET", c.activity), {}, (*(200,) * 5, 404)),
    "PATCH name": (lambda c: c.emulator.patch(c.campaign, {"name": "New"}), {}, (*(200,) * 5, 400)),
    "PUT activity": (put, {}, (200, 400, 400, 400, 400, 404)),
    "POST schedules": (
        lambda c: c.emulator.schedule(c.activity_id, LATER),
        {},
        (201, 400, 400, 201, 201, 404),
    ),
    "POST schedules now": (
        lambda c: c.emulator.schedule(c.activity_id, "0"),
        {},
        (201, 400, 400, 201, 201, 404),
    ),
    "DELETE schedules": (
        lambda c: c.emulator.delete(f"{c.activity}/schedules"),
        {},
        (400, 204, 400, 400, 400, 404),
    ),
    "POST abtest": (
        lambda c: c.emulator.post(f"{c.activity}/abtest", TEST),
        {},
        (201, 409, 409, 409, 409, 404),
    ),
    "DELETE abtest": (
        lambda c: c.emulator.delete(f"{c.activity}/abtest"),
        {"test": True},
        (204, 409, 409, 409, 409, 404),
    ),
    "DELETE abtest without one": (
        lambda c: c.emulator.delete(f"{c.activity}/abtest"),
        {},
        (404,) * 6,
    ),
    "GET abtest": (
        lambda c: c.emulator.call("GET", f"{c.activity}/abtest"),
        {"test": True},
        (*(200,) * 5, 404),
    ),
    "GET abtest without one": (lambda c: c.emulator.call("GET", f"{c.activity}/abtest"), {}, (404,) * 6),
    "POST resend": (
        lambda c: c.emulator.post(f"{c.activity}/{RESENDS}", RESEND),
        {},
        (201, 201, 400, 201, 400, 404),
    ),
    "DELETE resend": (
        lambda c: c.emulator.delete(f"{c.activity}/{RESENDS}/{c.resend_id()}"),
        {"resend": True},
        (204, 204, 400, 204, 204, 404),
    ),
    "GET resend": (
        lambda c: c.emulator.call("GET", f"{c.activity}/{RESENDS}"),
        {"resend": True},
        (*(200,) * 5, 404),
    ),
    "POST tests": (
        lambda c: c.emulator.post(f"{c.activity}/tests", {"email_addresses": ["jo@example.org"]}),
        {},
        (*(204,) * 5, 404),
    ),
    "GET previews": (lambda c: c.emulator.call("GET", f"{c.activity}/previews"), {}, (*(200,) * 5, 404)),
    "GET send_history": (
        lambda c: c.emulator.call("GET", f"{c.activity}/send_history"),
        {},
        (*(200,) * 5, 404),
    ),
    "GET schedules": (lambda c: c.emulator.call("GET", f"{c.activity}/schedules"), {}, (*(200,) * 5, 404)),
    "DELETE campaign": (lambda c: c.emulator.delete(c.campaign), {}, (204, 400, 400, 204, 204, 404)),
}
CELLS = [(call, status, TABLE[call][2][number]) for call in TABLE for number, status in enumerate(STATUSES)]


@pytest.mark.parametrize(("call", "status", "expected"), CELLS)
def test_a_call_in_a_status_is_answered_as_the_table_says(call: str, status: str, expected: int) -> None:
    ask, more, _ = TABLE[call]
    answer = ask(Case(status, **more))
    assert answer.status_code == expected, answer.text


@pytest.mark.parametrize("status", STATUSES[:5])
def test_a_schedule_is_shown_while_it_stands_only(status: str) -> None:
    case = Case(status)
    shown = [{"scheduled_date": "2026-06-01T00:00:00.000Z"}] if status == "SCHEDULED" else []
    assert case.emulator.get(f"{case.activity}/schedules") == shown


def test_a_resend_that_went_out_cannot_be_deleted() -> None:
    case = Case("DONE", resend=True)
    case.emulator.advance("P4D")
    assert case.emulator.delete(f"{case.activity}/{RESENDS}/{case.resend_id()}").status_code == 409


@pytest.mark.parametrize(("format_type", "expected"), [(1, 400), (2, 400), (3, 200), (4, 400), (5, 400)])
def test_a_sent_mail_is_edited_in_one_format_only(format_type: int, expected: int) -> None:
    campaign = {"name": "C", "status": "DONE", "format_type": format_type, "sent_at": "2026-04-01T00:00:00Z"}
    emulator = emulated(seed={"campaigns": [campaign]})
    found = emulator.get(f"/v3/emails/{emulator.get('/v3/emails')['campaigns'][0]['campaign_id']}")
    activity_id = found["campaign_activities"][0]["campaign_activity_id"]
    answer = emulator.put(f"/v3/emails/activities/{activity_id}", activity_body())
    assert answer.status_code == expected

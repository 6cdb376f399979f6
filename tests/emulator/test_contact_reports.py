"""Reports on one contact."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.mails import Mail

ABSENT = "9b0f3a0e-0000-11f0-8000-000000000000"
ALL = "em_sends,em_opens,em_clicks,em_bounces,em_optouts,em_forwards"
SPRING = "start=2026-01-01T00:00:00Z&end=2026-12-01T00:00:00-0500"


@pytest.fixture
def mail(emulator: Emulated) -> Mail:
    mail = Mail.sent(emulator, members=2)
    mail.did("open", 1, after=60)
    mail.did("open", 1, after=61)
    mail.did("click", 1, after=62, detail="1")
    mail.did("forward", 1, after=63)
    mail.did("optout", 1, after=64)
    mail.did("open", 1, after=7200)
    mail.did("bounce", 2, after=1, detail="F")
    return mail


def path(mail: Mail, name: str, contact: int = 1) -> str:
    return f"/v3/reports/contact_reports/{mail.contact_id(contact)}/{name}"


def details(mail: Mail, query: str, contact: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mail.emulator.get(
        f"{path(mail, 'activity_details', contact)}?{query}"
    )["tracking_activities"]  # fmt: skip
    return found


def types(rows: list[dict[str, Any]]) -> list[str]:
    return [row["tracking_activity_type"].removeprefix("em_") for row in rows]


def test_everything_that_a_contact_did_is_listed_the_latest_first(mail: Mail) -> None:
    rows = details(mail, f"tracking_activities_list={ALL}")
    assert types(rows) == ["optouts", "forwards", "clicks", "opens", "opens", "sends"]
    assert rows[-1] == {
        "contact_id": mail.contact_id(1),
        "campaign_activity_id": mail.activity_id,
        "created_time": "2026-05-04T09:15:22.000Z",
        "tracking_activity_type": "em_sends",
        "campaign_activity_name": "May news",
    }
    assert types(details(mail, f"tracking_activities_list={ALL}", contact=2)) == ["bounces", "sends"]


def test_what_lies_ahead_counts_once_the_clock_has_passed(mail: Mail) -> None:
    assert len(details(mail, "tracking_activity_type=em_opens")) == 2
    mail.emulator.advance("P1D")
    assert len(details(mail, "tracking_activity_type=em_opens")) == 3


@pytest.mark.parametrize(
    "query",
    [
        "tracking_activities_list=em_clicks,em_sends",
        "tracking_activities_list=em_clicks&tracking_activities_list=em_sends",
        "tracking_activity_type=em_clicks&tracking_activity_type=em_sends",
        "tracking_activity_type=em_clicks,em_sends,p_contact_open",
    ],
)
def test_types_are_named_in_one_parameter_or_the_other(mail: Mail, query: str) -> None:
    assert types(details(mail, query)) == ["clicks", "sends"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "tracking_activities_list=",
        "tracking_activities_list=,",
        "tracking_activities_list=em_reads",
        "tracking_activities_list=em_sends&tracking_activity_type=em_sends",
        "tracking_activity_type=em_sends&limit=0",
        "tracking_activity_type=em_sends&limit=101",
        "tracking_activity_type=em_sends&include_campaign_activity_names=x",
        "tracking_activity_type=em_sends&next=bGltaXQ9MSZuZXh0PXg=",
        "tracking_activity_type=em_sends&next=bGltaXQ9MSZuZXh0PTEuMi4z.",
    ],
)
def test_a_question_that_is_not_clear_is_400(mail: Mail, query: str) -> None:
    answer = mail.emulator.call("GET", f"{path(mail, 'activity_details')}?{query}")
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "reports.api.validation.error")


def test_names_of_activities_are_left_out_if_unwanted(mail: Mail) -> None:
    rows = details(mail, "tracking_activity_type=em_sends&include_campaign_activity_names=false")
    assert "campaign_activity_name" not in rows[0]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_go_through_types_and_instants_without_loss(mail: Mail, limit: int) -> None:
    for kind in ("open", "click", "forward", "optout", "bounce", "open", "click"):
        mail.did(kind, 1, after=0, detail="1")
    for name in ("June news", "July news"):
        Mail.sent(mail.emulator, name, members=1)
    db = mail.world.db
    db.run(
        "INSERT OR IGNORE INTO deliveries SELECT campaign_activity_id, 1, send_id, at, arm FROM deliveries"
    )
    db.run("UPDATE deliveries SET at = ?", mail.sent_at)
    start = f"{path(mail, 'activity_details')}?tracking_activities_list={ALL}"
    whole = mail.emulator.get(start)
    assert "_links" not in whole
    assert len(whole["tracking_activities"]) == 3 + 6 + 7
    assert types(whole["tracking_activities"])[-4:] == ["bounces", "sends", "sends", "sends"]
    paged = mail.emulator.all(f"{start}&limit={limit}", "tracking_activities")
    assert paged == whole["tracking_activities"]


def test_rates_are_of_the_mails_that_were_sent_in_the_period(mail: Mail) -> None:
    mail.world.db.run("UPDATE contacts SET status = 'active'")
    emulator = mail.emulator
    _, activity_id = emulator.campaign("June news")
    list_id = emulator.get("/v3/contact_lists")["lists"][0]["list_id"]
    body = {
        "from_name": "O", "from_email": "owner@example.com", "reply_to_email": "owner@example.com",
        "subject": "s", "contact_list_ids": [list_id],
    }  # fmt: skip
    assert emulator.put(f"/v3/emails/activities/{activity_id}", body).status_code == 200
    emulator.advance("P1D")
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1H")
    mail.world.db.run("DELETE FROM engagements WHERE campaign_activity_id = ?", activity_id)
    rates = emulator.get(f"{path(mail, 'open_and_click_rates')}?{SPRING}")
    assert rates == {
        "contact_id": mail.contact_id(1),
        "included_activities_count": 2,
        "average_open_rate": 0.5,
        "average_click_rate": 0.5,
    }
    first_day = "start=2026-05-04T09:15:22Z&end=2026-05-04T09:15:22Z"
    rates = emulator.get(f"{path(mail, 'open_and_click_rates')}?{first_day}")
    assert (rates["included_activities_count"], rates["average_open_rate"]) == (1, 1.0)


def test_without_mails_in_the_period_all_rates_are_zero(mail: Mail) -> None:
    rates = mail.emulator.get(f"{path(mail, 'open_and_click_rates')}?start=2025-01-01&end=2025-02-01")
    assert [rates[name] for name in ("included_activities_count", "average_open_rate")] == [0, 0.0]


def test_rates_may_span_five_years(mail: Mail) -> None:
    rates = path(mail, "open_and_click_rates")
    assert mail.emulator.call("GET", f"{rates}?start=2024-01-01&end=2029-01-01").status_code == 200
    assert mail.emulator.call("GET", f"{rates}?start=2024-01-01&end=2029-01-03").status_code == 400
    summary = path(mail, "activity_summary")
    assert mail.emulator.call("GET", f"{summary}?start=2004-01-01&end=2029-01-03").status_code == 200


@pytest.mark.parametrize("name", ["open_and_click_rates", "activity_summary"])
@pytest.mark.parametrize(
    "query",
    ["", "start=2026-01-01", "end=2026-01-01", "start=x&end=2026-01-01", "start=2026-01-02&end=2026-01-01"],
)
def test_a_period_has_a_start_and_an_end_in_this_order(mail: Mail, name: str, query: str) -> None:
    answer = mail.emulator.call("GET", f"{path(mail, name)}?{query}")
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "reports.api.validation.error")


def test_the_summary_counts_every_time_mail_by_mail(mail: Mail) -> None:
    summary = mail.emulator.get(f"{path(mail, 'activity_summary')}?{SPRING}")
    assert summary == {
        "contact_id": mail.contact_id(1),
        "campaign_activities": [
            {
                "campaign_activity_id": mail.activity_id,
                "start_on": "2026-05-04T09:15:22.000Z",
                "em_sends": 1,
                "em_opens": 2,
                "em_clicks": 1,
                "em_forwards": 1,
                "em_unsubscribes": 1,
                "em_bounces": 0,
            }
        ],
    }
    nothing = mail.emulator.get(f"{path(mail, 'activity_summary')}?start=2025-01-01&end=2025-02-01")
    assert nothing["campaign_activities"] == []


def test_a_page_of_the_summary_holds_two_hundred_mails_whatever_the_limit(emulator: Emulated) -> None:
    seed: dict[str, Any] = {
        "lists": [{"name": "L", "members": 1}],
        "campaigns": [
            {"name": "C{n}", "status": "DONE", "lists": ["L"], "sent_at": "2026-04-01", "repeat": 201}
        ],
    }
    emulator.control("load", seed)
    contact_id = emulator.app.state.world.db.value("SELECT contact_id FROM contacts")
    start = f"/v3/reports/contact_reports/{contact_id}/activity_summary?{SPRING}"
    first = emulator.get(f"{start}&limit=500")
    assert len(first["campaign_activities"]) == 200
    found = emulator.all(start, "campaign_activities")
    assert len({row["campaign_activity_id"] for row in found}) == 201
    assert emulator.call("GET", f"{start}&next=bGltaXQ9MjAwJm5leHQ9MS4y").status_code == 400


@pytest.mark.parametrize("name", ["activity_details", "open_and_click_rates", "activity_summary"])
def test_a_contact_that_is_not_there_is_404(mail: Mail, name: str) -> None:
    for contact_id in (ABSENT, "x"):
        answer = mail.emulator.call("GET", f"/v3/reports/contact_reports/{contact_id}/{name}")
        assert (answer.status_code, answer.json()[0]["error_key"]) == (404, "reports.api.not_found")


def test_a_deleted_contact_keeps_its_history(mail: Mail) -> None:
    mail.world.db.run("UPDATE contacts SET status = 'deleted', deleted_at = 1 WHERE contact = 1")
    assert len(details(mail, f"tracking_activities_list={ALL}")) == 6


def test_a_removed_campaign_keeps_its_name_in_the_history(mail: Mail) -> None:
    mail.emulator.delete(f"/v3/emails/{mail.campaign_id}")
    assert details(mail, "tracking_activity_type=em_sends")[0]["campaign_activity_name"] == "May news"

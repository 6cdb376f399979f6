"""Numbers on campaigns, and the summary of all of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.mails import Mail

ABSENT = "9b0f3a0e-0000-4000-8000-000000000000"
CAMPAIGNS, ACTIVITIES = "/v3/reports/stats/email_campaigns", "/v3/reports/stats/email_campaign_activities"
SUMMARIES = "/v3/reports/summary_reports/email_campaign_summaries"


@pytest.fixture
def mail(emulator: Emulated) -> Mail:
    """Ten contacts: one unreachable, one away, four opened, two clicked, one left, one forwarded."""
    mail = Mail.sent(emulator, members=10)
    mail.did("bounce", 1, after=1, detail="B")
    mail.did("bounce", 2, after=1, detail="V")
    for contact, device in ((3, "computer"), (4, "mobile"), (5, "tablet"), (6, None)):
        mail.did("open", contact, after=60, device=device)
    mail.did("open", 3, after=61, device="other")
    for contact, url_id in ((3, "1"), (3, "2"), (4, "1")):
        mail.did("click", contact, after=62, detail=url_id, device="computer")
    mail.did("optout", 3, after=63)
    mail.did("forward", 4, after=63)
    mail.did("open", 7, after=7200)
    return mail


def test_the_stats_of_a_campaign_count_contacts_and_times(mail: Mail) -> None:
    answer = mail.emulator.get(f"{CAMPAIGNS}/{mail.campaign_id}")
    assert answer["errors"] == []
    (result,) = answer["results"]
    assert (result["campaign_id"], result["last_refresh_time"]) == (
        mail.campaign_id,
        "2026-05-04T10:15:22.000Z",
    )
    assert result["stats"] == {
        "em_sends": 10,
        "em_opens": 4,
        "em_opens_all": 5,
        "em_opens_all_computer": 1,
        "em_opens_all_mobile": 1,
        "em_opens_all_tablet": 1,
        "em_opens_all_other": 1,
        "em_opens_all_none": 1,
        "em_clicks": 2,
        "em_clicks_all": 3,
        "em_clicks_all_computer": 3,
        "em_clicks_all_mobile": 0,
        "em_clicks_all_tablet": 0,
        "em_clicks_all_other": 0,
        "em_clicks_all_none": 0,
        "em_forwards": 1,
        "em_optouts": 1,
        "em_bounces": 2,
        "em_not_opened": 4,
    }


def test_percentages_are_of_what_the_documentation_says(mail: Mail) -> None:
    (result,) = mail.emulator.get(f"{CAMPAIGNS}/{mail.campaign_id}")["results"]
    assert result["percents"] == {
        "bounce": 20.0,  # of ten mails
        "open": 50.0,  # of eight that arrived
        "did_not_open": 50.0,
        "unsubscribe": 12.5,
        "click": 50.0,  # of the four who opened it
        "desktop_open": 20.0,  # of five opens
        "mobile_open": 40.0,
        "desktop_click": 100.0,
        "mobile_click": 0.0,
    }


def test_what_lies_ahead_counts_once_the_clock_has_passed(mail: Mail) -> None:
    mail.emulator.advance("P1D")
    (result,) = mail.emulator.get(f"{CAMPAIGNS}/{mail.campaign_id}")["results"]
    assert (result["stats"]["em_opens"], result["stats"]["em_not_opened"]) == (5, 3)


def test_the_stats_of_an_activity_count_bounces_by_cause_too(mail: Mail) -> None:
    (result,) = mail.emulator.get(f"{ACTIVITIES}/{mail.activity_id}")["results"]
    assert (result["campaign_id"], result["campaign_activity_id"]) == (mail.campaign_id, mail.activity_id)
    assert "percents" not in result
    causes = {
        name: count for name, count in result["stats"].items() if name.startswith(("em_bounces", "em_abuse"))
    }
    assert causes == {
        "em_bounces": 2,
        "em_abuse": 0,
        "em_bounces_blocked": 0,
        "em_bounces_mailbox_full": 0,
        "em_bounces_nonexistent_address": 1,
        "em_bounces_other": 0,
        "em_bounces_suspended": 0,
        "em_bounces_undeliverable": 0,
        "em_bounces_vacation": 1,
    }


def test_numbers_that_do_not_add_up_are_never_negative(mail: Mail) -> None:
    for contact in range(1, 11):
        mail.did("open", contact, after=70)
    (result,) = mail.emulator.get(f"{CAMPAIGNS}/{mail.campaign_id}")["results"]
    assert (result["stats"]["em_opens"], result["stats"]["em_not_opened"]) == (10, 0)


def test_a_mail_that_reached_nobody_has_no_numbers(emulator: Emulated) -> None:
    mail = Mail.sent(emulator, members=0)
    assert emulator.call("GET", f"{CAMPAIGNS}/{mail.campaign_id}").status_code == 404
    assert emulator.get(f"{ACTIVITIES}/{mail.activity_id}")["results"] == []
    assert emulator.get(SUMMARIES)["bulk_email_campaign_summaries"] == []


def test_a_mail_that_never_arrived_has_percentages_of_zero(emulator: Emulated) -> None:
    mail = Mail.sent(emulator, members=1)
    mail.did("bounce", 1, after=1, detail="B")
    (result,) = emulator.get(f"{CAMPAIGNS}/{mail.campaign_id}")["results"]
    assert result["percents"].pop("bounce") == 100.0
    assert set(result["percents"].values()) == {0.0}


def test_a_contact_who_got_the_resend_too_counts_once_in_the_campaign(mail: Mail) -> None:
    db = mail.world.db
    resend = "11111111-0000-4000-8000-000000000000"
    columns = ", ".join(name for name in db.columns("campaign_activities")[3:])
    db.run(
        f"INSERT INTO campaign_activities SELECT '{resend}', campaign_id, 'resend', {columns} "
        "FROM campaign_activities WHERE campaign_activity_id = ?",
        mail.activity_id,
    )
    later = Mail(mail.emulator, mail.campaign_id, resend, mail.sent_at)
    for contact in (4, 8, 9):
        db.insert("deliveries", campaign_activity_id=resend, contact=contact, send_id=1, at=mail.sent_at)
        later.did("open", contact, after=100)
    (result,) = mail.emulator.get(f"{CAMPAIGNS}/{mail.campaign_id}")["results"]
    stats = result["stats"]
    assert (stats["em_sends"], stats["em_opens"], stats["em_opens_all"], stats["em_not_opened"]) == (
        10,
        6,
        8,
        2,
    )


def test_results_come_in_the_order_of_the_question_and_each_once(mail: Mail) -> None:
    other = Mail.sent(mail.emulator, "June news", members=1)
    ids = [other.campaign_id, mail.campaign_id, other.campaign_id.upper()]
    results = mail.emulator.get(f"{CAMPAIGNS}/{','.join(ids)}")["results"]
    assert [result["campaign_id"] for result in results] == ids[:2]


def unsent(mail: Mail) -> list[tuple[str, str]]:
    """Campaigns without numbers, and their activities: a draft, a removed one, one that is not there."""
    removed = Mail.sent(mail.emulator, "Gone", members=1)
    mail.emulator.delete(f"/v3/emails/{removed.campaign_id}")
    draft = mail.emulator.campaign("Draft")
    return [draft, (removed.campaign_id, removed.activity_id), (ABSENT, ABSENT)]


def test_campaigns_without_numbers_are_told_beside_the_results(mail: Mail) -> None:
    missing = [campaign_id for campaign_id, _ in unsent(mail)]
    answer = mail.emulator.get(f"{CAMPAIGNS}/{','.join([*missing, mail.campaign_id])}")
    assert [result["campaign_id"] for result in answer["results"]] == [mail.campaign_id]
    assert [error["error_key"] for error in answer["errors"]] == [
        "reportingsvc.not_found.invalid_path_param.campaign_ids."
    ] * 3
    assert all(
        known in error["error_message"] for known, error in zip(missing, answer["errors"], strict=True)
    )


def test_activities_without_numbers_are_told_beside_the_results(mail: Mail) -> None:
    missing = [activity_id for _, activity_id in unsent(mail)]
    answer = mail.emulator.get(f"{ACTIVITIES}/{','.join(missing)}")
    assert answer["results"] == []
    assert [error["error_key"] for error in answer["errors"]] == [
        "reportingsvc.not_found.invalid_path_param.campaign_activity_ids."
    ] * 3


def test_campaigns_of_which_none_has_numbers_are_404_in_the_object_form(mail: Mail) -> None:
    missing = ",".join(campaign_id for campaign_id, _ in unsent(mail))
    answer = mail.emulator.call("GET", f"{CAMPAIGNS}/{missing}")
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "error_key": "reportingsvc.not_found.invalid_path_param.campaign_ids.",
            "error_message": "Could not find any campaign stats for all requested campaigns.",
        },
    )


@pytest.mark.parametrize("ids", ["x", ",", "{known},", "{known},x", "%20", "%00"])
@pytest.mark.parametrize("path", [CAMPAIGNS, ACTIVITIES])
def test_a_malformed_id_makes_the_whole_call_404(mail: Mail, path: str, ids: str) -> None:
    known = mail.campaign_id if path == CAMPAIGNS else mail.activity_id
    answer = mail.emulator.call("GET", f"{path}/{ids.format(known=known)}")
    assert answer.status_code == 404
    assert answer.json()["error_key"].startswith("reportingsvc.not_found.invalid_path_param.")


@pytest.mark.parametrize(("path", "most"), [(CAMPAIGNS, 150), (ACTIVITIES, 10)])
def test_only_so_many_can_be_asked_for(mail: Mail, path: str, most: int) -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(most + 1)]
    answer = mail.emulator.call("GET", f"{path}/{','.join(ids)}")
    assert answer.status_code == 400
    assert answer.json()["error_key"].startswith("reportingsvc.bad_request.")
    known = mail.campaign_id if path == CAMPAIGNS else mail.activity_id
    fitting = ",".join([known, *ids[: most - 1]])
    assert len(mail.emulator.get(f"{path}/{fitting}")["errors"]) == most - 1


def test_summaries_count_contacts_and_are_strict_about_types(mail: Mail) -> None:
    page = mail.emulator.get(SUMMARIES)
    assert page["bulk_email_campaign_summaries"] == [
        {
            "campaign_id": mail.campaign_id,
            "campaign_type": "CUSTOM_CODE_EMAIL",
            "last_sent_date": "2026-05-04T09:15:22.000Z",
            "unique_counts": {
                "sends": 10,
                "opens": 4,
                "clicks": 2,
                "forwards": 1,
                "optouts": 1,
                "abuse": 0,
                "bounces": 2,
                "not_opened": 4,
            },
        }
    ]
    assert page["aggregate_percents"] == {
        "click": 50.0,
        "open": 50.0,
        "did_not_open": 50.0,
        "bounce": 20.0,
        "unsubscribe": 12.5,
    }
    assert all(type(value) is float for value in page["aggregate_percents"].values())


def test_aggregate_percentages_are_those_of_the_page(mail: Mail) -> None:
    mail.emulator.advance("PT1H")
    other = Mail.sent(mail.emulator, "June news", members=2)
    other.did("open", 11, after=60)
    first = mail.emulator.get(f"{SUMMARIES}?limit=1")
    assert first["aggregate_percents"]["open"] == 50.0
    assert mail.emulator.get(SUMMARIES)["aggregate_percents"]["open"] == 60.0  # 6 of 8 and 2


def test_an_account_that_sent_nothing_has_no_summaries(emulator: Emulated) -> None:
    emulator.campaign()
    page = emulator.get(SUMMARIES)
    assert page["bulk_email_campaign_summaries"] == []
    assert set(page["aggregate_percents"].values()) == {0.0}


def test_summaries_come_with_the_last_send_first_and_page_through(emulator: Emulated) -> None:
    sent = ((3, "DONE"), (1, "DONE"), (3, "DONE"), (2, "DONE"), (5, "REMOVED"), (4, "ERROR"))
    seed: dict[str, Any] = {
        "lists": [{"name": "L", "members": 2}],
        "campaigns": [
            {"name": f"C{day}", "status": status, "lists": ["L"], "sent_at": f"2026-04-0{day}T13:00:00Z"}
            for day, status in sent
        ],
    }
    emulator.control("load", seed)
    found = emulator.all(f"{SUMMARIES}?limit=1", "bulk_email_campaign_summaries")
    assert [summary["last_sent_date"][8:10] for summary in found] == ["03", "03", "02", "01"]
    assert found == emulator.get(SUMMARIES)["bulk_email_campaign_summaries"]
    assert "_links" not in emulator.get(SUMMARIES)


def test_a_campaign_that_is_sent_again_moves_to_the_front(mail: Mail) -> None:
    emulator = mail.emulator
    Mail.sent(emulator, "June news", members=1)
    emulator.control("contacts", {"count": 1, "lists": ["List of May news"]})
    emulator.advance("P1D")
    assert emulator.schedule(mail.activity_id, "0").status_code == 201
    emulator.advance("PT1H")
    first = emulator.get(SUMMARIES)["bulk_email_campaign_summaries"][0]
    assert (first["campaign_id"], first["unique_counts"]["sends"]) == (mail.campaign_id, 11)
    assert first["last_sent_date"] == "2026-05-05T11:15:22.000Z"


def test_summaries_take_up_to_five_hundred_on_a_page(mail: Mail) -> None:
    for limit in ("0", "501", "x", ""):
        assert mail.emulator.call("GET", f"{SUMMARIES}?limit={limit}").status_code == 400
    assert mail.emulator.call("GET", f"{SUMMARIES}?limit=500").status_code == 200
    assert mail.emulator.call("GET", f"{SUMMARIES}?next=bGltaXQ9MSZuZXh0PXg=").status_code == 400

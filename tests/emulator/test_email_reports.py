"""Reports on one mail, contact by contact."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.mails import Mail

ABSENT = "9b0f3a0e-0000-4000-8000-000000000000"
REPORTS = ("sends", "opens", "unique_opens", "didnotopens", "clicks", "forwards", "optouts", "bounces")


@pytest.fixture
def mail(emulator: Emulated) -> Mail:
    """A mail that went to five contacts, with two links."""
    return Mail.sent(emulator, members=5)


def contacts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["email_address"].partition("@")[0] for row in rows]


def test_everybody_who_got_the_mail_is_listed_with_the_time_of_the_send(mail: Mail) -> None:
    rows = mail.report("sends")
    assert contacts(rows) == ["contact5", "contact4", "contact3", "contact2", "contact1"]
    assert rows[-1] == {
        "contact_id": mail.contact_id(1),
        "campaign_activity_id": mail.activity_id,
        "tracking_activity_type": "em_sends",
        "email_address": "contact1@example.com",
        "created_time": "2026-05-04T09:15:22.000Z",
    }


def test_a_mail_that_was_not_sent_has_empty_reports(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    for name in REPORTS:
        page = emulator.get(f"/v3/reports/email_reports/{activity_id}/tracking/{name}")
        assert page.pop("_links", {}) == {}
        assert page == {"tracking_activities": []}
    assert emulator.get(f"/v3/reports/email_reports/{activity_id}/links")["link_click_counts"] == []


def test_each_open_is_listed_and_the_latest_comes_first(mail: Mail) -> None:
    mail.did("open", 1, after=60, device="mobile")
    mail.did("open", 2, after=30)
    mail.did("open", 1, after=90)
    rows = mail.report("opens")
    assert contacts(rows) == ["contact1", "contact1", "contact2"]
    assert rows[1] == {
        "contact_id": mail.contact_id(1),
        "campaign_activity_id": mail.activity_id,
        "tracking_activity_type": "em_opens",
        "email_address": "contact1@example.com",
        "device_type": "mobile",
        "created_time": "2026-05-04T09:16:22.000Z",
    }
    assert "device_type" not in rows[0]


def test_a_unique_open_is_the_last_one_of_each_contact(mail: Mail) -> None:
    mail.did("open", 1, after=60)
    mail.did("open", 2, after=80)
    mail.did("open", 1, after=90)
    assert [row["created_time"][11:19] for row in mail.report("unique_opens")] == ["09:16:52", "09:16:42"]


def test_what_lies_ahead_counts_once_the_clock_has_passed(mail: Mail) -> None:
    mail.did("open", 1, after=7200)
    mail.did("open", 1, after=60)
    assert len(mail.report("opens")) == 1
    assert mail.report("unique_opens")[0]["created_time"] == "2026-05-04T09:16:22.000Z"
    mail.emulator.advance("P1D")
    assert len(mail.report("opens")) == 2
    assert mail.report("unique_opens")[0]["created_time"] == "2026-05-04T11:15:22.000Z"


def test_who_neither_opened_nor_bounced_did_not_open(mail: Mail) -> None:
    mail.did("open", 1, after=60)
    mail.did("bounce", 2, after=1, detail="B")
    mail.did("open", 3, after=7200)
    rows = mail.report("didnotopens")
    assert contacts(rows) == ["contact5", "contact4", "contact3"]
    assert {row["tracking_activity_type"] for row in rows} == {"em_didnotopens"}
    assert rows[0]["created_time"] == "2026-05-04T09:15:22.000Z"
    mail.emulator.advance("P1D")
    assert contacts(mail.report("didnotopens")) == ["contact5", "contact4"]


def test_clicks_name_their_link_as_text(mail: Mail) -> None:
    mail.did("click", 1, after=60, detail="2", device="tablet")
    (row,) = mail.report("clicks")
    assert {name: row[name] for name in ("url_id", "link_url", "device_type", "tracking_activity_type")} == {
        "url_id": "2",
        "link_url": "https://example.com/donate",
        "device_type": "tablet",
        "tracking_activity_type": "em_clicks",
    }


def test_clicks_may_be_asked_for_by_link(mail: Mail) -> None:
    mail.did("click", 1, after=60, detail="1")
    mail.did("click", 2, after=61, detail="2")
    assert contacts(mail.report("clicks", "?url_id=2")) == ["contact2"]
    assert mail.report("clicks", "?url_id=3") == []


@pytest.mark.parametrize("url_id", ["", "x", "-1", "1.0", "9" * 19, "9" * 5000, "%00"])
def test_a_link_is_named_by_an_integer(mail: Mail, url_id: str) -> None:
    answer = mail.answer("clicks", f"?url_id={url_id}")
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "reports.api.validation.error")


def test_forwards_and_optouts_have_reports_of_their_own(mail: Mail) -> None:
    mail.did("forward", 1, after=60)
    mail.did("optout", 2, after=61, detail="Too many mails")
    mail.did("optout", 3, after=62)
    assert contacts(mail.report("forwards")) == ["contact1"]
    without, with_reason = mail.report("optouts")
    assert "opt_out_reason" not in without
    assert (with_reason["opt_out_reason"], with_reason["tracking_activity_type"]) == (
        "Too many mails",
        "em_optouts",
    )


def test_bounces_have_a_code_and_may_be_asked_for_by_it(mail: Mail) -> None:
    for contact, code in enumerate("BFVB", 1):
        mail.did("bounce", contact, after=contact, detail=code)
    assert [row["bounce_code"] for row in mail.report("bounces")] == ["B", "V", "F", "B"]
    assert contacts(mail.report("bounces", "?bounce_code=B&bounce_code=F")) == [
        "contact4",
        "contact2",
        "contact1",
    ]
    assert mail.report("bounces", "?bounce_code=Z") == []
    assert mail.answer("bounces", "?bounce_code=Q").status_code == 400


def test_a_page_of_bounces_keeps_all_the_codes_in_its_link(mail: Mail) -> None:
    for contact, code in enumerate("BFVBF", 1):
        mail.did("bounce", contact, after=contact, detail=code)
    path = f"{mail.path}/tracking/bounces?bounce_code=B&bounce_code=F&limit=1"
    assert len(mail.emulator.all(path, "tracking_activities")) == 4


def test_reports_name_the_address_that_the_mail_went_to(mail: Mail) -> None:
    mail.did("bounce", 1, after=1, detail="B")
    mail.emulator.advance("PT1H")
    now = mail.world.now()
    mail.world.db.run(
        "UPDATE contacts SET email_address = 'new@example.com', updated_at = ? WHERE contact = 1", now
    )
    (row,) = mail.report("bounces")
    assert (row["email_address"], row["current_email_address"]) == ("contact1@example.com", "new@example.com")
    assert contacts(mail.report("sends"))[-1] == "contact1"


def test_names_are_shown_where_there_are_any_and_deleted_contacts_by_their_day(mail: Mail) -> None:
    mail.world.db.run(
        "UPDATE contacts SET first_name = 'Jo', last_name = 'Bloggs', status = 'deleted', deleted_at = ? "
        "WHERE contact = 5",
        mail.world.now(),
    )
    first, second = mail.report("sends")[:2]
    assert (first["first_name"], first["last_name"], first["deleted_at"]) == ("Jo", "Bloggs", "2026-05-04")
    assert not {"first_name", "last_name", "deleted_at"} & set(second)


@pytest.mark.parametrize("name", REPORTS)
def test_pages_hold_every_row_once(mail: Mail, name: str) -> None:
    for contact in range(1, 6):
        for _ in range(2):
            for kind, detail in (("open", None), ("click", "1"), ("forward", None), ("optout", None)):
                mail.did(kind, contact, after=contact // 3, detail=detail)
        if name == "bounces":
            mail.did("bounce", contact, after=1, detail="X")
    if name == "didnotopens":
        mail.world.db.run("DELETE FROM engagements")
    path = f"{mail.path}/tracking/{name}"
    whole = mail.emulator.get(path)
    assert len(whole["tracking_activities"]) in (5, 10)
    paged = mail.emulator.all(f"{path}?limit=2", "tracking_activities")
    assert paged == whole["tracking_activities"]
    # The contract requires `_links` on these two, and official clients insist on it.
    assert ("_links" in whole) == (name in ("optouts", "bounces"))


@pytest.mark.parametrize("name", REPORTS)
def test_limits_and_cursors_out_of_range_are_400(mail: Mail, name: str) -> None:
    for query in ("limit=0", "limit=501", "limit=x", "next=x", "next=bGltaXQ9MSZuZXh0PTEuMi4z"):
        assert mail.answer(name, f"?{query}").status_code == 400, query
    assert mail.answer(name, "?limit=500").status_code == 200


@pytest.mark.parametrize("name", ["links", *(f"tracking/{name}" for name in REPORTS)])
def test_what_has_no_reports_is_404(mail: Mail, name: str) -> None:
    emulator = mail.emulator
    permalink = emulator.get(f"/v3/emails/{mail.campaign_id}")["campaign_activities"][1]
    assert permalink["role"] == "permalink"
    for activity_id in (ABSENT, "x", permalink["campaign_activity_id"]):
        answer = emulator.call("GET", f"/v3/reports/email_reports/{activity_id}/{name}")
        assert (answer.status_code, answer.json()[0]["error_key"]) == (404, "reports.api.not_found")
    emulator.delete(f"/v3/emails/{mail.campaign_id}")
    assert emulator.call("GET", f"{mail.path}/{name}").status_code == 404


def test_links_that_were_clicked_are_counted_by_contacts(mail: Mail) -> None:
    for contact, after in ((1, 60), (1, 61), (2, 62), (3, 7200)):
        mail.did("click", contact, after=after, detail="2")
    assert mail.emulator.get(f"{mail.path}/links") == {
        "campaign_activity_id": mail.activity_id,
        "link_click_counts": [{"link_url": "https://example.com/donate", "url_id": "2", "unique_clicks": 2}],
    }


def test_links_without_clicks_are_listed_if_wanted(mail: Mail) -> None:
    mail.did("click", 1, after=60, detail="2")
    found = mail.emulator.get(f"{mail.path}/links?no_clicks=true")["link_click_counts"]
    assert [(link["url_id"], link["unique_clicks"]) for link in found] == [("1", 0), ("2", 1)]
    assert mail.emulator.call("GET", f"{mail.path}/links?no_clicks=maybe").status_code == 400

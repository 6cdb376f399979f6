"""What contacts did with a mail, told by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.mails import LINKS, Mail

NAMES = [f"contact{number}@example.com" for number in range(1, 7)]


@pytest.fixture
def mail(emulator: Emulated) -> Mail:
    """A mail that went to six contacts; a seventh did not get it."""
    mail = Mail.sent(emulator, members=6)
    emulator.control("contacts", {"count": 1})
    return mail


def tell(mail: Mail, kind: str, **more: Any) -> Any:
    return mail.emulator.control("engagements", {"campaign": "May news", "kind": kind, **more})["recorded"]


def refused(mail: Mail, **body: Any) -> str:
    answer = mail.emulator.post("/_control/engagements", {"campaign": "May news", "kind": "open", **body})
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def who(mail: Mail, report: str) -> list[str]:
    return [row["email_address"] for row in mail.report(report)]


def test_contacts_are_named_by_address_or_id(mail: Mail) -> None:
    assert tell(mail, "open", contacts=["CONTACT1@example.com", mail.contact_id(2)]) == {"open": 2}
    assert sorted(who(mail, "opens")) == NAMES[:2]


def test_a_campaign_is_named_by_its_name_its_id_or_an_activity(mail: Mail) -> None:
    for name in ("may NEWS", mail.campaign_id, mail.activity_id.upper()):
        mail.emulator.control("engagements", {"campaign": name, "kind": "open", "contacts": NAMES[:1]})
    assert who(mail, "opens") == NAMES[:1] * 3


def test_a_number_means_those_who_have_not_done_it_yet(mail: Mail) -> None:
    tell(mail, "open", contacts=[NAMES[0], NAMES[2]])
    assert tell(mail, "open", count=2) == {"open": 2}
    assert sorted(who(mail, "unique_opens")) == NAMES[:4]
    assert tell(mail, "open", count=0) == {"open": 0}
    assert refused(mail, count=3) == "of those who got the mail only 2 more can have done that, not 3"


def test_clicks_come_from_those_who_opened_first_and_else_open_the_mail(mail: Mail) -> None:
    tell(mail, "open", contacts=NAMES[3:5])
    assert tell(mail, "click", count=2) == {"click": 2}
    assert sorted(who(mail, "clicks")) == NAMES[3:5]
    assert tell(mail, "click", count=1, device_type="tablet") == {"click": 1, "open": 1}
    assert (len(mail.report("opens")), mail.report("opens")[0]["device_type"]) == (3, "tablet")


def test_a_click_hits_the_first_link_or_the_named_one(mail: Mail) -> None:
    tell(mail, "click", contacts=NAMES[:1])
    tell(mail, "click", contacts=NAMES[1:2], url=LINKS[1])
    assert [row["link_url"] for row in mail.report("clicks")] == [LINKS[1], LINKS[0]]
    assert "the mail has no link to 'x', but" in refused(mail, kind="click", count=1, url="x")
    mail.world.db.run("DELETE FROM links")
    assert refused(mail, kind="click", count=1) == "the mail has no links to click"


def test_things_happen_now_or_when_it_is_said(mail: Mail) -> None:
    tell(mail, "open", count=1)
    tell(mail, "forward", count=1, at="2026-05-04T09:30:00Z")
    assert mail.report("opens")[0]["created_time"] == "2026-05-04T10:15:22.000Z"
    assert mail.report("forwards")[0]["created_time"] == "2026-05-04T09:30:00.000Z"
    tell(mail, "forward", count=1, at="2026-05-05T09:30:00+02:00")
    assert len(mail.report("forwards")) == 1
    mail.emulator.advance("P1D")
    assert len(mail.report("forwards")) == 2


def test_nothing_is_done_before_the_mail_came(mail: Mail) -> None:
    assert refused(mail, contacts=NAMES[:1], at="2026-05-04T09:00:00Z") == f"{NAMES[0]} got the mail later"


def test_an_opt_out_unsubscribes(mail: Mail) -> None:
    assert tell(mail, "optout", contacts=NAMES[:1], opt_out_reason="Too many mails") == {"optout": 1}
    assert mail.report("optouts")[0]["opt_out_reason"] == "Too many mails"
    contact = mail.emulator.get(f"/v3/contacts/{mail.contact_id(1)}")
    email = contact["email_address"]
    assert {name: email[name] for name in email if "opt_out" in name or name == "permission_to_send"} == {
        "permission_to_send": "unsubscribed",
        "opt_out_source": "Contact",
        "opt_out_date": "2026-05-04T10:15:22Z",
        "opt_out_reason": "Too many mails",
    }
    assert refused(mail, kind="optout", contacts=NAMES[:1]) == f"{NAMES[0]} has opted out before"


def test_an_opt_out_that_lies_ahead_unsubscribes_at_its_instant(mail: Mail) -> None:
    for day, name in ((6, NAMES[0]), (5, NAMES[1])):
        at = f"2026-05-0{day}T00:00:00Z"
        assert tell(mail, "optout", contacts=[name], at=at, opt_out_reason=name) == {"optout": 1}
    unsubscribed = "/v3/contacts?status=unsubscribed"
    assert mail.emulator.get(unsubscribed)["contacts"] == []
    mail.emulator.advance("P1D")
    (contact,) = mail.emulator.get(unsubscribed)["contacts"]
    email = contact["email_address"]
    assert (email["address"], email["opt_out_reason"], email["opt_out_date"]) == (
        NAMES[1],
        NAMES[1],
        "2026-05-05T00:00:00Z",
    )
    mail.emulator.advance("P1D")
    assert len(mail.emulator.get(unsubscribed)["contacts"]) == 2


def test_who_was_going_to_leave_later_and_leaves_now_leaves_once(mail: Mail) -> None:
    tell(mail, "optout", contacts=NAMES[:1], at="2026-05-06T00:00:00Z")
    tell(mail, "optout", contacts=NAMES[:1])
    mail.emulator.advance("P3D")
    assert len(mail.report("optouts")) == 1


def test_who_is_gone_cannot_opt_out(mail: Mail) -> None:
    mail.emulator.delete(f"/v3/contacts/{mail.contact_id(1)}")
    assert refused(mail, kind="optout", contacts=NAMES[:1]) == f"{NAMES[0]} is deleted"
    assert tell(mail, "open", contacts=NAMES[:1]) == {"open": 1}


def test_bounces_come_from_the_end_and_have_a_code(mail: Mail) -> None:
    assert tell(mail, "bounce", count=2) == {"bounce": 2}
    assert tell(mail, "bounce", contacts=NAMES[:1], bounce_code="Z") == {"bounce": 1}
    assert {(row["email_address"], row["bounce_code"]) for row in mail.report("bounces")} == {
        (NAMES[0], "Z"),
        (NAMES[4], "B"),
        (NAMES[5], "B"),
    }


def test_what_bounced_is_neither_opened_nor_bounced_again(mail: Mail) -> None:
    tell(mail, "bounce", contacts=NAMES[:1])
    assert refused(mail, contacts=NAMES[:1]) == f"{NAMES[0]} bounced, so that the mail never arrived"
    assert refused(mail, kind="bounce", contacts=NAMES[:1]) == f"{NAMES[0]} has bounced before"
    assert "only 5 more" in refused(mail, count=6)


def test_what_was_opened_does_not_bounce(mail: Mail) -> None:
    tell(mail, "open", contacts=NAMES[:1])
    assert "so that it cannot have bounced" in refused(mail, kind="bounce", contacts=NAMES[:1])
    assert "only 5 more" in refused(mail, kind="bounce", count=6)


def test_what_was_to_come_of_a_mail_does_not_once_it_bounced(mail: Mail) -> None:
    tell(mail, "open", contacts=NAMES[:2], at="2026-05-06T00:00:00Z")
    tell(mail, "bounce", contacts=NAMES[:1])
    mail.emulator.advance("P3D")
    assert who(mail, "opens") == NAMES[1:2]


def test_after_an_autoreply_a_mail_may_be_opened(mail: Mail) -> None:
    tell(mail, "bounce", contacts=NAMES[:1], bounce_code="V")
    tell(mail, "open", contacts=NAMES[:1])
    tell(mail, "open", contacts=NAMES[1:2])
    tell(mail, "bounce", contacts=NAMES[1:2], bounce_code="V")
    assert len(mail.report("bounces")) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "either contacts or count is wanted"),
        ({"contacts": [], "count": 1}, "either contacts or count is wanted"),
        ({"contacts": "x"}, "contacts must be a list"),
        ({"contacts": [1]}, "contacts must be a list"),
        ({"contacts": ["nobody@example.com"]}, "there is no contact 'nobody@example.com'"),
        ({"contacts": ["contact7@example.com"]}, "contact7@example.com did not get the mail"),
        ({"count": -1}, "count must be a number"),
        ({"count": True}, "count must be a number"),
        ({"count": "3"}, "count must be a number"),
        ({"count": 2**80}, "only 6 more"),
        ({"count": 1, "kind": "read"}, "kind must be one of open, click, forward, optout, bounce"),
        ({"count": 1, "kind": None}, "kind must be one of"),
        ({"count": 1, "kind": ["open"]}, "kind must be one of"),
        ({"count": 1, "campaign": None}, "campaign must be"),
        ({"count": 1, "campaign": "June news"}, "there is no campaign 'June news'"),
        ({"count": 1, "at": "noon"}, "at: 'noon' is not an ISO-8601 instant"),
        ({"count": 1, "at": 5}, "at must be"),
        ({"count": 1, "url": LINKS[0]}, "url goes with click only"),
        ({"count": 1, "bounce_code": "B"}, "bounce_code goes with bounce only"),
        (
            {"count": 1, "kind": "bounce", "bounce_code": "Q"},
            "bounce_code must be one of B, D, F",
        ),
        ({"count": 1, "kind": "bounce", "bounce_code": {}}, "bounce_code must be one of"),
        ({"count": 1, "kind": "optout", "opt_out_reason": 5}, "opt_out_reason must be a text"),
        ({"count": 1, "device_type": "fridge"}, "device_type must be one of computer,"),
        (
            {"count": 1, "kind": "forward", "device_type": "mobile"},
            "device_type goes with open",
        ),
        ({"count": 1, "contact": "x"}, "unknown: contact"),
    ],
)
def test_what_is_not_clear_is_refused(mail: Mail, body: dict[str, Any], message: str) -> None:
    assert message in refused(mail, **body)
    assert mail.world.db.rows("SELECT * FROM engagements") == []


def test_a_campaign_that_went_to_nobody_has_nobody_to_do_anything(mail: Mail) -> None:
    mail.emulator.campaign("Draft")
    assert refused(mail, campaign="Draft", count=0) == "campaign 'Draft' went to nobody yet"


def test_what_is_due_goes_out_before(emulator: Emulated) -> None:
    _, activity_id = emulator.ready()
    emulator.schedule(activity_id, "0")
    body = {"campaign": "May news", "kind": "forward", "count": 3}
    assert emulator.control("engagements", body) == {"recorded": {"forward": 3}}


SENT = {"name": "April news", "status": "DONE", "lists": ["L"], "sent_at": "2026-04-01T13:00:00Z"}
WITH_LINK = "<html><body>[[trackingImage]]<a href='https://example.com/a'>a</a></body></html>"


def planted(emulator: Emulated, **campaign: Any) -> dict[str, int]:
    """The unique counts of a campaign of a seed that went to a hundred contacts."""
    seed = {"lists": [{"name": "L", "members": 100}], "campaigns": [SENT | campaign]}
    emulator.control("load", seed)
    page = emulator.get("/v3/reports/summary_reports/email_campaign_summaries")
    counts: dict[str, int] = page["bulk_email_campaign_summaries"][0]["unique_counts"]
    return counts


def test_a_seed_tells_how_many_contacts_did_what(emulator: Emulated) -> None:
    counts = planted(emulator, html=WITH_LINK, opens=40, clicks=12, forwards=3, optouts=2, bounces=5)
    assert counts == {
        "sends": 100,
        "opens": 40,
        "clicks": 12,
        "forwards": 3,
        "optouts": 2,
        "bounces": 5,
        "abuse": 0,
        "not_opened": 55,
    }
    assert emulator.get("/v3/contacts/counts")["unsubscribed"] == 2
    emulator.advance("P30D")
    page = emulator.get("/v3/reports/summary_reports/email_campaign_summaries")
    assert page["bulk_email_campaign_summaries"][0]["unique_counts"] == counts


def test_numbers_of_a_mail_that_was_sent_just_now_are_there_at_once(emulator: Emulated) -> None:
    assert planted(emulator, sent_at="2026-05-04T09:15:22Z", opens=7)["opens"] == 7


def test_clicks_of_a_seed_are_openings_too(emulator: Emulated) -> None:
    counts = planted(emulator, html=WITH_LINK, clicks=12)
    assert (counts["clicks"], counts["opens"]) == (12, 12)


@pytest.mark.parametrize(
    ("campaign", "message"),
    [
        ({"opens": 101}, "campaigns[0].opens: of those who got the mail only 100 more"),
        ({"opens": -1}, "campaigns[0].opens: 0 to"),
        ({"opens": 60, "bounces": 50}, "campaigns[0].opens: of those who got the mail only 50 more"),
        ({"opens": 1, "clicks": 2}, "campaigns[0].clicks: more than opens"),
        ({"clicks": 2}, "campaigns[0].clicks: the mail has no links to click"),
        ({"status": "DRAFT", "opens": 1}, "campaigns[0].opens: of those who got the mail only 0 more"),
    ],
)
def test_a_seed_cannot_tell_what_cannot_be(
    emulator: Emulated, campaign: dict[str, Any], message: str
) -> None:
    seed = {"lists": [{"name": "L", "members": 100}], "campaigns": [SENT | campaign]}
    answer = emulator.post("/_control/load", seed)
    assert (answer.status_code, message in answer.json()["error"]) == (400, True), answer.text

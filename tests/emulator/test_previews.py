"""Previews and test mails: how a mail looks before it goes out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import HTML, Emulated, activity_body

PATH = "/v3/emails/activities"


def preview(emulator: Emulated, html: str, **more: Any) -> dict[str, Any]:
    _, activity_id = emulator.campaign()
    answer = emulator.put(f"{PATH}/{activity_id}", activity_body(html_content=html, **more))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = emulator.get(f"{PATH}/{activity_id}/previews")
    return shown


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("[[FirstName]]", "Olive"),
        ('[[FIRSTNAME OR "Friend"]]', "Olive"),
        ("[[ lastname ]]", "Owner"),
        ("[[EmailAddress]]", "owner@example.com"),
        ('[[MiddleName OR "M."]]', "M."),
        ("[[MiddleName]]", ""),
        ('[[JobTitle OR ""]]', ""),
        ("[[WorkPhone]]", "5550100124"),
        ("[[AddressLine1]]", "1 Example Street"),
        ("[[City]], [[StateName]]", "Waltham, Massachusetts"),
        ("[[account.OrganizationName]]", "Example Organisation"),
        ("[[ACCOUNT.SITEURL]]", "http://www.example.com"),
        ("[[account.usState]] [[account.PostalCode]]", "MA 02451"),
        ("[[account.Country]] [[account.CountryCode]]", "United States US"),
        ("[[account.SignatureName]]", "Olive Owner"),
        ('[[account.LogoURL OR "none"]]', "none"),
        ("[[trackingImage]]", ""),
        ('[[Unknown OR "you"]]', "you"),
        ("[[Unknown]]", "[[Unknown]]"),
        ("[[FirstName OR &quot;x&quot;]]", "[[FirstName OR &quot;x&quot;]]"),
        ('[[IF x IS "T"]]a[[ENDIF]]', '[[IF x IS "T"]]a[[ENDIF]]'),
    ],
)
def test_a_merge_tag_is_filled_with_the_owners_data(emulator: Emulated, tag: str, said: str) -> None:
    assert (
        f"<p>{said}</p>"
        in preview(emulator, f"<html><body><p>{tag}</p></body></html>")["preview_html_content"]
    )


def test_subject_and_preheader_are_filled_too(emulator: Emulated) -> None:
    shown = preview(emulator, HTML, subject="Hi [[FirstName]]", preheader='For [[Prefix OR "you"]]')
    assert (shown["subject"], shown["preheader"]) == ("Hi Olive", "For you")


def test_custom_fields_are_those_of_the_owners_contact(emulator: Emulated) -> None:
    for label in ("Favourite fruit", "Shoe size"):
        assert (
            emulator.post("/v3/contact_custom_fields", {"label": label, "type": "string"}).status_code == 201
        )
    (field_id, _) = [f["custom_field_id"] for f in emulator.get("/v3/contact_custom_fields")["custom_fields"]]
    body = {
        "email_address": {"address": "owner@example.com"},
        "first_name": "Olivia",
        "create_source": "Account",
        "custom_fields": [{"custom_field_id": field_id, "value": "fig & plum"}],
    }
    assert emulator.post("/v3/contacts", body).status_code == 201
    html = '<p>[[FirstName]]: [[custom.favourite_fruit]], [[Custom.shoe_size OR "any"]], [[custom.no]]</p>'
    assert (
        "<p>Olivia: fig &amp; plum, any, [[custom.no]]</p>" in preview(emulator, html)["preview_html_content"]
    )


def test_values_are_escaped_in_html_only(emulator: Emulated) -> None:
    emulator.put("/v3/account/summary", {"first_name": "<Olive>"})
    shown = preview(emulator, "<p>[[FirstName]]</p>", subject="[[FirstName]]")
    assert "<p>&lt;Olive&gt;</p>" in shown["preview_html_content"]
    assert shown["subject"] == "<Olive>"


def test_the_service_adds_its_footer_inside_the_body(emulator: Emulated) -> None:
    shown = preview(emulator, "<html><body><p>Hello</p></BODY></html>")
    html, text = shown["preview_html_content"], shown["preview_text_content"]
    assert html.startswith("<html><body><p>Hello</p><div")
    assert html.endswith("</div></BODY></html>")
    address = "Example Organisation | 1 Example Street | Waltham, MA 02451 | United States"
    links = "Unsubscribe | Update Profile | Constant Contact Data Notice"
    assert text == f"Hello {address} {links} Sent by owner@example.com"


def test_the_footer_shows_the_address_of_the_activity_where_it_has_one(emulator: Emulated) -> None:
    footer = {"address_line1": "1 Weg", "city": "Bonn", "country_code": "DE", "organization_name": "Verein"}
    text = preview(emulator, "<p>Hallo</p>", physical_address_in_footer=footer)["preview_text_content"]
    assert text.startswith("Hallo Verein | 1 Weg | Bonn | Germany Unsubscribe")


def test_test_mails_are_limited_per_call_and_per_day(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    path, five = f"{PATH}/{activity_id}/tests", [f"t{n}@example.com" for n in range(5)]
    bodies: list[dict[str, Any]] = [
        {},
        {"email_addresses": []},
        {"email_addresses": [*five, "f@example.com"]},
        {"email_addresses": ["x"]},
        {"email_addresses": five[:1], "personal_message": 5},
    ]
    assert [emulator.post(path, body).status_code for body in bodies] == [400] * len(bodies)
    answers = [emulator.post(path, {"email_addresses": five}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [204] * 10 + [429]
    assert answers[-1].json()["error_key"] == "quota_exceeded"
    assert emulator.post(path, {"email_addresses": ["one@example.com"]}).status_code == 429
    emulator.advance("P1D")
    assert emulator.post(path, {"email_addresses": five}).status_code == 204


def test_a_test_mail_is_in_the_outbox_as_it_would_have_gone_out(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign(
        subject="Hi [[FirstName]]", html_content="<body><p>[[City]]</p></body>"
    )
    body = {"email_addresses": ["jo@example.org"], "personal_message": "Is <this> right?"}
    assert emulator.post(f"{PATH}/{activity_id}/tests", body).status_code == 204
    (mail,) = emulator.control("outbox")
    assert (mail["n"], mail["at"]) == (1, "2026-05-04T09:15:22Z")
    assert mail["campaign_activity_id"] == activity_id
    assert mail["email_addresses"] == ["jo@example.org"]
    assert (mail["subject"], mail["from_email"]) == ("Hi [[FirstName]]", "owner@example.com")
    start = "<body><p>Is &lt;this&gt; right?</p><p>[[City]]</p><div"
    assert mail["html_content"].startswith(start)
    assert emulator.get("/_control/outbox?since=1") == []


def test_only_the_primary_activity_is_sent_as_a_test(emulator: Emulated) -> None:
    campaign_id, _ = emulator.campaign()
    permalink = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"][1]["campaign_activity_id"]
    body = {"email_addresses": ["jo@example.org"]}
    assert emulator.post(f"{PATH}/{permalink}/tests", body).status_code == 400

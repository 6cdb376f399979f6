"""Mails of other formats than custom code: what only they have, and what they have not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated, activity_body, campaign_body, criteria, emulated

PATH = "/v3/emails/activities"
ALL = "include=html_content,document_properties,permalink_url,physical_address_in_footer"


def seeded(format_type: int, **more: Any) -> tuple[Emulated, str, str]:
    emulator = emulated(seed={"campaigns": [{"name": "C", "format_type": format_type, **more}]})
    campaign_id = emulator.get("/v3/emails")["campaigns"][0]["campaign_id"]
    activities = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]
    return emulator, campaign_id, activities[0]["campaign_activity_id"]


@pytest.mark.parametrize("format_type", [2, 3, 4, 6, 0, "5", 5.5, True])
def test_other_formats_cannot_be_created(emulator: Emulated, format_type: object) -> None:
    assert emulator.post("/v3/emails", campaign_body(format_type=format_type)).status_code == 400


def test_an_editor_mail_is_identified_by_its_document() -> None:
    emulator, campaign_id, activity_id = seeded(4)
    shown = emulator.get(f"{PATH}/{activity_id}")
    activities = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]
    assert {activity["document_id"] for activity in activities} == {shown["document_id"]}
    assert len(shown["document_id"]) == 36


def test_the_document_may_be_named_by_the_seed() -> None:
    emulator, _, activity_id = seeded(4, document_id="21babb03-8385-4739-b9cc-000044633a7f")
    assert emulator.get(f"{PATH}/{activity_id}")["document_id"] == "21babb03-8385-4739-b9cc-000044633a7f"


@pytest.mark.parametrize(
    ("format_type", "has_html"), [(1, True), (2, False), (3, False), (4, False), (5, True)]
)
def test_html_belongs_to_custom_code(format_type: int, has_html: bool) -> None:
    emulator, _, activity_id = seeded(format_type)
    assert ("html_content" in emulator.get(f"{PATH}/{activity_id}?{ALL}")) == has_html
    answer = emulator.put(f"{PATH}/{activity_id}", activity_body(html_content="<p>new</p>"))
    assert answer.status_code == (200 if has_html else 400)
    assert emulator.put(f"{PATH}/{activity_id}", activity_body()).status_code == 200


@pytest.mark.parametrize(("format_type", "status"), [(1, 400), (2, 400), (3, 200), (4, 200), (5, 200)])
def test_the_legacy_formats_have_no_segments(format_type: int, status: int) -> None:
    emulator, _, activity_id = seeded(format_type)
    body = {"name": "S", "segment_criteria": criteria()}
    segment_id = emulator.post("/v3/segments", body).json()["segment_id"]
    answer = emulator.put(f"{PATH}/{activity_id}", activity_body(segment_ids=[segment_id]))
    assert answer.status_code == status


def test_an_editor_mail_goes_out_without_html() -> None:
    emulator, campaign_id, activity_id = seeded(3, html="")
    list_id = emulator.list()
    emulator.control("contacts", {"count": 2, "lists": [list_id]})
    emulator.put(f"{PATH}/{activity_id}", activity_body(contact_list_ids=[list_id]))
    assert emulator.schedule(activity_id, "0").status_code == 201
    emulator.advance("PT1M")
    assert emulator.status(campaign_id) == "DONE"


def properties(emulator: Emulated, activity_id: str) -> Any:
    return emulator.get(f"{PATH}/{activity_id}?include=document_properties").get("document_properties")


def test_the_legacy_formats_have_document_properties_with_defaults() -> None:
    both = {
        "permission_reminder_enabled": "false",
        "view_as_webpage_enabled": "false",
        "forward_email_link_enabled": "false",
    }
    one = {"letter_format": "HTML", "greeting_name_type": "N", "subscribe_link_enabled": "false"}
    for format_type, expected in ((1, both | one), (2, both), (3, None), (4, None), (5, None)):
        emulator, _, activity_id = seeded(format_type)
        assert properties(emulator, activity_id) == expected


def test_document_properties_that_are_left_out_are_kept() -> None:
    emulator, _, activity_id = seeded(1, document_properties={"greeting_salutation": "Dear"})
    given = {"greeting_name_type": "F", "permission_reminder_enabled": "true", "letter_format": "XHTML"}
    answer = emulator.put(f"{PATH}/{activity_id}", activity_body(document_properties=given))
    assert answer.json()["document_properties"]["greeting_name_type"] == "F"
    emulator.put(f"{PATH}/{activity_id}", activity_body(document_properties={"greeting_name_type": "B"}))
    emulator.put(f"{PATH}/{activity_id}", activity_body())
    found = properties(emulator, activity_id)
    assert (found["greeting_salutation"], found["greeting_name_type"]) == ("Dear", "B")
    assert (found["permission_reminder_enabled"], found["letter_format"]) == ("true", "HTML")


def test_document_properties_of_another_format_are_ignored() -> None:
    for format_type, given in ((2, {"style_content": ".a{}"}), (5, {"permission_reminder": "x"})):
        emulator, _, activity_id = seeded(format_type)
        body = activity_body(document_properties=given)
        assert emulator.put(f"{PATH}/{activity_id}", body).status_code == 200
        assert not set(given) & set(properties(emulator, activity_id) or {})


@pytest.mark.parametrize(
    "given",
    [
        [],
        "x",
        {"greeting_name_type": "X"},
        {"permission_reminder_enabled": True},
        {"permission_reminder_enabled": "yes"},
        {"greeting_salutation": "x" * 51},
        {"permission_reminder": "x" * 1501},
        {"style_content": "x" * 150_001},
        {"text_content": 5},
    ],
)
def test_document_properties_that_do_not_fit_are_400(given: object) -> None:
    emulator, _, activity_id = seeded(1)
    body = activity_body(document_properties=given)
    assert emulator.put(f"{PATH}/{activity_id}", body).status_code == 400


def test_the_permalink_url_is_that_of_every_activity(emulator: Emulated) -> None:
    campaign_id, _ = emulator.campaign()
    activities = emulator.get(f"/v3/emails/{campaign_id}")["campaign_activities"]
    ids = [activity["campaign_activity_id"] for activity in activities]
    urls = {emulator.get(f"{PATH}/{one}?include=permalink_url")["permalink_url"] for one in ids}
    assert len(urls) == 1
    assert urls.pop().startswith("https://conta.cc/")

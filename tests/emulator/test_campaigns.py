from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccstate.emulator import Switches
from tests.emulator.client import HTML, Emulated, activity_body, campaign_body

PATH = "/v3/emails"


def test_create_answers_200_with_two_activities(emulator: Emulated) -> None:
    answer = emulator.post(PATH, campaign_body())
    created = answer.json()
    assert answer.status_code == 200
    assert [activity["role"] for activity in created["campaign_activities"]] == ["primary_email", "permalink"]
    assert (created["current_status"], created["type"], created["type_code"]) == (
        "DRAFT",
        "CUSTOM_CODE_EMAIL",
        26,
    )
    assert created["created_at"] == created["updated_at"] == "2026-05-04T09:15:22.000Z"


def test_the_status_is_in_title_case_in_the_collection_only(emulator: Emulated) -> None:
    campaign_id, _ = emulator.campaign()
    assert emulator.get(PATH)["campaigns"][0]["current_status"] == "Draft"
    assert emulator.status(campaign_id) == "DRAFT"


def test_a_rename_leaves_updated_at_alone(emulator: Emulated) -> None:
    campaign_id, _ = emulator.campaign()
    emulator.advance("PT1M")
    renamed = emulator.patch(f"{PATH}/{campaign_id}", {"name": "June news"}).json()
    assert (renamed["name"], renamed["updated_at"]) == ("June news", "2026-05-04T09:15:22.000Z")


def test_names_are_unique_for_post_and_patch(emulator: Emulated) -> None:
    emulator.campaign("A")
    other, _ = emulator.campaign("B")
    assert emulator.post(PATH, campaign_body("a")).status_code == 409
    assert emulator.patch(f"{PATH}/{other}", {"name": "A"}).status_code == 409
    assert emulator.patch(f"{PATH}/{other}", {"name": "b"}).status_code == 200


def test_a_removed_campaign_stays_visible_and_keeps_its_name(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.campaign()
    assert emulator.delete(f"{PATH}/{campaign_id}").status_code == 204
    assert emulator.get(PATH)["campaigns"][0]["current_status"] == "Removed"
    assert emulator.status(campaign_id) == "REMOVED"
    assert emulator.call("GET", f"{PATH}/activities/{activity_id}").status_code == 404
    assert emulator.call("GET", f"{PATH}/activities/{activity_id}/schedules").status_code == 404
    assert emulator.post(PATH, campaign_body()).status_code == 409
    assert emulator.patch(f"{PATH}/{campaign_id}", {"name": "x"}).status_code == 400
    assert emulator.delete(f"{PATH}/{campaign_id}").status_code == 404


def test_the_name_of_a_removed_campaign_is_free_where_the_switch_says_so(
    make: Callable[..., Emulated],
) -> None:
    emulator = make(Switches(removed_campaigns_free_name=True))
    campaign_id, _ = emulator.campaign()
    emulator.delete(f"{PATH}/{campaign_id}")
    assert emulator.post(PATH, campaign_body()).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"from_name": "x" * 101},
        {"from_name": ""},
        {"from_email": "stranger@example.com"},
        {"from_email": "unconfirmed@example.com"},
        {"reply_to_email": "unconfirmed@example.com"},
        {"subject": None},
        {"subject": "x" * 201},
        {"preheader": "x" * 201},
        {"html_content": None},
        {"html_content": "x" * 150_001},
        {"html_content": "price: ${price}"},
        {"html_content": "<@macro>"},
        {"html_content": "[#if x]"},
        {"format_type": 3},
        {"format_type": None},
        {"physical_address_in_footer": {"address_line1": "1 Street"}},
        {
            "physical_address_in_footer": {
                "address_line1": "1",
                "country_code": "US",
                "organization_name": "x",
            }
        },
    ],
)
def test_an_activity_that_does_not_fit_is_400(emulator: Emulated, more: dict[str, Any]) -> None:
    body = campaign_body()
    body["email_campaign_activities"][0] |= more
    assert emulator.post(PATH, body).status_code == 400


def test_a_campaign_has_exactly_one_activity_and_a_short_name(emulator: Emulated) -> None:
    activity = campaign_body()["email_campaign_activities"][0]
    assert emulator.post(PATH, {"name": "x", "email_campaign_activities": []}).status_code == 400
    assert emulator.post(PATH, {"name": "x", "email_campaign_activities": [activity] * 2}).status_code == 400
    assert emulator.post(PATH, {"name": "x"}).status_code == 400
    assert emulator.post(PATH, campaign_body("x" * 81)).status_code == 400
    assert emulator.post(PATH, campaign_body("x" * 80)).status_code == 200


def test_the_legacy_format_is_converted(emulator: Emulated) -> None:
    body = campaign_body()
    body["email_campaign_activities"][0]["format_type"] = 1
    activity_id = emulator.post(PATH, body).json()["campaign_activities"][0]["campaign_activity_id"]
    assert emulator.get(f"{PATH}/activities/{activity_id}")["format_type"] == 5


def test_forbidden_pairs_pass_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    body = campaign_body()
    body["email_campaign_activities"][0]["html_content"] = "${x} <@y> [#z]"
    assert make(Switches(accept_forbidden_pairs=True)).post(PATH, body).status_code == 200


def test_the_collection_is_filtered_by_updated_at(emulator: Emulated) -> None:
    emulator.campaign("early")
    emulator.advance("PT1H")
    emulator.campaign("late")
    names = {
        query: [found["name"] for found in emulator.get(f"{PATH}?{query}")["campaigns"]]
        for query in ("after_date=2026-05-04T09:15:22Z", "before_date=2026-05-04T10:00:00.000Z")
    }
    assert list(names.values()) == [["late"], ["early"]]
    assert emulator.call("GET", f"{PATH}?after_date=yesterday").status_code == 400


def test_the_heavy_parts_of_an_activity_come_only_when_asked_for(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    path = f"{PATH}/activities/{activity_id}"
    plain = emulator.get(path)
    heavy = {"html_content", "permalink_url", "physical_address_in_footer", "document_properties"}
    assert not heavy & set(plain)
    assert (plain["contact_list_ids"], plain["segment_ids"], plain["current_status"]) == ([], [], "DRAFT")
    assert emulator.get(f"{path}?include=html_content,permalink_url")["html_content"] == HTML
    assert emulator.call("GET", f"{path}?include=everything").status_code == 400


def test_a_put_replaces_the_top_level_and_keeps_the_subresources(emulator: Emulated) -> None:
    list_id = emulator.list()
    footer = {"address_line1": "1 Street", "country_code": "DE", "organization_name": "Example"}
    _, activity_id = emulator.campaign(preheader="What is new", physical_address_in_footer=footer)
    path = f"{PATH}/activities/{activity_id}"
    emulator.put(path, activity_body(contact_list_ids=[list_id], preheader="still"))
    changed = emulator.put(path, activity_body(subject="Hello June")).json()
    assert (changed["subject"], changed["contact_list_ids"], "preheader" in changed) == (
        "Hello June",
        [],
        False,
    )
    kept = emulator.get(f"{path}?include=html_content,physical_address_in_footer")
    assert kept["html_content"] == HTML
    assert kept["physical_address_in_footer"] == {**footer, "country_name": "Germany"}


def test_a_put_echoes_the_subresources_that_were_sent(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    answer = emulator.put(f"{PATH}/activities/{activity_id}", activity_body(html_content="<p>new</p>"))
    assert answer.json()["html_content"] == "<p>new</p>"


def test_what_is_missing_inside_a_footer_is_kept_and_null_clears_it(emulator: Emulated) -> None:
    footer = {
        "address_line1": "1 Street",
        "city": "Bonn",
        "country_code": "DE",
        "organization_name": "Example",
    }
    _, activity_id = emulator.campaign(physical_address_in_footer=footer)
    path = f"{PATH}/activities/{activity_id}"
    changed = emulator.put(path, activity_body(physical_address_in_footer={"city": "Ulm"})).json()
    assert changed["physical_address_in_footer"] == {**footer, "city": "Ulm", "country_name": "Germany"}
    emulator.put(path, activity_body(physical_address_in_footer=None))
    assert "physical_address_in_footer" not in emulator.get(f"{path}?include=physical_address_in_footer")


def test_an_audience_is_lists_or_one_segment_and_known(emulator: Emulated) -> None:
    emulator.control("load", {"lists": ["A", "B"], "segments": [{"name": "S", "criteria": {}}]})
    list_ids = [found["list_id"] for found in emulator.get("/v3/contact_lists")["lists"]]
    _, activity_id = emulator.campaign()
    path = f"{PATH}/activities/{activity_id}"
    absent = "3f0c1a52-6a11-11f0-9d3e-fa163e6b01c1"
    emulator.delete(f"/v3/contact_lists/{list_ids[1]}")
    refused: list[dict[str, Any]] = [
        {"contact_list_ids": list_ids[:1], "segment_ids": [1]},
        {"segment_ids": [1, 1]},
        {"segment_ids": [2]},
        {"segment_ids": ["1"]},
        {"contact_list_ids": [absent]},
        {"contact_list_ids": list_ids[1:]},
        {"contact_list_ids": "x"},
    ]
    for audience in refused:
        assert emulator.put(path, activity_body(**audience)).status_code == 400, audience
    assert emulator.put(path, activity_body(segment_ids=[1])).json()["segment_ids"] == [1]


def test_the_permalink_activity_cannot_be_updated(emulator: Emulated) -> None:
    permalink = emulator.post(PATH, campaign_body()).json()["campaign_activities"][1]["campaign_activity_id"]
    assert emulator.put(f"{PATH}/activities/{permalink}", activity_body()).status_code == 400


def test_every_required_header_is_required(emulator: Emulated) -> None:
    _, activity_id = emulator.campaign()
    for name in ("from_name", "from_email", "reply_to_email", "subject"):
        body = activity_body()
        del body[name]
        answer = emulator.put(f"{PATH}/activities/{activity_id}", body)
        assert (answer.status_code, f"{name} is missing" in answer.text) == (400, True)

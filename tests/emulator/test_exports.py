"""The bulk activity that exports contacts, and its file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.people import ABSENT, contact_ids, fabricate, numbers, run

JOB = "contact_exports"


def exported(emulator: Emulated, body: dict[str, Any]) -> list[dict[str, str]]:
    """The lines of the file as objects."""
    done = run(emulator, JOB, body)
    answer = emulator.call("GET", done["_links"]["results"]["href"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def ids_of(emulator: Emulated, body: dict[str, Any]) -> list[str]:
    return [line["Contact ID"] for line in exported(emulator, body | {"fields": ["contact_id"]})]


def contact(emulator: Emulated, **more: Any) -> str:
    body = {"create_source": "Account", "email_address": {"address": "ann@example.com"}, **more}
    answer = emulator.post("/v3/contacts", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["contact_id"])


def test_all_contacts_are_exported_unless_deleted(emulator: Emulated) -> None:
    there, gone = fabricate(emulator, 2), fabricate(emulator, 1, status="unsubscribed")
    run(emulator, "contact_delete", {"contact_ids": there[:1]})
    assert ids_of(emulator, {}) == there[1:] + gone


def test_the_file_is_found_by_the_link_once_it_is_complete(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=10.0)
    fabricate(emulator, 3)
    started = emulator.post(f"/v3/activities/{JOB}", {}).json()
    path = f"/v3/contact_exports/{started['activity_id']}"
    assert "results" not in started["_links"]
    assert emulator.call("GET", path).status_code == 404
    emulator.advance("PT10S")
    done = emulator.get(started["_links"]["self"]["href"])
    assert (done["state"], done["status"]) == ("completed", numbers(3, 3))
    assert done["_links"]["results"]["href"] == path
    assert emulator.call("GET", path).status_code == 200


def test_a_file_shows_the_contacts_as_they_were(emulator: Emulated) -> None:
    contact(emulator, first_name="Ann")
    done = run(emulator, JOB, {})
    (contact_id,) = contact_ids(emulator)
    emulator.put(f"/v3/contacts/{contact_id}", {"update_source": "Account", "first_name": "Bea"})
    assert "Ann" in emulator.call("GET", done["_links"]["results"]["href"]).text


def test_every_field_has_its_column(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list('"Staff", all')
    tag_id = emulator.post("/v3/contact_tags", {"name": "VIP"}).json()["tag_id"]
    field = emulator.post("/v3/contact_custom_fields", {"label": "Shoe size", "type": "string"}).json()
    contact(
        emulator,
        first_name="Ärla",
        last_name='O"Neill',
        job_title="Cook, chief",
        company_name="Two\nlines",
        anniversary="2006-11-15",
        birthday_month=4,
        birthday_day=1,
        phone_numbers=[
            {"phone_number": "555-1", "kind": "home"},
            {"phone_number": "555-2", "kind": "work"},
            {"phone_number": "555-3", "kind": "home"},
        ],
        street_addresses=[
            {"kind": "home", "street": "1 Quay", "city": "Bend", "state": "OR", "postal_code": "97701"},
            {"kind": "work", "country": "US"},
        ],
        list_memberships=[news, staff],
        taggings=[tag_id],
        custom_fields=[{"custom_field_id": field["custom_field_id"], "value": "42"}],
        notes=[{"content": "Nice"}],
    )
    (line,) = exported(emulator, {})
    assert {heading: value for heading, value in line.items() if value} == {
        "Email address": "ann@example.com",
        "Email status": "active",
        "Email permission status": "implicit",
        "First name": "Ärla",
        "Last name": 'O"Neill',
        "Company": "Two\nlines",
        "Job title": "Cook, chief",
        "Confirmed Opt-In Date": "2026-05-04 05:15:22 -0400",
        "Confirmed Opt-In Source": "Account",
        "Phone - home": "555-1",
        "Phone - home 2": "555-3",
        "Phone - work": "555-2",
        "Street address line 1 - Home": "1 Quay",
        "City - Home": "Bend",
        "State/Province - Home": "OR",
        "Zip/Postal Code - Home": "97701",
        "Country - Work": "US",
        "Anniversary": "2006-11-15",
        "Birthday": "04/01",
        "Birthday month": "4",
        "Birthday day": "1",
        "Notes": "Nice",
        "Shoe size": "42",
        "Tags": "VIP",
        "Email Lists": 'News, "Staff", all',
        "Source Name": "Account",
        "Created At": "2026-05-04 05:15:22 -0400",
        "Updated At": "2026-05-04 05:15:22 -0400",
    }


def test_instants_are_in_the_time_zone_of_the_account(emulator: Emulated) -> None:
    fabricate(emulator)
    for zone, expected in (("Asia/Kolkata", "2026-05-04 14:45:22 +0530"), ("no/where", "+0000")):
        emulator.control("load", {"account": {"time_zone_id": zone}, "contacts": [{"count": 1}]})
        (line,) = exported(emulator, {"fields": ["created_at"]})
        assert line["Created At"].endswith(expected)


def test_only_the_fields_that_are_asked_for_are_exported(emulator: Emulated) -> None:
    emulator.post("/v3/contact_custom_fields", {"label": "Shoe size", "type": "string"})
    emulator.post("/v3/contact_custom_fields", {"label": "Hat size", "type": "string"})
    fabricate(emulator)
    (line,) = exported(emulator, {"fields": ["last_name", "cf:shoe_size", "first_name"]})
    assert list(line) == ["First name", "Last name", "Shoe size"]
    (line,) = exported(emulator, {"fields": ["custom_fields", "website"]})
    assert list(line) == ["Website", "Shoe size", "Hat size"]


def test_a_kind_of_field_that_nobody_has_makes_no_column(emulator: Emulated) -> None:
    fabricate(emulator, 2)
    done = run(emulator, JOB, {"fields": ["phone_number", "city"]})
    assert (done["state"], done["status"]) == ("completed", numbers(2, 2))
    assert emulator.call("GET", done["_links"]["results"]["href"]).status_code == 200


def test_why_somebody_opted_out_is_exported_beside_the_address(emulator: Emulated) -> None:
    fields = ["email_optout_reason", "email_optout_source"]
    answer = emulator.post(f"/v3/activities/{JOB}", {"fields": fields})
    assert answer.status_code == 400
    out = {"address": "ann@example.com", "permission_to_send": "unsubscribed", "opt_out_reason": "Too many"}
    contact(emulator, email_address=out)
    (line,) = exported(emulator, {"fields": [*fields, "email_address"]})
    assert (line["Confirmed Opt-Out Reason"], line["Confirmed Opt-Out Source"]) == ("Too many", "Account")


@pytest.fixture
def people(emulator: Emulated) -> dict[str, list[str]]:
    emulator.control("load", {"lists": ["News", "Staff"], "tags": ["VIP"]})
    return {
        "news": fabricate(emulator, 2, lists=["News"]),
        "gone": fabricate(emulator, 1, lists=["News"], status="unsubscribed"),
        "staff": fabricate(emulator, 1, lists=["Staff"]),
        "vip": fabricate(emulator, 1, tags=["VIP"]),
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"contact_ids": ["news", "vip"]}, ["news", "vip"]),
        ({"contact_ids": ["news", "gone"], "status": "unsubscribed"}, ["gone"]),
        ({"list_ids": ["News"]}, ["news", "gone"]),
        ({"list_ids": ["News", "Staff"]}, ["news", "gone", "staff"]),
        ({"list_ids": ["News"], "status": "active"}, ["news"]),
        ({"list_ids": ["News"], "exclude": {"contact_ids": ["gone"]}}, ["news"]),
        ({"list_ids": ["Staff"], "new_subscriber": True}, ["staff"]),
        ({"new_subscriber": True, "exclude": {"contact_ids": ["news", "vip"]}}, ["staff"]),
        ({"exclude": {"contact_ids": ["news", "vip"]}}, ["gone", "staff"]),
        ({"tag_ids": ["VIP"]}, ["vip"]),
        ({"status": "unsubscribed"}, ["gone"]),
        ({"status": "active"}, ["news", "staff", "vip"]),
        ({"new_subscriber": False, "contact_ids": None}, ["news", "gone", "staff", "vip"]),
    ],
)
def test_whom_the_filters_leave(
    emulator: Emulated, people: dict[str, list[str]], body: dict[str, Any], expected: list[str]
) -> None:
    lists = {each["name"]: each["list_id"] for each in emulator.get("/v3/contact_lists")["lists"]}
    tags = {each["name"]: each["tag_id"] for each in emulator.get("/v3/contact_tags")["tags"]}
    known = people | {name: [value] for name, value in (lists | tags).items()}
    assert ids_of(emulator, _with_ids(body, known)) == [each for name in expected for each in people[name]]


def test_deleted_contacts_are_exported_as_removed(emulator: Emulated, people: dict[str, list[str]]) -> None:
    run(emulator, "contact_delete", {"contact_ids": people["staff"]})
    assert ids_of(emulator, {"status": "removed"}) == people["staff"]
    chosen = {"contact_ids": people["staff"] + people["news"], "status": "removed"}
    assert ids_of(emulator, chosen) == people["staff"]
    assert run(emulator, JOB, chosen)["activity_errors"] == []


def test_a_segment_is_exported(emulator: Emulated) -> None:
    contact(emulator, first_name="Ann")
    fabricate(emulator, 2)
    condition = '{"source":"contact","field":"first_name","op":"eq","value":"Ann"}'
    criteria = '{"version":"1.0.0","criteria":{"type":"and","group":[' + condition + "]}}"
    segment = emulator.post("/v3/segments", {"name": "Anns", "segment_criteria": criteria}).json()
    assert ids_of(emulator, {"segment_id": segment["segment_id"]}) == contact_ids(emulator)[:1]
    assert run(emulator, JOB, {"segment_id": 99})["state"] == "failed"


def test_what_does_not_exist_is_reported(emulator: Emulated) -> None:
    fabricate(emulator, 1)
    done = run(emulator, JOB, {"contact_ids": [*contact_ids(emulator), ABSENT]})
    assert (done["status"], done["activity_errors"]) == (
        numbers(2, 1),
        [f"Contact {ABSENT} was not found"],
    )


@pytest.mark.parametrize(
    "body",
    [
        {"contact_ids": [ABSENT] * 501},
        {"list_ids": [ABSENT] * 51},
        {"tag_ids": [ABSENT] * 51},
        {"exclude": {"contact_ids": [ABSENT] * 51}},
        {"contact_ids": [ABSENT], "list_ids": [ABSENT]},
        {"contact_ids": [ABSENT], "exclude": {"contact_ids": [ABSENT]}},
        {"contact_ids": [ABSENT], "new_subscriber": True},
        {"tag_ids": [ABSENT], "status": "active"},
        {"tag_ids": [ABSENT], "exclude": {"contact_ids": [ABSENT]}},
        {"segment_id": 1, "list_ids": [ABSENT]},
        {"segment_id": 1, "status": "active"},
        {"new_subscriber": True, "status": "active"},
        {"status": "deleted"},
        {"status": 1},
        {"segment_id": "1"},
        {"fields": ["colour"]},
        {"fields": ["cf:colour"]},
        {"fields": "email_address"},
        {"fields": [1]},
        {"exclude": [ABSENT]},
    ],
)
def test_a_body_that_is_not_documented_is_400(emulator: Emulated, body: Any) -> None:
    answer = emulator.post(f"/v3/activities/{JOB}", body)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")


def test_a_file_that_does_not_exist_is_404(emulator: Emulated) -> None:
    other = run(emulator, "contact_delete", {"contact_ids": [ABSENT]})["activity_id"]
    for file_id in (ABSENT, "x", other):
        assert emulator.call("GET", f"/v3/contact_exports/{file_id}").status_code == 404


def test_a_file_survives_restarts_and_dumps_and_goes_after_ten_days(
    tmp_path: Path, make: Callable[..., Emulated]
) -> None:
    emulator = make(db=str(tmp_path / "account.db"))
    fabricate(emulator, 2500)
    path = run(emulator, JOB, {})["_links"]["results"]["href"]
    text = emulator.call("GET", path).text
    assert len(text.splitlines()) == 2501
    other = make()
    other.control("load", emulator.control("dump"))
    for each in (make(db=str(tmp_path / "account.db")), other):
        assert each.call("GET", path).text == text
    emulator.advance("P10D")
    assert emulator.call("GET", path).status_code == 404
    run(emulator, JOB, {"status": "removed"})
    parts = emulator.control("dump")["tables"]["export_parts"]
    assert {part["lines"][:5] for part in parts} == {"Email"}, "only the new file is kept"


def _with_ids(value: Any, known: dict[str, list[str]]) -> Any:
    """A body with the names in its arrays replaced by the ids behind them."""
    if isinstance(value, list):
        return [each for name in value for each in known[name]]
    if isinstance(value, dict):
        return {name: _with_ids(each, known) for name, each in value.items()}
    return value

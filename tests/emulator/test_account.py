from __future__ import annotations

import pytest

from tests.emulator.client import Emulated

SUMMARY, ADDRESS, EMAILS = "/v3/account/summary", "/v3/account/summary/physical_address", "/v3/account/emails"
LINE = {"address_line1": "1 Street", "city": "Bonn", "country_code": "DE"}


def test_a_fresh_account_has_an_organisation_and_an_address(emulator: Emulated) -> None:
    summary = emulator.get(SUMMARY)
    assert summary["organization_name"]
    assert "physical_address" not in summary
    assert emulator.get(f"{SUMMARY}?extra_fields=physical_address")["physical_address"]["city"]
    assert emulator.call("GET", f"{SUMMARY}?extra_fields=all").status_code == 400


def test_a_put_of_the_summary_is_partial_and_ignores_what_is_read_only(emulator: Emulated) -> None:
    before = emulator.get(SUMMARY)
    answer = emulator.put(SUMMARY, {"website": "http://example.org", "encoded_account_id": "x"})
    assert answer.status_code == 200
    assert emulator.get(SUMMARY) == before | {"website": "http://example.org"}


def test_another_state_brings_its_zone(emulator: Emulated) -> None:
    assert emulator.put(SUMMARY, {"state_code": "CA"}).json()["time_zone_id"] == "America/Los_Angeles"


@pytest.mark.parametrize(
    "body",
    [
        {"contact_email": "unconfirmed@example.com"},
        {"contact_phone": "1" * 26},
        {"state_code": ""},
        {"website": 5},
    ],
)
def test_a_summary_that_does_not_fit_is_400(emulator: Emulated, body: dict[str, object]) -> None:
    assert emulator.put(SUMMARY, body).status_code == 400


def test_an_address_is_made_once_and_replaced_as_a_whole(emulator: Emulated) -> None:
    assert emulator.post(ADDRESS, LINE).status_code == 409
    assert emulator.put(ADDRESS, LINE).json() == LINE
    assert emulator.get(ADDRESS) == LINE


def test_an_account_without_an_address_answers_404_until_it_has_one(emulator: Emulated) -> None:
    emulator.control("load", {"physical_address": None})
    assert emulator.call("GET", ADDRESS).status_code == 404
    assert emulator.put(ADDRESS, LINE).status_code == 404
    assert emulator.post(ADDRESS, LINE).status_code == 201


@pytest.mark.parametrize(
    "more",
    [
        {"address_line1": ""},
        {"address_line2": ""},
        {"address_line1": "x" * 81},
        {"city": None},
        {"country_code": "DEU"},
        {"country_code": "US"},
        {"country_code": "US", "state_code": "MA"},
        {"country_code": "US", "state_code": "MA", "postal_code": "02451", "state_name": "x"},
        {"state_code": "NW"},
    ],
)
def test_an_address_that_does_not_fit_is_400(emulator: Emulated, more: dict[str, object]) -> None:
    assert emulator.put(ADDRESS, LINE | more).status_code == 400


def test_a_fresh_account_has_a_confirmed_sender_and_one_that_is_not(emulator: Emulated) -> None:
    first, second = emulator.get(EMAILS)
    assert (first["email_address"], first["confirm_status"]) == ("owner@example.com", "CONFIRMED")
    assert first["confirm_time"] == "2026-05-04T09:15:22.000+0000"
    assert (second["confirm_status"], "confirm_time" in second, second["roles"]) == ("UNCONFIRMED", False, [])


def test_a_new_address_is_unconfirmed_and_known_from_then_on(emulator: Emulated) -> None:
    answer = emulator.post(EMAILS, {"email_address": "new@example.org"})
    assert (answer.status_code, answer.json()) == (
        201,
        {"email_address": "new@example.org", "email_id": 3, "confirm_status": "UNCONFIRMED"},
    )
    assert emulator.post(EMAILS, {"email_address": "NEW@example.org"}).status_code == 409


def test_a_new_address_must_be_one(emulator: Emulated) -> None:
    for address in (None, "", "x", "x@y", "a b@example.org", f"{'x' * 80}@example.org"):
        assert emulator.post(EMAILS, {"email_address": address}).status_code == 400, address


def test_the_control_plane_confirms_an_address(emulator: Emulated) -> None:
    emulator.control("emails", {"email_address": "unconfirmed@example.com"})
    assert [found["confirm_status"] for found in emulator.get(EMAILS)] == ["CONFIRMED", "CONFIRMED"]


def test_addresses_are_filtered_by_one_thing_at_a_time(emulator: Emulated) -> None:
    assert len(emulator.get(f"{EMAILS}?confirm_status=C")) == 1
    assert len(emulator.get(f"{EMAILS}?role_code=BILLING")) == 1
    assert len(emulator.get(f"{EMAILS}?email_address=Owner@example.com")) == 1
    assert emulator.call("GET", f"{EMAILS}?confirm_status=C&role_code=B").status_code == 400
    assert emulator.call("GET", f"{EMAILS}?confirm_status=maybe").status_code == 400


def test_the_user_may_do_everything(emulator: Emulated) -> None:
    names = {found["privilege_name"] for found in emulator.get("/v3/account/user/privileges")}
    assert {"contacts:lists:write", "campaign:send", "account:update"} <= names

"""The scrubber, on what an account of somebody's would show. Pure."""

from __future__ import annotations

import json
from typing import Any

from vcr.request import Request  # type: ignore[import-untyped]  # vcrpy has no types

from tests.cassettes.scrub import OWNER, Scrubber


def asked(scrubber: Scrubber, uri: str = "http://127.0.0.1:8025/v3/emails", body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": "Bearer abc", "User-Agent": "ccstate/1", "Accept": "application/json"}
    kept = scrubber.request(Request("POST", uri, content, headers))
    assert kept is not None
    return kept


def told(scrubber: Scrubber, body: Any, **headers: str) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kept = scrubber.answer(
        {
            "status": {"code": 200, "message": "OK"},
            "headers": {name.replace("_", "-"): [value] for name, value in headers.items()},
            "body": {"string": content},
        }
    )
    assert kept is not None
    return kept


def body_of(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"]["string"])


def test_a_request_is_written_as_if_it_went_to_the_service() -> None:
    kept = asked(Scrubber("http://127.0.0.1:8025"))
    assert kept.uri == "https://api.cc.email/v3/emails"


def test_a_request_keeps_no_credential_and_no_client() -> None:
    assert dict(asked(Scrubber()).headers) == {"accept": "application/json"}


def test_a_muted_call_is_not_written_down() -> None:
    assert Scrubber(muted=True).request(Request("GET", "http://127.0.0.1/v3/emails", None, {})) is None


def test_an_answer_that_only_puts_the_call_off_is_not_kept() -> None:
    throttled = {"status": {"code": 429, "message": "Too Many Requests"}, "headers": {}, "body": {}}
    assert Scrubber().answer(throttled) is None


def test_an_answer_keeps_no_cookie_and_no_server() -> None:
    kept = told(Scrubber(), {}, Set_Cookie="a=b", Server="gateway", Date="Mon, 04 May 2026 09:15:22 GMT")
    assert kept["headers"] == {"date": ["Mon, 04 May 2026 09:15:22 GMT"]}


def test_the_place_of_recording_is_in_no_location_and_no_body() -> None:
    scrubber = Scrubber("http://127.0.0.1:8025")
    body = {"href": "http://127.0.0.1:8025/v3/emails", "note": "seen by 127.0.0.1:8025"}
    kept = told(scrubber, body, Location="http://127.0.0.1:8025/v3/emails/1")
    assert kept["headers"] == {"location": ["https://api.cc.email/v3/emails/1"]}
    assert body_of(kept) == {"href": "https://api.cc.email/v3/emails", "note": "seen by api.cc.email"}


def test_a_person_gets_the_same_invented_address_everywhere() -> None:
    scrubber = Scrubber()
    kept = told(scrubber, [{"email_address": "Ann@shop.test"}, {"email_address": "bo@shop.test"}])
    assert [each["email_address"] for each in body_of(kept)] == ["person1@example.com", "person2@example.com"]
    request = asked(scrubber, body={"from_email": "ann@shop.test"})
    assert json.loads(request.body) == {"from_email": "person1@example.com"}


def test_an_address_inside_a_text_is_scrubbed_and_the_text_stays_json() -> None:
    kept = told(Scrubber(), {"html_content": "<p>\nann@shop.test</p>"})
    assert body_of(kept) == {"html_content": "<p>\nperson1@example.com</p>"}


def test_the_owner_is_nobody() -> None:
    summary = {
        "encoded_account_id": "a07secret",
        "organization_name": "Ann's Shop",
        "first_name": "Ann",
        "physical_address": {"address_line1": "9 Real Road", "city": "", "country_code": "US"},
    }
    address = {"address_line1": OWNER["address_line1"], "city": "", "country_code": "US"}
    assert body_of(told(Scrubber(), summary)) == {
        "encoded_account_id": OWNER["encoded_account_id"],
        "organization_name": OWNER["organization_name"],
        "first_name": OWNER["first_name"],
        "physical_address": address,
    }


def test_a_body_with_nothing_to_scrub_keeps_its_spelling() -> None:
    content = b'{ "name" : "Caf\\u00e9" }'
    assert told(Scrubber(), content)["body"]["string"] == content


def test_a_body_that_is_no_json_is_scrubbed_as_text() -> None:
    kept = told(Scrubber("http://127.0.0.1:8025"), b"<p>ann@shop.test at http://127.0.0.1:8025</p>")
    assert kept["body"]["string"] == b"<p>person1@example.com at https://api.cc.email</p>"


def test_what_was_scrubbed_stays_as_it_is() -> None:
    scrubber = Scrubber()
    once = told(scrubber, {"email_address": "ann@shop.test", "first_name": "Ann"})
    assert scrubber.answer(once) == once

"""Whatever comes in, the answer is a documented error: never a 500, never an exception."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstate.emulator.app import OPERATIONS
from ccstate.emulator.wire import PREFIX
from tests.emulator.client import Emulated, activity_body, campaign_body, criteria, emulated

DOCUMENTED = {200, 201, 202, 204, 400, 403, 404, 405, 409, 413, 415}
NAMES = (
    "name", "description", "favorite", "tag_source", "label", "type", "metadata", "choices", "choice_id",
    "choice_label", "display_order", "version", "segment_criteria", "email_campaign_activities",
    "segment_ids", "contact_list_ids", "html_content", "physical_address_in_footer", "scheduled_date",
    "source", "exclude", "contact_ids", "fields", "import_data", "all_active_contacts", "segment_id",
    "email_addresses", "email_address", "list_ids", "tag_ids", "custom_field_ids", "country_code",
    "state_code", "address_line1", "city", "contact_email", "create_source", "update_source", "address",
    "permission_to_send", "custom_fields", "custom_field_id", "value", "choice_ids", "phone_numbers",
    "phone_number", "kind", "street_addresses", "street_address", "notes", "note_id", "content", "taggings",
    "list_memberships", "sms_channel", "full_sms_address", "sms_channel_consents", "birthday_month",
    "birthday_day", "anniversary", "consent_type", "sms_consent_permission", "personal_message",
    "document_properties", "alternative_subject", "test_size", "winner_wait_duration", "resend_subject",
    "delay_days", "delay_minutes",
)  # fmt: skip
LIKELY = ["0", "", "single_select", "number", "owner@example.com", "2026-06-01", "US", criteria(), "\x00"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(LIKELY),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
COLLECTIONS = (
    "/contact_lists", "/contact_tags", "/segments", "/emails", "/activities", "/account/emails", "/contacts",
    "/contacts/counts", "/contacts/contact_id_xrefs",
    "/reports/summary_reports/email_campaign_summaries",
    "/reports/email_reports/{campaign_activity_id}/links",
    "/reports/email_reports/{campaign_activity_id}/tracking/sends",
    "/reports/email_reports/{campaign_activity_id}/tracking/unique_opens",
    "/reports/email_reports/{campaign_activity_id}/tracking/clicks",
    "/reports/email_reports/{campaign_activity_id}/tracking/bounces",
    "/reports/contact_reports/{contact_id}/activity_details",
    "/reports/contact_reports/{contact_id}/open_and_click_rates",
    "/reports/contact_reports/{contact_id}/activity_summary",
)  # fmt: skip
PARAMETERS = (
    "limit", "cursor", "next", "status", "name", "sort_by", "after_date", "state", "include_count", "url_id",
    "bounce_code", "no_clicks", "start", "tracking_activities_list", "start=2020-01-01&end",
    "tracking_activity_type", "tracking_activity_type=em_opens&next",
    "lists", "tags", "email", "updated_after", "optout_before", "include", "sms_status", "segment_id",
    "sequence_ids",
)  # fmt: skip
EMULATOR: Emulated = emulated(
    seed={
        "lists": [{"name": "A", "members": 1}, "B"],
        "tags": ["T"],
        "custom_fields": ["F"],
        "campaigns": [{"name": "C"}],
    }
)
CAMPAIGN = EMULATOR.get("/v3/emails")["campaigns"][0]["campaign_id"]
KNOWN = {
    "list_id": EMULATOR.get("/v3/contact_lists")["lists"][0]["list_id"],
    "tag_id": EMULATOR.get("/v3/contact_tags")["tags"][0]["tag_id"],
    "custom_field_id": EMULATOR.get("/v3/contact_custom_fields")["custom_fields"][0]["custom_field_id"],
    "campaign_id": CAMPAIGN,
    "campaign_activity_id": EMULATOR.get(f"/v3/emails/{CAMPAIGN}")["campaign_activities"][0][
        "campaign_activity_id"
    ],
    "segment_id": "1",
    "contact_id": EMULATOR.get("/v3/contacts")["contacts"][0]["contact_id"],
}
TEST: dict[str, Any] = {"alternative_subject": "B", "test_size": 10, "winner_wait_duration": 6}
RESEND: dict[str, Any] = {"resend_subject": "Again", "delay_days": 1}
MAIL: dict[str, Any] = {"email_addresses": ["jo@example.org"]}
WRITES = [operation for operation in OPERATIONS if operation.takes_body and operation.base == PREFIX]
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def path_of(path: str) -> str:
    for name, value in KNOWN.items():
        path = path.replace(f"{{{name}}}", value)
    return f"/v3{path}"


@quick
@given(st.sampled_from(WRITES), BODIES)
def test_any_body_gets_a_documented_answer(operation: Any, body: dict[str, Any]) -> None:
    answer = EMULATOR.call(operation.method, path_of(operation.path), body)
    # Partners are also refused for what their own agreement does not include.
    assert answer.status_code in DOCUMENTED | ({403} if operation.service == "partner" else set())


@quick
@given(
    st.sampled_from(["/v3/emails", "/v3/emails/activities/{campaign_activity_id}"]),
    st.sampled_from(
        ["from_name", "subject", "html_content", "segment_ids", "physical_address_in_footer", "preheader"]
    ),
    VALUES,
)
def test_any_value_in_an_otherwise_good_campaign_gets_a_documented_answer(
    path: str, name: str, value: Any
) -> None:
    body: dict[str, Any] = activity_body() | {name: value}
    if path == "/v3/emails":
        body = campaign_body("fuzz")
        body["email_campaign_activities"][0][name] = value
    method = "POST" if path == "/v3/emails" else "PUT"
    assert EMULATOR.call(method, path_of(path.removeprefix("/v3")), body).status_code in DOCUMENTED


@quick
@given(st.binary(max_size=60))
def test_any_bytes_get_a_documented_answer(body: bytes) -> None:
    assert EMULATOR.call("POST", "/v3/contact_lists", body).status_code in DOCUMENTED


@quick
@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
    st.sampled_from(
        ["/v3/", "/v3/contact_lists/", "/v3/segments/", "/v3/emails/activities/", "/_control/", "/"]
    ),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_any_path_and_query_get_a_documented_answer(method: str, start: str, rest: str, query: str) -> None:
    from urllib.parse import quote

    answer = EMULATOR.call(method, f"{start}{quote(rest, safe='')}?{quote(query, safe='=&')}")
    assert answer.status_code in DOCUMENTED


@quick
@given(st.sampled_from(COLLECTIONS), st.sampled_from(PARAMETERS), st.text(max_size=20))
def test_any_parameter_gets_a_documented_answer(path: str, name: str, value: str) -> None:
    from urllib.parse import quote

    answer = EMULATOR.call("GET", f"{path_of(path)}?{name}={quote(value, safe='')}")
    assert answer.status_code in DOCUMENTED


@quick
@given(
    st.sampled_from(
        ["reset", "load", "clock", "faults", "contacts", "emails", "engagements", "sends", "client_accounts"]
    ),
    st.dictionaries(
        st.sampled_from(
            ["seed", "lists", "set", "advance", "rules", "count", "email_address", "campaign", "reason_code"]
        ),
        VALUES,
        max_size=2,
    ),
)
def test_any_control_call_gets_a_documented_answer(name: str, body: dict[str, Any]) -> None:
    assert emulated().post(f"/_control/{name}", body).status_code in DOCUMENTED


@quick
@given(
    st.sampled_from(
        [("abtest", TEST), ("non_opener_resends", RESEND), ("tests", {"email_addresses": ["a@b.c"]})]
    ),
    st.sampled_from([*TEST, *RESEND, "delay_minutes", "email_addresses", "personal_message"]),
    VALUES,
)
def test_any_value_in_an_otherwise_good_request_gets_a_documented_answer(
    call: tuple[str, dict[str, Any]], name: str, value: Any
) -> None:
    path = path_of(f"/emails/activities/{{campaign_activity_id}}/{call[0]}")
    assert EMULATOR.post(path, call[1] | {name: value}).status_code in DOCUMENTED | {429}
    EMULATOR.delete(f"{path}/DRAFT" if call[0] == "non_opener_resends" else path)


@quick
@given(st.text(max_size=30))
def test_any_id_of_a_resend_gets_a_documented_answer(text: str) -> None:
    from urllib.parse import quote

    path = path_of("/emails/activities/{campaign_activity_id}/non_opener_resends")
    assert EMULATOR.delete(f"{path}/{quote(text, safe='')}").status_code in DOCUMENTED

"""Every operation of the contract, and how far it is emulated: the one list behind routing and `coverage`.

`emulated` means that what is documented is there; `partly` says what is missing; `not` answers 404. Nothing
answers 200 and does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

EMULATED, PARTLY, NOT = "emulated", "partly", "not"


@dataclass(frozen=True)
class Known:
    method: str
    path: str
    status: str
    missing: str = ""


def _known(operation: str, status: str, missing: str = "") -> Known:
    method, path = operation.split()
    return Known(method, path, status, missing)


def _emulated(*operations: str) -> tuple[Known, ...]:
    return tuple(_known(operation, EMULATED) for operation in operations)


def _not(*operations: str) -> tuple[Known, ...]:
    return tuple(_known(operation, NOT) for operation in operations)


def _partly(operation: str, missing: str) -> Known:
    return _known(operation, PARTLY, missing)


_ACTIVITY = "/emails/activities/{campaign_activity_id}"
_TRACKING = "/reports/email_reports/{campaign_activity_id}/tracking"
_LANDING = "/reports/landing_pages/campaign_details/{campaign_activity_id}"
_REGISTRATIONS = "/events/{event_id}/tracks/{track_id}/registrations"

CONTRACT: tuple[Known, ...] = (
    # Account
    *_emulated("GET /account/user/privileges"),
    _partly("GET /account/summary", "company_logo is never there"),
    *_emulated(
        "PUT /account/summary",
        "GET /account/summary/physical_address",
        "POST /account/summary/physical_address",
        "PUT /account/summary/physical_address",
        "GET /account/emails",
        "POST /account/emails",
    ),
    # Bulk activities
    *_emulated(
        "GET /activities",
        "GET /activities/{activity_id}",
        "POST /activities/list_delete",
        "POST /activities/contacts_tags_delete",
        "POST /activities/custom_fields_delete",
    ),
    *_not(
        "POST /activities/contact_exports",
        "GET /contact_exports/{file_export_id}",
        "POST /activities/contact_delete",
        "POST /activities/contacts_file_import",
        "POST /activities/contacts_json_import",
        "POST /activities/remove_list_memberships",
        "POST /activities/add_list_memberships",
        "POST /activities/contacts_taggings_remove",
        "POST /activities/contacts_taggings_add",
    ),
    # Lists, tags, custom fields, segments
    _partly("GET /contact_lists", "SMS lists and their counts"),
    *_emulated(
        "POST /contact_lists",
        "GET /contact_lists/{list_id}",
        "PUT /contact_lists/{list_id}",
        "DELETE /contact_lists/{list_id}",
    ),
    *_not("GET /contact_lists/list_id_xrefs"),
    *_emulated(
        "GET /contact_tags",
        "POST /contact_tags",
        "GET /contact_tags/{tag_id}",
        "PUT /contact_tags/{tag_id}",
        "DELETE /contact_tags/{tag_id}",
        "GET /contact_custom_fields",
        "POST /contact_custom_fields",
        "GET /contact_custom_fields/{custom_field_id}",
        "PUT /contact_custom_fields/{custom_field_id}",
        "DELETE /contact_custom_fields/{custom_field_id}",
        "GET /segments",
    ),
    _partly("POST /segments", "criteria are stored, not evaluated; only their documented grammar is checked"),
    *_emulated("GET /segments/{segment_id}"),
    _partly("PUT /segments/{segment_id}", "criteria are stored, not evaluated"),
    *_emulated("DELETE /segments/{segment_id}", "PATCH /segments/{segment_id}/name"),
    # Campaigns
    *_emulated("GET /emails"),
    _partly("POST /emails", "only format_type 5, and 1 which becomes 5"),
    *_emulated("GET /emails/{campaign_id}", "PATCH /emails/{campaign_id}", "DELETE /emails/{campaign_id}"),
    *_not("GET /emails/campaign_id_xrefs"),
    _partly(f"GET {_ACTIVITY}", "document_properties and document_id are never there"),
    _partly(f"PUT {_ACTIVITY}", "document_properties are ignored"),
    *_emulated(f"GET {_ACTIVITY}/schedules"),
    _partly(
        f"POST {_ACTIVITY}/schedules",
        "a segment reaches every active contact; of the reasons to fail only long links",
    ),
    *_emulated(f"DELETE {_ACTIVITY}/schedules"),
    _partly(f"POST {_ACTIVITY}/tests", "no mail is sent"),
    _partly(f"GET {_ACTIVITY}/previews", "few merge tags are filled, no footer is added, CSS is not inlined"),
    *_emulated(f"GET {_ACTIVITY}/send_history"),
    *_not(
        f"GET {_ACTIVITY}/non_opener_resends",
        f"POST {_ACTIVITY}/non_opener_resends",
        f"DELETE {_ACTIVITY}/non_opener_resends/{{resend_request_id}}",
        f"GET {_ACTIVITY}/abtest",
        f"POST {_ACTIVITY}/abtest",
        f"DELETE {_ACTIVITY}/abtest",
    ),
    # Contacts
    *_not(
        "GET /contacts",
        "POST /contacts",
        "GET /contacts/{contact_id}",
        "PUT /contacts/{contact_id}",
        "DELETE /contacts/{contact_id}",
        "POST /contacts/sign_up_form",
        "GET /contacts/contact_id_xrefs",
        "GET /contacts/counts",
        "PUT /contacts/resubscribe/{contact_id}",
        "GET /contacts/sms_engagement_history/{contact_id}",
    ),
    # Events, social, automations
    *_not(
        "GET /events",
        "POST /events/default",
        "GET /events/{event_id}",
        "PATCH /events/{event_id}",
        "POST /events/{event_id}/copy",
        "POST /events/{event_id}/check_in/tickets",
        "POST /events/{event_id}/undo_check_in/tickets",
        f"GET {_REGISTRATIONS}",
        f"PUT {_REGISTRATIONS}",
        f"GET {_REGISTRATIONS}/{{registration_id}}",
        f"PUT {_REGISTRATIONS}/payment_status",
        "GET /social/profiles",
        "GET /social/connections",
        "GET /social/hashtags/groups",
        "POST /social/posts",
        "GET /automations/workflows",
        "POST /automations/workflows",
        "GET /automations/workflows/{automation_flow_id}",
        "PUT /automations/workflows/{automation_flow_id}",
    ),
    # Reports
    *_not(
        "GET /reports/contact_reports/{contact_id}/activity_details",
        "GET /reports/contact_reports/{contact_id}/open_and_click_rates",
        "GET /reports/contact_reports/{contact_id}/activity_summary",
        "GET /reports/email_reports/{campaign_activity_id}/links",
        f"GET {_TRACKING}/sends",
        f"GET {_TRACKING}/opens",
        f"GET {_TRACKING}/unique_opens",
        f"GET {_TRACKING}/didnotopens",
        f"GET {_TRACKING}/clicks",
        f"GET {_TRACKING}/forwards",
        f"GET {_TRACKING}/optouts",
        f"GET {_TRACKING}/bounces",
        "GET /reports/summary_reports/email_campaign_summaries",
        "GET /reports/summary_reports/sms_campaign_summaries",
        "GET /reports/stats/email_campaigns/{campaign_ids}",
        "GET /reports/stats/email_campaign_activities/{campaign_activity_ids}",
        f"GET {_LANDING}/p_unique_contact_clicks",
        f"GET {_LANDING}/p_unique_contact_opens",
        f"GET {_LANDING}/p_contact_opens",
        f"GET {_LANDING}/p_unique_contact_updates",
        f"GET {_LANDING}/p_unique_contact_adds",
        f"GET {_LANDING}/p_unique_contact_sms_optins",
    ),
    # Technology partners
    *_not(
        "GET /partner/accounts",
        "POST /partner/accounts",
        "GET /partner/accounts/{encoded_account_id}/plan",
        "PUT /partner/accounts/{encoded_account_id}/plan",
        "PUT /partner/accounts/{encoded_account_id}/status/cancel",
        "POST /partner/accounts/{encoded_account_id}/account_operations/sync",
        "POST /partner/accounts/{encoded_account_id}/users/sso",
        "POST /partner/accounts/{encoded_account_id}/contacts/unsubscribe",
        "GET /partner/webhooks/subscriptions",
        "GET /partner/webhooks/subscriptions/{topic_id}",
        "PUT /partner/webhooks/subscriptions/{topic_id}",
        "DELETE /partner/webhooks/subscriptions/{topic_id}",
        "POST /partner/webhooks/subscriptions/{topic_id}/tests",
    ),
)

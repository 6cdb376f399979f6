"""Every operation of the contract, and how far it is emulated.

`emulated` means that what is documented is there; `partly` says what is missing; `not` answers 404. Nothing
answers 200 and does nothing. What there is the collections say; this module only knows what there could be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ccstate.emulator.wire import PREFIX, Operation

EMULATED, PARTLY, NOT = "emulated", "partly", "not"


@dataclass(frozen=True)
class Known:
    method: str
    path: str
    status: str
    missing: str = ""


def table(operations: Iterable[Operation]) -> tuple[Known, ...]:
    """Each operation of the contract, in its order."""
    there = {
        (operation.method, operation.path): operation for operation in operations if operation.base == PREFIX
    }
    return tuple(_known(method, path, there.get((method, path))) for method, path in CONTRACT)


def _known(method: str, path: str, operation: Operation | None) -> Known:
    if operation is None:
        return Known(method, path, NOT)
    return Known(method, path, PARTLY if operation.missing else EMULATED, operation.missing)


_CONTRACT = (
    # Account
    "GET /account/user/privileges",
    "GET /account/summary",
    "PUT /account/summary",
    "GET /account/summary/physical_address",
    "POST /account/summary/physical_address",
    "PUT /account/summary/physical_address",
    "GET /account/emails",
    "POST /account/emails",
    # Bulk activities and exports
    "GET /activities",
    "GET /activities/{activity_id}",
    "POST /activities/list_delete",
    "POST /activities/contacts_tags_delete",
    "POST /activities/custom_fields_delete",
    "POST /activities/contact_exports",
    "GET /contact_exports/{file_export_id}",
    "POST /activities/contact_delete",
    "POST /activities/contacts_file_import",
    "POST /activities/contacts_json_import",
    "POST /activities/remove_list_memberships",
    "POST /activities/add_list_memberships",
    "POST /activities/contacts_taggings_remove",
    "POST /activities/contacts_taggings_add",
    # Lists, tags, custom fields, segments
    "GET /contact_lists",
    "POST /contact_lists",
    "GET /contact_lists/{list_id}",
    "PUT /contact_lists/{list_id}",
    "DELETE /contact_lists/{list_id}",
    "GET /contact_lists/list_id_xrefs",
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
    "POST /segments",
    "GET /segments/{segment_id}",
    "PUT /segments/{segment_id}",
    "DELETE /segments/{segment_id}",
    "PATCH /segments/{segment_id}/name",
    # Campaigns
    "GET /emails",
    "POST /emails",
    "GET /emails/{campaign_id}",
    "PATCH /emails/{campaign_id}",
    "DELETE /emails/{campaign_id}",
    "GET /emails/campaign_id_xrefs",
    "GET /emails/activities/{campaign_activity_id}",
    "PUT /emails/activities/{campaign_activity_id}",
    "GET /emails/activities/{campaign_activity_id}/schedules",
    "POST /emails/activities/{campaign_activity_id}/schedules",
    "DELETE /emails/activities/{campaign_activity_id}/schedules",
    "POST /emails/activities/{campaign_activity_id}/tests",
    "GET /emails/activities/{campaign_activity_id}/previews",
    "GET /emails/activities/{campaign_activity_id}/send_history",
    "GET /emails/activities/{campaign_activity_id}/non_opener_resends",
    "POST /emails/activities/{campaign_activity_id}/non_opener_resends",
    "DELETE /emails/activities/{campaign_activity_id}/non_opener_resends/{resend_request_id}",
    "GET /emails/activities/{campaign_activity_id}/abtest",
    "POST /emails/activities/{campaign_activity_id}/abtest",
    "DELETE /emails/activities/{campaign_activity_id}/abtest",
    # Contacts
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
    # Events, social, automations
    "GET /events",
    "POST /events/default",
    "GET /events/{event_id}",
    "PATCH /events/{event_id}",
    "POST /events/{event_id}/copy",
    "POST /events/{event_id}/check_in/tickets",
    "POST /events/{event_id}/undo_check_in/tickets",
    "GET /events/{event_id}/tracks/{track_id}/registrations",
    "PUT /events/{event_id}/tracks/{track_id}/registrations",
    "GET /events/{event_id}/tracks/{track_id}/registrations/{registration_id}",
    "PUT /events/{event_id}/tracks/{track_id}/registrations/payment_status",
    "GET /social/profiles",
    "GET /social/connections",
    "GET /social/hashtags/groups",
    "POST /social/posts",
    "GET /automations/workflows",
    "POST /automations/workflows",
    "GET /automations/workflows/{automation_flow_id}",
    "PUT /automations/workflows/{automation_flow_id}",
    # Reports
    "GET /reports/contact_reports/{contact_id}/activity_details",
    "GET /reports/contact_reports/{contact_id}/open_and_click_rates",
    "GET /reports/contact_reports/{contact_id}/activity_summary",
    "GET /reports/email_reports/{campaign_activity_id}/links",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/sends",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/opens",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/unique_opens",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/didnotopens",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/clicks",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/forwards",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/optouts",
    "GET /reports/email_reports/{campaign_activity_id}/tracking/bounces",
    "GET /reports/summary_reports/email_campaign_summaries",
    "GET /reports/summary_reports/sms_campaign_summaries",
    "GET /reports/stats/email_campaigns/{campaign_ids}",
    "GET /reports/stats/email_campaign_activities/{campaign_activity_ids}",
    "GET /reports/landing_pages/campaign_details/{campaign_activity_id}/p_unique_contact_clicks",
    "GET /reports/landing_pages/campaign_details/{campaign_activity_id}/p_unique_contact_opens",
    "GET /reports/landing_pages/campaign_details/{campaign_activity_id}/p_contact_opens",
    "GET /reports/landing_pages/campaign_details/{campaign_activity_id}/p_unique_contact_updates",
    "GET /reports/landing_pages/campaign_details/{campaign_activity_id}/p_unique_contact_adds",
    "GET /reports/landing_pages/campaign_details/{campaign_activity_id}/p_unique_contact_sms_optins",
    # Technology partners
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
)
CONTRACT: tuple[tuple[str, str], ...] = tuple(
    (method, path) for method, _, path in (known.partition(" ") for known in _CONTRACT)
)

"""The vendor's own Python client drives every API class that it has against the served emulator.

The client checks types strictly on both sides, so a test is mostly that its calls return. It comes with the
extra `proof`; without it these tests are skipped. Every public method must be called by a test here, or stand
in `UNUSABLE` with the reason.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from tests.emulator.client import HTML, NOW, TOKEN, activity_body, criteria
from tests.emulator.served import Served

sdk = pytest.importorskip(
    "constant_contact_api_client", reason="the vendor's client is not installed: extra `proof`"
)
pytestmark = pytest.mark.slow

UNUSABLE = {
    "BulkActivitiesApi.post_custom_field_delete": "its model allows no field at all (maxItems: 0)",
    "BulkActivitiesApi.create_list_remove_activity": "its model allows no list at all (maxItems: 0)",
}
NOT_EMULATED = ("EventsApi", "LandingPagesReportingApi", "SMSReportingApi", "SocialApi")
SEED = {
    "lists": [{"name": "Newsletter", "members": 12}, "Volunteers", "Spare"],
    "tags": [{"name": "VIP", "contacts": 3}],
    "custom_fields": ["Shoe size", {"label": "Tier", "type": "single_select", "choices": ["Gold", "Silver"]}],
}


class Vendor:
    """The client's API classes, by name; what was called is remembered."""

    def __init__(self, served: Served) -> None:
        self.served = served
        configuration = sdk.Configuration(host=f"{served.base}/v3", access_token=TOKEN)
        self._client = sdk.ApiClient(configuration)
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return _Recorded(getattr(sdk, name)(self._client), name, self.called)

    def control(self, call: str, document: Any) -> Any:
        answer = self.served.client.post(f"/_control/{call}", json=document)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, duration: str) -> None:
        self.control("clock", {"advance": duration})


class _Recorded:
    def __init__(self, api: Any, name: str, called: set[str]) -> None:
        self._api, self._name, self._called = api, name, called

    def __getattr__(self, method: str) -> Any:
        self._called.add(f"{self._name}.{method}")
        return getattr(self._api, method)


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    with Served("--rate", "0", "--clock", NOW, "--activity-delay", "0") as served:
        yield Vendor(served)


@pytest.fixture(autouse=True)
def a_fresh_account(vendor: Vendor) -> Iterator[None]:
    vendor.control("clock", {"set": NOW})
    vendor.control("reset", {"seed": SEED})
    yield
    vendor.served.held_to_the_contract()


def list_id(vendor: Vendor, name: str) -> str:
    found = vendor.ContactListsApi.get_all_lists(name=name).lists
    return str(found[0].list_id)


def contact_ids(vendor: Vendor, count: int) -> list[str]:
    return [str(each.contact_id) for each in vendor.ContactsApi.get_all_contacts(limit=count).contacts]


def sent(vendor: Vendor, name: str = "May news") -> tuple[str, str]:
    """A campaign that went out to the newsletter: its id and its activity's."""
    campaign_id, activity_id = drafted(vendor, name)
    vendor.EmailSchedulingApi.schedule_email_campaign_activity(
        activity_id, {"scheduled_date": "2026-05-05T09:00:00Z"}
    )
    vendor.advance("P4D")
    return campaign_id, activity_id


def drafted(vendor: Vendor, name: str = "May news") -> tuple[str, str]:
    html = HTML.replace("<p>", '<p><a href="https://www.example.com/more">More</a> ')
    activity = activity_body(format_type=5, html_content=html)
    body = {"name": name, "email_campaign_activities": [activity]}
    made = vendor.EmailCampaignsApi.create_email_campaign(body)
    (activity_id,) = [
        each.campaign_activity_id for each in made.campaign_activities if each.role == "primary_email"
    ]
    audience = {"contact_list_ids": [list_id(vendor, "Newsletter")], "segment_ids": []}
    vendor.EmailCampaignsApi.update_email_campaign_activity(activity_id, activity_body(**audience))
    return str(made.campaign_id), str(activity_id)


def finished(vendor: Vendor, activity: Any) -> Any:
    done = vendor.BulkActivitiesApi.get_activity_by_id(str(activity.activity_id))
    assert (done.state, done.percent_done) == ("completed", 100), done
    return done


def test_account_services(vendor: Vendor) -> None:
    api = vendor.AccountServicesApi
    assert api.get_account_details(extra_fields="physical_address").physical_address.city == "Waltham"
    assert api.update_account({"first_name": "Ada"}).first_name == "Ada"
    assert api.get_account_physical_address().country_code == "US"
    changed = {
        "address_line1": "2 Quay",
        "city": "Salem",
        "state_code": "MA",
        "postal_code": "01970",
        "country_code": "US",
    }
    assert api.update_account_physical_address(changed).city == "Salem"
    with pytest.raises(sdk.ApiException) as refused:
        api.add_physical_address(changed)
    assert refused.value.status == 409
    assert api.add_account_email_address({"email_address": "new@example.org"}).confirm_status == "UNCONFIRMED"
    assert [each.email_id for each in api.get_all_account_email_addresses()] == [1, 2, 3]
    assert "campaign:send" in {each.privilege_name for each in api.get_user_privileges()}


def test_contact_lists(vendor: Vendor) -> None:
    api = vendor.ContactListsApi
    made = api.create_list({"name": "Donors", "favorite": True})
    assert (
        api.update_list(made.list_id, {"name": "Donors 2026"}).favorite is False
    )  # the client always sends it
    assert api.get_list(made.list_id, include_membership_count="all").membership_count == 0
    page = api.get_all_lists(limit=2, include_count=True, include_membership_count="active")
    assert (len(page.lists), page.lists_count, page.lists[0].membership_count) == (2, 4, 12)
    assert "cursor=" in page.links.next.href
    assert api.get_all_lists().links is None
    assert api.get_list_id_xrefs(sequence_ids="1,2").xrefs[0].list_id == list_id(vendor, "Newsletter")
    assert api.delete_list(made.list_id).state == "initialized"


def test_contact_tags(vendor: Vendor) -> None:
    api = vendor.ContactTagsApi
    made = api.post_tag({"name": "Gala guest", "tag_source": "EVENTS"})
    assert api.put_tag(made.tag_id, {"name": "Gala guest 2026"}).name == "Gala guest 2026"
    assert api.get_tag(made.tag_id, include_count=True).contacts_count == 0
    assert {each.name for each in api.get_all_tags(limit=500, include_count=True).tags} == {
        "VIP",
        "Gala guest 2026",
    }
    assert api.delete_tag(made.tag_id).activity_id


def test_custom_fields(vendor: Vendor) -> None:
    api = vendor.ContactsCustomFieldsApi
    made = api.create_custom_fields({"label": "Customer ID", "type": "string"})
    assert (made.name, made.version) == ("customer_id", 1)
    assert api.update_custom_field(made.custom_field_id, {"label": "Client ID"}).label == "Client ID"
    assert api.get_custom_field(made.custom_field_id).name == "customer_id"
    assert len(api.get_all_custom_fields(limit=100).custom_fields) == 3
    api.delete_custom_field(made.custom_field_id)


def test_segments(vendor: Vendor) -> None:
    api = vendor.SegmentsApi
    made = api.create_segment({"name": "Sleepy 5", "segment_criteria": criteria()})
    assert made.segment_criteria == criteria()
    changed = api.update_segment(made.segment_id, {"name": "Sleepy 9", "segment_criteria": criteria(9)})
    assert changed.name == "Sleepy 9"
    assert api.update_segment_name(made.segment_id, {"name": "Sleepy"}).name == "Sleepy"
    assert api.get_segment_by_id(made.segment_id).name == "Sleepy"
    assert [each.segment_id for each in api.get_all_segments(limit="1000", sort_by="name").segments] == [1]
    api.delete_segment(made.segment_id)


def test_contacts(vendor: Vendor) -> None:
    api = vendor.ContactsApi
    newsletter = list_id(vendor, "Newsletter")
    made = api.create_contact({
        "email_address": {"address": "ada@example.org", "permission_to_send": "explicit"},
        "first_name": "Ada", "create_source": "Account", "list_memberships": [newsletter],
        "birthday_month": 4, "birthday_day": 1,
    })  # fmt: skip
    assert api.get_contact_by_id(made.contact_id, include="list_memberships").list_memberships == [newsletter]
    body = {
        "email_address": {"address": "ada@example.org"},
        "last_name": "Lovelace",
        "update_source": "Account",
    }
    assert api.update_contact(made.contact_id, body).last_name == "Lovelace"
    form = {"email_address": "bob@example.org", "list_memberships": [newsletter]}
    assert [api.create_or_update_contact(form).action for _ in range(2)] == ["created", "updated"]
    page = api.get_all_contacts(limit=10, include_count=True, lists=newsletter)
    assert (len(page.contacts), page.contacts_count) == (10, 14)
    assert api.get_contact_counts().total == 17
    assert api.get_contact_id_xrefs(sequence_ids="1").xrefs[0].contact_id
    with pytest.raises(sdk.ApiException):  # only who unsubscribed can be resubscribed
        api.resubscribe_contact(made.contact_id, {"list_ids": [newsletter]})
    api.delete_contact(made.contact_id)
    assert api.get_sms_engagement_history(contact_ids(vendor, 1)[0]) == []


def test_contacts_of_a_segment_take_a_second_question(vendor: Vendor) -> None:
    made = vendor.SegmentsApi.create_segment({"name": "Sleepy 5", "segment_criteria": criteria()})
    answers = [
        vendor.ContactsApi.get_all_contacts_with_http_info(segment_id=str(made.segment_id)) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 200]


def test_bulk_activities(vendor: Vendor, tmp_path: Any) -> None:
    api = vendor.BulkActivitiesApi
    newsletter, volunteers, spare = (list_id(vendor, name) for name in ("Newsletter", "Volunteers", "Spare"))
    tag_id = vendor.ContactTagsApi.get_all_tags().tags[0].tag_id
    some = contact_ids(vendor, 2)
    finished(
        vendor, api.create_list_add_activity({"source": {"list_ids": [newsletter]}, "list_ids": [volunteers]})
    )
    counts = vendor.ContactListsApi.get_list(volunteers, include_membership_count="all")
    assert counts.membership_count == 12
    finished(
        vendor, api.create_tag_add_contact_activity({"source": {"contact_ids": some}, "tag_ids": [tag_id]})
    )
    finished(vendor, api.create_tag_remove_activity({"source": {"contact_ids": some}, "tag_ids": [tag_id]}))
    imported = {"import_data": [{"email": "ada@example.org", "first_name": "Ada"}], "list_ids": [newsletter]}
    finished(vendor, api.create_import_json_activity(imported))
    file = tmp_path / "contacts.csv"
    file.write_text("email,first_name\nbob@example.org,Bob\n", encoding="utf-8")
    finished(vendor, api.create_csv_import_activity(file=str(file), list_ids=newsletter))
    exported = finished(vendor, api.create_export_activity({"list_ids": [newsletter]}))
    export_id = exported.links.results.href.rpartition("/")[2]
    assert "ada@example.org" in api.get_csv_export_file(export_id)
    finished(vendor, api.create_delete_activity({"contact_ids": some}))
    finished(vendor, api.create_tag_delete_activity({"tag_ids": [str(tag_id)]}))
    finished(vendor, api.create_list_delete_activity({"list_ids": [spare]}))
    assert len(api.get_all_activities(limit=500, state="completed").activities) == 9


def test_email_campaigns(vendor: Vendor) -> None:
    api = vendor.EmailCampaignsApi
    campaign_id, activity_id = drafted(vendor)
    shown = api.get_email_campaign_activity(activity_id, include="html_content,physical_address_in_footer")
    assert shown.subject == "Hello May"
    assert "[[trackingImage]]" in shown.html_content
    assert api.patch_email_campaign_name(campaign_id, {"name": "June news"}).name == "June news"
    assert api.get_email_campaign_by_id(campaign_id).current_status == "DRAFT"
    assert api.get_all_email_campaigns(limit=10).campaigns[0].current_status == "Draft"
    assert api.get_email_campaign_xrefs(v2_email_campaign_ids="1").xrefs is not None
    resend = {"resend_subject": "Still time", "delay_days": 3}
    assert api.create_resend_email_campaign(activity_id, resend).resend_request_id == "DRAFT"
    assert [each.delay_minutes for each in api.get_resend_email_campaign(activity_id)] == [4320]
    api.delete_resend_email_campaign(activity_id, "DRAFT")
    api.delete_email_campaign(campaign_id)


def test_ab_tests(vendor: Vendor) -> None:
    api = vendor.EmailCampaignsABTestsApi
    _, activity_id = drafted(vendor)
    body = {"alternative_subject": "Second try", "test_size": 10, "winner_wait_duration": 6}
    assert api.create_ab_test_email_campaign(activity_id, body).test_size == 10
    assert api.get_ab_test_email_campaign(activity_id).alternative_subject == "Second try"
    api.delete_ab_test_email_campaign(activity_id)


def test_email_scheduling(vendor: Vendor) -> None:
    api = vendor.EmailSchedulingApi
    _, activity_id = drafted(vendor)
    assert "Hello" in api.get_email_campaign_activity_preview(activity_id).preview_html_content
    api.test_send_email_campaign_activity(activity_id, {"email_addresses": ["owner@example.com"]})
    date = {"scheduled_date": "2026-05-05T09:00:00Z"}
    (first,) = api.schedule_email_campaign_activity(activity_id, date)
    (second,) = api.get_email_campaign_activity_schedule(activity_id)
    assert first.scheduled_date == second.scheduled_date
    api.unschedule_email_campaign_activity(activity_id)
    api.schedule_email_campaign_activity(activity_id, date)
    vendor.advance("P1D")
    (send,) = api.get_email_campaign_activity_send_history(activity_id)
    assert (send.send_status, send.count) == ("COMPLETED", 12)


def test_email_reporting(vendor: Vendor) -> None:
    api = vendor.EmailReportingApi
    campaign_id, activity_id = sent(vendor)
    sends = api.get_email_sends_report(activity_id, limit="500").tracking_activities
    opens = api.get_unique_opens_report(activity_id).tracking_activities
    ignored = api.get_did_not_opens_report(activity_id).tracking_activities
    assert len(sends) == 12 == len(opens) + len(ignored)
    assert len(api.get_email_opens_report(activity_id).tracking_activities) >= len(opens)
    links = api.get_campaign_activity_link_report(activity_id, no_clicks=True)
    assert links.campaign_activity_id == activity_id
    (link,) = links.link_click_counts
    assert link.link_url == "https://www.example.com/more"
    clicks = api.get_clicks_report(activity_id, url_id=int(link.url_id)).tracking_activities
    assert len({click.contact_id for click in clicks}) == link.unique_clicks
    for report in (api.get_bounces_report, api.get_forwards_report, api.get_optouts_report):
        assert isinstance(report(activity_id).tracking_activities, list)
    assert (
        api.get_email_campaign_report(limit="500").bulk_email_campaign_summaries[0].campaign_id == campaign_id
    )
    assert api.get_email_stats_report(campaign_id).results[0].stats.em_sends == 12
    assert api.get_email_campaign_activity_report(activity_id).results[0].stats.em_sends == 12


def test_contacts_reporting(vendor: Vendor) -> None:
    api = vendor.ContactsReportingApi
    _, activity_id = sent(vendor)
    reader = str(
        vendor.EmailReportingApi.get_email_sends_report(activity_id).tracking_activities[0].contact_id
    )
    days = {"start": "2026-05-01", "end": "2026-06-01"}
    assert api.get_contact_open_click_rate_report(reader, **days).contact_id == reader
    assert api.get_contact_tracking_count_report(reader, **days).contact_id == reader
    tracked = api.get_contact_tracking_report(reader, ["em_sends", "em_opens"])
    assert tracked.tracking_activities[-1].campaign_activity_id == activity_id


@pytest.mark.parametrize("name", NOT_EMULATED)
def test_what_is_not_emulated_says_so(vendor: Vendor, name: str) -> None:
    api = getattr(vendor, name)
    for method, arguments in _anything(getattr(sdk, name)):
        with pytest.raises(sdk.ApiException, match="not emulated") as refused:
            getattr(api, method)(**arguments)
        assert refused.value.status == 404


def _anything(api: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each method with arguments that its client accepts."""
    for method in _methods(api):
        hints = get_type_hints(getattr(api, method))
        required = [
            name
            for name, parameter in inspect.signature(getattr(api, method)).parameters.items()
            if name != "self" and parameter.default is inspect.Parameter.empty
        ]
        yield method, {name: _sample(hints[name]) for name in required}


def _sample(wanted: Any) -> Any:
    """A value of a type; of a model only what it cannot do without, since nobody will read it."""
    if hasattr(wanted, "model_construct"):
        fields = wanted.model_fields.items()
        return wanted.model_construct(
            **{name: _sample(field.annotation) for name, field in fields if field.is_required()}
        )
    if get_origin(wanted) is list:
        return [_sample(get_args(wanted)[0])]
    return "2026-05-04T09:00:00Z" if wanted is datetime else "3f0c1a52-6a11-41f0-9d3e-fa163e6b01c1"


def _methods(api: Any) -> list[str]:
    ends = ("_with_http_info", "_without_preload_content")
    return [name for name in vars(api) if not name.startswith("_") and not name.endswith(ends)]


def test_no_method_of_the_client_was_left_out(vendor: Vendor) -> None:
    """Runs last, and only says something when the whole module ran."""
    classes = [name for name in vars(sdk) if name.endswith("Api")]
    methods = {f"{name}.{method}" for name in classes for method in _methods(getattr(sdk, name))}
    if len(vendor.called) < 40:
        pytest.skip("the other tests of this module did not run")
    assert methods - vendor.called - set(UNUSABLE) == set()

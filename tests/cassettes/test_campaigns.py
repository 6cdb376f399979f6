"""Campaigns, as the service speaks of them. Each that is scheduled is taken down again."""

from __future__ import annotations

from typing import Any, Final

from ccstate.core.instants import canonical_instant
from ccstate.core.live import Live
from ccstate.core.steps import select
from tests.cassettes.scene import KINDS, Scene, Written, recorded, wish
from tests.cassettes.test_segments import sleepy

CAMPAIGN: Final = KINDS["campaign"]
LIST: Final = KINDS["list"]
SEGMENT: Final = KINDS["segment"]
HTML: Final = "<html><body>[[trackingImage]]<p>Hello &amp; welcome</p></body></html>"
FOOTER: Final = {
    "address_line1": "1 Example Street",
    "city": "Waltham",
    "country_code": "US",
    "organization_name": "Example Organisation",
    "postal_code": "02451",
    "state_code": "MA",
}


def mail(scene: Scene, **more: Any) -> dict[str, Any]:
    """A whole mail, without audience and schedule."""
    sender = scene.sender()
    return {
        "name": "Recorded May news",
        "from": sender,
        "reply_to": sender["email"],
        "subject": "Hello May",
        "preheader": "What is new",
        "html": HTML,
        **more,
    }


def to_a_list(scene: Scene) -> dict[str, Any]:
    return {"lists": [scene.make(LIST, name="Recorded readers").remote_id]}


def at(moment: str) -> dict[str, str]:
    return {"at": moment, "local": moment.rstrip("Z")[:16], "timezone": "UTC"}


def scheduled(scene: Scene, **more: Any) -> Live:
    """A campaign that is to go out in a month."""
    want = mail(scene, audience=to_a_list(scene), **more)
    return scene.make(CAMPAIGN, **want, schedule=at(scene.soon()))


def take_down(scene: Scene, live: Live) -> Written:
    return scene.write(CAMPAIGN.update(wish(CAMPAIGN, live, schedule=None)))


def seen(scene: Scene, live: Live) -> Live:
    """The same campaign, read anew from the collection on."""
    again = scene.look(CAMPAIGN, live.remote_id)
    assert again is not None
    return again


@recorded("read")
def test_the_collection_shows_name_and_status_in_any_case(scene: Scene) -> None:
    made = scene.make(CAMPAIGN, **mail(scene))
    shown = scene.listed(CAMPAIGN)[made.remote_id]
    assert shown.fields == {"name": "Recorded May news"}
    assert shown.status == "DRAFT"


@recorded("pages")
def test_the_cursor_leads_to_every_page(scene: Scene) -> None:
    made = {scene.make(CAMPAIGN, **mail(scene, name=f"Recorded page {n}")).remote_id for n in (1, 2, 3)}
    bodies = scene.pages("/emails", limit=2)
    assert len(bodies) > 1
    assert made <= {each["campaign_id"] for body in bodies for each in body["campaigns"]}


@recorded("read_one")
def test_one_campaign_is_read_with_its_mail(scene: Scene) -> None:
    want = mail(scene, footer=FOOTER)
    found = scene.make(CAMPAIGN, **want)
    assert found.fields == {**want, "audience": {"lists": []}, "schedule": None}
    assert found.extra["format_type"] == 5


@recorded("create")
def test_create_answers_200_with_the_ids_of_campaign_and_activity(scene: Scene) -> None:
    written = scene.write(CAMPAIGN.create(wish(CAMPAIGN, **mail(scene))))
    assert written.statuses == (200,)
    assert written.ids["remote_id"] == written.body["campaign_id"]
    roles = {each["campaign_activity_id"]: each["role"] for each in written.body["campaign_activities"]}
    assert roles[written.ids["activity_id"]] == "primary_email"


@recorded("set_audience")
def test_the_audience_of_a_new_campaign_is_set_by_a_second_call(scene: Scene) -> None:
    audience = to_a_list(scene)
    written = scene.write(CAMPAIGN.create(wish(CAMPAIGN, **mail(scene, audience=audience))))
    assert written.statuses == (200, 200)
    assert CAMPAIGN.decode(written.body)["audience"] == audience
    assert scene.found(CAMPAIGN, written).fields["html"] == HTML


@recorded("set_audience_segment")
def test_a_segment_as_audience_travels_as_a_number(scene: Scene) -> None:
    segment = scene.make(SEGMENT, name="Recorded sleepy", criteria=sleepy()).remote_id
    written = scene.write(CAMPAIGN.create(wish(CAMPAIGN, **mail(scene, audience={"segment": segment}))))
    assert written.statuses == (200, 200)
    assert written.body["segment_ids"] == [int(segment)]
    assert CAMPAIGN.decode(written.body)["audience"] == {"segment": segment}


@recorded("schedule")
def test_a_draft_is_scheduled_and_the_moment_read_back(scene: Scene) -> None:
    live = scene.make(CAMPAIGN, **mail(scene, audience=to_a_list(scene)))
    moment = scene.soon()
    steps = CAMPAIGN.update(wish(CAMPAIGN, live, schedule=at(moment)))
    written = scene.write(steps)
    assert written.statuses == (201, 200)
    assert canonical_instant(select(written.body, steps[-1].expect["selector"])) == moment
    again = seen(scene, live)
    assert (again.status, again.fields["schedule"]) == ("SCHEDULED", moment)
    take_down(scene, again)


@recorded("create_scheduled")
def test_a_campaign_is_made_addressed_and_scheduled_in_one_go(scene: Scene) -> None:
    want = mail(scene, audience=to_a_list(scene))
    moment = scene.soon()
    written = scene.write(CAMPAIGN.create(wish(CAMPAIGN, **want, schedule=at(moment))))
    assert written.statuses == (200, 200, 201, 200)
    found = scene.found(CAMPAIGN, written)
    assert found.fields == {**want, "schedule": moment}
    take_down(scene, found)


@recorded("unschedule")
def test_taken_down_it_is_a_draft_without_a_schedule(scene: Scene) -> None:
    live = scheduled(scene)
    written = take_down(scene, live)
    assert (written.statuses, written.body) == ((204,), None)
    again = seen(scene, live)
    assert (again.status, again.fields["schedule"]) == ("DRAFT", None)


@recorded("update")
def test_an_update_of_the_subject_keeps_mail_and_audience(scene: Scene) -> None:
    live = scene.make(CAMPAIGN, **mail(scene, audience=to_a_list(scene), footer=FOOTER))
    written = scene.write(CAMPAIGN.update(wish(CAMPAIGN, live, subject="Hello June")))
    assert written.statuses == (200,)
    assert CAMPAIGN.decode(written.body)["subject"] == "Hello June"
    assert seen(scene, live).fields == {**live.fields, "subject": "Hello June"}


@recorded("update_html")
def test_new_html_is_what_is_read_then(scene: Scene) -> None:
    live = scene.make(CAMPAIGN, **mail(scene))
    html = HTML.replace("Hello", "Good day")
    assert scene.write(CAMPAIGN.update(wish(CAMPAIGN, live, html=html))).statuses == (200,)
    canonical = CAMPAIGN.field("html").canonical
    assert canonical(seen(scene, live).fields["html"]) == canonical(html)


@recorded("update_scheduled")
def test_what_is_scheduled_is_updated_as_one_unit(scene: Scene) -> None:
    live = scheduled(scene)
    steps = CAMPAIGN.update(wish(CAMPAIGN, live, subject="Hello June"))
    assert [each.method for each in steps] == ["DELETE", "PUT", "POST", "GET"]
    assert scene.write(steps).statuses == (204, 200, 201, 200)
    again = seen(scene, live)
    assert again.status == "SCHEDULED"
    assert again.fields == {**live.fields, "subject": "Hello June"}
    take_down(scene, again)


@recorded("reschedule")
def test_another_moment_takes_the_old_one_down_first(scene: Scene) -> None:
    live = scheduled(scene)
    moment = scene.soon(days=31)
    written = scene.write(CAMPAIGN.update(wish(CAMPAIGN, live, schedule=at(moment))))
    assert written.statuses == (204, 201, 200)
    again = seen(scene, live)
    assert again.fields["schedule"] == moment
    take_down(scene, again)


@recorded("rename")
def test_a_new_name_needs_no_touch_of_the_mail(scene: Scene) -> None:
    live = scene.make(CAMPAIGN, **mail(scene))
    written = scene.write(CAMPAIGN.update(wish(CAMPAIGN, live, name="Recorded June news")))
    assert written.statuses == (200,)
    assert CAMPAIGN.decode(written.body) == {"name": "Recorded June news"}
    assert seen(scene, live).fields == {**live.fields, "name": "Recorded June news"}


@recorded("delete")
def test_a_deleted_campaign_frees_its_name_and_counts_as_gone(scene: Scene) -> None:
    live = scene.make(CAMPAIGN, **mail(scene))
    written = scene.write(CAMPAIGN.delete(wish(CAMPAIGN, live)))
    assert (written.statuses, written.body) == ((200, 204), None)
    again = scene.look(CAMPAIGN, live.remote_id)
    assert again is None or again.gone
    assert live.remote_id not in scene.listed(CAMPAIGN)
    assert scene.make(CAMPAIGN, **mail(scene)).natural_key == live.natural_key


@recorded("delete_scheduled")
def test_a_scheduled_campaign_is_taken_down_before_it_is_deleted(scene: Scene) -> None:
    live = scheduled(scene)
    assert scene.write(CAMPAIGN.delete(wish(CAMPAIGN, live))).statuses == (204, 200, 204)
    again = scene.look(CAMPAIGN, live.remote_id)
    assert again is None or again.gone

"""Refusals: for each status that the client tells apart, what the service says with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from ccstate.api.client import Endpoint
from ccstate.api.errors import Rejected, Unauthorised
from ccstate.core.live import Live
from tests.cassettes.scene import KINDS, Scene, case, recorded, refused, wish
from tests.cassettes.service import Service
from tests.cassettes.test_campaigns import at, mail
from tests.cassettes.test_segments import sleepy

NOWHERE: Final = "00000000-0000-4000-8000-000000000000"
GOOD: Final[Mapping[str, Mapping[str, Any]]] = {
    "list": {"name": "Recorded news"},
    "tag": {"name": "Recorded gold"},
    "custom_field": {"label": "Recorded size", "type": "string"},
    "segment": {"name": "Recorded sleepy", "criteria": sleepy()},
    "campaign": {"name": "Recorded May news"},
}
BAD: Final[Mapping[str, Mapping[str, Any]]] = {
    "list": {"name": ""},
    "tag": {"name": ""},
    "custom_field": {"label": "Recorded size", "type": "colour"},
    "segment": {"name": "Recorded sleepy", "criteria": {"type": "or", "group": []}},
    "campaign": {"name": "Recorded May news " * 5},
}


def wanted(scene: Scene, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return mail(scene, **values) if kind == "campaign" else dict(values)


def nowhere(kind: str) -> Live:
    """An object of which the service never heard."""
    remote_id = "2147483647" if kind == "segment" else NOWHERE
    fields = {"name": "", "label": "", "description": "", "favorite": False, "choices": []}
    return Live(kind, remote_id, "", fields, extra={"choices": []})


class TestWithoutACredential:
    @pytest.fixture
    def endpoint(self, service: Service) -> Endpoint:
        """A token that nobody gave out."""
        return Endpoint(service.url, "expired", service.rate)

    @recorded("unauthorised")
    def test_a_token_that_is_not_valid_is_told_as_such(self, scene: Scene) -> None:
        error = refused(lambda: scene.listed(KINDS["list"]))
        assert isinstance(error, Unauthorised)
        assert (error.status, error.detail) == (401, "Unauthorized")


@pytest.mark.parametrize("kind", [case(kind.name, f"{kind.section}_missing") for kind in KINDS])
def test_what_does_not_exist_is_read_as_none(scene: Scene, kind: str) -> None:
    assert scene.look(KINDS[kind], nowhere(kind).remote_id) is None


@pytest.mark.parametrize("kind", [case(kind.name, f"{kind.section}_not_found") for kind in KINDS])
def test_a_write_to_what_does_not_exist_is_refused_with_404(scene: Scene, kind: str) -> None:
    steps = KINDS[kind].rename(wish(KINDS[kind], nowhere(kind)), "Recorded nowhere")
    error = refused(lambda: scene.write(steps))
    assert isinstance(error, Rejected)
    assert error.status == 404
    assert error.detail


@pytest.mark.parametrize("kind", [case(kind.name, f"{kind.section}_conflict") for kind in KINDS])
def test_a_name_that_is_taken_is_refused_with_409(scene: Scene, kind: str) -> None:
    want = wanted(scene, kind, GOOD[kind])
    scene.make(KINDS[kind], **want)
    error = refused(lambda: scene.write(KINDS[kind].create(wish(KINDS[kind], **want))))
    assert isinstance(error, Rejected)
    assert error.status == 409
    assert error.detail


@pytest.mark.parametrize("kind", [case(kind.name, f"{kind.section}_invalid") for kind in KINDS])
def test_values_that_are_not_valid_are_refused_with_400(scene: Scene, kind: str) -> None:
    want = wanted(scene, kind, BAD[kind])
    error = refused(lambda: scene.write(KINDS[kind].create(wish(KINDS[kind], **want))))
    assert isinstance(error, Rejected)
    assert error.status == 400
    assert error.detail


@recorded("schedule_without_audience")
def test_a_schedule_for_nobody_is_refused_with_400(scene: Scene) -> None:
    campaign = KINDS["campaign"]
    live = scene.make(campaign, **mail(scene))
    steps = campaign.update(wish(campaign, live, schedule=at(scene.soon())))
    error = refused(lambda: scene.write(steps))
    assert isinstance(error, Rejected)
    assert error.status == 400


@recorded("update_while_scheduled")
def test_the_mail_of_a_scheduled_campaign_cannot_be_written(scene: Scene) -> None:
    """So an update is one unit: it must be taken down first."""
    campaign, readers = KINDS["campaign"], KINDS["list"]
    audience = {"lists": [scene.make(readers, name="Recorded readers").remote_id]}
    live = scene.make(campaign, **mail(scene, audience=audience), schedule=at(scene.soon()))
    unit = campaign.update(wish(campaign, live, subject="Hello June"))
    error = refused(lambda: scene.write(unit[1:2]))
    assert isinstance(error, Rejected)
    assert error.status in (400, 409)
    scene.write(unit[:1])


@recorded("unschedule_a_draft")
def test_a_draft_has_no_schedule_to_take_down(scene: Scene) -> None:
    campaign = KINDS["campaign"]
    live = scene.make(campaign, **mail(scene))
    path = f"/emails/activities/{live.sub_ids['activity_id']}/schedules"
    error = refused(lambda: scene.send("DELETE", path))
    assert isinstance(error, Rejected)
    assert error.status in (400, 404, 409)


@recorded("activity_missing")
def test_an_activity_that_never_was_is_refused_with_404(scene: Scene) -> None:
    error = refused(lambda: scene.send("GET", f"/activities/{NOWHERE}"))
    assert isinstance(error, Rejected)
    assert error.status == 404

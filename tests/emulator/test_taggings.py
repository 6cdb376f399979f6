"""Bulk activities that tag contacts and take tags off them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.people import ABSENT, fabricate, numbers, run, tagged

ADD, REMOVE = "contacts_taggings_add", "contacts_taggings_remove"
both = pytest.mark.parametrize("job", [ADD, REMOVE])


def tag(emulator: Emulated, name: str = "VIP") -> str:
    return str(emulator.post("/v3/contact_tags", {"name": name}).json()["tag_id"])


def test_contacts_are_tagged_by_their_ids(emulator: Emulated) -> None:
    vip, donor = tag(emulator), tag(emulator, "Donor")
    chosen = fabricate(emulator, 3)
    fabricate(emulator, 2)
    done = run(emulator, ADD, {"source": {"contact_ids": chosen}, "tag_ids": [vip, donor]})
    assert (done["state"], done["status"], done["activity_errors"]) == ("completed", numbers(3, 3), [])
    assert tagged(emulator, vip) == tagged(emulator, donor) == chosen


@both
def test_the_members_of_lists_are_a_source_with_exceptions(emulator: Emulated, job: str) -> None:
    vip, news = tag(emulator), emulator.list("News")
    chosen = fabricate(emulator, 3, lists=["News"], tags=["VIP"] if job == REMOVE else [])
    body = {"source": {"list_ids": [news]}, "exclude": {"contact_ids": chosen[:1]}, "tag_ids": [vip]}
    assert run(emulator, job, body)["status"] == numbers(2, 2)
    assert tagged(emulator, vip) == (chosen[1:] if job == ADD else chosen[:1])


@both
def test_tags_are_a_source(emulator: Emulated, job: str) -> None:
    vip, donor = tag(emulator), tag(emulator, "Donor")
    chosen = fabricate(emulator, 2, tags=["VIP"])
    others = fabricate(emulator, 2, tags=["Donor"])
    run(emulator, job, {"source": {"tag_ids": [vip]}, "tag_ids": [donor]})
    assert tagged(emulator, donor) == (chosen + others if job == ADD else others)


@both
def test_a_tag_can_be_its_own_source(emulator: Emulated, job: str) -> None:
    vip = tag(emulator)
    chosen = fabricate(emulator, 2, tags=["VIP"])
    assert run(emulator, job, {"source": {"tag_ids": [vip]}, "tag_ids": [vip]})["status"] == numbers(2, 2)
    assert tagged(emulator, vip) == (chosen if job == ADD else [])


@both
def test_all_active_contacts_are_a_source_with_exceptions(emulator: Emulated, job: str) -> None:
    vip = tag(emulator)
    before = {"tags": ["VIP"]} if job == REMOVE else {}
    active = fabricate(emulator, 3, **before)
    gone = fabricate(emulator, 1, status="unsubscribed", **before)
    body = {
        "source": {"all_active_contacts": True},
        "exclude": {"contact_ids": active[:1]},
        "tag_ids": [vip],
    }
    run(emulator, job, body)
    assert tagged(emulator, vip) == (active[1:] if job == ADD else [active[0], *gone])


def test_new_subscribers_are_those_of_the_last_thirty_days(emulator: Emulated) -> None:
    vip = tag(emulator)
    fabricate(emulator, 2)
    emulator.advance("P20D")
    fresh = fabricate(emulator, 1)
    fabricate(emulator, 1, status="unsubscribed")
    emulator.advance("P10D")
    run(emulator, ADD, {"source": {"new_subscriber": True}, "tag_ids": [vip]})
    assert tagged(emulator, vip) == fresh


def test_an_unsubscribed_contact_can_be_tagged(emulator: Emulated) -> None:
    vip, chosen = tag(emulator), fabricate(emulator, status="unsubscribed")
    run(emulator, ADD, {"source": {"contact_ids": chosen}, "tag_ids": [vip]})
    assert tagged(emulator, vip) == chosen


def test_a_contact_can_have_fifty_tags(emulator: Emulated) -> None:
    names = [f"T{n}" for n in range(51)]
    emulator.control("load", {"tags": names})
    tag_ids = [each["tag_id"] for each in emulator.all("/v3/contact_tags?limit=100", "tags")]
    fresh, full = fabricate(emulator), fabricate(emulator, tags=names[:50])
    done = run(emulator, ADD, {"source": {"contact_ids": fresh + full}, "tag_ids": tag_ids[50:]})
    assert (done["status"], len(done["activity_errors"])) == (numbers(2, 1), 1)
    assert full[0] in done["activity_errors"][0]
    assert tagged(emulator, tag_ids[50]) == fresh


@both
def test_what_does_not_exist_is_reported_and_the_rest_is_done(emulator: Emulated, job: str) -> None:
    vip = tag(emulator)
    chosen = fabricate(emulator, tags=["VIP"] if job == REMOVE else [])
    done = run(emulator, job, {"source": {"contact_ids": [*chosen, ABSENT]}, "tag_ids": [ABSENT, vip]})
    assert (done["state"], done["status"]) == ("completed", numbers(2, 1))
    assert done["activity_errors"] == [f"Contact {ABSENT} was not found", f"Tag {ABSENT} was not found"]
    assert tagged(emulator, vip) == (chosen if job == ADD else [])


@both
@pytest.mark.parametrize(
    "change",
    [
        {"source": None},
        {"source": {"contact_ids": [ABSENT], "all_active_contacts": True}},
        {"source": {"contact_ids": [ABSENT] * 501}},
        {"source": {"list_ids": [ABSENT] * 51}},
        {"source": {"tag_ids": [ABSENT] * 51}},
        {"source": {"segment_id": 1}},
        {"source": {"segment_id": 1, "list_ids": [ABSENT]}},
        {"source": {"engagement_level": "high"}},
        {"source": {"new_subscriber": True}, "exclude": {"contact_ids": [ABSENT]}},
        {"tag_ids": []},
        {"tag_ids": ["x"]},
        {"tag_ids": [ABSENT] * 51},
    ],
)
def test_a_body_that_is_not_documented_is_400(emulator: Emulated, job: str, change: Any) -> None:
    body = {"source": {"contact_ids": [ABSENT]}, "tag_ids": [ABSENT]} | change
    answer = emulator.post(f"/v3/activities/{job}", body)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")

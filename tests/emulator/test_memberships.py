"""Bulk activities that put contacts on lists and take them off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ccstate.emulator.storage.clock import DAY
from tests.emulator.client import Emulated
from tests.emulator.people import ABSENT, contact_ids, fabricate, members, numbers, run

ADD, REMOVE = "add_list_memberships", "remove_list_memberships"
both = pytest.mark.parametrize("job", [ADD, REMOVE])


def test_contacts_are_added_by_their_ids(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list("Staff")
    chosen = fabricate(emulator, 3)
    fabricate(emulator, 2)
    done = run(emulator, ADD, {"source": {"contact_ids": chosen}, "list_ids": [news, staff]})
    assert (done["state"], done["activity_errors"]) == ("completed", [])
    assert done["status"] == numbers(3, 3, list_count=2)
    assert members(emulator, news) == members(emulator, staff) == chosen


def test_contacts_are_removed_by_their_ids(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list("Staff")
    everybody = fabricate(emulator, 3, lists=["News", "Staff"])
    done = run(emulator, REMOVE, {"source": {"contact_ids": everybody[:2]}, "list_ids": [news]})
    assert done["status"] == numbers(2, 2, list_count=1)
    assert (members(emulator, news), members(emulator, staff)) == (everybody[2:], everybody)


def test_the_members_of_a_list_are_added_to_another_one(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list("Staff")
    of_staff = fabricate(emulator, 3, lists=["Staff"])
    body = {"source": {"list_ids": [staff]}, "exclude": {"contact_ids": of_staff[:1]}, "list_ids": [news]}
    assert run(emulator, ADD, body)["status"] == numbers(2, 2, list_count=1)
    assert members(emulator, news) == of_staff[1:]


def test_the_members_of_a_list_are_removed_from_another_one(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list("Staff")
    both_of_them = fabricate(emulator, 2, lists=["News", "Staff"])
    others = fabricate(emulator, 2, lists=["News"])
    body = {
        "source": {"list_ids": [staff]},
        "exclude": {"contact_ids": both_of_them[:1]},
        "list_ids": [news],
    }
    run(emulator, REMOVE, body)
    assert members(emulator, news) == [both_of_them[0], *others]


def test_tagged_contacts_are_added_and_removed(emulator: Emulated) -> None:
    news = emulator.list("News")
    tag_id = emulator.post("/v3/contact_tags", {"name": "VIP"}).json()["tag_id"]
    vips, others = fabricate(emulator, 2, tags=["VIP"]), fabricate(emulator, 2, lists=["News"])
    body = {"source": {"tag_ids": [tag_id]}, "list_ids": [news]}
    run(emulator, ADD, body)
    assert members(emulator, news) == vips + others
    run(emulator, REMOVE, body)
    assert members(emulator, news) == others


def test_all_active_contacts_are_those_that_can_get_mail(emulator: Emulated) -> None:
    news = emulator.list("News")
    active = fabricate(emulator, 2)
    fabricate(emulator, 2, status="unsubscribed")
    body = {"source": {"all_active_contacts": True}, "list_ids": [news]}
    assert run(emulator, ADD, body)["status"] == numbers(2, 2, list_count=1)
    assert members(emulator, news) == active
    run(emulator, REMOVE, body | {"exclude": {"contact_ids": active[:1]}})
    assert members(emulator, news) == active[:1]


def test_the_contacts_of_a_segment_are_added(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list("Staff")
    inside = fabricate(emulator, 2, lists=["Staff"])
    fabricate(emulator, 2)
    segment_id = segment(emulator, staff)
    body = {"source": {"segment_id": segment_id}, "list_ids": [news]}
    assert run(emulator, ADD, body)["status"] == numbers(2, 2, list_count=1)
    assert members(emulator, news) == inside


def test_a_segment_that_is_gone_fails_the_activity(emulator: Emulated) -> None:
    news = emulator.list("News")
    fabricate(emulator, 2)
    segment_id = segment(emulator, news)
    emulator.delete(f"/v3/segments/{segment_id}")
    done = run(emulator, ADD, {"source": {"segment_id": segment_id}, "list_ids": [news]})
    assert (done["state"], done["activity_errors"]) == ("failed", [f"Segment {segment_id} was not found"])
    assert [each["state"] for each in emulator.get("/v3/activities?state=failed")["activities"]] == ["failed"]


@pytest.mark.parametrize(
    ("level", "expected"), [("high", [0]), ("MOST", [0]), ("medium", [1]), ("low", [2]), ("least", [2])]
)
def test_contacts_are_added_by_their_engagement(emulator: Emulated, level: str, expected: list[int]) -> None:
    """Three get four mails each; the first opens two of them, the second one, the third none."""
    news = emulator.list("News")
    fabricate(emulator, 4)
    db, now = emulator.app.state.world.db, emulator.app.state.world.now()
    for contact, opened in ((1, 2), (2, 1), (3, 0)):
        for mail in range(4):
            delivery = {"campaign_activity_id": f"mail {mail}", "contact": contact, "at": now - 10}
            db.insert("deliveries", send_id=1, **delivery)
            for kind in ("open", "click") if mail < opened else ():
                db.insert("engagements", kind=kind, **delivery)
    db.insert("deliveries", campaign_activity_id="old", contact=4, send_id=1, at=0)
    run(emulator, ADD, {"source": {"engagement_level": level}, "list_ids": [news]})
    everybody = contact_ids(emulator)
    assert members(emulator, news) == [everybody[index] for index in expected]


def test_who_unsubscribed_is_not_added_and_reported(emulator: Emulated) -> None:
    news = emulator.list("News")
    (gone,), (there,) = fabricate(emulator, status="unsubscribed"), fabricate(emulator)
    done = run(emulator, ADD, {"source": {"contact_ids": [gone, there]}, "list_ids": [news]})
    assert done["status"] == numbers(2, 1, list_count=1)
    assert [gone in error for error in done["activity_errors"]] == [True]
    assert members(emulator, news) == [there]


def test_a_contact_can_be_on_fifty_lists(emulator: Emulated) -> None:
    names = [f"L{n}" for n in range(51)]
    emulator.control("load", {"lists": names})
    list_ids = [each["list_id"] for each in emulator.all("/v3/contact_lists?limit=100", "lists")]
    fresh, full = fabricate(emulator), fabricate(emulator, lists=names[1:50])
    body: dict[str, Any] = {"source": {"contact_ids": fresh + full}, "list_ids": list_ids[:1]}
    assert run(emulator, ADD, body)["activity_errors"] == []
    again = run(emulator, ADD, body)
    assert again["activity_errors"] == [], "who is on the list already takes no more room"
    done = run(emulator, ADD, body | {"list_ids": [list_ids[0], list_ids[50]]})
    assert done["status"] == numbers(2, 1, list_count=2)
    assert done["activity_errors"] == [f"Contact {full[0]} can have 50 lists at most"]
    assert members(emulator, list_ids[50]) == fresh


@both
def test_what_does_not_exist_is_reported_and_the_rest_is_done(emulator: Emulated, job: str) -> None:
    news = emulator.list("News")
    chosen = fabricate(emulator, lists=["News"] if job == REMOVE else [])
    body = {"source": {"contact_ids": [ABSENT, *chosen]}, "list_ids": [news, ABSENT]}
    done = run(emulator, job, body)
    assert (done["state"], done["status"]) == ("completed", numbers(2, 1, list_count=2))
    assert done["activity_errors"] == [f"Contact {ABSENT} was not found", f"List {ABSENT} was not found"]
    assert members(emulator, news) == (chosen if job == ADD else [])


def test_a_deleted_contact_is_not_there(emulator: Emulated) -> None:
    news = emulator.list("News")
    chosen = fabricate(emulator)
    run(emulator, "contact_delete", {"contact_ids": chosen})
    done = run(emulator, ADD, {"source": {"contact_ids": chosen}, "list_ids": [news]})
    assert done["activity_errors"] == [f"Contact {chosen[0]} was not found"]


def test_who_is_meant_is_found_out_when_the_activity_is_processed(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=10.0)
    news, staff = emulator.list("News"), emulator.list("Staff")
    body = {"source": {"list_ids": [staff]}, "list_ids": [news]}
    path = emulator.post(f"/v3/activities/{ADD}", body).json()["_links"]["self"]["href"]
    assert emulator.get(path)["status"] == {"list_count": 1}
    fabricate(emulator, 3, lists=["Staff"])
    emulator.advance("PT5S")
    assert emulator.get(path)["status"] == numbers(3, 0, list_count=1)
    emulator.advance("PT5S")
    assert emulator.get(path)["status"] == numbers(3, 3, list_count=1)


@both
def test_a_contact_that_joined_or_left_was_updated(emulator: Emulated, job: str) -> None:
    news = emulator.list("News")
    chosen = fabricate(emulator, 2, lists=["News"] if job == REMOVE else [])
    body = {"source": {"contact_ids": chosen[:1]}, "list_ids": [news]}
    before = [row["updated_at"] for row in emulator.control("dump")["tables"]["contacts"]]
    for _ in range(2):  # the second time nothing changes any more
        emulator.advance("P1D")
        run(emulator, job, body)
    after = [row["updated_at"] for row in emulator.control("dump")["tables"]["contacts"]]
    assert [new - old for new, old in zip(after, before, strict=True)] == [DAY, 0]


@both
@pytest.mark.parametrize(
    "change",
    [
        {"source": None},
        {"source": {}},
        {"source": []},
        {"source": {"all_active_contacts": False}},
        {"source": {"all_active_contacts": "yes"}},
        {"source": {"contact_ids": []}},
        {"source": {"contact_ids": "x"}},
        {"source": {"contact_ids": ["x"]}},
        {"source": {"contact_ids": [ABSENT], "list_ids": [ABSENT]}},
        {"source": {"contact_ids": [ABSENT] * 501}},
        {"source": {"list_ids": [ABSENT] * 51}},
        {"source": {"tag_ids": [ABSENT] * 51}},
        {"source": {"engagement_level": "enormous"}},
        {"source": {"new_subscriber": True}},
        {"source": {"segment_id": "1"}},
        {"source": {"contact_ids": [ABSENT]}, "exclude": {"contact_ids": [ABSENT]}},
        {"source": {"list_ids": [ABSENT]}, "exclude": {"contact_ids": ["x"]}},
        {"source": {"list_ids": [ABSENT]}, "exclude": [ABSENT]},
        {"list_ids": None},
        {"list_ids": []},
        {"list_ids": ["x"]},
        {"list_ids": [ABSENT] * 51},
    ],
)
def test_a_body_that_is_not_documented_is_400(emulator: Emulated, job: str, change: Any) -> None:
    body = {"source": {"contact_ids": [ABSENT]}, "list_ids": [ABSENT]} | change
    answer = emulator.post(f"/v3/activities/{job}", body)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")


def test_a_segment_is_no_source_of_a_removal(emulator: Emulated) -> None:
    body = {"source": {"segment_id": 1}, "list_ids": [ABSENT]}
    assert emulator.post(f"/v3/activities/{REMOVE}", body).status_code == 400
    assert emulator.post(f"/v3/activities/{ADD}", body).status_code == 201


@both
def test_as_many_as_documented_can_be_named(emulator: Emulated, job: str) -> None:
    many = [f"{n:08x}{ABSENT[8:]}" for n in range(500)]
    done = run(emulator, job, {"source": {"contact_ids": many}, "list_ids": many[:50]})
    assert (done["status"], len(done["activity_errors"])) == (numbers(500, 0, list_count=50), 550)


def segment(emulator: Emulated, list_id: str) -> int:
    condition = f'{{"source":"list_membership","field":"list_id","op":"eq","value":"{list_id}"}}'
    text = '{"version":"1.0.0","criteria":{"type":"and","group":[{"type":"or","group":[' + condition + "]}]}}"
    answer = emulator.post("/v3/segments", {"name": "Of a list", "segment_criteria": text})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["segment_id"])

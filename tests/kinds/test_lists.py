"""Lists: one PUT sends all three fields, deletes are activities."""

from __future__ import annotations

import pytest

from ccstate.core.wire import Request, Response
from ccstate.kinds.lists import KIND
from tests.core.build import a_list, as_live, drive
from tests.kinds.payloads import LIST, intent, only, read, seen

LIVE = as_live(a_list("a", name="News", description="Monthly", favorite=True))


def test_a_list_is_read_with_its_members() -> None:
    (found,) = read("list", lists=[{**LIST, "membership_count": 7}])
    assert found.remote_id == LIST["list_id"]
    assert found.fields == {"name": "Donors 2026", "description": "Annual fund", "favorite": False}
    assert found.extra == {"members": 7, "created_at": LIST["created_at"]}


@pytest.mark.parametrize("missing", [{}, {"description": None}, {"description": ""}])
def test_no_description_is_an_empty_one(missing: dict[str, object]) -> None:
    (found,) = read("list", lists=[{"list_id": "1", "name": "A", **missing}])
    assert found.fields == {"name": "A", "description": "", "favorite": False}


def test_a_deleted_list_is_gone() -> None:
    assert read("list", lists=[{**LIST, "deleted_at": "2026-05-04T09:15:22Z"}])[0].gone


def test_the_collection_is_read_with_counts_on_large_pages() -> None:
    _, asked = drive(KIND.collection(), Response(200, {"lists": []}))
    query = {"limit": "500", "include_count": "true", "include_membership_count": "active"}
    assert asked == [(Request("GET", "/contact_lists", query),)]


def test_a_list_that_moved_between_two_pages_is_one() -> None:
    first = {"lists": [LIST], "_links": {"next": {"href": "/v3/contact_lists?cursor=x"}}}
    found, _ = drive(KIND.collection(), Response(200, first), Response(200, {"lists": [LIST]}))
    assert len(found) == 1


def test_a_list_that_does_not_exist_is_none() -> None:
    found, asked = drive(KIND.detail(LIVE), Response(404))
    assert found is None
    assert asked[0][0].path == f"/contact_lists/{LIVE.remote_id}"


def test_create_posts_what_is_declared() -> None:
    step = only(KIND.create(intent(a_list("a", name="News", description=""))))
    assert seen([step]) == [("POST /contact_lists", {"name": "News", "description": ""})]
    assert (step.capture, step.applies) == ({"remote_id": "/list_id"}, ("description", "name"))


def test_update_sends_all_three_fields_those_not_declared_as_just_read() -> None:
    steps = KIND.update(intent(a_list("a", name="New"), LIVE, "name"))
    body = {"name": "New", "description": "Monthly", "favorite": True}
    assert seen(steps) == [(f"PUT /contact_lists/{LIVE.remote_id}", body)]


def test_clearing_sends_the_empty_value() -> None:
    step = only(
        KIND.update(intent(a_list("a", name="News", description="", favorite=False), LIVE, "favorite"))
    )
    assert step.body == {"name": "News", "description": "", "favorite": False}


def test_stepping_aside_keeps_everything_but_the_name() -> None:
    step = only(KIND.rename(intent(a_list("a", name="Other", description="new"), LIVE), "News ~1"))
    assert step.body == {"name": "News ~1", "description": "Monthly", "favorite": True}
    assert step.applies == ()


def test_delete_waits_for_its_activity() -> None:
    step = only(KIND.delete(intent(a_list("a"), LIVE)))
    assert seen([step]) == [(f"DELETE /contact_lists/{LIVE.remote_id}", None)]
    assert (step.wait, step.deposed) == ("/activity_id", LIVE.remote_id)

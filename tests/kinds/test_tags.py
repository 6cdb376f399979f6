"""Tags: a PUT renames, the source stays for good."""

from __future__ import annotations

from ccstate.core.wire import Request, Response
from ccstate.kinds.tags import KIND
from tests.core.build import a_tag, as_live, drive
from tests.kinds.payloads import TAG, intent, only, read, seen

LIVE = as_live(a_tag("a", name="VIP", tag_source="Shop"))


def test_a_tag_is_read_with_its_count() -> None:
    (found,) = read("tag", tags=[{**TAG, "contacts_count": 3}])
    assert found.fields == {"name": "Gala guest", "tag_source": "EVENTS"}
    assert found.extra == {"contacts": 3, "created_at": TAG["created_at"]}


def test_a_source_that_is_left_out_is_unknown() -> None:
    assert KIND.decode({"tag_id": "1", "name": "A"}) == {"name": "A"}
    assert KIND.decode({"tag_id": "1", "name": "A", "tag_source": None}) == {"name": "A"}


def test_the_collection_is_read_with_counts_on_large_pages() -> None:
    _, asked = drive(KIND.collection(), Response(200, {"tags": []}))
    assert asked == [(Request("GET", "/contact_tags", {"limit": "500", "include_count": "true"}),)]


def test_create_posts_name_and_source() -> None:
    step = only(KIND.create(intent(a_tag("a", name="VIP", tag_source="Shop"))))
    assert seen([step]) == [("POST /contact_tags", {"name": "VIP", "tag_source": "Shop"})]
    assert step.capture == {"remote_id": "/tag_id"}


def test_an_empty_source_is_not_sent() -> None:
    assert only(KIND.create(intent(a_tag("a", name="VIP", tag_source="")))).body == {"name": "VIP"}


def test_update_sends_only_the_name() -> None:
    steps = KIND.update(intent(a_tag("a", name="Very", tag_source="Shop"), LIVE, "name"))
    assert seen(steps) == [(f"PUT /contact_tags/{LIVE.remote_id}", {"name": "Very"})]


def test_stepping_aside_is_a_rename_that_applies_nothing() -> None:
    step = only(KIND.rename(intent(a_tag("a"), LIVE), "VIP ~1"))
    assert (step.body, step.applies) == ({"name": "VIP ~1"}, ())


def test_delete_waits_for_its_activity() -> None:
    step = only(KIND.delete(intent(a_tag("a"), LIVE)))
    assert seen([step]) == [(f"DELETE /contact_tags/{LIVE.remote_id}", None)]
    assert step.wait == "/activity_id"

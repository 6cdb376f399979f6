from __future__ import annotations

from collections.abc import Callable

from ccstate.emulator import Switches
from tests.emulator.client import Emulated

PATH = "/v3/contact_tags"


def tag(emulator: Emulated, name: str = "Gala guest", **more: str) -> str:
    return str(emulator.post(PATH, {"name": name, **more}).json()["tag_id"])


def test_a_new_tag_is_answered_with_201(emulator: Emulated) -> None:
    answer = emulator.post(PATH, {"name": "Gala guest", "tag_source": "EVENTS"})
    assert answer.status_code == 201
    assert answer.json()["tag_source"] == "EVENTS"
    assert answer.json()["created_at"] == answer.json()["updated_at"] == "2026-05-04T09:15:22Z"


def test_put_renames_and_leaves_the_source_alone_and_unsaid(emulator: Emulated) -> None:
    tag_id = tag(emulator, tag_source="EVENTS")
    answer = emulator.put(f"{PATH}/{tag_id}", {"name": "Guest", "tag_source": "OTHER"})
    assert (answer.status_code, "tag_source" in answer.json()) == (200, False)
    assert emulator.get(f"{PATH}/{tag_id}")["tag_source"] == "EVENTS"


def test_names_are_unique_for_post_and_put(emulator: Emulated) -> None:
    tag(emulator, "A")
    other = tag(emulator, "B")
    assert emulator.post(PATH, {"name": "a"}).status_code == 409
    assert emulator.put(f"{PATH}/{other}", {"name": "a"}).status_code == 409


def test_names_are_1_to_255_characters_without_angle_brackets(emulator: Emulated) -> None:
    for name in ("", "x" * 256, "a<b", "a>b", None):
        assert emulator.post(PATH, {"name": name}).status_code == 400, name
    assert emulator.post(PATH, {"name": "x" * 255}).status_code == 201


def test_a_tag_more_than_the_account_can_have_is_400_where_there_is_such_a_limit(
    make: Callable[..., Emulated],
) -> None:
    for switch, status in ((False, 201), (True, 400)):
        emulator = make(Switches(account_limits=switch), seed={"tags": [{"name": "T {n}", "repeat": 499}]})
        assert emulator.post(PATH, {"name": "last"}).status_code == 201
        assert emulator.post(PATH, {"name": "one more"}).status_code == status


def test_contacts_are_counted_on_demand(emulator: Emulated) -> None:
    tag_id = tag(emulator)
    emulator.control("contacts", {"count": 4, "tags": ["gala guest"]})
    assert "contacts_count" not in emulator.get(f"{PATH}/{tag_id}")
    assert emulator.get(f"{PATH}?include_count=true")["tags"][0]["contacts_count"] == 4


def test_delete_is_a_job_that_counts_items(emulator: Emulated) -> None:
    tag_id = tag(emulator)
    answer = emulator.delete(f"{PATH}/{tag_id}")
    assert answer.status_code == 202
    assert answer.json()["status"] == {"items_total_count": 1, "items_completed_count": 0}
    assert emulator.call("GET", f"{PATH}/{tag_id}").status_code == 404
    assert emulator.delete(f"{PATH}/{tag_id}").status_code == 404

"""Segments, as the service speaks of them."""

from __future__ import annotations

from typing import Any, Final

from tests.cassettes.scene import KINDS, Scene, recorded, wish

LIST: Final = KINDS["list"]
SEGMENT: Final = KINDS["segment"]


def sleepy(campaigns: int = 5) -> dict[str, Any]:
    """Who opened none of the last campaigns: documented constructs only."""
    condition = {
        "source": "tracking",
        "field": "not_opened",
        "op": "contains-any",
        "const_value": "last-n-campaigns",
        "param": str(campaigns),
    }
    return {"type": "and", "group": [condition]}


@recorded("read")
def test_the_collection_leaves_the_criteria_out(scene: Scene) -> None:
    made = scene.make(SEGMENT, name="Recorded sleepy", criteria=sleepy())
    shown = scene.listed(SEGMENT)[made.remote_id]
    assert shown.fields == {"name": "Recorded sleepy"}
    assert SEGMENT.needs_detail(shown)


@recorded("pages")
def test_the_cursor_leads_to_every_page(scene: Scene) -> None:
    made = {scene.make(SEGMENT, name=f"Recorded page {n}", criteria=sleepy(n)).remote_id for n in (1, 2, 3)}
    bodies = scene.pages("/segments", limit=2)
    assert len(bodies) > 1
    assert made <= {str(each["segment_id"]) for body in bodies for each in body["segments"]}


@recorded("read_one")
def test_one_segment_shows_its_criteria(scene: Scene) -> None:
    written = scene.write(SEGMENT.create(wish(SEGMENT, name="Recorded sleepy", criteria=sleepy())))
    found = scene.found(SEGMENT, written)
    assert found.fields == {"name": "Recorded sleepy", "criteria": sleepy()}
    assert not SEGMENT.needs_detail(found)


@recorded("create")
def test_create_answers_201_with_criteria_that_mean_the_same(scene: Scene) -> None:
    written = scene.write(SEGMENT.create(wish(SEGMENT, name="Recorded sleepy", criteria=sleepy())))
    assert written.statuses == (201,)
    canonical = SEGMENT.field("criteria").canonical
    assert canonical(SEGMENT.decode(written.body)["criteria"]) == canonical(sleepy())
    assert written.ids["remote_id"] == str(written.body["segment_id"])


@recorded("create_of_a_list")
def test_criteria_that_name_a_list_carry_its_id(scene: Scene) -> None:
    made = scene.make(LIST, name="Recorded news")
    member = {"source": "contact", "field": "list_membership", "op": "eq", "value": made.remote_id}
    criteria = {"type": "and", "group": [{"type": "or", "group": [member]}]}
    written = scene.write(SEGMENT.create(wish(SEGMENT, name="Recorded members", criteria=criteria)))
    assert scene.found(SEGMENT, written).fields["criteria"] == criteria


@recorded("update")
def test_update_replaces_name_and_criteria(scene: Scene) -> None:
    live = scene.make(SEGMENT, name="Recorded sleepy", criteria=sleepy())
    want = {"name": "Recorded very sleepy", "criteria": sleepy(10)}
    written = scene.write(SEGMENT.update(wish(SEGMENT, live, **want)))
    assert written.statuses == (200,)
    assert SEGMENT.decode(written.body) == want


@recorded("update_name")
def test_a_new_name_alone_makes_the_criteria_no_round_trip(scene: Scene) -> None:
    live = scene.make(SEGMENT, name="Recorded sleepy", criteria=sleepy())
    (step,) = SEGMENT.update(wish(SEGMENT, live, name="Recorded drowsy"))
    assert (step.method, step.body) == ("PATCH", {"name": "Recorded drowsy"})
    assert scene.write((step,)).statuses == (200,)
    again = scene.look(SEGMENT, live.remote_id)
    assert again is not None
    assert again.fields == {"name": "Recorded drowsy", "criteria": sleepy()}


@recorded("rename")
def test_a_segment_steps_aside_under_another_name(scene: Scene) -> None:
    live = scene.make(SEGMENT, name="Recorded sleepy", criteria=sleepy())
    written = scene.write(SEGMENT.rename(wish(SEGMENT, live), "Recorded sleepy aside"))
    assert written.statuses == (200,)
    assert written.body["name"] == "Recorded sleepy aside"


@recorded("delete")
def test_a_deleted_segment_leaves_the_collection_and_still_answers_by_its_id(scene: Scene) -> None:
    live = scene.make(SEGMENT, name="Recorded and deleted", criteria=sleepy())
    written = scene.write(SEGMENT.delete(wish(SEGMENT, live)))
    assert (written.statuses, written.body) == ((204,), None)
    assert live.remote_id not in scene.listed(SEGMENT)
    assert SEGMENT.answers_when_deleted
    assert scene.look(SEGMENT, live.remote_id) == live

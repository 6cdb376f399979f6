"""Tags, as the service speaks of them."""

from __future__ import annotations

from typing import Final

from tests.cassettes.scene import KINDS, Scene, recorded, wish

TAG: Final = KINDS["tag"]


@recorded("read")
def test_the_collection_shows_a_tag_with_its_source_and_its_contacts(scene: Scene) -> None:
    made = scene.make(TAG, name="Recorded gold", tag_source="Contact")
    shown = scene.listed(TAG)[made.remote_id]
    assert shown.fields == {"name": "Recorded gold", "tag_source": "Contact"}
    assert shown.extra["contacts"] == 0


@recorded("pages")
def test_the_cursor_leads_to_every_page(scene: Scene) -> None:
    made = {scene.make(TAG, name=f"Recorded page {number}").remote_id for number in (1, 2, 3)}
    bodies = scene.pages("/contact_tags", limit=2)
    assert len(bodies) > 1
    assert made <= {each["tag_id"] for body in bodies for each in body["tags"]}


@recorded("read_one")
def test_one_tag_without_a_source_shows_none(scene: Scene) -> None:
    written = scene.write(TAG.create(wish(TAG, name="Recorded plain")))
    assert scene.found(TAG, written).fields == {"name": "Recorded plain"}


@recorded("create")
def test_create_answers_201_with_the_tag_and_its_id(scene: Scene) -> None:
    want = {"name": "Recorded gold", "tag_source": "Contact"}
    written = scene.write(TAG.create(wish(TAG, **want)))
    assert written.statuses == (201,)
    assert TAG.decode(written.body) == want
    assert written.ids["remote_id"] == written.body["tag_id"]


@recorded("update")
def test_update_changes_the_name_and_keeps_the_source(scene: Scene) -> None:
    live = scene.make(TAG, name="Recorded gold", tag_source="Contact")
    written = scene.write(TAG.update(wish(TAG, live, name="Recorded silver")))
    assert written.statuses == (200,)
    assert TAG.decode(written.body)["name"] == "Recorded silver"
    again = scene.look(TAG, live.remote_id)
    assert again is not None
    assert again.fields == {"name": "Recorded silver", "tag_source": "Contact"}


@recorded("rename")
def test_a_tag_steps_aside_under_another_name(scene: Scene) -> None:
    live = scene.make(TAG, name="Recorded gold")
    written = scene.write(TAG.rename(wish(TAG, live), "Recorded gold aside"))
    assert written.statuses == (200,)
    assert written.body["name"] == "Recorded gold aside"


@recorded("delete")
def test_delete_is_an_activity_after_which_the_tag_is_gone(scene: Scene) -> None:
    live = scene.make(TAG, name="Recorded and deleted")
    written = scene.write(TAG.delete(wish(TAG, live)))
    assert written.statuses == (202,)
    activity = scene.ended(written.body["activity_id"])
    assert (activity["state"], activity["activity_errors"]) == ("completed", [])
    assert scene.look(TAG, live.remote_id) is None
    assert live.remote_id not in scene.listed(TAG)


@recorded("delete_many")
def test_one_activity_deletes_many_tags(scene: Scene) -> None:
    going = [scene.make(TAG, name=f"Recorded and deleted {number}").remote_id for number in (1, 2)]
    answer = scene.delete_many(TAG, going)
    assert answer.status == 201
    assert scene.ended(answer.body["activity_id"])["state"] == "completed"
    assert not set(going) & set(scene.listed(TAG))

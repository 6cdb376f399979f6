"""Lists, as the service speaks of them."""

from __future__ import annotations

from typing import Final

from tests.cassettes.scene import KINDS, Scene, recorded, wish

LIST: Final = KINDS["list"]


@recorded("read")
def test_the_collection_shows_a_list_with_its_fields_and_its_members(scene: Scene) -> None:
    made = scene.make(LIST, name="Recorded news", description="Twice a month", favorite=True)
    shown = scene.listed(LIST)[made.remote_id]
    assert shown.fields == {"name": "Recorded news", "description": "Twice a month", "favorite": True}
    assert shown.extra["members"] == 0


@recorded("pages")
def test_the_cursor_leads_to_every_page(scene: Scene) -> None:
    made = {scene.make(LIST, name=f"Recorded page {number}").remote_id for number in (1, 2, 3)}
    bodies = scene.pages("/contact_lists", limit=2)
    assert len(bodies) > 1
    assert made <= {each["list_id"] for body in bodies for each in body["lists"]}


@recorded("read_one")
def test_one_list_is_read_by_its_id(scene: Scene) -> None:
    written = scene.write(LIST.create(wish(LIST, name="Recorded one")))
    found = scene.found(LIST, written)
    assert found.remote_id == written.ids["remote_id"]
    assert found.fields == {"name": "Recorded one", "description": "", "favorite": False}
    assert not found.gone


@recorded("create")
def test_create_answers_201_with_the_list_and_its_id(scene: Scene) -> None:
    want = {"name": "Recorded news", "description": "Twice a month", "favorite": True}
    written = scene.write(LIST.create(wish(LIST, **want)))
    assert written.statuses == (201,)
    assert LIST.decode(written.body) == want
    assert written.ids["remote_id"] == written.body["list_id"]


@recorded("update")
def test_update_replaces_what_is_wanted_and_keeps_the_rest(scene: Scene) -> None:
    live = scene.make(LIST, name="Recorded news", description="Twice a month", favorite=True)
    written = scene.write(LIST.update(wish(LIST, live, description="Every week")))
    assert written.statuses == (200,)
    assert LIST.decode(written.body) == {**live.fields, "description": "Every week"}


@recorded("clear")
def test_an_emptied_description_is_empty_when_read_again(scene: Scene) -> None:
    live = scene.make(LIST, name="Recorded news", description="Twice a month")
    scene.write(LIST.update(wish(LIST, live, description="")))
    again = scene.look(LIST, live.remote_id)
    assert again is not None
    assert again.fields["description"] == ""


@recorded("rename")
def test_a_list_that_steps_aside_keeps_its_other_fields(scene: Scene) -> None:
    live = scene.make(LIST, name="Recorded news", description="Twice a month", favorite=True)
    written = scene.write(LIST.rename(wish(LIST, live), "Recorded news aside"))
    assert written.statuses == (200,)
    assert LIST.decode(written.body) == {**live.fields, "name": "Recorded news aside"}


@recorded("delete")
def test_delete_is_an_activity_after_which_the_list_is_gone(scene: Scene) -> None:
    scene.make(LIST, name="Recorded and kept")
    live = scene.make(LIST, name="Recorded and deleted")
    written = scene.write(LIST.delete(wish(LIST, live)))
    assert written.statuses == (202,)
    activity = scene.ended(written.body["activity_id"])
    assert (activity["state"], activity["activity_errors"]) == ("completed", [])
    again = scene.look(LIST, live.remote_id)
    assert again is None or again.gone
    assert live.remote_id not in scene.listed(LIST)


@recorded("delete_many")
def test_one_activity_deletes_many_lists(scene: Scene) -> None:
    scene.make(LIST, name="Recorded and kept")
    going = [scene.make(LIST, name=f"Recorded and deleted {number}").remote_id for number in (1, 2)]
    answer = scene.delete_many(LIST, going)
    assert answer.status == 201
    assert scene.ended(answer.body["activity_id"])["state"] == "completed"
    assert not set(going) & set(scene.listed(LIST))

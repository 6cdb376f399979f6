"""Custom fields, as the service speaks of them."""

from __future__ import annotations

from typing import Any, Final

from tests.cassettes.scene import KINDS, Scene, recorded, wish

FIELD: Final = KINDS["custom_field"]
COLOURS: Final[dict[str, Any]] = {
    "label": "Recorded colour",
    "type": "single_select",
    "choices": [{"label": "Red"}, {"label": "Blue"}],
    "display_type": "radio",
}


@recorded("read")
def test_the_collection_shows_a_field_with_its_choices(scene: Scene) -> None:
    made = scene.make(FIELD, **COLOURS)
    shown = scene.listed(FIELD)[made.remote_id]
    assert shown.fields == COLOURS
    assert shown.extra["name"].lower() == "recorded_colour"


@recorded("pages")
def test_the_cursor_leads_to_every_page(scene: Scene) -> None:
    made = {scene.make(FIELD, label=f"Recorded page {n}", type="string").remote_id for n in (1, 2, 3)}
    bodies = scene.pages("/contact_custom_fields", limit=2)
    assert len(bodies) > 1
    assert made <= {each["custom_field_id"] for body in bodies for each in body["custom_fields"]}


@recorded("read_one")
def test_one_field_is_read_by_its_id(scene: Scene) -> None:
    written = scene.write(FIELD.create(wish(FIELD, label="Recorded size", type="string")))
    found = scene.found(FIELD, written)
    assert (found.fields["label"], found.fields["type"]) == ("Recorded size", "string")
    assert found.fields["choices"] == []


@recorded("create")
def test_create_answers_201_with_the_field_its_choices_and_its_id(scene: Scene) -> None:
    written = scene.write(FIELD.create(wish(FIELD, **COLOURS)))
    assert written.statuses == (201,)
    assert FIELD.decode(written.body) == COLOURS
    assert written.ids["remote_id"] == written.body["custom_field_id"]


@recorded("create_number")
def test_a_number_comes_back_with_what_belongs_to_its_type(scene: Scene) -> None:
    want = {"label": "Recorded weight", "type": "number", "integer": False, "decimal_places": 2}
    written = scene.write(FIELD.create(wish(FIELD, **want)))
    assert written.statuses == (201,)
    shown = FIELD.decode(written.body)
    assert {name: shown.get(name) for name in want} == want


@recorded("create_date")
def test_a_date_comes_back_with_its_version(scene: Scene) -> None:
    want = {"label": "Recorded day", "type": "date", "version": 2}
    written = scene.write(FIELD.create(wish(FIELD, **want)))
    assert written.statuses == (201,)
    shown = FIELD.decode(written.body)
    assert {name: shown.get(name) for name in want} == want


@recorded("update")
def test_a_choice_that_stays_keeps_its_id(scene: Scene) -> None:
    live = scene.make(FIELD, **COLOURS)
    choices = [{"label": "Green", "was": "Red"}, {"label": "Blue"}, {"label": "White"}]
    written = scene.write(FIELD.update(wish(FIELD, live, label="Recorded colour", choices=choices)))
    assert written.statuses == (200,)
    assert [each["label"] for each in FIELD.decode(written.body)["choices"]] == ["Green", "Blue", "White"]
    again = scene.look(FIELD, live.remote_id)
    assert again is not None
    before = [each["choice_id"] for each in live.extra["choices"]]
    assert [each["choice_id"] for each in again.extra["choices"]][:2] == before


@recorded("rename")
def test_a_field_that_steps_aside_keeps_its_choices_and_its_name(scene: Scene) -> None:
    live = scene.make(FIELD, **COLOURS)
    written = scene.write(FIELD.rename(wish(FIELD, live), "Recorded colour aside"))
    assert written.statuses == (200,)
    again = scene.look(FIELD, live.remote_id)
    assert again is not None
    assert again.fields == {**live.fields, "label": "Recorded colour aside"}
    assert again.extra == live.extra


@recorded("delete")
def test_delete_answers_204_and_the_field_is_gone_at_once(scene: Scene) -> None:
    live = scene.make(FIELD, label="Recorded and deleted", type="string")
    written = scene.write(FIELD.delete(wish(FIELD, live)))
    assert (written.statuses, written.body) == ((204,), None)
    assert scene.look(FIELD, live.remote_id) is None
    assert live.remote_id not in scene.listed(FIELD)


@recorded("delete_many")
def test_one_activity_deletes_many_fields(scene: Scene) -> None:
    going = [
        scene.make(FIELD, label=f"Recorded and deleted {number}", type="string").remote_id
        for number in (1, 2)
    ]
    answer = scene.delete_many(FIELD, going)
    assert answer.status == 201
    assert scene.ended(answer.body["activity_id"])["state"] == "completed"
    assert not set(going) & set(scene.listed(FIELD))

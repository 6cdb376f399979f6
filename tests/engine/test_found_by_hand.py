"""What people do behind the project's back, and what a replace keeps."""

from __future__ import annotations

from ccstate.core.plan import Action
from tests.harness import World, compiled


def test_a_list_deleted_and_made_anew_by_hand_is_adopted() -> None:
    world = World()
    desired = compiled({"lists": {"news": {"name": "News"}, "other": {"name": "Other"}}})
    world.apply(desired)
    old = next(each.remote_id for address, each in world.state.bindings.items() if address.key == "news")
    world.send("DELETE", f"/contact_lists/{old}")
    made = world.send("POST", "/contact_lists", {"name": "News"}).body["list_id"]
    plan = world.plan(desired)
    assert [(str(each.address), each.action) for each in plan.active] == [("list.news", Action.ADOPT)]
    world.make(plan)
    assert made in {each.remote_id for each in world.state.bindings.values()}


def test_a_replaced_field_keeps_what_nobody_asked_to_change() -> None:
    world = World()
    field = {"label": "Size", "type": "single_select", "display_type": "radio", "choices": ["S", "M"]}
    world.apply(compiled({"custom_fields": {"size": field}}))
    del field["display_type"]
    plan, _ = world.apply(compiled({"custom_fields": {"size": {**field, "type": "multi_select"}}}))
    assert plan.active[0].action is Action.REPLACE
    (found,) = world.send("GET", "/contact_custom_fields").body["custom_fields"]
    assert (found["type"], found["metadata"]["display_type"]) == ("multi_select", "radio")


def test_a_sent_campaign_that_gives_its_name_to_a_new_key_does_not_swallow_it() -> None:
    from ccstate.emulator import Settings

    world = World(Settings(clock="2035-04-01T12:00:00Z"))
    mail = {
        "name": "May news",
        "from": {"name": "Jo", "email": "owner@example.com"},
        "subject": "Hello",
        "html": "<p>Hello</p>",
        "audience": {"lists": ["news"]},
        "schedule": {"at": "2035-05-01T13:00:00Z"},
    }
    lists = {"news": {"name": "News"}}
    world.apply(compiled({"lists": lists, "campaigns": {"old": mail}}))
    world.control("POST", "clock", {"set": "2035-06-01T00:00:00Z"})
    again = {**mail, "schedule": {"at": "2035-07-01T13:00:00Z"}}
    plan = world.plan(compiled({"lists": lists, "campaigns": {"new": again}}))
    assert "name-already-sent" in {each.code for each in plan.diagnostics}

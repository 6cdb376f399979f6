"""What fields mean, end to end: choices, footers, HTML, audiences, drift, and what is lost with a delete."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.plan import Cause
from tests.engine.scene import AT, LISTS, STRICT, Scene, campaign, codes, mail, only, verbs
from tests.harness import compiled

# Choices


def fruit(*choices: Any) -> Any:
    field = {"label": "Fruit", "type": "single_select", "display_type": "dropdown", "choices": list(choices)}
    return compiled({"custom_fields": {"fruit": field}})


def choices_of(scene: Scene) -> dict[str, int]:
    (field,) = scene.send("GET", "/contact_custom_fields").body["custom_fields"]
    shown = sorted(field["choices"], key=lambda each: int(each["display_order"]))
    return {each["choice_label"]: each["choice_id"] for each in shown}


@pytest.fixture
def fruits() -> Scene:
    """An account with a field of three choices."""
    scene = Scene()
    scene.apply(fruit("Apple", "Pear", "Plum"))
    return scene


def test_a_renamed_choice_keeps_its_id_and_loses_nothing(fruits: Scene) -> None:
    before = choices_of(fruits)
    renamed = fruit({"label": "Apples", "was": "Apple"}, "Pear", "Plum")
    plan, outcome = fruits.apply(renamed, STRICT)
    assert (codes(plan), outcome.ok) == ([], True)
    after = choices_of(fruits)
    assert (list(after), after["Apples"]) == (["Apples", "Pear", "Plum"], before["Apple"])
    assert fruits.plan(renamed).empty
    assert fruits.plan(fruit("Apples", "Pear", "Plum")).empty


def test_two_choices_that_swap_their_labels_swap_nothing_else(fruits: Scene) -> None:
    before = choices_of(fruits)
    swapped = fruit({"label": "Pear", "was": "Apple"}, {"label": "Apple", "was": "Pear"}, "Plum")
    fruits.apply(swapped, STRICT)
    assert {name: before[name] for name in before} == dict(choices_of(fruits))
    assert fruits.plan(swapped).empty


def test_choices_in_another_order_keep_their_ids(fruits: Scene) -> None:
    before = choices_of(fruits)
    plan, _ = fruits.apply(fruit("Plum", "Apple", "Pear"), STRICT)
    after = choices_of(fruits)
    assert (list(after), after, codes(plan)) == (["Plum", "Apple", "Pear"], before, [])
    assert fruits.plan(fruit("Plum", "Apple", "Pear")).empty


def test_a_choice_that_goes_is_a_loss_that_must_be_named(fruits: Scene) -> None:
    plan = fruits.plan(fruit("Apple", "Pear"), STRICT)
    assert codes(plan) == ["data-loss"]
    assert "the choices Plum" in plan.diagnostics[0].summary
    fruits.apply(fruit("Apple", "Pear"))
    assert list(choices_of(fruits)) == ["Apple", "Pear"]


def test_a_choice_that_comes_in_the_middle_moves_no_id(fruits: Scene) -> None:
    before = choices_of(fruits)
    more = fruit("Apple", "Kiwi", "Pear", "Plum")
    fruits.apply(more, STRICT)
    after = choices_of(fruits)
    assert (list(after), {name: after[name] for name in before}) == (
        ["Apple", "Kiwi", "Pear", "Plum"],
        before,
    )
    assert fruits.plan(more).empty


def test_a_choice_that_somebody_added_is_drift_and_a_loss_to_take_away(fruits: Scene) -> None:
    (field,) = fruits.send("GET", "/contact_custom_fields").body["custom_fields"]
    added = [*field["choices"], {"choice_label": "Kiwi", "display_order": 4}]
    body = {"label": "Fruit", "choices": added}
    fruits.send("PUT", f"/contact_custom_fields/{field['custom_field_id']}", body)
    plan = fruits.plan(fruit("Apple", "Pear", "Plum"), STRICT)
    assert (codes(plan), [each.cause for each in only(plan).fields]) == (["data-loss"], [Cause.DRIFT])


# Footers and preheaders


FOOTER = {"organization_name": "Food Bank", "address_line1": "1 Quay", "country_code": "GB"}


def footer_of(scene: Scene) -> Any:
    path = f"{scene.activity()}?include=physical_address_in_footer"
    return scene.send("GET", path).body.get("physical_address_in_footer")


def test_a_footer_is_set_changed_and_stays_when_it_leaves_the_manifest() -> None:
    scene = Scene()
    scene.apply(campaign())
    scene.apply(campaign(footer=FOOTER))
    assert footer_of(scene)["address_line1"] == "1 Quay"
    moved = campaign(footer={**FOOTER, "address_line1": "2 Quay"})
    plan, _ = scene.apply(moved)
    assert [each.path for each in only(plan).fields] == ["footer.address_line1"]
    assert (footer_of(scene)["address_line1"], scene.plan(moved).empty) == ("2 Quay", True)
    plan, outcome = scene.apply(campaign())
    assert (codes(plan), plan.steps, outcome.ok) == (["field-stays"], (), True)
    again = scene.plan(campaign())
    assert (again.empty, codes(again)) == (True, [])
    assert (footer_of(scene)["address_line1"], scene.schedule()) == ("2 Quay", AT)


def test_a_line_that_leaves_the_footer_goes_and_the_rest_stays() -> None:
    scene, shorter = Scene(), campaign(footer=FOOTER)
    scene.apply(campaign(footer={**FOOTER, "address_line2": "Floor 2", "city": "Leith"}))
    plan, _ = scene.apply(shorter)
    assert [each.path for each in only(plan).fields] == ["footer.address_line2", "footer.city"]
    assert {name for name, value in footer_of(scene).items() if value} == {*FOOTER, "country_name"}
    scene.forget_everything()
    assert scene.plan(shorter).steps == ()


def test_an_edit_beside_it_leaves_an_undeclared_footer_and_the_html_as_they_are() -> None:
    scene = Scene()
    scene.apply(campaign(footer=FOOTER))
    scene.apply(campaign())
    scene.apply(campaign(subject="Other"))
    body = scene.send("GET", f"{scene.activity()}?include=html_content").body
    assert (footer_of(scene)["address_line1"], "Hello" in body["html_content"]) == ("1 Quay", True)


@pytest.mark.parametrize("empty", [None, ""], ids=["left out", "empty"])
def test_a_preheader_is_cleared(empty: str | None) -> None:
    scene = Scene()
    scene.apply(campaign(preheader="What is new"))
    cleared = campaign(preheader=empty)
    plan, _ = scene.apply(cleared)
    assert [(each.path, each.after) for each in only(plan).fields] == [("preheader", None)]
    assert not scene.send("GET", scene.activity()).body.get("preheader")
    assert (scene.plan(cleared).empty, scene.schedule()) == (True, AT)


def test_a_preheader_that_was_never_declared_survives_an_edit() -> None:
    scene = Scene()
    scene.apply(campaign(schedule=None))
    was = scene.send("GET", scene.activity()).body
    kept = {name: was[name] for name in ("from_name", "from_email", "reply_to_email", "subject")}
    scene.send("PUT", scene.activity(), {**kept, "preheader": "By hand"})
    scene.apply(campaign(schedule=None, audience=None, subject="Edited"))
    body = scene.send("GET", scene.activity()).body
    assert (body["preheader"], body["subject"]) == ("By hand", "Edited")


# HTML


TABLE = """\
<html>
<body class="x"  id='y'>
[[trackingImage]]
<p>Caf&eacute; &amp; more</p><br>
</body>
</html>
"""


def test_html_that_the_service_rewrites_is_no_drift_but_an_edit_in_the_account_is() -> None:
    scene = Scene.of(rewrite_html=True)
    desired = campaign(html=TABLE)
    scene.apply(desired)
    stored = scene.send("GET", f"{scene.activity()}?include=html_content").body
    assert stored["html_content"] != TABLE
    plan = scene.plan(desired)
    assert (plan.empty, plan.drift) == (True, ())
    scene.move_schedule("")
    names = ("from_name", "from_email", "reply_to_email", "subject", "contact_list_ids")
    by_hand = stored["html_content"].replace("more", "less")
    scene.send("PUT", scene.activity(), {**{each: stored[each] for each in names}, "html_content": by_hand})
    scene.send("POST", f"{scene.activity()}/schedules", {"scheduled_date": AT})
    plan, outcome = scene.apply(desired)
    assert [str(each.address) for each in plan.drift] == ["campaign.may"]
    assert [(each.path, each.cause) for each in only(plan).fields] == [("html", Cause.DRIFT)]
    assert (outcome.ok, scene.schedule(), scene.plan(desired).empty) == (True, AT, True)


@pytest.mark.parametrize("rewritten", [True, False])
def test_html_with_other_white_space_in_the_manifest_is_no_change(rewritten: bool) -> None:
    scene = Scene.of(rewrite_html=rewritten)
    scene.apply(campaign(html=TABLE))
    assert scene.plan(campaign(html=TABLE.replace("\n", "\r\n").replace("  id", " id"))).empty


# Audiences, schedules


def test_an_audience_that_is_not_declared_survives_an_edit_of_the_subject() -> None:
    scene = Scene()
    scene.apply(campaign(audience=None, schedule=None))
    was = scene.send("GET", scene.activity()).body
    kept = {name: was[name] for name in ("from_name", "from_email", "reply_to_email", "subject")}
    ids = [scene.binding("list.news").remote_id]
    scene.send("PUT", scene.activity(), {**kept, "contact_list_ids": ids})
    edited = campaign(audience=None, schedule=None, subject="Edited")
    scene.apply(edited)
    assert scene.send("GET", scene.activity()).body["contact_list_ids"] == ids
    assert scene.plan(edited).empty


def test_an_audience_goes_from_lists_to_a_segment_and_to_nobody() -> None:
    from tests.engine.test_failures import RECENT

    def to(audience: Any) -> Any:
        may = mail(audience=audience, schedule=None)
        return compiled({"lists": LISTS, "segments": {"s": RECENT}, "campaigns": {"may": may}})

    scene = Scene()
    audiences: tuple[Any, ...] = (
        {"lists": ["news"]},
        {"segment": "s"},
        {"lists": []},
        {"segment": "s"},
        None,
    )
    for audience in audiences:
        scene.apply(to(audience))
        assert scene.plan(to(audience)).empty
    body = scene.send("GET", scene.activity()).body
    assert (body["contact_list_ids"], body["segment_ids"]) == ([], [])


def test_schedule_none_on_a_new_campaign_is_a_draft_without_a_schedule_call() -> None:
    scene = Scene()
    plan, outcome = scene.apply(campaign(schedule="none"))
    assert (verbs(plan), outcome.ok) == (["create", "create", "set audience"], True)
    assert scene.plan(campaign(schedule="none")).empty


# Drift


def test_drift_is_told_apart_from_the_edit_that_comes_with_it() -> None:
    scene = Scene()
    news = {"name": "News", "description": "Monthly"}
    scene.apply(compiled({"lists": {"news": news}}))
    path = f"/contact_lists/{scene.binding('list.news').remote_id}"
    scene.send("PUT", path, {"name": "News", "description": "By hand"})
    plan, _ = scene.apply(compiled({"lists": {"news": {**news, "name": "Newsletter"}}}))
    (drift,) = plan.drift
    assert [(each.path, each.before, each.after) for each in drift.fields] == [
        ("description", "Monthly", "By hand")
    ]
    causes = {each.path: each.cause for each in only(plan).fields}
    assert causes == {"description": Cause.DRIFT, "name": Cause.CHANGED}
    assert scene.send("GET", path).body["description"] == "Monthly"


def test_drift_that_the_manifest_agrees_with_is_nothing() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": {"news": {"name": "News", "description": "Monthly"}}}))
    path = f"/contact_lists/{scene.binding('list.news').remote_id}"
    scene.send("PUT", path, {"name": "News", "description": "Weekly"})
    plan = scene.plan(compiled({"lists": {"news": {"name": "News", "description": "Weekly"}}}))
    assert (plan.empty, plan.drift, plan.steps) == (True, (), ())


def test_a_field_that_is_not_declared_may_be_changed_by_anybody() -> None:
    scene = Scene()
    scene.apply(compiled({"lists": LISTS}))
    path = f"/contact_lists/{scene.binding('list.news').remote_id}"
    scene.send("PUT", path, {"name": "News", "description": "By hand", "favorite": True})
    plan = scene.plan(compiled({"lists": LISTS}))
    assert (plan.empty, plan.drift) == (True, ())
    scene.apply(compiled({"lists": {"news": {"name": "Newsletter"}}}))
    body = scene.send("GET", path).body
    assert (body["description"], body["favorite"]) == ("By hand", True)


# What is lost


def test_a_delete_of_what_has_members_says_how_many_and_must_be_named() -> None:
    seed = {"lists": [{"name": "News", "members": 12}, "Other"], "tags": [{"name": "VIP", "contacts": 7}]}
    scene = Scene.of(seed=seed)
    tags = {"vip": {"name": "VIP"}}
    scene.apply(compiled({"lists": LISTS, "tags": tags}))
    plan = scene.plan(compiled({}), STRICT)
    said = {str(each.address): each.summary for each in plan.diagnostics if each.code == "data-loss"}
    assert sorted(said) == ["list.news", "tag.vip"]
    assert "12" in said["list.news"]
    assert "7" in said["tag.vip"]


def test_a_list_without_members_goes_without_a_word() -> None:
    scene = Scene.of(seed={"lists": ["News", "Other"]})
    scene.apply(compiled({"lists": LISTS}))
    assert codes(scene.plan(compiled({}), STRICT)) == []

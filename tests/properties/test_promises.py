"""The promises, over the emulator: random manifests, one after the other, with and without memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstate.core.diagnostics import Refused, has_errors
from ccstate.core.document import plan_from_json, plan_to_json
from ccstate.core.plan import Action, Plan
from ccstate.emulator import Settings
from ccstate.emulator.switches import Switches
from ccstate.engine.saved import check_live, check_state
from ccstate.kinds import discover
from tests.harness import World, compiled
from tests.properties.manifests import manifests

SEED_LISTS = {"lists": [{"name": "Kept by hand", "members": 3}]}
ALLOWED_REFUSALS = {
    "name-taken",  # the derived name of a custom field survives a new label
    "name-held-by-removed",
    "last-list",
}
RELAXED = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@st.composite
def switches(draw: st.DrawFn) -> Switches:
    return Switches(
        rewrite_html=draw(st.booleans()),
        rewrite_criteria=draw(st.booleans()),
        removed_campaigns_free_name=draw(st.booleans()),
        deleted_lists_keep_name=False,
        keep_field_name_case=draw(st.booleans()),
    )


def world(found: Switches) -> World:
    return World(Settings(seed=SEED_LISTS, switches=found))


def apply_or_refuse(account: World, manifest: dict[str, Any]) -> Plan | None:
    """The plan that was applied; None where it was refused for a reason that a user must resolve."""
    desired = compiled(manifest)
    found = account.plan(desired)
    errors = {each.code for each in found.diagnostics if each.severity == "error"}
    if errors:
        assert errors <= ALLOWED_REFUSALS, found.diagnostics
        return None
    outcome = account.make(found)
    blocked = {each.code for each in found.diagnostics if each.severity == "warning"}
    assert outcome.ok or blocked, (outcome, found.diagnostics)
    assert not outcome.failed, outcome.failed
    return found


@RELAXED
@given(st.lists(manifests(), min_size=1, max_size=3), switches())
def test_after_every_apply_the_plan_is_empty_and_a_second_apply_only_reads(
    sequence: list[dict[str, Any]], found: Switches
) -> None:
    account = world(found)
    for manifest in sequence:
        if apply_or_refuse(account, manifest) is None:
            continue
        again = account.plan(compiled(manifest))
        assert again.empty, [(str(each.address), each.action, each.fields) for each in again.active]
        before = len(account.log())
        account.make(again)
        assert account.writes_since(before) == []


@RELAXED
@given(st.lists(manifests(), min_size=2, max_size=4), switches())
def test_no_call_is_ever_refused_because_names_are_freed_and_things_made_before_they_are_needed(
    sequence: list[dict[str, Any]], found: Switches
) -> None:
    account = world(found)
    for manifest in sequence:
        apply_or_refuse(account, manifest)
    refused = [each for each in account.log() if each[2] >= 400 and each[0] != "GET"]
    assert refused == []


@RELAXED
@given(manifests(), switches())
def test_with_the_state_lost_everything_is_adopted_without_a_write(
    manifest: dict[str, Any], found: Switches
) -> None:
    account = world(found)
    if apply_or_refuse(account, manifest) is None:
        return
    scheduled = any("schedule" in each for each in manifest.get("campaigns", {}).values())
    account.forget_everything()
    before = len(account.log())
    plan = account.plan(compiled(manifest))
    assert not has_errors(plan.diagnostics), plan.diagnostics
    assert {each.action for each in plan.active} <= {Action.ADOPT}
    assert plan.steps == (), (scheduled, [each.fields for each in plan.active if each.fields])
    account.make(plan)
    assert account.writes_since(before) == []
    assert account.plan(compiled(manifest)).empty


@RELAXED
@given(manifests(), manifests(), switches())
def test_what_is_neither_declared_nor_in_the_state_is_never_written_to(
    theirs: dict[str, Any], ours: dict[str, Any], found: Switches
) -> None:
    account = world(found)
    apply_or_refuse(account, theirs)
    account.forget_everything()
    before = objects(account)
    plan = account.plan(compiled(ours))
    if has_errors(plan.diagnostics):
        return
    account.make(plan)
    adopted = {each.remote_id for each in plan.changes if each.remote_id}
    after = objects(account)
    for identity, was in before.items():
        if identity not in adopted:
            assert after[identity] == was


def objects(account: World) -> dict[str, Any]:
    """Every object of the account by id, from its API alone."""
    found = {}
    for path, items, key in (
        ("/contact_lists?limit=500", "lists", "list_id"),
        ("/contact_tags?limit=500", "tags", "tag_id"),
        ("/contact_custom_fields?limit=100", "custom_fields", "custom_field_id"),
        ("/segments?limit=1000", "segments", "segment_id"),
        ("/emails?limit=500", "campaigns", "campaign_id"),
    ):
        for item in account.send("GET", path).body[items]:
            found[str(item[key])] = item
    return found


@RELAXED
@given(manifests(), st.booleans())
def test_a_field_that_is_not_declared_is_never_changed(manifest: dict[str, Any], rewritten: bool) -> None:
    account = world(Switches(rewrite_html=rewritten))
    apply_or_refuse(account, manifest)
    bindings = account.state.bindings
    kept = {}
    for address, binding in bindings.items():
        if address.kind == "list" and "description" not in manifest["lists"][address.key]:
            body = account.send("GET", f"/contact_lists/{binding.remote_id}").body
            account.send(
                "PUT",
                f"/contact_lists/{binding.remote_id}",
                {"name": body["name"], "description": "by hand", "favorite": True},
            )
            kept[binding.remote_id] = address.key
            manifest["lists"][address.key]["name"] += " (renamed)"
    desired = compiled(manifest)
    account.make(account.plan(desired))
    for remote_id, key in kept.items():
        body = account.send("GET", f"/contact_lists/{remote_id}").body
        assert body["description"] == "by hand"
        assert body["favorite"] is manifest["lists"][key].get("favorite", True)


@RELAXED
@given(manifests(), manifests(), switches())
def test_a_saved_plan_does_what_was_reviewed(
    first: dict[str, Any], second: dict[str, Any], found: Switches
) -> None:
    account = world(found)
    apply_or_refuse(account, first)
    plan = account.plan(compiled(second))
    if has_errors(plan.diagnostics):
        return
    saved, _ = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))
    check_state(saved, account.state)
    account.run(lambda client: check_live(saved, client, discover()))
    outcome = account.make(saved)
    assert not outcome.failed
    again = account.plan(compiled(second))
    assert again.empty, [(str(each.address), each.action, each.fields) for each in again.active]


@RELAXED
@given(manifests(), manifests())
def test_a_saved_plan_is_refused_after_the_state_moved_on(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    account = world(Switches())
    plan = account.plan(compiled(second))
    before = account.state
    if apply_or_refuse(account, first) is None or account.state.serial == before.serial:
        return
    with pytest.raises(Refused):
        check_state(plan, account.state)


@RELAXED
@given(manifests(), switches())
def test_two_plans_of_one_account_are_the_same_bytes(manifest: dict[str, Any], found: Switches) -> None:
    account = world(found)
    desired = compiled(manifest)
    first, second = (json.dumps(plan_to_json(account.plan(desired))) for _ in range(2))
    assert first == second


@RELAXED
@given(manifests(), switches())
def test_destroyed_and_applied_again_it_is_all_there(manifest: dict[str, Any], found: Switches) -> None:
    account = world(found)
    if apply_or_refuse(account, manifest) is None:
        return

    from tests.harness import LOOSE

    account.apply((), LOOSE._replace(destroy=True))
    assert not [address for address in account.state.bindings if address.kind != "list"]
    if apply_or_refuse(account, manifest) is None:
        return
    assert account.plan(compiled(manifest)).empty

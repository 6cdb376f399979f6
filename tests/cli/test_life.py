"""A project's life on the command line: what a user does, in the order in which it happens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workspace import Workspace

ACCOUNT = """\
lists:
  news:
    name: News
    description: Monthly news
  donors:
    name: Donors
tags:
  vip:
    name: VIP
    tag_source: Shopify
custom_fields:
  fruit:
    label: Fruit
    type: single_select
    display_type: dropdown
    choices: [Apple, Pear]
segments:
  sleepy:
    name: Sleepy
    criteria:
      type: and
      group:
        - {source: tracking, field: not_opened, op: contains-any, const_value: last-n-campaigns, param: 5}
        - type: or
          group:
            - {source: tags, field: tag_id, op: eq, value: "${tag.vip}"}
campaigns:
  may:
    name: May news
    from: {name: Jo Bloggs, email: owner@example.com}
    subject: "Hello May"
    preheader: What is new
    html: <html><body>[[trackingImage]]<p>Hello</p></body></html>
    audience: {lists: [news]}
    schedule: {at: 2035-05-01T09:00, timezone: America/New_York}
"""


@pytest.fixture
def applied(workspace: Workspace) -> Workspace:
    """The account above, applied."""
    workspace.write("account.yaml", ACCOUNT)
    workspace.apply().ok()
    return workspace


def edit(workspace: Workspace, old: str, new: str) -> None:
    path = workspace.root / "account.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def drop(workspace: Workspace, section: str) -> None:
    """Take a whole section out."""
    path = workspace.root / "account.yaml"
    kept, skipping = [], False
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if not line.startswith(" "):
            skipping = line.startswith(f"{section}:")
        if not skipping:
            kept.append(line)
    path.write_text("".join(kept), encoding="utf-8")


def only(changes: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(changes) == 1, changes
    return changes[0]


def test_the_first_apply_creates_everything_and_the_second_changes_nothing(workspace: Workspace) -> None:
    workspace.write("account.yaml", ACCOUNT)
    first = workspace.apply().ok()
    assert "\nApply complete! Resources: 6 added, 0 changed, 0 destroyed.\n" in first.out
    second = workspace.apply().ok()
    assert "\nNo changes.\n" in second.out


@pytest.mark.parametrize(
    ("old", "new", "address", "path"),
    [
        ("description: Monthly news", "description: Weekly news", "list.news", "description"),
        ("name: News", "name: Newsletter", "list.news", "name"),
        ("name: VIP", "name: Very important", "tag.vip", "name"),
        ("label: Fruit", "label: Favourite fruit", "custom_field.fruit", "label"),
        ("choices: [Apple, Pear]", "choices: [Apple, Pear, Plum]", "custom_field.fruit", "choices"),
        ("name: Sleepy", "name: Asleep", "segment.sleepy", "name"),
        ("param: 5", "param: 7", "segment.sleepy", "criteria.group[0].param"),
        ("name: May news", "name: June news", "campaign.may", "name"),
        ("name: Jo Bloggs", "name: Jo", "campaign.may", "from.name"),
        ('subject: "Hello May"', 'subject: "Hello, May"', "campaign.may", "subject"),
        ("preheader: What is new", "preheader: What is old", "campaign.may", "preheader"),
        ("<p>Hello</p>", "<p>Bye</p>", "campaign.may", "html"),
        ("lists: [news]", "lists: [news, donors]", "campaign.may", "audience.lists"),
        ("at: 2035-05-01T09:00", "at: 2035-05-01T10:00", "campaign.may", "schedule"),
    ],
)
def test_an_edited_field_is_all_that_is_shown_and_all_that_is_changed(
    applied: Workspace, old: str, new: str, address: str, path: str
) -> None:
    edit(applied, old, new)
    change = only(applied.changes())
    assert (change["address"], change["action"]) == (address, "update")
    (field,) = change["fields"]
    assert field["path"].startswith(path.partition("[")[0])
    assert field["place"]["filename"] == "account.yaml"
    assert "0 added, 1 changed, 0 destroyed" in applied.apply().ok().out
    assert applied.changes() == []


def test_an_edit_is_shown_with_its_file_and_line(applied: Workspace) -> None:
    edit(applied, "description: Monthly news", "description: Weekly news")
    assert "account.yaml:" in applied.plan().ok().out


def test_a_key_renamed_with_the_same_name_is_a_move_without_a_call(applied: Workspace) -> None:
    edit(applied, "  donors:\n", "  givers:\n")
    change = only(applied.changes())
    assert (change["address"], change["previous_address"]) == ("list.givers", "list.donors")
    assert (change["action"], change["steps"]) == ("noop", [])
    assert "1 moved" in applied.apply().ok().out
    assert applied.changes() == []


def test_two_resources_swap_their_names(applied: Workspace) -> None:
    edit(applied, "name: News", "name: SWAP")
    edit(applied, "name: Donors", "name: News")
    edit(applied, "name: SWAP", "name: Donors")
    verbs = [each["verb"] for each in applied.plan("--json").json["steps"]]
    assert sorted(verbs) == ["step aside", "update", "update"]
    assert "0 added, 2 changed, 0 destroyed" in applied.apply().ok().out
    assert applied.changes() == []


def test_three_names_rotate(workspace: Workspace) -> None:
    workspace.write("account.yaml", "tags:\n  a: {name: One}\n  b: {name: Two}\n  c: {name: Three}\n")
    workspace.apply().ok()
    workspace.write("account.yaml", "tags:\n  a: {name: Two}\n  b: {name: Three}\n  c: {name: One}\n")
    assert "3 changed" in workspace.apply().ok().out
    assert workspace.changes() == []


def test_a_name_freed_by_a_delete_is_taken_by_a_rename(workspace: Workspace) -> None:
    workspace.write("account.yaml", "tags:\n  a: {name: One}\n  b: {name: Two}\n")
    workspace.apply().ok()
    workspace.write("account.yaml", "tags:\n  b: {name: One}\n")
    assert "0 added, 1 changed, 1 destroyed" in workspace.apply().ok().out
    assert workspace.changes() == []


def test_what_left_the_manifest_is_deleted(applied: Workspace) -> None:
    drop(applied, "campaigns")
    change = only(applied.changes())
    assert (change["address"], change["action"], change["undo"]) == (
        "campaign.may",
        "delete",
        "reaches people",
    )
    assert "0 added, 0 changed, 1 destroyed" in applied.apply().ok().out
    assert applied.changes() == []


def test_an_immutable_field_makes_a_replace_and_says_what_is_lost(applied: Workspace) -> None:
    edit(applied, "type: single_select", "type: multi_select")
    ran = applied.apply().failed()
    assert "data-loss" in ran.err
    assert "its values on all contacts" in ran.out
    ran = applied.apply("--allow-data-loss", "custom_field.fruit").ok()
    assert "1 added, 0 changed, 1 destroyed" in ran.out
    assert applied.changes() == []


def test_a_replaced_tag_steps_aside_and_its_users_follow(applied: Workspace) -> None:
    edit(applied, "tag_source: Shopify", "tag_source: Import")
    plan = applied.plan("--json").json
    assert [each["verb"] for each in plan["steps"]] == ["step aside", "create", "update", "delete"]
    applied.apply().ok()
    assert applied.changes() == []


def test_a_field_that_left_the_manifest_is_cleared(applied: Workspace) -> None:
    edit(applied, "    description: Monthly news\n", "")
    (field,) = only(applied.changes())["fields"]
    assert (field["path"], field["after"], field["cause"]) == ("description", None, "cleared")
    assert "-> (none)" in applied.plan().out
    applied.apply().ok()
    assert applied.changes() == []


def test_a_schedule_that_left_the_manifest_is_taken_down(applied: Workspace) -> None:
    edit(applied, "    schedule: {at: 2035-05-01T09:00, timezone: America/New_York}\n", "")
    assert [each["verb"] for each in applied.plan("--json").json["steps"]] == ["unschedule"]
    applied.apply().ok()
    assert applied.changes() == []


def test_the_state_lost_everything_is_adopted_and_nothing_is_called(applied: Workspace) -> None:
    (applied.root / ".ccstate/emulator/state.json").unlink()
    plan = applied.plan("--json").json
    assert {each["action"] for each in plan["changes"]} == {"adopt"}
    assert plan["steps"] == []
    assert "6 adopted" in applied.apply().ok().out
    assert applied.changes() == []


def test_destroy_keeps_the_last_list_and_says_so(applied: Workspace) -> None:
    ran = applied.run("destroy", "--emulator", "--auto-approve", "--allow-data-loss", "*").ok()
    assert "Destroy complete! Resources: 5 destroyed." in ran.out
    assert "last-list-kept" in ran.err
    assert list(applied.state["bindings"]) in (["list.donors"], ["list.news"])
    assert "5 added" in applied.apply().ok().out
    assert applied.changes() == []


def test_destroy_refuses_to_lose_contact_data_unless_named(applied: Workspace) -> None:
    ran = applied.run("destroy", "--emulator", "--auto-approve").failed()
    assert "--allow-data-loss custom_field.fruit" in ran.err
    assert applied.changes() == []


def test_a_protected_resource_is_not_deleted_even_when_its_block_is_gone(applied: Workspace) -> None:
    edit(applied, "    name: Donors\n", "    name: Donors\n    lifecycle: {protect: true}\n")
    assert only(applied.changes())["flags"] == ["protect"]
    applied.apply().ok()
    edit(applied, "  donors:\n    name: Donors\n    lifecycle: {protect: true}\n", "")
    assert "protected" in applied.apply().failed().err


def test_on_remove_forget_unbinds_and_leaves_the_account_alone(applied: Workspace) -> None:
    edit(applied, "    name: Donors\n", "    name: Donors\n    lifecycle: {on_remove: forget}\n")
    applied.apply().ok()
    edit(applied, "  donors:\n    name: Donors\n    lifecycle: {on_remove: forget}\n", "")
    change = only(applied.changes())
    assert (change["action"], change["steps"]) == ("forget", [])
    assert "1 forgotten" in applied.apply().ok().out


def test_much_of_a_kind_at_once_is_refused_with_the_flag_to_proceed(workspace: Workspace) -> None:
    tags = {f"t{number}": {"name": f"Tag {number}"} for number in range(10)}
    workspace.write("account.yaml", json.dumps({"tags": tags}))
    workspace.apply().ok()
    for number in range(4):
        tags[f"t{number}"] = {"name": f"Renamed {number}"}
    workspace.write("account.yaml", json.dumps({"tags": tags}))
    assert "--allow-mass-change" in workspace.apply().failed().err
    assert "4 changed" in workspace.apply("--allow-mass-change").ok().out


def test_a_target_takes_what_it_needs_along_and_nothing_else(workspace: Workspace) -> None:
    workspace.write("account.yaml", ACCOUNT)
    workspace.apply("--target", "segment.sleepy").ok()
    assert sorted(workspace.state["bindings"]) == ["segment.sleepy", "tag.vip"]


def test_a_file_inside_the_project_narrows_the_run(workspace: Workspace) -> None:
    workspace.write("ccstate.yaml", "guards: {horizon_days: 20000}\n")
    workspace.write("account.yaml", ACCOUNT)
    workspace.write("more/tags.yaml", "tags:\n  extra: {name: Extra}\n")
    workspace.apply("more").ok()
    assert list(workspace.state["bindings"]) == ["tag.extra"]


def test_exit_codes_tell_changes_from_none_only_when_asked(applied: Workspace) -> None:
    applied.plan("--detailed-exitcode").ok()
    edit(applied, "name: VIP", "name: Very important")
    applied.plan().ok()
    applied.plan("--detailed-exitcode").failed(2)


def test_a_saved_plan_is_applied_exactly_and_once(applied: Workspace) -> None:
    edit(applied, "name: VIP", "name: Very important")
    out = str(applied.root / "plan.json")
    applied.plan("--out", out).ok()
    edit(applied, "description: Monthly news", "description: Weekly news")
    assert "Very important" in applied.run("show", out).ok().out
    assert "0 added, 1 changed, 0 destroyed" in applied.run("apply", out).ok().out
    assert "stale" in applied.run("apply", out).failed().err
    assert only(applied.changes())["address"] == "list.news"


def test_a_saved_plan_is_refused_when_the_account_moved(applied: Workspace) -> None:
    edit(applied, "description: Monthly news", "description: Weekly news")
    out = str(applied.root / "plan.json")
    applied.plan("--out", out).ok()
    state = (applied.root / ".ccstate/emulator/state.json").read_bytes()
    edit(applied, "description: Weekly news", "description: By somebody else")
    applied.apply().ok()
    (applied.root / ".ccstate/emulator/state.json").write_bytes(state)
    assert "list.news has changed in the account" in applied.run("apply", out).failed().err


def test_nobody_to_ask_means_no_apply(workspace: Workspace) -> None:
    workspace.write("account.yaml", ACCOUNT)
    ran = workspace.run("apply", "--emulator").failed()
    assert "--auto-approve" in ran.err
    assert not (workspace.root / ".ccstate/emulator/state.json").exists()


def test_an_offline_plan_reads_nothing_and_finds_the_edit(applied: Workspace) -> None:
    edit(applied, "name: VIP", "name: Very important")
    change = only(applied.changes("--refresh=none"))
    assert (change["address"], change["action"]) == ("tag.vip", "update")


def test_an_offline_plan_says_so_and_cannot_be_applied(applied: Workspace) -> None:
    edit(applied, "name: VIP", "name: Very important")
    ran = applied.run("plan", "--emulator", "--refresh=none", "--json").ok()
    assert ran.json["offline"] is True
    path = applied.write("printed.json", ran.out)
    assert "[plan-offline]" in applied.run("apply", str(path), "--emulator").failed().err
    assert "compares with the state alone" in applied.run("plan", "--emulator", "--refresh=none").ok().out
    assert "compares with the state alone" in applied.run("show", str(path)).ok().out
    assert "offline" not in applied.run("plan", "--emulator", "--json").ok().json


def test_an_offline_plan_says_whose_account_it_would_be(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("account.yaml", ACCOUNT)
    assert "LIVE" in workspace.run("plan", "--refresh=none").ok().out
    monkeypatch.setenv("CCSTATE_API_URL", "http://127.0.0.1:9/v3")
    assert "EMULATOR" in workspace.run("plan", "--refresh=none").ok().out


def test_an_offline_plan_cannot_be_saved(applied: Workspace) -> None:
    assert (
        "--out needs" in applied.run("plan", "--emulator", "--refresh=none", "--out", "x.json").failed().err
    )


def test_everything_of_the_emulator_lives_apart(applied: Workspace) -> None:
    assert sorted(each.name for each in (applied.root / ".ccstate").iterdir()) == ["emulator"]

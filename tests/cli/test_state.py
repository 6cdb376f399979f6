"""`ccstate state`, on the state of an emulated account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccstate.core.state import State
from ccstate.store.project import Store
from tests.workspace import Ran, Workspace

MANIFEST = """
lists:
  news: {name: News}
  donors: {name: Donors}
tags:
  vip: {name: VIP}
"""


@pytest.fixture
def applied(workspace: Workspace) -> Workspace:
    workspace.write("account.yaml", MANIFEST)
    workspace.run("apply", "--emulator", "--auto-approve").ok()
    return workspace


def state(workspace: Workspace, *arguments: str) -> Ran:
    return workspace.run("state", *arguments, "--emulator")


def test_list_names_what_is_there_one_a_line(applied: Workspace) -> None:
    assert state(applied, "list").ok().out == "list.donors\nlist.news\ntag.vip\n"
    assert state(applied, "list", "tag.*").ok().out == "tag.vip\n"
    assert "did you mean list.news" in state(applied, "list", "list.newz").failed().err


def test_show_is_the_json_of_one_address(applied: Workspace) -> None:
    found = json.loads(state(applied, "show", "list.news").ok().out)
    assert (found["address"], found["natural_key"]) == ("list.news", "News")
    state(applied, "show", "list.gone").failed()


def test_after_a_move_the_renamed_key_is_what_is_bound(applied: Workspace) -> None:
    assert state(applied, "mv", "list.news", "list.letter").ok().out == "list.news is list.letter now.\n"
    applied.write("account.yaml", MANIFEST.replace("news:", "letter:"))
    assert "No changes." in applied.run("plan", "--emulator").ok().out


def test_what_was_taken_out_stays_in_the_account_and_is_found_again(applied: Workspace) -> None:
    assert state(applied, "rm", "list.*").ok().out == "list.donors is forgotten.\nlist.news is forgotten.\n"
    assert state(applied, "list").ok().out == "tag.vip\n"
    ran = applied.run("apply", "--emulator", "--auto-approve").ok()
    assert "2 adopted" in ran.out


def test_rm_needs_an_address(applied: Workspace) -> None:
    state(applied, "rm").failed()
    assert len(state(applied, "list").out.split()) == 3


def test_pull_edit_push_is_a_round_trip_under_a_new_serial(applied: Workspace, tmp_path: Path) -> None:
    pulled = state(applied, "pull").ok()
    document = pulled.json
    del document["bindings"]["tag.vip"]
    file = tmp_path / "edited"
    file.write_text(json.dumps(document))
    told = state(applied, "push", str(file)).ok().out
    assert f"has serial {document['serial'] + 1} now" in told
    assert state(applied, "pull").json["bindings"] == document["bindings"]
    assert "older" not in told
    again = state(applied, "push", str(file)).failed()
    assert "state-serial" in again.err
    state(applied, "push", str(file), "--force").ok()


def test_pushing_what_is_there_changes_nothing(applied: Workspace, tmp_path: Path) -> None:
    pulled = state(applied, "pull").ok()
    file = tmp_path / "same"
    file.write_text(pulled.out)
    assert "already" in state(applied, "push", str(file)).ok().out
    assert state(applied, "pull").out == pulled.out


def test_push_reads_stdin(applied: Workspace) -> None:
    document = state(applied, "pull").json
    document["bindings"].clear()
    applied.run("state", "push", "-", "--emulator", answers=json.dumps(document)).ok()
    assert state(applied, "list").ok().out == ""


@pytest.mark.parametrize(
    "change",
    [
        {"lineage": "another"},
        {"serial": 0},
        {"account_id": "another"},
        {"serial": "7"},
        {"serial": None},
        {"bindings": {"x": {}}},
        {"bindings": {"list.x": {"remote_id": 7}}},
        {"references": []},
        {"format_version": "2.0"},
        {"more": 1},
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(
    applied: Workspace, tmp_path: Path, change: dict[str, object]
) -> None:
    before = state(applied, "pull").ok()
    file = tmp_path / "bad"
    file.write_text(json.dumps({**before.json, **change}))
    state(applied, "push", str(file)).failed()
    assert state(applied, "pull").out == before.out


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "7"])
def test_what_is_no_state_is_refused(applied: Workspace, tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad"
    file.write_text(text)
    state(applied, "push", str(file), "--force").failed()
    assert len(state(applied, "list").out.split()) == 3


def test_a_mistake_in_a_manifest_keeps_nobody_from_mending_the_state(applied: Workspace) -> None:
    applied.write("account.yaml", "lists: [")
    assert state(applied, "list").ok().out
    state(applied, "rm", "tag.vip").ok()


def test_a_mistake_in_the_project_file_does(applied: Workspace) -> None:
    """It says where the state is."""
    applied.write("ccstate.yaml", "state: 7: 8\n")
    state(applied, "list").failed()


def test_surgery_waits_for_the_lock_or_is_refused(applied: Workspace) -> None:
    with Store.of(applied.root, emulator=True).lock("apply"):
        assert "locked" in state(applied, "rm", "tag.vip").failed().err
        assert state(applied, "list").ok().out
        state(applied, "rm", "tag.vip", "--no-lock").ok()
    assert "tag.vip" not in state(applied, "list").out


def test_a_saved_plan_does_not_fit_a_state_that_was_changed_by_hand(applied: Workspace) -> None:
    applied.write("account.yaml", MANIFEST.replace("Donors", "Givers"))
    applied.run("plan", "--emulator", "--out", str(applied.root / "plan.json")).ok()
    state(applied, "rm", "tag.vip").ok()
    ran = applied.run("apply", str(applied.root / "plan.json")).failed()
    assert "plan-stale" in ran.err


def test_without_a_project_there_is_an_empty_state(workspace: Workspace) -> None:
    assert state(workspace, "list").ok().out == ""
    assert not (workspace.root / ".ccstate").exists()


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.write(".ccstate/emulator", "in the way")
    given = workspace.write("given.json", json.dumps(State(lineage="x", serial=1).to_json()))
    assert "cannot-write" in state(workspace, "push", str(given)).failed().err
    assert (workspace.root / ".ccstate/emulator").read_text() == "in the way"

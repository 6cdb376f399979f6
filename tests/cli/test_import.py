"""`ccstate import`, and the blocks that say the same: what a user sees, and what the account does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workspace import Workspace

SEED = {
    "lists": [
        {"name": "By hand", "description": "Made in the UI", "members": 3},
        {"name": "News"},
    ],
    "tags": [{"name": "VIP"}],
}
MANIFEST = """\
lists:
  news: {name: News}
  hand: {name: Made by hand, description: Made in the UI}
tags:
  vip: {name: VIP}
"""
PROJECT = "emulator: {seed: seed.json}\n"


@pytest.fixture
def seeded(workspace: Workspace) -> Workspace:
    """An account that people filled before, and a project that knows nothing of it."""
    workspace.write("ccstate.yaml", PROJECT)
    workspace.write("seed.json", json.dumps(SEED))
    workspace.write("account.yaml", MANIFEST)
    return workspace


def take(workspace: Workspace, *arguments: str) -> Any:
    return workspace.run("import", "--emulator", *arguments)


def ids(workspace: Workspace) -> dict[str, str]:
    """Name -> id of what is there, as a project sees it that adopts everything."""
    other = Workspace(workspace.root / "looking")
    other.write("ccstate.yaml", "")
    other.write("all.yaml", "lists: {a: {name: By hand}, b: {name: News}}\ntags: {t: {name: VIP}}\n")
    db = str(workspace.root / ".ccstate/emulator/account.db")
    found = other.run("plan", "--emulator", "--emulator-db", db, "--json").ok().json["changes"]
    return {each["natural_key"]: each["remote_id"] for each in found}


def test_an_object_is_bound_by_its_name_and_nothing_is_left_to_do(seeded: Workspace) -> None:
    ran = take(seeded, "list.news").ok()
    assert "Bound: list.news stands for" in ran.out
    assert "Nothing differs from the manifest." in ran.out
    assert list(seeded.state["bindings"]) == ["list.news"]
    assert seeded.changes("--target", "list.news") == []


def test_what_has_another_name_is_bound_by_its_id_and_renamed_by_the_next_apply(
    seeded: Workspace,
) -> None:
    seeded.plan().ok()
    remote_id = ids(seeded)["By hand"]
    ran = take(seeded, "list.hand", remote_id).ok()
    assert '"By hand" -> "Made by hand"' in ran.out
    assert "The account was not touched." in ran.out
    assert "The next apply changes it as shown." in ran.out
    assert ids(seeded)["By hand"] == remote_id
    (change,) = seeded.changes("--target", "list.hand")
    assert (change["action"], change["remote_id"]) == ("update", remote_id)
    seeded.apply().ok()
    assert seeded.changes() == []


def test_the_json_is_a_plan_of_that_one_change(seeded: Workspace) -> None:
    document = take(seeded, "list.news", "--json").ok().json
    (change,) = document["changes"]
    assert (change["address"], change["action"]) == ("list.news", "adopt")
    again = take(seeded, "list.news", "--json").ok().json
    assert again["changes"] == []


def test_what_is_bound_already_is_left_so(seeded: Workspace) -> None:
    take(seeded, "list.news").ok()
    serial = seeded.state["serial"]
    assert "there is nothing to do" in take(seeded, "list.news").ok().out
    assert seeded.state["serial"] == serial


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list.nobody",), "undeclared-address"),
        (("list.newz",), "did you mean list.news?"),
        (("list.hand",), "import-not-found"),
        (("list.news", "00000000-0000-0000-0000-000000000000"), "import-not-found"),
    ],
)
def test_what_cannot_be_imported_is_refused_and_nothing_is_written(
    seeded: Workspace, arguments: tuple[str, ...], told: str
) -> None:
    assert told in take(seeded, *arguments).failed().err
    assert not (seeded.root / ".ccstate/emulator/state.json").exists()


def test_an_id_that_somebody_owns_or_of_another_kind_is_refused(seeded: Workspace) -> None:
    seeded.plan().ok()
    found = ids(seeded)
    take(seeded, "list.news").ok()
    take(seeded, "tag.vip").ok()
    assert "import-taken" in take(seeded, "list.hand", found["News"]).failed().err
    told = " ".join(take(seeded, "list.hand", found["VIP"]).failed().err.split())
    assert "is no list, but what tag.vip stands for" in told
    assert "import-bound" in take(seeded, "list.news", found["By hand"]).failed().err


def test_never_adopted_by_name_but_imported(seeded: Workspace) -> None:
    seeded.write("ccstate.yaml", "adopt: never\n" + PROJECT)
    ran = seeded.plan().failed()
    assert "not-adopted" in ran.err
    assert "ccstate import list.news" in ran.err
    for address in ("list.news", "tag.vip"):
        take(seeded, address).ok()
    assert [each["action"] for each in seeded.changes()] == ["create"]


def test_blocks_take_over_move_and_forget_in_one_plan(seeded: Workspace) -> None:
    take(seeded, "list.news").ok()
    take(seeded, "tag.vip").ok()
    seeded.write("account.yaml", "lists:\n  monthly: {name: Monthly}\n  hand: {name: Made by hand}\n")
    blocks = "import: [{to: list.hand, name: By hand}]\nmoved: [{from: list.news, to: list.monthly}]\n"
    seeded.write("blocks.yaml", blocks + "forget: [tag.vip]\n")
    ran = seeded.plan("--detailed-exitcode").failed(2)
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["=", "list.hand", "account.yaml:3"] in lines
    assert ["~", "list.monthly", "(was", "list.news)", "account.yaml:2"] in lines
    assert [".", "tag.vip", "blocks.yaml:3"] in lines
    assert "Plan: 0 to add, 2 to change, 0 to destroy, 1 to adopt, 1 to move, 1 to forget." in ran.out
    assert "list.monthly   (was list.news)" in seeded.plan("--format", "markdown").ok().out
    seeded.apply().ok()
    assert sorted(seeded.state["bindings"]) == ["list.hand", "list.monthly"]
    assert seeded.changes() == []


def test_what_changes_only_the_state_is_a_change_and_needs_no_call(seeded: Workspace) -> None:
    take(seeded, "list.news").ok()
    seeded.write("account.yaml", "lists: {monthly: {name: News}}\n")
    seeded.write("blocks.yaml", "moved: [{from: list.news, to: list.monthly}]\n")
    ran = seeded.plan("--detailed-exitcode").failed(2)
    assert "→ list.monthly (was list.news)" in ran.out
    assert seeded.plan("--json").json["steps"] == []


def test_on_a_live_account_of_another_id_nothing_is_bound(seeded: Workspace) -> None:
    take(seeded, "list.news").ok()
    path = seeded.root / ".ccstate/emulator/state.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "account_id": "a00000000000"}), encoding="utf-8")
    assert "account-mismatch" in take(seeded, "tag.vip").failed().err
    assert list(json.loads(path.read_text(encoding="utf-8"))["bindings"]) == ["list.news"]

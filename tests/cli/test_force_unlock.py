"""`ccstate force-unlock`."""

from __future__ import annotations

import pytest

from ccstate.store.project import Store
from tests.workspace import Workspace


@pytest.fixture
def store(workspace: Workspace) -> Store:
    workspace.write("tags.yaml", "tags:\n  vip: {name: VIP}\n")
    return Store.of(workspace.root, emulator=True)


def test_it_takes_the_lock_that_a_refused_command_names(workspace: Workspace, store: Store) -> None:
    with store.lock("apply") as held:
        refused = workspace.run("apply", "--emulator", "--auto-approve").failed()
        assert f"ccstate force-unlock {held.run_id}" in refused.err
        assert '"operation": "apply"' in refused.err
        told = workspace.run("force-unlock", held.run_id, "--emulator").ok()
        assert told.out == "The state .ccstate/emulator/state.json is unlocked.\n"
        workspace.run("apply", "--emulator", "--auto-approve").ok()


def test_another_id_is_refused_and_the_lock_stays(workspace: Workspace, store: Store) -> None:
    with store.lock("apply") as held:
        assert held.run_id in workspace.run("force-unlock", "x", "--emulator").failed().err
        workspace.run("apply", "--emulator", "--auto-approve").failed()


def test_where_nobody_holds_the_lock_it_says_so(workspace: Workspace, store: Store) -> None:
    assert "nobody holds a lock" in workspace.run("force-unlock", "x", "--emulator").failed().err


def test_who_waits_says_for_whom(workspace: Workspace, store: Store) -> None:
    with store.lock("destroy"):
        ran = workspace.run("apply", "--emulator", "--auto-approve", "--lock-timeout", "0.3s").failed()
    assert "Waiting up to 0.3 s for destroy of" in ran.err

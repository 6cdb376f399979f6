"""`ccstate emulator reset` and `seed` on the project's own emulator."""

from __future__ import annotations

from tests.workspace import Workspace

TAG = "tags:\n  vip: {name: VIP}\n"


def test_a_reset_begins_the_rehearsal_anew_on_both_sides(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    workspace.apply().ok()
    assert "remembers nothing" in workspace.run("emulator", "reset").ok().out
    assert "1 added" in workspace.apply().ok().out


def test_a_seed_replaces_the_account_and_what_is_there_is_adopted(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    workspace.apply().ok()
    workspace.write("seed.json", '{"tags": ["VIP"]}')
    workspace.run("emulator", "seed", "seed.json").ok()
    assert "1 adopted" in workspace.apply().ok().out

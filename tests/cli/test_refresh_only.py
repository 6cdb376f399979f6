"""`--refresh-only`: what others changed is shown and accepted; and the plan as a nightly check."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workspace import Workspace

MANIFEST = """\
lists:
  news: {name: News, description: Monthly}
  more: {name: More}
"""


@pytest.fixture
def drifted(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An applied project, of which somebody else changed a description."""
    workspace.write("account.yaml", MANIFEST)
    workspace.apply().ok()
    other = Workspace(tmp_path_factory.mktemp("other"))
    other.write("account.yaml", MANIFEST.replace("Monthly", "By hand"))
    other.apply("--emulator-db", str(workspace.root / ".ccstate/emulator/account.db")).ok()
    return workspace


def test_the_nightly_check_says_2_where_somebody_changed_something(drifted: Workspace) -> None:
    ran = drifted.plan("--detailed-exitcode").failed(2)
    assert "Changed outside ccstate:\n  list.news" in ran.out
    drifted.apply().ok()
    assert drifted.plan("--detailed-exitcode").ok().out.count("Changed outside") == 0


def test_it_shows_what_drifted_and_what_it_would_accept(drifted: Workspace) -> None:
    ran = drifted.plan("--refresh-only", "--detailed-exitcode").failed(2)
    assert ran.out == (
        "Account: Example Organisation (a07e2m5l8t1r)   EMULATOR\n\n"
        "  ~ list.news                                      account.yaml:2\n"
        '      name   "News"\n'
        "      state  accept description\n\n"
        "Changed outside ccstate:\n"
        "  list.news   account.yaml:2\n"
        '      description  "Monthly" -> "By hand"\n\n'
        "Refresh only: 1 to accept into the state.\n"
        "API: this plan read 2 calls; applying needs no call.\n"
    )
    document = drifted.plan("--refresh-only", "--json").ok().json
    assert (document["refresh_only"], document["steps"], document["summary"]["change"]) == (True, [], 1)
    assert [each["flags"] for each in document["changes"]] == [["accept description"]]
    markdown = drifted.plan("--refresh-only", "--format", "markdown").ok().out
    assert "### Refresh only: 1 to accept into the state." in markdown
    assert "By hand" in markdown
    assert "accept description" in drifted.plan("--refresh-only", "--format", "html", "--full").ok().out


def test_accepted_it_is_no_drift_and_the_manifest_says_what_is_to_change(drifted: Workspace) -> None:
    ran = drifted.apply("--refresh-only").ok()
    assert "Apply complete! State: 1 accepted.\n" in ran.out
    assert "No changes." in drifted.plan("--refresh-only", "--detailed-exitcode").ok().out
    again = drifted.plan("--detailed-exitcode").failed(2)
    assert "Changed outside" not in again.out
    assert '"By hand" -> "Monthly"' in again.out
    drifted.write("account.yaml", MANIFEST.replace("Monthly", "By hand"))
    assert "No changes." in drifted.plan("--detailed-exitcode").ok().out


def test_it_is_saved_and_applied_once(drifted: Workspace) -> None:
    out = str(drifted.root / "plan.json")
    drifted.plan("--refresh-only", "--out", out).ok()
    assert "Refresh only: 1 to accept" in drifted.run("show", out).ok().out
    assert "State: 1 accepted." in drifted.run("apply", out).ok().out
    assert "plan-stale" in drifted.run("apply", out).failed().err
    assert drifted.state["bindings"]["list.news"]["applied"]["description"] == "By hand"


def test_the_variable_says_it_too(drifted: Workspace) -> None:
    env = {"CCSTATE_REFRESH_ONLY": "1"}
    assert "Refresh only: 1 to accept" in drifted.run("plan", "--emulator", env=env).ok().out


def test_what_was_never_managed_is_neither_read_nor_told(drifted: Workspace) -> None:
    drifted.write("account.yaml", MANIFEST + "tags: {vip: {name: VIP}}\n")
    ran = drifted.plan("--refresh-only").ok()
    assert ("tag.vip" in ran.out, "read 2 calls" in ran.out) == (False, True)


def test_nobody_is_asked_in_vain(drifted: Workspace) -> None:
    ran = drifted.run("apply", "--emulator", "--refresh-only", "--no-input").failed()
    assert "--auto-approve" in ran.err
    assert drifted.state["bindings"]["list.news"]["applied"]["description"] == "Monthly"


@pytest.mark.parametrize(
    "flags",
    [
        ("--refresh", "none"),
        ("--destroy",),
        ("--replace", "list.news"),
        ("--reschedule", "campaign.may"),
        ("--rebind", "campaign.may"),
        ("--include-sent",),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_what_contradicts_it_is_a_usage_error(
    drifted: Workspace, command: str, flags: tuple[str, ...]
) -> None:
    ran = drifted.run(command, "--emulator", "--refresh-only", *flags).failed()
    assert ran.out == ""
    assert flags[0] in ran.err


def test_a_saved_plan_that_writes_is_no_acceptance(workspace: Workspace, tmp_path: Path) -> None:
    workspace.write("account.yaml", MANIFEST)
    out = str(tmp_path / "plan.json")
    workspace.plan("--out", out).ok()
    assert "writes to the account" in workspace.run("apply", "--refresh-only", out).failed().err

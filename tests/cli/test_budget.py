"""What today has seen and what it can still hold, through an emulator that is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.served import Served
from tests.workspace import Ran, Workspace

LISTS = "lists:\n" + "".join(f"  l{number}: {{name: List {number}}}\n" for number in range(6))
TAGS = "tags:\n  vip: {name: VIP}\n"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served("--rate", "0", "--clock", "2026-05-04T22:00:00Z", "--activity-delay", "0s") as found:
        yield found


@pytest.fixture
def project(
    workspace: Workspace, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """A project on the served emulator, whose calls nobody has counted yet."""
    served.post("/_control/reset", {})
    served.post("/_control/clock", {"set": "2026-05-04T22:00:00Z"})
    monkeypatch.setenv("CCSTATE_API_URL", f"{served.base}/v3")
    monkeypatch.setenv("CCSTATE_ACCESS_TOKEN", "emulator-token")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ".state"))
    workspace.write("lists.yaml", LISTS)
    workspace.write("tags.yaml", TAGS)
    workspace.write("ccstate.yaml", "limits: {rate: 100}\n")
    return workspace


def limit(project: Workspace, daily: int) -> None:
    project.write("ccstate.yaml", f"limits: {{rate: 100, daily: {daily}}}\n")


def said(found: Ran) -> str:
    """What was told on stderr, in one line."""
    return " ".join(found.err.split())


def writes(served: Served) -> int:
    return sum(each["method"] != "GET" for each in served.get("/_control/requests").json())


def apply(project: Workspace, *arguments: str) -> Ran:
    return project.run("apply", "--auto-approve", *arguments)


def test_two_plans_print_the_same_and_what_today_has_seen_is_told_apart(project: Workspace) -> None:
    first, second = project.run("plan").ok(), project.run("plan").ok()
    assert first.out == second.out
    assert "API today: 4 of 10,000 calls used" in first.err
    assert "API today: 8 of 10,000 calls used" in second.err


def test_in_json_it_stands_in_the_one_object_that_may_differ(project: Workspace) -> None:
    first, second = project.run("plan", "--json").ok().json, project.run("plan", "--json").ok().json
    assert (first.pop("run"), second.pop("run")) == (
        {"calls_today": 4, "generated_at": "2026-05-04T22:00:00Z"},
        {"calls_today": 8, "generated_at": "2026-05-04T22:00:00Z"},
    )
    assert first == second


def test_what_no_day_can_hold_is_refused_by_plan_and_apply(project: Workspace, served: Served) -> None:
    limit(project, 6)
    for found in (project.run("plan").failed(), apply(project).failed()):
        assert "over-budget" in found.err
        assert "needs 7 calls; this key has 6 calls a day" in said(found)
        assert "--target 'list.*' (6 changes, 6 calls)" in said(found)
    assert writes(served) == 0


def test_what_today_cannot_hold_is_a_warning_of_plan_and_refused_by_apply_until_tomorrow(
    project: Workspace, served: Served
) -> None:
    limit(project, 14)
    assert "over-budget" not in project.run("plan").ok().err
    planned = project.run("plan", "--out", str(project.root / "plan.json")).ok()
    assert "of this key's 14 calls of today 6 are left" in said(planned)
    for found in (apply(project).failed(), project.run("apply", str(project.root / "plan.json")).failed()):
        assert "over-budget" in found.err
        assert "00:00 UTC" in found.err
    assert writes(served) == 0
    served.post("/_control/clock", {"set": "2026-05-05T00:00:00Z"})
    assert "7 added" in apply(project).ok().out


def test_a_day_that_ends_in_the_middle_is_told_and_the_next_run_goes_on_from_there(
    project: Workspace, served: Served
) -> None:
    body = {"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}
    fourth = {"method": "POST", "path": "/v3/*", "nth": 4}
    served.post("/_control/faults", [{"match": fourth, "do": "status", "status": 429, "body": body}])
    found = apply(project).failed()
    assert "quota-exceeded" in found.err
    assert "2026-05-05T00:00:00Z" in said(found)
    assert writes(served) < 8
    served.post("/_control/faults", [])
    apply(project).ok()
    assert writes(served) == 7 + 1, "each once, but for the one that was refused"
    assert "No changes." in project.run("plan").ok().out


def test_a_counter_that_cannot_be_kept_breaks_nothing(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project.write("no folder", "")
    monkeypatch.setenv("XDG_STATE_HOME", str(file))
    found = project.run("plan", "--json").ok()
    assert (found.json["run"]["calls_today"], "API today" in found.err) == (None, False)
    assert "7 added" in apply(project).ok().out


def test_the_emulator_in_this_process_has_no_limit(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("lists.yaml", LISTS)
    workspace.write("ccstate.yaml", "limits: {daily: 5}\n")
    planned = workspace.plan().ok()
    assert "over-budget" in planned.err
    assert "API today" not in planned.err
    assert "6 added" in workspace.apply().ok().out


@pytest.mark.parametrize("text", ["{rate: 0}", "{rate: fast}", "{daily: -1}", "{dayly: 5}"])
def test_limits_of_another_shape_are_refused(workspace: Workspace, text: str) -> None:
    workspace.write("lists.yaml", LISTS)
    workspace.write("ccstate.yaml", f"limits: {text}\n")
    assert "ccstate.yaml:1" in workspace.plan().failed().err


def test_the_saved_plan_holds_no_moment(project: Workspace) -> None:
    out = project.root / "plan.json"
    project.run("plan", "--out", str(out)).ok()
    assert "run" not in json.loads(out.read_text(encoding="utf-8"))

"""What an apply says: events as JSON lines, text without escape codes where nobody asked for them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.workspace import Workspace, validator

ESCAPE = "\x1b["
EXAMPLES = Path(__file__).parent.parent.parent / "examples"
ACCOUNT: dict[str, Any] = {
    "lists": {"news": {"name": "News"}, "donors": {"name": "Donors"}, "old": {"name": "Old"}},
    "tags": {"vip": {"name": "VIP"}},
    "campaigns": {
        "may": {
            "name": "May news",
            "from": {"name": "Jo", "email": "owner@example.com"},
            "subject": "Hello",
            "html": "<p>Hello</p>",
            "audience": {"lists": ["news"]},
            "schedule": {"at": "2035-05-01T13:00:00Z"},
        }
    },
}
SENDER = {"from": {"name": "X", "email": "unconfirmed@example.com"}}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS", "CCSTATE_API_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A project with a list, a tag and a scheduled campaign; nothing is applied yet."""
    workspace = Workspace(tmp_path)
    workspace.write("account.yaml", json.dumps(ACCOUNT))
    return workspace


def events(workspace: Workspace, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """The lines of an apply, each as its schema says."""
    ran = workspace.apply("--json", *arguments)
    assert ran.code == code, ran.err
    found = [json.loads(line) for line in ran.out.splitlines()]
    for each in found:
        validator("events").validate(each)
        assert list(each)[:2] == ["type", "timestamp"]
    return found


def test_an_apply_in_json_is_a_line_an_event_from_the_refresh_to_the_counts(workspace: Workspace) -> None:
    found = events(workspace)
    kinds = [each["type"] for each in found]
    assert kinds[:3] == ["refresh_started", "refreshed", "apply_started"]
    assert kinds[-1] == "apply_finished"
    assert kinds.count("change_started") == kinds.count("change_finished") == 5
    assert (found[-1]["added"], found[-1]["failed"]) == (5, 0)


def test_updates_deletes_and_moves_are_told_as_their_schema_says(workspace: Workspace) -> None:
    workspace.apply().ok()
    edited = json.loads(json.dumps(ACCOUNT))
    edited["lists"] = {"news": {"name": "News", "description": "x"}, "givers": {"name": "Donors"}}
    edited["tags"] = {}
    edited["campaigns"]["may"]["subject"] = "Bye"
    workspace.write("account.yaml", json.dumps(edited))
    found = events(workspace, "--allow-data-loss", "*")
    end = found[-1]
    assert (end["changed"], end["destroyed"], end["moved"]) == (2, 2, 1)


def test_what_is_blocked_or_refused_is_told_in_json_too(workspace: Workspace) -> None:
    blocked = json.loads(json.dumps(ACCOUNT))
    blocked["campaigns"]["may"].update(SENDER)
    workspace.write("account.yaml", json.dumps(blocked))
    found = events(workspace, code=1)
    assert (found[-1]["added"], found[-1]["blocked"]) == (4, 1)


def test_an_apply_with_nothing_to_do_says_only_that_it_looked(workspace: Workspace) -> None:
    workspace.apply().ok()
    assert [each["type"] for each in events(workspace)] == ["refresh_started", "refreshed"]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_text_that_is_piped_has_no_escape_codes(workspace: Workspace, command: str) -> None:
    ran = workspace.plan() if command == "plan" else workspace.apply()
    assert ESCAPE not in ran.ok().out + ran.err


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_force_color_colours_what_is_piped_and_changes_no_word(workspace: Workspace, command: str) -> None:
    import re

    plain = workspace.plan().ok().out
    arguments = ("--auto-approve",) if command == "apply" else ()
    coloured = workspace.run(command, "--emulator", *arguments, env={"FORCE_COLOR": "1"}).ok().out
    assert ESCAPE in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).startswith(plain.partition("\nPlan:")[0])


@pytest.mark.parametrize(
    ("arguments", "env"),
    [(("--no-color",), {"FORCE_COLOR": "1"}), ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"})],
    ids=["flag", "NO_COLOR"],
)
def test_no_colour_wins_over_force_color(
    workspace: Workspace, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    ran = workspace.run("plan", "--emulator", *arguments, env=env).ok()
    assert ESCAPE not in ran.out + ran.err


def test_json_is_never_coloured(workspace: Workspace) -> None:
    ran = workspace.run("plan", "--emulator", "--json", env={"FORCE_COLOR": "1"}).ok()
    assert ESCAPE not in ran.out
    json.loads(ran.out)


@pytest.mark.parametrize("name", sorted(each.parent.name for each in EXAMPLES.glob("*/ccstate.yaml")))
@pytest.mark.parametrize("flag", [(), ("--concise",)], ids=["full", "concise"])
def test_the_plans_of_the_examples_fit_eighty_columns(
    tmp_path: Path, name: str, flag: tuple[str, ...]
) -> None:
    shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns(".ccstate"))
    ran = Workspace(tmp_path / name).plan(*flag).ok()
    assert [line for line in ran.out.splitlines() if len(line) > 80] == []

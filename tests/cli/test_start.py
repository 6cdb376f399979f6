"""What starting costs: nothing is imported on the way to `--help` that `--help` does not need."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from ccstate import cli
from ccstate.kinds import discover
from tests.workspace import run

HEAVY = (
    "httpx",
    "jsonschema",
    "deepdiff",
    "rich",
    "starlette",
    "uvicorn",
    "asyncio",
    "yaml",
    "sqlite3",
    "importlib.metadata",
    "stamina",
)
SCRIPT = """
import sys
from ccstate.cli import run
run(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
"""


def imported(*arguments: str, cwd: Path | None = None) -> set[str]:
    """The modules that a command line has imported when it is done."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True, cwd=cwd
    )
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument: str) -> None:
    assert imported(argument).isdisjoint(HEAVY)


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "show", "validate"])
def test_the_help_of_a_command_imports_nothing_heavy(command: str) -> None:
    assert imported(command, "--help").isdisjoint(HEAVY)


def test_a_valid_manifest_is_checked_without_the_slow_checker_the_network_or_the_emulator(
    tmp_path: Path,
) -> None:
    (tmp_path / "tags.yaml").write_text("tags:\n  vip: {name: VIP}\n")
    slow = ("jsonschema", "httpx", "deepdiff", "rich", "starlette", "uvicorn", "asyncio", "sqlite3")
    assert imported("validate", cwd=tmp_path).isdisjoint(slow)


def test_an_offline_plan_needs_neither_the_network_nor_the_emulator(tmp_path: Path) -> None:
    (tmp_path / "tags.yaml").write_text("tags:\n  vip: {name: VIP}\n")
    slow = ("jsonschema", "httpx", "rich", "starlette", "uvicorn", "sqlite3")
    assert imported("plan", "--refresh=none", cwd=tmp_path).isdisjoint(slow)


def test_calls_that_succeed_do_not_pay_for_those_that_fail(tmp_path: Path) -> None:
    (tmp_path / "tags.yaml").write_text("tags:\n  vip: {name: VIP}\n")
    assert imported("plan", "--emulator", cwd=tmp_path).isdisjoint({"stamina", "tenacity"})


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_is_there_and_its_line_is_the_first_of_its_help(name: str) -> None:
    command = importlib.import_module(f"ccstate.cli.{cli.module_of(name)}").command
    assert command.help.strip().splitlines()[0] == cli.COMMANDS[name]


def test_kinds_are_discovered_and_stand_in_a_stable_order() -> None:
    assert [each.section for each in discover()] == sorted(each.section for each in discover())


@pytest.mark.parametrize("name", ["plan", "apply", "destroy", "show", "validate"])
def test_every_variable_of_a_flag_is_known_to_every_command(name: str) -> None:
    from ccstate.cli.flags import known_variables

    command = importlib.import_module(f"ccstate.cli.{cli.module_of(name)}").command
    found = {each.envvar for each in command.params if each.envvar}
    assert found <= known_variables()
    assert found


def test_a_flag_can_be_set_by_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tags.yaml").write_text("tags:\n  vip: {name: VIP}\n")
    monkeypatch.setenv("CCSTATE_EMULATOR", "1")
    monkeypatch.setenv("CCSTATE_FORMAT", "json")
    monkeypatch.setenv("CCSTATE_DETAILED_EXITCODE", "true")
    ran = run("plan", "-C", str(tmp_path))
    assert (ran.code, ran.json["summary"]["add"]) == (2, 1)

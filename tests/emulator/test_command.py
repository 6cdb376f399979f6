"""The command line: `ccstate emulator ...`."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ccstate.cli.emulator import command
from ccstate.emulator import Switches
from ccstate.emulator.coverage import CONTRACT
from tests.emulator.served import Served


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_importing_the_command_imports_nothing_heavy() -> None:
    heavy = "('starlette', 'uvicorn', 'sqlite3', 'dataclasses', 'asyncio')"
    code = f"import sys, ccstate.cli.emulator; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_switch_has_a_flag() -> None:
    serve = command.commands["serve"]
    flags = {name for parameter in serve.params for name in parameter.opts}
    assert {f"--{field.name.replace('_', '-')}" for field in fields(Switches)} <= flags
    assert all(isinstance(parameter, click.Option) and parameter.help for parameter in serve.params)


def test_coverage_lists_every_operation() -> None:
    lines = run("coverage").output.splitlines()
    assert len(lines) == len(CONTRACT) + 1
    assert lines[-1].startswith(f"{len(CONTRACT)} operations: ")


def test_seed_clock_and_reset_work_on_the_projects_database(tmp_path: Path) -> None:
    (tmp_path / "seed.json").write_text(json.dumps({"lists": ["A"]}))
    assert run("seed", "seed.json").exit_code == 0
    assert run("clock", "--set", "2026-12-01T00:00:00Z").output.startswith("2026-12-01T00:00:00")
    assert run("clock", "--advance", "P1D").output.startswith("2026-12-02T00:00:00")
    assert run("clock").output.startswith("2026-12-02T00:00:0")
    assert run("reset").output.startswith("The account ")
    assert (tmp_path / ".ccstate/emulator/account.db").exists()


def test_a_database_can_be_named() -> None:
    assert run("reset", "--emulator-db", "other.db").exit_code == 0
    assert run("clock", "--emulator-db", "other.db").exit_code == 0
    assert not Path(".ccstate").exists()


def test_the_clock_of_nothing_is_an_error_with_a_hint() -> None:
    result = run("clock")
    assert result.exit_code == 1
    assert "--emulator-db" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("seed", "absent.json"),
        ("seed", "broken.json"),
        ("seed", "wrong.json"),
        ("reset", "--emulator-db", "broken.json"),
        ("reset", "--url", "ftp://x"),
        ("reset", "--url", "http://127.0.0.1:1"),
        ("serve", "--seed", "absent.json"),
        ("serve", "--seed", "wrong.json", "--port", "0"),
        ("serve", "--faults", "wrong.json", "--port", "0"),
        ("serve", "--clock", "noon", "--port", "0"),
    ],
)
def test_a_mistake_is_one_message_and_exit_1(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "broken.json").write_text("{" * 5)
    (tmp_path / "wrong.json").write_text('{"lizts": []}')
    result = run(*arguments)
    assert (result.exit_code, result.output.startswith("Error: ")) == (1, True), result.output


def test_a_port_that_is_taken_is_one_message_and_exit_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert (result.exit_code, "in use" in result.output) == (1, True), result.output


def test_a_served_emulator_is_steered_by_its_url(tmp_path: Path) -> None:
    (tmp_path / "seed.json").write_text(json.dumps({"lists": ["A"]}))
    with Served("--clock", "2026-05-04T09:15:22Z") as served:
        assert run("seed", "seed.json", "--url", served.base).exit_code == 0
        assert served.get("/v3/contact_lists").json()["lists"][0]["name"] == "A"
        assert (
            run("clock", "--advance", "P1D", "--url", f"{served.base}/v3").output == "2026-05-05T09:15:22Z\n"
        )
        assert run("clock", "--advance", "1 day", "--url", served.base).output.startswith("Error: ")
        assert run("reset", "--url", served.base).exit_code == 0
        assert served.get("/v3/contact_lists").json()["lists"] == []

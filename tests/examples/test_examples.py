"""Every example is validated, planned and applied, and says the same thing the day after."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ccstate.render.documents import json_text
from tests.workspace import Workspace

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(each.parent.name for each in EXAMPLES.glob("*/ccstate.yaml"))


@pytest.fixture(params=NAMES)
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A copy of one example, without what a run left in it."""
    folder = tmp_path / request.param
    shutil.copytree(EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns(".ccstate"))
    return Workspace(folder)


def test_there_are_examples() -> None:
    assert NAMES == ["nonprofit", "quickstart", "shop"]


def test_it_is_valid(example: Workspace) -> None:
    assert "Valid" in example.run("validate").ok().out


@pytest.mark.parametrize(
    ("ending", "flags"),
    [
        ("txt", ("--concise",)),
        ("md", ("--format", "markdown")),
        ("html", ("--format", "html", "--concise")),
        ("json", ("--json",)),
    ],
)
def test_it_is_planned_as_on_the_day_it_was_written(
    example: Workspace, ending: str, flags: tuple[str, ...]
) -> None:
    """Golden files: one line a change, a comment for a pull request, a short page, and the document itself.

    `WRITE_GOLDEN=1` writes them anew; each difference is meant, or it is a bug.
    """
    ran = example.plan(*flags).ok()
    found = golden_json(ran.json) if ending == "json" else ran.out
    golden = GOLDEN / f"{example.root.name}.{ending}"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8"), "WRITE_GOLDEN=1 writes it anew, if that is meant"


def golden_json(document: dict[str, Any]) -> str:
    """A plan without version and moment; of mails the size alone, or nobody could read it."""

    def told(value: Any) -> Any:
        if isinstance(value, str) and len(value) > 400:
            return f"({len(value):,} characters)"
        if isinstance(value, list):
            return [told(each) for each in value]
        return {name: told(each) for name, each in value.items()} if isinstance(value, dict) else value

    said = {name: told(each) for name, each in document.items() if name != "run"}
    return json_text({**said, "ccstate_plan": "VERSION"})


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_its_plan_is_the_same_bytes_under_any_hash_seed(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "quickstart"
    shutil.copytree(EXAMPLES / "quickstart", folder, ignore=shutil.ignore_patterns(".ccstate"))
    command = (sys.executable, "-m", "ccstate", "plan", "--emulator", "--format", form, str(folder))
    found = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len({each.partition(b'"run":')[0] for each in found}) == 1


def test_its_first_apply_makes_all_of_it_and_the_second_nothing(example: Workspace) -> None:
    first = example.apply().ok()
    count = len(example.state["bindings"])
    assert f"\nApply complete! Resources: {count} added, 0 changed, 0 destroyed.\n" in first.out
    assert "\nNo changes.\n" in example.apply().ok().out


def test_its_saved_plan_is_what_its_schema_says_and_does_the_same(example: Workspace) -> None:
    out = str(example.root.parent / "plan.json")
    example.plan("--out", out).ok()
    assert example.run("show", "--json", out).ok().json["summary"]["add"] > 0
    example.run("apply", out).ok()
    assert example.changes() == []


def test_it_is_destroyed_and_made_again(example: Workspace) -> None:
    example.apply().ok()
    unprotect(example)
    example.apply().ok()
    example.run("destroy", "--emulator", "--auto-approve", "--allow-data-loss", "*").ok()
    assert {each.partition(".")[0] for each in example.state["bindings"]} == {"list"}
    example.apply().ok()
    assert example.changes() == []


def unprotect(example: Workspace) -> None:
    """Take all protection off, as somebody would who means to destroy."""
    for path in example.root.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("protect: true", "protect: false").replace("refuse", "delete"), encoding="utf-8"
        )

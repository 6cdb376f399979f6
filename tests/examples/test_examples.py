"""Every example is validated, planned and applied, and says the same thing the day after."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

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


def test_it_is_planned_as_on_the_day_it_was_written(example: Workspace) -> None:
    """The golden file holds one line a change, the order of people first, and the counts."""
    plan = example.plan("--concise").ok()
    golden = GOLDEN / f"{example.root.name}.txt"
    assert plan.out == golden.read_text(encoding="utf-8")


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

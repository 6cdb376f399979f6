"""How each stage of an offline plan grows: the processor's time per resource, at ten times the size."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.benchmarks.measure import PYTHON, show
from tests.benchmarks.projects import FLAT, MIXED, converged, edited

_SMALL: Final = 3_000
_LARGE: Final = 30_000
_RUNS: Final = 5
_TELLS: Final = 0.020
"""Seconds; a stage that takes less at the larger size says nothing about growth."""

Spent = dict[str, float]


def stages(project: Path) -> Spent:
    """The stages of one plan."""
    command = (PYTHON, "-m", "tests.benchmarks.stages", "plan", "--refresh=none", str(project))
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    spent: Spent = json.loads(ran.stderr.splitlines()[-1])
    return spent


def least(projects: Mapping[int, Path]) -> dict[int, Spent]:
    """The least of each stage at each size; the sizes take turns."""
    found: dict[int, Spent] = {size: {} for size in projects}
    for _ in range(_RUNS):
        for size, project in projects.items():
            for stage, seconds in stages(project).items():
                found[size][stage] = min(found[size].get(stage, seconds), seconds)
    return found


def rows(found: Mapping[int, Spent]) -> Iterator[tuple[str, ...]]:
    for stage, large in found[_LARGE].items():
        small = found[_SMALL].get(stage, 0.0)
        growth = large / small * _SMALL / _LARGE if small else 0.0
        yield (
            stage,
            f"{small * 1000:.1f}",
            f"{large * 1000:.1f}",
            f"{large / _LARGE * 1_000_000:.1f}",
            f"{growth:.2f}" if large > _TELLS and growth else "",
        )


@pytest.mark.benchmark
@pytest.mark.parametrize(
    ("shape", "changed"), [(FLAT, False), (FLAT, True), (MIXED, False)], ids=["flat", "flat changed", "mixed"]
)
def test_growth_of_each_stage(shape: str, changed: bool, tmp_path: Path) -> None:
    projects = {}
    for size in (_SMALL, _LARGE):
        same = converged(tmp_path / f"{size}", shape, size)
        projects[size] = edited(tmp_path / f"{size}-changed", same, shape, size) if changed else same
    what = f"{shape}{', 10 % changed' if changed else ''}"
    show(
        f"Stages of an offline plan, {what}: least processor's time of {_RUNS} runs (goal: at most 1.3)",
        ("", f"ms at {_SMALL:,}", f"ms at {_LARGE:,}", "us each", "growth"),
        rows(least(projects)),
    )

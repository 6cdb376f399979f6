"""Ten thousand small files, validated: read for the first time, and again when nothing has changed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest

from tests.benchmarks.measure import Cost, ccstate, cost, show
from tests.benchmarks.projects import PROJECT

_FILES: Final = 10_000
_IN_A_FOLDER: Final = 100
_RUNS: Final = 5
_RACY: Final = 2.5
"""Seconds until a file that was written counts as one that lies still."""


def write(root: Path) -> None:
    """One tag a file."""
    (root / "ccstate.yaml").write_text(PROJECT, encoding="utf-8")
    for number in range(_FILES):
        folder = root / f"tags-{number // _IN_A_FOLDER:03}"
        folder.mkdir(exist_ok=True)
        text = f"tags:\n  tag_{number:05}:\n    name: Tag {number:05}\n"
        (folder / f"tag_{number:05}.yaml").write_text(text, encoding="utf-8")


@pytest.mark.benchmark
def test_many_small_files(tmp_path: Path) -> None:
    write(tmp_path)
    time.sleep(_RACY)
    command = ccstate("validate", root=tmp_path)
    cost(command)  # compiles the byte code
    cold, warm = [], []
    for _ in range(_RUNS):
        (tmp_path / ".ccstate" / "manifests.json").unlink()
        cold.append(cost(command))
        warm.append(cost(command))
    show(
        f"Validate {_FILES:,} small files: medians of {_RUNS} runs",
        ("", "s", "CPU s", "MiB", "goal s"),
        (
            (name, f"{each.seconds:.2f}", f"{each.cpu:.2f}", f"{each.mebibytes:.0f}", goal)
            for name, each, goal in (
                ("for the first time", Cost.median(cold), "1.2"),
                ("unchanged", Cost.median(warm), "0.4"),
            )
        ),
    )

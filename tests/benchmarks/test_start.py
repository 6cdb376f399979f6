"""How long it takes until ccstate says anything at all."""

from __future__ import annotations

import pytest

from tests.benchmarks.measure import CCSTATE, PYTHON, interleaved, show

_RUNS = 20


@pytest.mark.benchmark
def test_a_cold_start() -> None:
    nothing = "python -c pass"
    commands = {
        nothing: (PYTHON, "-c", "pass"),
        "python -c 'import click'": (PYTHON, "-c", "import click"),
        "ccstate --version": (*CCSTATE, "--version"),
        "ccstate --help": (*CCSTATE, "--help"),
    }
    found = interleaved(commands, _RUNS)
    least = found[nothing].seconds
    show(
        f"Cold start: the least of {_RUNS} runs that take turns (goal: at most 6 times, aim at 5)",
        ("", "ms", "times", "MiB"),
        (
            (name, f"{each.seconds * 1000:.0f}", f"{each.seconds / least:.1f}", f"{each.mebibytes:.0f}")
            for name, each in found.items()
        ),
    )

"""Validate and offline plan, whole processes, at growing sizes: time, memory, and how they grow.

`CCSTATE_BENCHMARK_SIZES=1000,10000,30000` measures those sizes in the place of the small ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.benchmarks.measure import Cost, ccstate, exponent, interleaved, show
from tests.benchmarks.projects import FLAT, MIXED, converged, edited

_SIZES = tuple(map(int, os.environ.get("CCSTATE_BENCHMARK_SIZES", "100,1000,10000").split(",")))
_START = 10
"""Resources of the project that stands for the start alone."""
_RUNS = 3

_VALIDATE = "validate"
_PLAN = "plan, no-op"
_CHANGED = "plan, 10 % changed"
_HEAD = ("", "resources", "s", "CPU s", "MiB", "us each", "exponent")


def commands(folder: Path, shape: str, resources: int) -> dict[str, tuple[str, ...]]:
    """What is measured at one size; a plan of changes exits like one of none."""
    same = converged(folder / f"{shape}-{resources}", shape, resources)
    changed = edited(folder / f"{shape}-{resources}-changed", same, shape, resources)
    return {
        _VALIDATE: ccstate("validate", root=same),
        _PLAN: ccstate("plan", "--refresh=none", root=same),
        _CHANGED: ccstate("plan", "--refresh=none", root=changed),
    }


def rows(costs: Mapping[tuple[str, int], Cost], job: str) -> Iterator[tuple[str, ...]]:
    """One line a size; each and exponent are of the processor's time, net of the start, unless lost in it."""
    start = costs[job, _START].cpu
    before: tuple[int, float] | None = None
    for resources in _SIZES:
        found = costs[job, resources]
        net = found.cpu - start
        tells = net > start / 4
        growth = f"{exponent(before, (resources, net)):.2f}" if before and tells else ""
        yield (
            job,
            f"{resources:,}",
            f"{found.seconds:.2f}",
            f"{found.cpu:.2f}",
            f"{found.mebibytes:.0f}",
            f"{net / resources * 1_000_000:.0f}" if tells else "",
            growth,
        )
        before = (resources, net) if tells else None


@pytest.mark.benchmark
@pytest.mark.parametrize("shape", [FLAT, MIXED])
def test_validate_and_offline_plan(shape: str, tmp_path: Path) -> None:
    jobs = {
        (job, resources): command
        for resources in (_START, *_SIZES)
        for job, command in commands(tmp_path, shape, resources).items()
    }
    costs = interleaved(jobs, _RUNS)
    what = "tags alone" if shape == FLAT else "mixed: lists, fields, segments, tags, campaigns"
    show(
        f"Offline, {what}: the least of {_RUNS} runs that take turns; each and exponent net of the start",
        _HEAD,
        (row for job in (_VALIDATE, _PLAN, _CHANGED) for row in rows(costs, job)),
    )

"""ccstate beside its peers: whole processes on flat records, the live side local, all in one run.

Needs `CCSTATE_BENCHMARK_PEERS=FOLDER`: the peers are installed there when they are missing, and one that
cannot be had is left out. `CCSTATE_BENCHMARK_RECORDS` sets the size.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.benchmarks.measure import Cost, ccstate, medians, show
from tests.benchmarks.peers import CHANGED, SAME, Absent, DecK, OctoDNS, OpenTofu, Peer, Records, admin_api
from tests.benchmarks.projects import FLAT, converged, edited

_FOLDER: Final = os.environ.get("CCSTATE_BENCHMARK_PEERS", "")
_RECORDS: Final = Records(int(os.environ.get("CCSTATE_BENCHMARK_RECORDS", "10000")))
_RUNS: Final = 3

_OURS: Final = "ccstate"
_VALIDATE: Final = "validate"
_PLAN: Final = "plan, no-op"
_CHANGED: Final = "plan, 10 % changed"

_GOALS: Final = {
    (_VALIDATE, OctoDNS.name): 0.15,
    (_VALIDATE, DecK.name): 0.4,
    (_PLAN, OctoDNS.name): 0.10,
    (_PLAN, DecK.name): 0.4,
    (_PLAN, OpenTofu.name): 0.02,
}
"""Our time as a share of theirs, at most."""

Jobs = dict[tuple[str, str], tuple[str, ...]]


def _ours(folder: Path) -> Jobs:
    same = converged(folder / SAME, FLAT, _RECORDS.count)
    changed = edited(folder / CHANGED, same, FLAT, _RECORDS.count)
    return {
        (_VALIDATE, _OURS): ccstate("validate", root=same),
        (_PLAN, _OURS): ccstate("plan", "--refresh=none", root=same),
        (_CHANGED, _OURS): ccstate("plan", "--refresh=none", root=changed),
    }


def _theirs(peer: Peer, folder: Path) -> Jobs:
    try:
        peer.install()
    except Absent as why:
        print(f"\n{peer.name} is left out: {why}")
        return {}
    peer.write(folder, _RECORDS)
    return {
        (_VALIDATE, peer.name): tuple(peer.validate(folder)),
        (_PLAN, peer.name): tuple(peer.plan(folder, SAME)),
        (_CHANGED, peer.name): tuple(peer.plan(folder, CHANGED)),
    }


def _rows(costs: Mapping[tuple[str, str], Cost]) -> Iterator[tuple[str, ...]]:
    for job in (_VALIDATE, _PLAN, _CHANGED):
        ours = costs[job, _OURS]
        for (of, who), found in costs.items():
            if of == job:
                goal = _GOALS.get((job, who))
                yield (
                    f"{job}: {who}",
                    f"{found.seconds:.2f}",
                    f"{found.cpu:.2f}",
                    f"{found.mebibytes:.0f}",
                    "" if who == _OURS else f"{ours.seconds / found.seconds:.3f}",
                    "" if goal is None else f"{goal:.2f}",
                )


@pytest.mark.benchmark
@pytest.mark.skipif(not _FOLDER, reason="CCSTATE_BENCHMARK_PEERS names no folder for the peers")
def test_beside_the_peers(tmp_path: Path) -> None:
    folder = Path(_FOLDER).expanduser().resolve()
    with admin_api(_RECORDS) as address:
        jobs = _ours(tmp_path / "ours")
        for peer in (OctoDNS(folder), DecK(folder, address), OpenTofu(folder)):
            jobs |= _theirs(peer, tmp_path / peer.name)
        costs = medians(jobs, _RUNS)
    show(
        f"Beside the peers, {_RECORDS.count:,} flat records: medians of {_RUNS} runs that take turns",
        ("", "s", "CPU s", "MiB", "ours / theirs", "goal"),
        _rows(costs),
    )
    same, changed = costs[_PLAN, _OURS].seconds, costs[_CHANGED, _OURS].seconds
    print(f"\n  a plan of 10 % changed takes {changed / same:.2f} of the no-op (goal 1.3)")

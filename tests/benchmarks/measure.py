"""Whole processes, measured: seconds, seconds of processor, and peak memory.

A small process of its own starts each and waits for it: what a process inherits from a big parent counts as
its own peak memory.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

K = TypeVar("K")

PYTHON: Final = sys.executable
CCSTATE: Final = (PYTHON, "-m", "ccstate")

_LAUNCHER: Final = """
import json, os, sys, time
null = os.open(os.devnull, os.O_RDWR)
redirected = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
started = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=redirected)
_, status, used = os.wait4(child, 0)
seconds = time.perf_counter() - started
print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost; of several runs, the least of each."""

    seconds: float
    cpu: float
    mebibytes: float

    def least(self, other: Cost) -> Cost:
        """The least of both: what else the machine did can only add."""
        return Cost(
            min(self.seconds, other.seconds), min(self.cpu, other.cpu), min(self.mebibytes, other.mebibytes)
        )

    @classmethod
    def median(cls, costs: Sequence[Cost]) -> Cost:
        """The median of each."""
        return cls(
            median(each.seconds for each in costs),
            median(each.cpu for each in costs),
            median(each.mebibytes for each in costs),
        )


def cost(command: Sequence[str], code: int = 0) -> Cost:
    """Run a command once; it must end with this exit code."""
    ran = subprocess.run(
        [PYTHON, "-S", "-c", _LAUNCHER, *command], env=_environment(), capture_output=True, check=True
    )
    seconds, cpu, kibibytes, ended = json.loads(ran.stdout)
    assert ended == code, f"{' '.join(command)}: exit {ended}"
    return Cost(seconds, cpu, kibibytes / 1024)


@cache
def _environment() -> dict[str, str]:
    """Nobody's flags, and byte code that is kept, as an installed package has it."""
    names = {name for name in os.environ if name.startswith("CCSTATE_") or name == "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    folder = tempfile.mkdtemp(prefix="ccstate-benchmark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def interleaved(commands: Mapping[K, Sequence[str]], runs: int) -> dict[K, Cost]:
    """The least cost of each command; they take turns, so that a busy moment hits all alike.

    The first turn counts too, but is never the least: it compiles.
    """
    return {name: reduce(Cost.least, costs) for name, costs in _in_turns(commands, runs).items()}


def medians(commands: Mapping[K, Sequence[str]], runs: int) -> dict[K, Cost]:
    """The median cost of each command, after a first turn that counts for nothing: it compiles."""
    _in_turns(commands, 1)
    return {name: Cost.median(costs) for name, costs in _in_turns(commands, runs).items()}


def _in_turns(commands: Mapping[K, Sequence[str]], runs: int) -> dict[K, list[Cost]]:
    found: dict[K, list[Cost]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(cost(command))
    return found


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """Of growth between two sizes: 1 is linear, 2 quadratic."""
    (few, little), (many, much) = small, large
    if min(little, much) <= 0 or few == many:
        return math.nan
    return math.log(much / little) / math.log(many / few)


def show(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: first column left, numbers right."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print(f"\n\n{title}")
    for line in lines:
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  " + "  ".join((first, *others)).rstrip())


def ccstate(*arguments: str, root: Path) -> tuple[str, ...]:
    """A command line of ours on a project."""
    return (*CCSTATE, *arguments, str(root))

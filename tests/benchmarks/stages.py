"""Stages: the processor's time that each part of a command takes, on stderr as JSON.

`python -m tests.benchmarks.stages plan --refresh=none PROJECT` runs the command line in this process, with a
watch around the functions that stand for a stage. A stage inside another counts for itself alone.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any, Final

STAGES: Final = {
    "read YAML": ("ccstate.manifest.loader", "load"),
    "compile": ("ccstate.manifest.compile", "section"),
    "cross-check": ("ccstate.manifest.crosscheck", "check"),
    "other reading": ("ccstate.cli.session", "load"),
    "read state": ("ccstate.store.project", "Store.load"),
    "match": ("ccstate.engine.offline", "match"),
    "unchanged": ("ccstate.core.unchanged", "split"),
    "decide": ("ccstate.core.planning", "decide_all"),
    "build": ("ccstate.engine.offline", "build"),
    "render": ("ccstate.cli.planning", "print_plan"),
}
"""Stage -> the function that it is, by the module that calls it."""


class Watch:
    """Counts the time of each stage, without what the stages inside it take."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inside: list[str] = []
        self._since = process_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What happens in here counts for this stage."""
        self._stop()
        self._inside.append(name)
        yield
        self._stop()
        self._inside.pop()

    def _stop(self) -> None:
        now = process_time()
        if self._inside:
            self.spent[self._inside[-1]] += now - self._since
        self._since = now

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed; what a generator yields is gathered first."""
        gathers = inspect.isgeneratorfunction(function)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                found = function(*args, **kwargs)
                return iter(list(found)) if gathers else found

        return timed


def main() -> None:
    """Run a command line and tell its stages."""
    from ccstate.__main__ import main as run

    watch = Watch()
    for name, (module, path) in STAGES.items():
        *parents, last = path.split(".")
        owner: Any = importlib.import_module(module)
        for each in parents:
            owner = getattr(owner, each)
        setattr(owner, last, watch.around(name, getattr(owner, last)))
    try:
        run()
    finally:
        print(json.dumps(watch.spent), file=sys.stderr)


if __name__ == "__main__":
    main()

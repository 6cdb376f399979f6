"""The cyclic garbage collector: off while a command reads and plans, on while it talks to somebody.

A plan is hundreds of thousands of values and next to no cycles. Looking for those takes a fifth of its time
and finds none; a run of hours, with its tasks and tracebacks, makes some.
"""

from __future__ import annotations

import gc


def hold() -> None:
    """For commands that are over soon."""
    gc.disable()


def release() -> None:
    """For what may go on for long; what was read so far stays, and is not looked through again."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()


def leave() -> None:
    """Before the exit, which would look through everything once more."""
    gc.freeze()

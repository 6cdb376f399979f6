"""Rendering, by form and number of changes: how long it takes, how much it is, and how it grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from ccstate.core.document import plan_to_json
from ccstate.core.plan import Plan, Undo
from ccstate.render.documents import json_text
from ccstate.render.html import plan_html
from ccstate.render.markdown import plan_markdown
from ccstate.render.spans import plain
from ccstate.render.text import View, plan_lines
from tests.benchmarks.measure import exponent, show
from tests.render.plans import differs, place, plan_of, step, update

_SIZES: Final = (1_000, 10_000)
_RUNS: Final = 3
_FORMS: Final[Mapping[str, Callable[[Plan], str]]] = {
    "text": lambda plan: plain(plan_lines(plan)),
    "text, concise": lambda plan: plain(plan_lines(plan, View(concise=True))),
    "markdown": plan_markdown,
    "html": plan_html,
    "json": lambda plan: json_text(plan_to_json(plan)),
}


def edited(count: int) -> Plan:
    """As many lists with another name, every hundredth in the way of a mail."""
    return plan_of(
        *(
            update(
                f"list.l{number}",
                differs("name", f"List {number}", f"List {number} (new)"),
                steps=(f"s{number}",),
                natural_key=f"List {number}",
                origin=place("lists.yaml", number + 1),
                undo=Undo.VISIBLE if number % 100 else Undo.REACHES_PEOPLE,
            )
            for number in range(count)
        ),
        steps=tuple(step(number, "update", f"list.l{number}") for number in range(count)),
    )


def least(render: Callable[[Plan], str], plan: Plan) -> tuple[float, int]:
    """Seconds of processor and characters."""
    found = []
    for _ in range(_RUNS):
        started = time.process_time()
        text = render(plan)
        found.append((time.process_time() - started, len(text)))
    return min(found)


@pytest.mark.benchmark
def test_rendering() -> None:
    rows = []
    for form, render in _FORMS.items():
        before: tuple[int, float] | None = None
        for size in _SIZES:
            seconds, characters = least(render, edited(size))
            growth = f"{exponent(before, (size, seconds)):.2f}" if before else ""
            rows.append((form, f"{size:,}", f"{seconds:.3f}", f"{characters:,}", growth))
            before = (size, seconds)
    show(
        f"Rendering a plan: the least of {_RUNS} runs",
        ("", "changes", "CPU s", "characters", "exponent"),
        rows,
    )

"""Long texts: how two versions of a mail's HTML differ, as a unified diff that fits a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from ccstate.render.spans import Line, Lines, Style, clean, span
from ccstate.render.values import ELLIPSIS, shorten_pair

AT_MOST: Final = 20
"""Lines of a diff, unless all are asked for."""

_BREAK_FROM: Final = 160
_BETWEEN_TAGS: Final = re.compile(r"(?<=>)(?=<)")
_STYLES: Final[dict[str, Style]] = {"+": "add", "-": "destroy", "@": "dim", " ": ""}


def diff_lines(before: str, after: str, columns: int, *, full: bool = False) -> Lines:
    """The unified diff without its file names; what is too much is told as a count."""
    import difflib

    found = difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=2)
    lines = list(_within(list(found)[2:], columns))
    if not lines:
        return ((span("only line ends differ", "dim"),),)
    if full or len(lines) <= AT_MOST:
        return tuple(lines)
    left = len(lines) - AT_MOST + 1
    return (*lines[: AT_MOST - 1], (span(f"{ELLIPSIS} {left} more lines; --full shows all", "dim"),))


def _lines(text: str) -> list[str]:
    """The lines of a text; one that would fill a screen is broken between its tags."""
    return [
        part
        for line in text.splitlines()
        for part in (_BETWEEN_TAGS.split(line) if len(line) > _BREAK_FROM else (line,))
    ]


def _within(found: list[str], columns: int) -> Iterator[Line]:
    """Each line in so many columns; what takes another's place is shortened around the difference."""
    runs = [(sign, [clean(line[1:]) for line in run]) for sign, run in groupby(found, lambda line: line[0])]
    for index, (sign, run) in enumerate(runs):
        others = _counterpart(runs, index)
        for number, text in enumerate(run):
            other = others[number] if others else text
            yield (span(sign + shorten_pair(text, other, columns - 1)[0], _STYLES[sign]),)


def _counterpart(runs: list[tuple[str, list[str]]], index: int) -> list[str]:
    """The lines that replace a run, or that it replaces, where there are as many; else none."""
    sign, run = runs[index]
    step = {"-": 1, "+": -1}.get(sign, 0)
    if not step or not 0 <= index + step < len(runs):
        return []
    other_sign, others = runs[index + step]
    return others if other_sign in "+-" and len(others) == len(run) else []

"""The terminal: colour, prompts, and where lines go. Results to stdout, everything else to stderr.

The only module that knows about colour; lines come as spans with named styles.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import IO, Final

import click

from ccstate.render.spans import Line, plain

_COLOURS: Final = {
    "add": {"fg": "green"},
    "change": {"fg": "yellow"},
    "destroy": {"fg": "red"},
    "move": {"fg": "cyan"},
    "adopt": {"fg": "cyan"},
    "forget": {"dim": True},
    "dim": {"dim": True},
    "bold": {"bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "error": {"fg": "red", "bold": True},
    "live": {"fg": "red", "bold": True},
    "emulator": {"fg": "cyan", "bold": True},
    "info": {"fg": "blue"},
}


class Terminal:
    """Prints lines of spans; colour by --no-color, NO_COLOR, FORCE_COLOR, then whether it is a terminal."""

    def __init__(self, *, no_color: bool = False, no_input: bool = False) -> None:
        self._no_color = no_color
        self._no_input = no_input

    def result(self, lines: Iterable[Line]) -> None:
        """To stdout."""
        self._write(lines, sys.stdout)

    def tell(self, lines: Iterable[Line]) -> None:
        """To stderr."""
        self._write(lines, sys.stderr)

    def _write(self, lines: Iterable[Line], stream: IO[str]) -> None:
        """All lines at once: to write and flush each costs more than to make it."""
        coloured = self._coloured(stream)
        text = "".join(map(_coloured_line, lines)) if coloured else plain(lines)
        if text:
            click.echo(text, file=stream, color=coloured, nl=False)

    def _coloured(self, stream: IO[str]) -> bool:
        if self._no_color or os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return stream.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer."""
        if self._no_input or os.environ.get("CI", "").lower() in ("1", "true"):
            return False
        return sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """One line of answer."""
        answer: str = click.prompt(question, default="", show_default=False, prompt_suffix=" ", err=True)
        return answer.strip()


def _coloured_line(line: Line) -> str:
    return "".join(_styled(span.text, span.style) for span in line) + "\n"


def _styled(text: str, style: str) -> str:
    settings = _COLOURS.get(style)
    return click.style(text, **settings) if settings else text  # type: ignore[arg-type]

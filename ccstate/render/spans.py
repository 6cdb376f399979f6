"""Spans: text with the name of a style. A line is a tuple of spans, an output is a tuple of lines.

Everything that is rendered goes through `span`, which is where text from accounts and manifests loses
whatever a terminal would obey.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

Style: TypeAlias = Literal[
    "", "add", "change", "destroy", "adopt", "move", "forget", "dim", "bold", "warning", "error", "info"
]


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    style: Style = ""


Line: TypeAlias = tuple[Span, ...]
Lines: TypeAlias = tuple[Line, ...]

BLANK: Final[Line] = ()
WIDTH: Final = 80
"""Columns that every line keeps to, as long as nobody's identity is at stake."""


def span(text: str, style: Style = "") -> Span:
    """A span of text that may come from anywhere."""
    return Span(clean(text), style)


def plain(lines: Iterable[Line]) -> str:
    """The text alone, each line with its line end."""
    return "".join("".join(each.text for each in line).rstrip() + "\n" for line in lines)


def clean(text: str) -> str:
    """The same text without control characters: escape sequences, bidi overrides, lone surrogates."""
    return text if text.isprintable() else "".join(_visible(each) for each in text)


_JOINERS: Final = "\u200c\u200d"
"""Part of how some scripts and emoji are spelled."""


def _visible(char: str) -> str:
    if char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs":
        return char
    code = ord(char)
    if code < 0x100:
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """Columns on a terminal."""
    return len(text) if text.isascii() else sum(_columns(each) for each in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def line_width(line: Line) -> int:
    """Columns of a whole line."""
    return sum(width(each.text) for each in line)


def pad(text: str, columns: int) -> str:
    """The text, filled up with blanks."""
    return text + " " * (columns - width(text))

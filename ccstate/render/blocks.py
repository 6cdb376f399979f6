"""Blocks of Markdown: fences, code and folded parts that nothing inside can get out of.

What users typed stands in fences, code spans and `<code>` alone: there GitHub makes no links, mentions,
pictures or tags of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final

from ccstate.render.spans import clean

_BACKTICKS: Final = re.compile("`+")


def fence(lines: Iterable[str], language: str = "text") -> str:
    """Lines as a fixed-width block; its fence is longer than any run of backticks inside."""
    text = "\n".join(lines)
    marks = "`" * max(_longest_run(text) + 1, 3)
    return f"{marks}{language}\n{text}\n{marks}\n"


def code(text: str) -> str:
    """A piece of a sentence that means nothing but itself."""
    shown = clean(text).strip() or "(none)"
    marks = "`" * (_longest_run(shown) + 1)
    edge = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{marks}{edge}{shown}{edge}{marks}"


def html_code(text: str) -> str:
    """The same where Markdown is not read, as in the summary of a folded part."""
    return f"<code>{html.escape(clean(text))}</code>"


def folded(summary: str, body: str) -> str:
    """A part that is opened by a click; `summary` is HTML."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n</details>\n"


def comment(*words: str) -> str:
    """A comment that nobody sees; what could end it early is left out."""
    safe = (re.sub(r"[^\w.]", "_", word, flags=re.ASCII) for word in words)
    return f"<!-- {' '.join(word for word in safe if word)} -->\n"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)

"""References: `${list.newsletter}` and `${list:"VIP"}` in texts, and the keys under `audience`.

Only reads them; whether what they name exists is asked when the whole project is known (`crosscheck`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from ccstate.core.address import Address
from ccstate.core.values import Join, Named, Ref, Value

_PART = re.compile(r'\$\$\{|\$\{((?:[^}"]|"(?:[^"\\]|\\.)*")*)\}|\$\{')
_NAMED = re.compile(r'\s*([a-z][a-z_]*)\s*:\s*"((?:[^"\\]|\\.)*)"\s*')
_VARIABLE = re.compile(r"(?<!\$)\$\{\s*var\.")

RESERVED_VARIABLE: Final = "`${var.x}` is reserved; this version does not read it"

Tell: TypeAlias = Callable[[str, str, str], None]
"""Takes the code, the summary and the hint of a complaint about the text at hand."""


def has_variable(text: str) -> bool:
    """Whether a text holds `${var.x}`, which is kept free for later."""
    return _VARIABLE.search(text) is not None


def unescape(text: str) -> str:
    """In ordinary texts `${` means nothing, so only what looks like a variable needs its `$${`."""
    return text.replace("$${var.", "${var.")


def interpolate(text: str, tell: Tell) -> Value:
    """A text with its references: a Ref or Named where it is nothing else, else a Join, else a text."""
    if "${" not in text:
        return text
    parts: list[str | Ref | Named] = []
    end = 0
    for found in _PART.finditer(text):
        parts += (text[end : found.start()], _part(found, tell))
        end = found.end()
    parts.append(text[end:])
    return _joined(parts)


def _part(found: re.Match[str], tell: Tell) -> str | Ref | Named:
    if found[0] == "$${":
        return "${"
    if found[1] is None:
        tell("bad-reference", "a `${` is not closed", "close it with `}`, or write `$${` for a plain `${`")
        return found[0]
    return _reference(found[1], tell) or found[0]


def _reference(inside: str, tell: Tell) -> Ref | Named | None:
    if inside.strip().startswith("var."):
        tell("reserved-word", RESERVED_VARIABLE, "")
        return None
    if named := _NAMED.fullmatch(inside):
        return Named(named[1], re.sub(r"\\(.)", r"\1", named[2]))
    try:
        return Ref(Address.parse(inside.strip()))
    except ValueError:
        hint = 'write ${list.newsletter}, or ${list:"Existing list"}; `$${` is a plain `${`'
        tell("bad-reference", f"`${{{inside}}}` is no reference", hint)
        return None


def _joined(parts: list[str | Ref | Named]) -> Value:
    merged: list[str | Ref | Named] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    if len(merged) == 1:
        return merged[0]
    return Join(tuple(merged)) if merged else ""

"""The properties that only mails of the legacy formats 1 and 2 have. Booleans are texts here."""

from __future__ import annotations

import json

from ccstate.emulator.checks import Checks
from ccstate.emulator.storage.database import packed

LONGEST_CONTENT = 150_000
# What a property may hold: a longest text, or words to choose from.
_FORMAT_1: dict[str, int | tuple[str, ...] | None] = {
    "style_content": LONGEST_CONTENT, "greeting_salutation": 50, "greeting_name_type": ("F", "L", "B", "N"),
    "greeting_secondary": 1500, "subscribe_link_enabled": ("true", "false"), "subscribe_link_name": 80,
    "text_content": LONGEST_CONTENT,
}  # fmt: skip
_BOTH: dict[str, int | tuple[str, ...] | None] = {
    "permission_reminder_enabled": ("true", "false"), "permission_reminder": 1500,
    "view_as_webpage_enabled": ("true", "false"), "view_as_webpage_text": 50,
    "view_as_webpage_link_name": None, "forward_email_link_enabled": ("true", "false"),
    "forward_email_link_name": 80,
}  # fmt: skip
_OF_FORMAT = {1: _FORMAT_1 | _BOTH, 2: _BOTH}
_DEFAULTS = {
    "letter_format": "HTML", "greeting_name_type": "N", "subscribe_link_enabled": "false",
    "permission_reminder_enabled": "false", "view_as_webpage_enabled": "false",
    "forward_email_link_enabled": "false",
}  # fmt: skip


def read(checks: Checks, format_type: int, before: str | None) -> str | None:
    """What is left out keeps its value; what does not belong to the format is ignored, says the contract."""
    given = checks.object("document_properties")
    known = _OF_FORMAT.get(format_type)
    if given is None or known is None:
        return before
    inner = Checks(checks.call, given, "document_properties.")
    inner.only((*_FORMAT_1, *_BOTH, "letter_format"))
    read = {name: _property(inner, name, limit) for name, limit in known.items() if name in given}
    checks.problems += inner.problems
    kept = json.loads(before or "{}") | read
    return packed({name: text for name, text in kept.items() if text is not None})


def shown(format_type: int, stored: str | None) -> dict[str, str] | None:
    """With the defaults of what was never set; None where the format has no such properties."""
    known = _OF_FORMAT.get(format_type)
    if known is None:
        return None
    allowed = (*known, "letter_format") if format_type == 1 else known
    written: dict[str, str] = json.loads(stored or "{}")
    return {name: text for name, text in _DEFAULTS.items() if name in allowed} | written


def _property(checks: Checks, name: str, limit: int | tuple[str, ...] | None) -> str | None:
    text = checks.text(name, most=limit if isinstance(limit, int) else None)
    if isinstance(limit, tuple) and text is not None and text not in limit:
        checks.problem(f"{name} does not have a valid value: one of {', '.join(limit)} is wanted")
    return text

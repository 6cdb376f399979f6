"""Cursor paging: a page is continued by a key, never by an offset.

The one documented cursor is base64 of `limit=<n>&next=<key>`: the page size is frozen in it, and a `limit`
beside it changes nothing. The key is ours: the position of the last row that was shown.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from ccstate.emulator.wire import Call


@dataclass(frozen=True)
class Page:
    limit: int
    after: str | None
    parameter: str


def wanted(call: Call, *, default: int, most: int, parameter: str = "cursor") -> Page:
    """The page that a call asks for; a limit out of range is a 400 (nobody documents the answer)."""
    cursor = call.parameter(parameter)
    if cursor:
        limit, after = _decode(call, cursor, parameter)
    else:
        limit, after = call.query.get("limit", str(default)), None
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= most):
        call.refuse(f"limit does not have a valid value: 1 to {most}")
    return Page(int(limit), after, parameter)


def position(call: Call, page: Page, parts: int) -> tuple[int, ...] | None:
    """The key of a page as integers; None for the first page."""
    if page.after is None:
        return None
    texts = page.after.split(".")
    if len(texts) != parts or not all(
        text.removeprefix("-").isdecimal() and len(text) < 19 for text in texts
    ):
        call.refuse(f"{page.parameter} does not have a valid value")
    return tuple(int(text) for text in texts)


def links(call: Call, page: Page, key: str | None) -> dict[str, Any]:
    """`_links` of the next page, or nothing at all on the last one: official clients insist on that."""
    if key is None:
        return {}
    cursor = base64.b64encode(f"limit={page.limit}&next={quote(key)}".encode()).decode()
    kept = [(name, text) for name, text in call.pairs if name not in ("limit", page.parameter)]
    query = urlencode(kept) + "&" if kept else ""
    return {"_links": {"next": {"href": f"{call.path}?{query}{page.parameter}={quote(cursor, safe='=')}"}}}


def _decode(call: Call, cursor: str, parameter: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(cursor, validate=True).decode("ascii")
        fields = parse_qs(text, strict_parsing=True)
        return fields["limit"][0], fields["next"][0]
    except (binascii.Error, ValueError, KeyError):
        call.refuse(f"{parameter} does not have a valid value")

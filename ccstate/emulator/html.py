"""HTML as a service that parses and re-serialises it might hand it back, and as a preview shows it.

`rewritten` changes how a document is spelled and never what it says: white space runs stay runs, references
stay the same characters, attributes keep their values. It leaves alone what is sensitive to white space
(`pre`, `textarea`), what is not markup (`style`, `script`, comments) and every tag that it does not fully
understand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

_VERBATIM = (
    "pre",
    "textarea",
    "style",
    "script",
    "title",
    "xmp",
    "listing",
    "iframe",
    "noembed",
    "noframes",
    "plaintext",
)
_VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    )
)
_TOKEN = re.compile(r"<!--.*?-->|<[!?/][^>]*>|<[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<|[^<]+", re.DOTALL)
_TAG = re.compile(
    r"<([A-Za-z][^\s/>\"'=]*)((?:\s+[^\s\"'<>/=]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*)(\s*/?)>"
)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);|&(?=[ \t\r\n])")
_MERGE_TAG = re.compile(r'\[\[\s*([A-Za-z_]+)(?:\s+OR\s+"([^"]*)")?\s*\]\]', re.IGNORECASE)
_MARKUP = re.compile(r"<!--.*?-->|<(style|script|title)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def rewritten(text: str) -> str:
    done: list[str] = []
    position = 0
    while match := _TOKEN.match(text, position):
        token, position = match[0], match.end()
        if _is_unfinished(text, match):
            done.append(text[match.start() :])
            break
        done.append(_token(token))
        if (end := _verbatim_end(text, token, position)) is not None:
            done.append(text[position:end])
            position = end
    return "".join(done)


def _is_unfinished(text: str, match: re.Match[str]) -> bool:
    """A tag or comment that never ends: from there on nothing is certain, so nothing is touched."""
    if match[0] == "<":
        return re.compile("[A-Za-z/!?]").match(text, match.end()) is not None
    return match[0].startswith("<!--") and not match[0].endswith("-->")


def _token(token: str) -> str:
    if not token.startswith("<"):
        return _REFERENCE.sub(_other_reference, _SPACES.sub(_other_space, token))
    match = _TAG.fullmatch(token)
    return token if match is None else _tag(match)


def _verbatim_end(text: str, token: str, position: int) -> int | None:
    """Where the content of an element ends that must not be touched, if this tag opens one."""
    match = _TAG.fullmatch(token)
    if match is None or match[1].lower() not in _VERBATIM:
        return None
    name = match[1].lower()
    ends = [end.start() for end in re.finditer(rf"</{name}\b", text[position:], re.IGNORECASE)]
    if not ends:
        return len(text)
    # Something nested in itself is taken up to its last end, so that nothing inside is touched.
    nested = re.search(rf"<{name}\b", text[position : position + ends[0]], re.IGNORECASE)
    return position + (ends[-1] if nested else ends[0])


def _tag(match: re.Match[str]) -> str:
    name, attributes, end = match[1], _attributes(match[2]), match[3]
    if name.lower() in _VOID:
        end = "" if end.strip() else " /"
    return f"<{name}{attributes}{end}>"


def _attributes(text: str) -> str:
    """Other way round and in other quotes. Of repeated ones the first counts, so those keep their order."""
    found = [(match[1].lower(), match[2], match[3], match[4]) for match in _ATTRIBUTE.finditer(text)]
    if len({name for name, *_ in found}) == len(found):
        found.reverse()
    return "".join(f" {name}{_value(*values)}" for name, *values in found)


def _value(double: str | None, single: str | None, bare: str | None) -> str:
    if double is not None:
        return f"='{double}'" if "'" not in double else f'="{double}"'
    if single is not None:
        return f'="{single}"' if '"' not in single else f"='{single}'"
    return "" if bare is None else f'="{bare}"'


def _other_space(match: re.Match[str]) -> str:
    return "\r\n" if "\n" in match[0] else " "


def _other_reference(match: re.Match[str]) -> str:
    """Named becomes decimal, decimal hexadecimal, hexadecimal decimal; a lone ampersand is escaped."""
    if match[1] is None:
        return "&amp;"
    character = unescape(match[0])
    if len(character) != 1:
        return match[0]
    decimal = match[1].startswith("#") and match[1][1] not in "xX"
    return f"&#x{ord(character):x};" if decimal else f"&#{ord(character)};"


def preview(text: str, owner: Mapping[str, Any]) -> str:
    """Merge tags filled from the account; one that we do not know keeps its place, or shows its fallback."""
    known = {
        "firstname": owner.get("first_name", ""),
        "lastname": owner.get("last_name", ""),
        "emailaddress": owner.get("contact_email", ""),
        "trackingimage": "",
    }

    def fill(match: re.Match[str]) -> str:
        fallback = match[2] if match[2] is not None else match[0]
        return str(known.get(match[1].lower(), fallback))

    return _MERGE_TAG.sub(fill, text)


def text(markup: str) -> str:
    """The words of a document, for the plain part of a preview."""
    return _SPACES.sub(" ", unescape(_MARKUP.sub(" ", markup))).strip()

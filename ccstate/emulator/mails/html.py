"""HTML as a service that parses and re-serialises it might hand it back, and what can be read from it.

`rewritten` changes how a document is spelled and never what it says: white space runs stay runs, references
stay the same characters, attributes keep their values. It leaves alone what is sensitive to white space
(`pre`, `textarea`), what is not markup (`style`, `script`, comments) and every tag that it does not fully
understand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

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
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?--!?>)|<[!?/][^>]*>|<[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<|[^<]+", re.DOTALL
)
# A merge tag among the attributes is none of them, so a name holds no bracket.
_TAG = re.compile(
    r"<([A-Za-z][^\s/>\"'=]*)((?:\s+[^\s\"'<>/=\[]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*)(\s*/?)>",
    re.ASCII,  # a non-breaking space separates nothing
)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?", re.ASCII)
_ANY_TAG = re.compile(r"<([A-Za-z][^\s/>]*)(.*)>", re.DOTALL)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);|&(?=[ \t\r\n])")
_COMMENT = re.compile("<!--(?:-?>|.*--!?>)", re.DOTALL)
_QUERY = re.compile("&(?=[A-Za-z0-9]+=)")
_MARKUP_START = re.compile("[A-Za-z/!?]")
_EDGES = {name: re.compile(rf"<(/?){name}\b", re.IGNORECASE) for name in _VERBATIM}
_SILENT = ("style", "script", "title")


def rewritten(text: str) -> str:
    respell: dict[str, Callable[[str], str]] = {"text": _respelled_text, "markup": _respelled_tag}
    return "".join(respell[kind](piece) if kind in respell else piece for kind, piece in _pieces(text))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """A document as text, markup, and content that is to be left alone, which is named by its element."""
    position = 0
    while match := _TOKEN.match(text, position):
        if _is_unfinished(text, match):
            # From a tag or comment on that never ends nothing is certain.
            yield "unfinished", text[match.start() :]
            return
        yield "markup" if len(match[0]) > 1 and match[0][0] == "<" else "text", match[0]
        position = match.end()
        if (name := _opens_verbatim(match[0])) is not None:
            end = _verbatim_end(text, name, position)
            yield name, text[position:end]
            position = end


def _is_unfinished(text: str, match: re.Match[str]) -> bool:
    if match[0] == "<":
        return _MARKUP_START.match(text, match.end()) is not None
    return match[0].startswith("<!--") and _COMMENT.fullmatch(match[0]) is None


def _opens_verbatim(token: str) -> str | None:
    match = _TAG.fullmatch(token)
    name = match[1].lower() if match is not None else None
    return name if name in _EDGES else None


def _verbatim_end(text: str, name: str, position: int) -> int:
    """Where the content of an element ends. One that is nested in itself and never ends has all the rest."""
    depth = 1
    for edge in _EDGES[name].finditer(text, position):
        depth += -1 if edge[1] else 1
        if depth == 0:
            return edge.start()
    return len(text)


def _respelled_text(text: str) -> str:
    return _REFERENCE.sub(_other_reference, _SPACES.sub(_other_space, text))


def _respelled_tag(token: str) -> str:
    match = _TAG.fullmatch(token)
    return token if match is None else _tag(match)


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


def _value(*spelled: str | None) -> str:
    """In an attribute an ampersand before `name=` is one, whatever references are called."""
    double, single, bare = (
        each and _REFERENCE.sub(_other_reference, _QUERY.sub("&amp;", each)) for each in spelled
    )
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


def links(text: str) -> list[str]:
    """Where the links of a document lead to, as they are read: references resolved."""
    return [address for address in attribute_values(text, ("a", "area"), "href") if address is not None]


def images(text: str) -> list[str | None]:
    """The sources of a document's images; None for one without."""
    return attribute_values(text, ("img",), "src")


def attribute_values(text: str, elements: tuple[str, ...], attribute: str) -> list[str | None]:
    """An attribute of every such element, also of elements that are not quite well written."""
    return [
        next(
            (_said(*values) for name, *values in _ATTRIBUTE.findall(match[2]) if name.lower() == attribute),
            None,
        )
        for kind, piece in _pieces(text)
        if kind == "markup" and (match := _ANY_TAG.fullmatch(piece)) and match[1].lower() in elements
    ]


def _said(*values: str) -> str:
    return unescape(next((value for value in values if value), "")).strip()


def text(markup: str) -> str:
    """The words of a document, for the plain part of a preview."""
    words = [" " if kind in ("markup", "unfinished", *_SILENT) else piece for kind, piece in _pieces(markup)]
    return _SPACES.sub(" ", unescape("".join(words))).strip()

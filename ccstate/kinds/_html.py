"""HTML in its one canonical form: what a service may respell on saving is forgiven, and nothing else.

Forgiven: runs of blanks in text, spelling of references, order, quoting and case of attributes, case of tags,
void tags, line ends. Kept to the letter: text, comments, everything inside <pre>, <textarea>, <style> and
<script>, and every tag that is not well written, such as one with a merge tag's quotes inside its own.

Documents are cut up as the HTML standard does (13.2.5 Tokenization). The parser of Python's library would do
most of it, but reads `&section=` in a link as a paragraph sign, and changes from release to release.
"""

from __future__ import annotations

import re
from html import escape, unescape
from html.entities import html5
from typing import Final

_VOID: Final = frozenset(
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
_RAW: Final = frozenset(("script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"))
"""They hold no markup and no references: all up to their end tag is kept."""
_LITERAL: Final = frozenset(("pre", "listing"))
"""Inside them blanks count."""
_WORDS: Final = frozenset(("textarea", "title"))
"""They hold references, but no markup."""
_FOREIGN: Final = frozenset(("svg", "math"))
"""Inside them any tag may close itself, and that means something."""

# HTML's own blanks: a non-breaking space is text.
_BLANK: Final = " \t\n\r\f"
_BLANKS: Final = re.compile(f"[{_BLANK}]+")
_COMMENT: Final = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
_OTHER: Final = re.compile(r"<(?:[!?]|/(?![A-Za-z]))[^>]*(?:>|\Z)")
_NAME: Final = rf"[^{_BLANK}/>\"'<=\[]"
_VALUE: Final = rf"\"[^\"]*+\"|'[^']*+'|[^{_BLANK}\"'>][^{_BLANK}>]*+"
_ATTRIBUTE: Final = re.compile(rf"[{_BLANK}/]*+({_NAME}++)(?:[{_BLANK}]*+=[{_BLANK}]*+({_VALUE}))?+")
_TAG: Final = re.compile(
    rf"<([A-Za-z]{_NAME}*+)((?:[{_BLANK}/]*+{_NAME}++(?:[{_BLANK}]*+=[{_BLANK}]*+(?:{_VALUE}))?+)*+)"
    rf"([{_BLANK}/]*+)>"
)
_END_TAG: Final = re.compile(rf"</([A-Za-z]{_NAME}*+)[^<>\"']*+>")
_STRANGE_TAG: Final = re.compile(r"</?[A-Za-z](?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+>")
_LONGEST_NUMBER: Final = 16
"""Characters of a numeric reference that can still stand for a character."""
_REFERENCE: Final = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")


class _Canonical:
    """Collects tokens whose joined form is equal for equal documents, and is itself such a document."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._tokens: list[str] = []
        self._text: list[str] = []
        self._literal = 0
        self._foreign = 0

    def joined(self) -> str:
        html, position = self._html, 0
        while position < len(html):
            start = html.find("<", position)
            if start != position:
                self._text.append(_characters(html[position : start if start >= 0 else len(html)]))
                position = start if start >= 0 else len(html)
            else:
                position = self._markup(position)
        self._flush()
        return "".join(self._tokens).strip(_BLANK)

    def _markup(self, position: int) -> int:
        """One token that begins with `<`; where the next one begins."""
        html = self._html
        if found := _COMMENT.match(html, position) or _OTHER.match(html, position):
            self._emit(_declared(found[0]))
        elif found := _TAG.match(html, position):
            return self._start(found)
        elif found := _END_TAG.match(html, position):
            self._end(found[1].lower())
        elif found := _STRANGE_TAG.match(html, position):
            self._emit(found[0])
        elif _begins_a_tag(html, position):
            self._emit(html[position:])  # it never ends, and nothing after it is certain
            return len(html)
        else:
            self._text.append("<")
            return position + 1
        return found.end()

    def _start(self, found: re.Match[str]) -> int:
        name = found[1].lower()
        foreign = name in _FOREIGN or (self._foreign and name not in _VOID)
        closed = "/" if foreign and found[3].endswith("/") else ""
        self._emit(f"<{name}{_attributes(found[2])}{closed}>")
        self._literal += name in _LITERAL
        self._foreign += name in _FOREIGN and not closed
        if name not in _RAW and name not in _WORDS:
            return found.end()
        end = re.compile(rf"</{name}(?=[{_BLANK}/>])", re.IGNORECASE).search(self._html, found.end())
        upto = len(self._html) if end is None or name == "plaintext" else end.start()
        inside = self._html[found.end() : upto]
        if inside:
            self._tokens.append(inside if name in _RAW else _escaped(_characters(inside)))
        return upto

    def _end(self, name: str) -> None:
        if name == "br":
            self._emit("<br>")  # so says the standard
        elif name not in _VOID:
            self._emit(f"</{name}>")
            self._literal -= name in _LITERAL and self._literal > 0
            self._foreign -= name in _FOREIGN and self._foreign > 0

    def _emit(self, token: str) -> None:
        self._flush()
        self._tokens.append(token)

    def _flush(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if not self._literal:
            # A blank between a word and a tag is seen by readers: a run becomes one, never none.
            text = _BLANKS.sub(" ", text)
        if text:
            self._tokens.append(_escaped(text))


def _begins_a_tag(html: str, position: int) -> bool:
    after = html[position + 1 : position + 3].lstrip("/")[:1]
    return after.isascii() and after.isalpha()


def _declared(token: str) -> str:
    """Comments and the like are kept; of a doctype neither case nor blanks count."""
    is_doctype = token[:9].lower() == "<!doctype"
    return _BLANKS.sub(" ", token).lower().replace(" >", ">") if is_doctype else token


def _attributes(text: str) -> str:
    """Sorted and quoted alike. Of one that stands twice the first counts, as in a browser."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        bare = value[1:-1] if value[:1] in ("'", '"') else value
        found.setdefault(name.lower(), _characters(bare, in_attribute=True))
    return "".join(f' {name}="{_escaped(found[name], quote=True)}"' for name in sorted(found))


def _characters(text: str, *, in_attribute: bool = False) -> str:
    """The text with its references as the characters that they stand for."""
    if "&" not in text:
        return text
    return _REFERENCE.sub(lambda each: _character(each, in_attribute=in_attribute), text)


def _character(found: re.Match[str], *, in_attribute: bool) -> str:
    reference = found[0]
    if reference[1] == "#":
        if len(reference) > _LONGEST_NUMBER:
            return "\ufffd"
        # Of some characters that no document should hold the library makes nothing.
        return unescape(reference) or chr(_code_point(reference))
    if not in_attribute:
        return unescape(reference)
    # In a link `&section=` and `&regions` are what they look like.
    followed = found.string[found.end() : found.end() + 1]
    return html5.get(reference[1:], reference) if reference[-1] == ";" or followed != "=" else reference


def _code_point(reference: str) -> int:
    digits = reference[2:].rstrip(";")
    return int(digits[1:], 16) if digits[0] in "xX" else int(digits)


def _escaped(text: str, *, quote: bool = False) -> str:
    return escape(text, quote=quote).replace("\r", "&#13;")


def canonical(html: str) -> str:
    """The form in which two spellings of one document are equal."""
    return _Canonical(html.replace("\r\n", "\n").replace("\r", "\n")).joined()

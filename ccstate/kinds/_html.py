"""HTML in its one canonical form: what a service may respell on saving is forgiven, and nothing else.

Forgiven: runs of blanks in text, spelling of entities, order, quoting and case of attributes, case of tags,
void tags, line ends. Kept to the letter: text, comments, and everything inside <pre>, <textarea>, <style>
and <script>.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
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
_RAW: Final = frozenset(("style", "script"))  # these hold no entities
_LITERAL: Final = _RAW | {"pre", "textarea"}
# HTML's own blanks: a non-breaking space is text.
_BLANK: Final = " \t\n\r\f"
_BLANKS: Final = re.compile(f"[{_BLANK}]+")


class _Canonical(HTMLParser):
    """Collects tokens whose joined form is equal for equal documents, and is itself such a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tokens: list[str] = []
        self._text: list[str] = []
        self._literal: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flush()
        shown = "".join(f' {name}="{escape(value or "")}"' for name, value in sorted(_first_of_each(attrs)))
        self.tokens.append(f"<{tag}{shown}>")
        if tag in _LITERAL:
            self._literal.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        self._flush()
        if self._literal and self._literal[-1] == tag:
            self._literal.pop()
        self.tokens.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._literal and self._literal[-1] == tag:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self._flush()
        self.tokens.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._flush()
        self.tokens.append(f"<!{_BLANKS.sub(' ', decl).lower()}>")

    def unknown_decl(self, data: str) -> None:
        self._flush()
        self.tokens.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self._flush()
        self.tokens.append(f"<?{data}>")

    def _flush(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if not self._literal:
            # A blank between a word and a tag is seen by readers: a run becomes one, never none.
            text = _BLANKS.sub(" ", text)
        if text:
            raw = self._literal and self._literal[-1] in _RAW
            self.tokens.append(text if raw else escape(text, quote=False))

    def finish(self) -> str:
        self.close()
        self._flush()
        return "".join(self.tokens).strip(_BLANK)


def _first_of_each(attrs: list[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """Of an attribute that stands twice the first counts, as in a browser."""
    return list(dict(reversed(attrs)).items())


def canonical(html: str) -> str:
    """The form in which two spellings of one document are equal."""
    parser = _Canonical()
    parser.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    return parser.finish()

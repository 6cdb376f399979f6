"""Rewriting of HTML: spelled differently, saying the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstate.emulator import Switches
from ccstate.emulator.mails.html import images, links, rewritten, text
from ccstate.emulator.mails.mail import filled
from tests.emulator.client import Emulated, activity_body


class Reader(HTMLParser):
    """What a document says: tags with their attributes as sets, text with white space runs as one space."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[object] = []
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said.append((tag, dict(reversed(attrs))))  # of repeated attributes the first counts
        self.verbatim += tag in ("pre", "textarea")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.said.append(f"/{tag}")
        self.verbatim -= tag in ("pre", "textarea")

    def handle_data(self, data: str) -> None:
        raw = self.verbatim > 0 or self.cdata_elem is not None
        text = data if raw else " ".join(data.replace("\xa0", "\x00").split(" "))
        for run in "\t\r\n\f" if not raw else "":
            text = text.replace(run, " ")
        while "  " in text and not raw:
            text = text.replace("  ", " ")
        if self.said and isinstance(self.said[-1], tuple) and self.said[-1][0] == "#text":
            text = self.said.pop()[1] + text  # type: ignore[index]
        self.said.append(("#text", text))

    def handle_comment(self, data: str) -> None:
        self.said.append(f"<!--{data}")


def says(markup: str) -> list[object]:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader.said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>a  b\n c</p>", "<p>a b\r\nc</p>"),
        ('<a HREF="x" class=y>', "<a class=\"y\" href='x'>"),
        ("<a title='say \"x\"'>", "<a title='say \"x\"'>"),
        ("<br><img src='a'/>", '<br /><img src="a">'),
        ("&nbsp;&copy;&#169;&#xA9; a & b", "&#160;&#169;&#xa9;&#169; a &amp; b"),
        ("<pre> a\n  b &amp; </pre> c  d", "<pre> a\n  b &amp; </pre> c d"),
        ("<style> a  { } </style><!-- a  b --><script>1  <  2</script>",) * 2,
        ("<!--[if mso]><p  class='a'>x</p><![endif]-->",) * 2,
        ("<a b=1 b=2>", '<a b="1" b="2">'),
        ("<p", "<p"),
        ("a < b <!-- never  ends", "a < b <!-- never  ends"),
    ],
)
def test_spelling_is_all_that_changes(before: str, after: str) -> None:
    assert rewritten(before) == after


PIECES = st.sampled_from(
    ["<p>", "</p>", "<br>", "<br/>", '<a href="x?a=1&amp;b=2" class=c>', "</a>",
     "<img SRC='a' alt=\"b c\" />", " ", "\n", "\r\n", "\t ", "text", "&amp;", "&nbsp;", "&lt;b&gt;",
     "&#8217;", "&#x2019;", "a & b", "<pre>", "</pre>", " a\n  b ", "<!-- c  d -->",
     "<style> x  y </style>", "<textarea> x\n</textarea>", "&unknown;", ">",
     "<td colspan=2>", "[[FirstName]]", "<script>if (a  < b) {}</script>", "é", "<!DOCTYPE html>",
     "<hr\nclass='x'>", "<input disabled>"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_rewritten_document_says_the_same(markup: str) -> None:
    assert says(rewritten(markup)) == says(markup)


@settings(max_examples=200, deadline=None)
@given(st.text("<>/!-&;# \n'\"=abp", max_size=40))
def test_nothing_makes_rewriting_fail_or_lose_a_word(markup: str) -> None:
    again = rewritten(markup)
    assert [letter for letter in again if letter in "cd"] == [letter for letter in markup if letter in "cd"]


@pytest.mark.parametrize(
    "piece", ["<pre></pre>", "<style<", "<!--", "<a b=c ", "<pre><pre>", "&amp;", '<a "', "</pre"]
)
def test_no_document_takes_long(piece: str) -> None:
    markup = piece * (150_000 // len(piece))
    started = time.perf_counter()
    rewritten(markup)
    text(filled(markup, {}))
    links(markup)
    images(markup)
    assert time.perf_counter() - started < 5


def test_the_words_of_a_document_leave_out_what_is_not_shown() -> None:
    assert text("<title>x</title><style>y</style><p>One &amp;<br>two<!-- three --></p>") == "One & two"


def test_html_comes_back_rewritten_where_the_switch_says_so(make: Callable[..., Emulated]) -> None:
    emulator = make(Switches(rewrite_html=True))
    _, activity_id = emulator.campaign()
    path = f"/v3/emails/activities/{activity_id}"
    emulator.put(path, activity_body(html_content="<p class='x'>a  b<br></p>"))
    assert emulator.get(f"{path}?include=html_content")["html_content"] == '<p class="x">a b<br /></p>'

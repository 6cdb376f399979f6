"""HTML: what a service may respell is one form, and nothing else is."""

from __future__ import annotations

import html
import random
import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.kinds._html import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a  b</p>", "<p>a\n\t b</p>"),
        ("<p>\r\na</p>", "<p>\na</p>"),
        ("<p>a\rb</p>", "<p>a\nb</p>"),
        ("<p>&eacute; &amp; &#233;</p>", "<p>é &#38; é</p>"),
        ("<p>a &lt; b</p>", "<p>a < b</p>"),
        ('<a href="x" class="y">z</a>', "<A CLASS='y' HREF=x>z</A>"),
        ('<a href="?a=1&amp;b=2">z</a>', '<a href="?a=1&b=2">z</a>'),
        ("<br>", "<br/>"),
        ("<br>", "<BR />"),
        ("<img src=a alt=b>", '<img alt="b" src="a"></img>'),
        ("<input disabled>", '<input disabled="">'),
        ("<!DOCTYPE html><p>a</p>", "<!doctype  HTML><p>a</p>"),
        ("  <p>a</p>\n", "<p>a</p>"),
        ("<p >a</p >", "<p>a</p>"),
        ('<a title="x" title="y">z</a>', '<a title="x">z</a>'),
        ("<td title='say \"hi\"'>a</td>", '<td title="say &quot;hi&quot;">a</td>'),
        ('<a href="?a=1&section=2&regions=3">z</a>', '<a href="?a=1&amp;section=2&amp;regions=3">z</a>'),
        ('<a title="&copy 2035">z</a>', '<a title="© 2035">z</a>'),
        ("a</br>b", "a<br>b"),
        ("a <img src=x> </img> b", "a <img src=x> b"),
        ("<title>a &amp; b</title>", "<TITLE>a &#38; b</TITLE>"),
        ("<textarea>a &amp; b</textarea>", "<TEXTAREA>a &#38; b</TEXTAREA>"),
        ("<a b='1'c='2'>z</a>", '<a c="2" b="1">z</a>'),
        ("<p/>a", "<p>a"),
        ("<pre>a\r\nb</pre>", "<pre>a\nb</pre>"),
        ("<!-- a\r\nb -->", "<!-- a\nb -->"),
        ("&#x1F600; &hellip;", "\U0001f600 …"),
    ],
)
def test_two_spellings_of_one_document(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a b</p>", "<p>ab</p>"),
        ("a <b>c</b>", "a<b>c</b>"),
        ("<b>a</b> <i>b</i>", "<b>a</b><i>b</i>"),
        ("<p>a&nbsp;b</p>", "<p>a b</p>"),
        ("<p>a&nbsp;</p>", "<p>a </p>"),
        ("a&nbsp;", "a"),
        ("<pre>a  b</pre>", "<pre>a b</pre>"),
        ("<pre>a\nb</pre>", "<pre>a b</pre>"),
        ("<style>a  b</style>", "<style>a b</style>"),
        ("<textarea>a  b</textarea>", "<textarea>a b</textarea>"),
        ("<pre><b>a  b</b></pre>", "<pre><b>a b</b></pre>"),
        ("<p>A</p>", "<p>a</p>"),
        ('<a href="A">z</a>', '<a href="a">z</a>'),
        ('<p style="a:  b">z</p>', '<p style="a: b">z</p>'),
        ("<!-- a  b -->", "<!-- a b -->"),
        ("<p>a</p>", "<p>a<!--x--></p>"),
        ("&lt;br&gt;", "<br>"),
        ("<p>&lt;b&gt;a&lt;/b&gt;</p>", "<p><b>a</b></p>"),
        ("&lt;!--a--&gt;", "<!--a-->"),
        ('<a title="x&quot; class=&quot;y">z</a>', '<a title="x" class="y">z</a>'),
        ("<p>a</p><p>b</p>", "<p>a<p>b</p></p>"),
        ('<a href="?copy=1&copy=2">z</a>', '<a href="?copy=1©=2">z</a>'),
        ('<a href="?a=1&regions=2">z</a>', '<a href="?a=1®ions=2">z</a>'),
        ('<a title="[[FirstName OR "Friend"]]">z</a>', '<a title="[[FirstName OR "friend"]]">z</a>'),
        ("<a [[Link]]>z</a>", "<a [[link]]>z</a>"),
        ("a</br>b", "ab"),
        ("<p>é</p>", "<p>e\u0301</p>"),
        ("<p>a\u2009b</p>", "<p>a b</p>"),
        ("<img\u00a0src=a>", "<img src=a>"),
        ("<title><B>a</B></title>", "<title><b>a</b></title>"),
        ("<textarea><B>a</B></textarea>", "<textarea><b>a</b></textarea>"),
        ("<style>a &gt; b</style>", "<style>a > b</style>"),
        ("<script>if (a  < b) {}</script>", "<script>if (a < b) {}</script>"),
        ("<!--[if mso]><p  class=x>a</p><![endif]-->", "<!--[if mso]><p class=x>a</p><![endif]-->"),
        ("<!--[if !mso]><!-->a<!--<![endif]-->", "<!--[if mso]><!-->a<!--<![endif]-->"),
        ("<![CDATA[ a ]]>", "<![CDATA[ b ]]>"),
        ("<svg><g/><path></svg>", "<svg><g><path></svg>"),
        ("<p>a", "<p>a</p>"),
        ("a <b", "a <c"),
        ("<listing>a  b</listing>", "<listing>a b</listing>"),
        ("<pre>a  b<pre>c</pre>d  e</pre>", "<pre>a  b<pre>c</pre>d e</pre>"),
        ("a&#1;b", "ab"),
    ],
)
def test_two_documents(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_runs_of_blanks_collapse_after_a_literal_element() -> None:
    assert canonical("<pre>a  b</pre> <p>c  d</p>") == canonical("<pre>a  b</pre>\n<p>c d</p>")


def test_merge_tags_and_conditional_comments_are_kept_to_the_letter() -> None:
    text = '<!--[if mso]><b>x</b><![endif]-->[[FirstName OR "Friend"]]'
    assert canonical(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<pre></pre>",
        "<style<",
        "<!--",
        "<a b=c ",
        "<pre><pre>",
        "&amp;",
        '<a "',
        "</pre",
        "<a b='",
        "<",
        "&",
        "<![",
        "&#9",
    ],
)
def test_no_document_takes_long(piece: str) -> None:
    started = time.perf_counter()
    canonical(piece * (150_000 // len(piece)))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "&#" + "9" * 9_000 + ";",
        "<a b='&#xD;'>",
        "<pre>&#13;\n</pre>",
        "<a",
        "<a b",
        "<a b='",
        "</",
        "<!",
        "",
        "<",
        "<p",
        "a < b > c",
        "&",
        "&amp",
        "</p>",
        "<br></br>x",
        "<!-",
        "<style>a",
    ],
)
def test_broken_html_has_a_form_that_is_its_own(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


# Documents and rewriters


@dataclass(frozen=True)
class Element:
    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Element | str, ...]


_VOID = ("br", "img", "hr")
_LITERAL = ("pre", "style")
_WORDS = st.text(alphabet="ab<>&\"'é\u00a0 \n-[]", max_size=8)
_ATTRIBUTES = st.dictionaries(st.sampled_from(["href", "class", "style", "title"]), _WORDS, max_size=3)


def _element(children: st.SearchStrategy[tuple[Element | str, ...]]) -> st.SearchStrategy[Element | str]:
    attributes = _ATTRIBUTES.map(lambda found: tuple(found.items()))
    void = st.builds(Element, st.sampled_from(_VOID), attributes, st.just(()))
    literal = st.builds(Element, st.just("pre"), attributes, st.tuples(_WORDS))
    style = st.builds(
        Element, st.just("style"), attributes, st.tuples(st.text(alphabet="a{}: \n", max_size=9))
    )
    return (
        void | literal | style | st.builds(Element, st.sampled_from(["p", "td", "b"]), attributes, children)
    )


DOCUMENTS = st.recursive(_WORDS, lambda inner: _element(st.lists(inner, max_size=3).map(tuple)), max_leaves=8)


def written(node: Element | str, chance: random.Random, *, literal: str = "") -> str:
    """One of the spellings of a document."""
    if isinstance(node, str):
        return node if literal == "style" else _text(node, chance, literal=bool(literal))
    attributes = list(node.attributes)
    chance.shuffle(attributes)
    tag = chance.choice([node.tag, node.tag.upper()])
    shown = "".join(_attribute(name, value, chance) for name, value in attributes)
    if node.tag in _VOID:
        return f"<{tag}{shown}{chance.choice(['', '/', ' /'])}>"
    inside = node.tag if node.tag in _LITERAL else literal
    children = "".join(written(each, chance, literal=inside) for each in node.children)
    return f"<{tag}{shown}{chance.choice(['', ' '])}>{children}</{tag}>"


def _text(text: str, chance: random.Random, *, literal: bool) -> str:
    return "".join(_letter(letter, chance, literal=literal) for letter in text)


def _letter(letter: str, chance: random.Random, *, literal: bool) -> str:
    if letter == "\n":
        return chance.choice(["\n", "\r\n"])
    if letter == " ":
        return " " if literal else chance.choice([" ", "  ", " \t"])
    if letter in "<>&":
        return chance.choice([html.escape(letter), f"&#{ord(letter)};", f"&#x{ord(letter):x};"])
    return chance.choice([letter, f"&#{ord(letter)};"])


def _attribute(name: str, value: str, chance: random.Random) -> str:
    spelled = html.escape(value) if chance.random() < 0.5 else "".join(f"&#{ord(each)};" for each in value)
    quote = chance.choice("\"'")
    return f"{chance.choice([' ', '  '])}{chance.choice([name, name.upper()])}={quote}{spelled}{quote}"


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_every_spelling_of_a_document_has_one_form(document: Element | str, chance: random.Random) -> None:
    assert canonical(written(document, chance)) == canonical(written(document, chance))


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_form_is_its_own_form(document: Element | str, chance: random.Random) -> None:
    found = canonical(written(document, chance))
    assert canonical(found) == found

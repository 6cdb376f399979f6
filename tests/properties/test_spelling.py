"""What the service may respell, held to what is forgiven: neither may do more than the other.

The canonical forms are ours and the rewriting is the emulator's, which knows nothing of them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ccstate.emulator.mails.html import rewritten as rewritten_html
from ccstate.emulator.segments.criteria import rewritten as rewritten_criteria
from ccstate.kinds import _criteria, _html
from tests.kinds.test_html import DOCUMENTS, Element, written

MANY = settings(max_examples=150, deadline=None)

# Mails

PIECES = st.sampled_from(
    ["<p>", "</p>", "<P CLASS=A>", "<br>", "<br/>", "<BR />", "</br>", "</img>", "</a>", "<p/>",
     "</p class=x>",
     '<a href="x?a=1&amp;b=2" class=c>', "<a href='?a=1&section=2&copy=3'>", "<a href=?q=1&param=2>",
     '<a href="?x&lt;&amp;z=1">', "<a href='?a=&amp;copy=1'>", "<img SRC='a' alt=\"b c\" />",
     "<td colspan=2>",
     "<a b=1 b=2>", "<a b = 'x'>", "<a b='1'c='2'>", "<a/b>", "<a b=c/>", "<input disabled>",
     "<input value= x>",
     "<a b='&quot;'>", "<a b=\"'\">", "<a b='&#39;\"'>", '<a b="x\ny">', '<a b="x  y">', "<hr\nclass='x'>",
     "<a @click=x [b]=y>", "<a [[Link]]>", '<a title=\'[[FirstName OR "Friend"]]\'>',
     '<a title="[[FirstName OR "Friend"]]">', "<img\u00a0src=a>", "<o:p> </o:p>", "<v:rect x:y='1'>",
     " ", "\n", "\r\n", "\r", "\t ", "\f", "\x0b", "text", "a & b", "a &b", "é", "e\u0301", "\u2028",
     "\u00a0",
     "&amp;", "&nbsp;", "&lt;b&gt;", "&#8217;", "&#x2019;", "&amp", "&ampx;", "&notit;", "&NotEqualTilde;",
     "&#0;", "&#128;", "&#xD;", "&#10;", "&#32;", "&Tab;", "&unknown;", "&#xA0;", "&#99999999999999999999;",
     "<pre>", "</pre>", " a\n  b ", "<textarea> x\n</textarea>", "<TEXTAREA>  q", "</TEXTAREA>",
     "<listing> a  b ",
     "<style> x  y </style>", "<style>p > a  { }", "</style>", "<script>if (a  < b) {}</script>", "<script>",
     "<title> a  &amp; b</title>", "<title>", "</title>", "<xmp> a  b &amp; </xmp>",
     "<iframe> a  b </iframe>",
     "<plaintext>", "<noscript>  a </noscript>", "<noframes> a  b</noframes>", "<pre-x>  </pre-x>",
     "<!-- c  d -->", "<!--[if mso]> <p  class=x>  y<![endif]-->", "<!--[if !mso]><!-->", "<!--<![endif]-->",
     "<![endif]-->", "<!-->", "<!-- a --!>", "<![CDATA[ a  b ]]>", "<!DOCTYPE html>",
     '<!DOCTYPE  html "x>y">',
     "<?xml version='1'?>", "</ p>", "<!>", "</>", "<svg>", "</svg>", "<g/>", "<path d='M 0  0'/>",
     "<", ">", "<p", "<a b='", "[[FirstName]]", '[[FirstName OR "Friend"]]']
)  # fmt: skip
SOUP = st.lists(PIECES, max_size=6).map("".join)


@settings(max_examples=400, deadline=None)
@given(SOUP)
def test_whatever_the_service_makes_of_a_mail_is_forgiven(mail: str) -> None:
    found = _html.canonical(mail)
    assert _html.canonical(rewritten_html(mail)) == found
    assert _html.canonical(rewritten_html(rewritten_html(mail))) == found
    assert _html.canonical(found) == found


@MANY
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_whatever_the_service_makes_of_a_well_formed_mail_is_forgiven(
    document: Element | str, chance: random.Random
) -> None:
    mail = written(document, chance)
    assert _html.canonical(rewritten_html(mail)) == _html.canonical(mail)


def edits(node: Element | str, *, literal: str = "") -> Iterator[Element | str]:
    """The document with one thing of it changed that a reader, or a reader's program, would notice."""
    if isinstance(node, str):
        yield from _edits_of_text(node, literal)
        return
    yield Element("u" if node.tag == "b" else "b", node.attributes, node.children)
    yield node_with(node, attributes=(*node.attributes, ("id", "new")))
    for index, (name, value) in enumerate(node.attributes):
        before, after = node.attributes[:index], node.attributes[index + 1 :]
        yield node_with(node, attributes=(*before, *after))
        changed = (f"{value}&copy=1", f" {value}", value.replace("a", "A"), value.replace("\u00a0", " "))
        yield from (
            node_with(node, attributes=(*before, (name, new), *after)) for new in changed if new != value
        )
    inside = node.tag if node.tag in ("pre", "style") else literal
    for index, child in enumerate(node.children):
        around = node.children[:index], node.children[index + 1 :]
        for new in edits(child, literal=inside):
            yield node_with(node, children=(*around[0], new, *around[1]))


def _edits_of_text(text: str, literal: str) -> Iterator[str]:
    yield f"{text}Z"
    yield f"Z{text}"
    yield from (new for new in (text.replace("a", "A"), text.replace("\u00a0", " ")) if new != text)
    if literal:
        yield f"{text} "
        yield from (new for new in (text.replace(" ", "  "), text.replace("\n", " ")) if new != text)


def node_with(node: Element, **changes: Any) -> Element:
    return Element(**{**vars(node), **changes})


@MANY
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_no_edit_of_a_mail_is_forgiven(document: Element | str, chance: random.Random) -> None:
    whole = Element("p", (), (document, "."))
    found = _html.canonical(written(whole, chance))
    for edited in edits(whole):
        assert _html.canonical(written(edited, chance)) != found, edited


# Criteria

TEXTS = st.text("ab5. é\u00a0", max_size=4)
LEAVES = TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
CONDITIONS = st.fixed_dictionaries(
    {"source": st.sampled_from(["contact", "tracking", "tags"]), "field": TEXTS, "op": TEXTS},
    optional={
        "value": LEAVES | st.lists(LEAVES, max_size=3),
        "param": LEAVES,
        "const_value": TEXTS,
    },
)
CRITERIA = st.recursive(
    CONDITIONS,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["and", "or"]), "group": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=6,
)


def as_served(criteria: Any) -> Any:
    """As the service shows what it was given, when it stores it its own way."""
    return _criteria.parse(rewritten_criteria(json.dumps(_criteria.document(criteria))))


@MANY
@given(CRITERIA)
def test_whatever_the_service_makes_of_criteria_is_forgiven(criteria: Any) -> None:
    found = _criteria.canonical(criteria)
    assert _criteria.canonical(as_served(criteria)) == found
    assert _criteria.canonical(as_served(as_served(criteria))) == found
    assert _criteria.canonical(found) == found


def changed(value: Any) -> Iterator[Any]:
    """The criteria with one thing of them changed."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield {key: each for key, each in value.items() if key != name}
            yield from ({**value, name: new} for new in changed(item))
    elif isinstance(value, list):
        yield from ([*value[:index], *value[index + 1 :]] for index in range(len(value)))
        yield [*value, *value[-1:]]
        for index, item in enumerate(value):
            yield from ([*value[:index], new, *value[index + 1 :]] for new in changed(item))
    elif isinstance(value, str):
        yield from (f"{value}x", f" {value}", value.upper() + "0", None, True)
    elif isinstance(value, bool) or value is None:
        yield from (not value, "true", "", 0)
    else:
        yield from (value + 1, -value - 1, str(value) + " ", True)


@MANY
@given(CRITERIA)
def test_no_edit_of_criteria_is_forgiven(criteria: Any) -> None:
    found = _criteria.canonical(criteria)
    for edited in changed(criteria):
        if edited == criteria or (isinstance(edited, list) and not edited):
            continue
        assert _criteria.canonical(edited) != found, edited


@MANY
@given(st.lists(CRITERIA, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_members_of_a_group_may_stand_in_any_order_and_values_may_not(
    members: list[Any], chance: random.Random
) -> None:
    shuffled = chance.sample(members, len(members))
    one, other = ({"type": "or", "group": each} for each in (members, shuffled))
    assert _criteria.canonical(one) == _criteria.canonical(other)
    assume(shuffled != members)
    listed, relisted = ({"value": [str(json.dumps(each)) for each in some]} for some in (members, shuffled))
    assert _criteria.canonical(listed) != _criteria.canonical(relisted)

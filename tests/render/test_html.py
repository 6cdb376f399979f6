"""The plan as a page: what a reviewer sees, and that nothing inside it runs, loads, or gets out."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings

from ccstate.core.diagnostics import error, warning
from ccstate.core.plan import Action, Cause, Change, Drift, Override, Plan, Undo
from ccstate.render.html import plan_html
from ccstate.render.text import View
from tests.render.plans import at, change, differs, place, plan_of, plans, update

HOSTILE = (
    "</dd></iframe><script>alert(1)</script><img src=x onerror='y'> \" onload=\"z &lt;b&gt; \x1b[31m\u202e"
)
OLD = "<!DOCTYPE html>\n<html><body><p>Old & new, \"quoted\" 'so'</p></body></html>"
NEW = OLD.replace("Old", "Newer") + "<script>alert(1)</script>"

_TAGS: Final = (
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "strong", "b", "span"),
    *("small", "code", "article", "header", "dl", "dt", "dd", "pre", "del", "ins", "ul", "li", "div"),
    *("details", "summary", "figure", "figcaption", "iframe", "footer"),
)
_ATTRIBUTES: Final = (
    *("lang", "charset", "http-equiv", "content", "name", "class", "open"),
    *("sandbox", "loading", "title", "srcdoc"),
)
_USUAL: Final = View()


class Page(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, its frames, its visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.frames: list[dict[str, str | None]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag == "iframe":
            self.frames.append(dict(attrs))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def mail(**members: object) -> Change:
    fields = (differs("subject", "Hello May", "Hello, May"), differs("html", OLD, NEW))
    return update(
        "campaign.may",
        *fields,
        before={"subject": "Hello May", "html": OLD},
        after={"subject": "Hello, May", "html": NEW},
        natural_key="May news",
        undo=Undo.REACHES_PEOPLE,
        origin=place("campaigns/may.yaml", 12),
        **members,
    )


def read(plan: Plan, view: View = _USUAL) -> Page:
    """A page of known tags, properly nested, that refers to nothing outside."""
    html = plan_html(plan, view)
    page = Page(html)
    assert set(page.tags) <= set(_TAGS)
    assert {name for name, _ in page.attributes} <= set(_ATTRIBUTES)
    assert page._open == []
    assert "url(" not in html.partition("</style>")[0]
    html.encode()
    return page


def test_it_says_whose_account_what_changes_and_how_it_is_taken_back() -> None:
    text = read(plan_of(mail(), change("list.old", Action.DELETE, undo=Undo.IRREVERSIBLE))).text
    assert "Plan: 0 to add, 1 to change, 1 to destroy. Sends affected: 1" in text
    assert "Account: Example Shop (a07e1l4x1vq3) LIVE" in text
    assert '~ campaign.may "May news" reaches people campaigns/may.yaml:12' in text
    assert '"Hello May" → "Hello, May"' in text
    assert "- list.old irreversible" in text


def test_it_says_what_the_contacts_agreed_to() -> None:
    consent = {"total": 12, "explicit": 7, "implicit": 2, "pending": 1, "unsubscribed": 2}
    page = plan_html(plan_of(mail())._replace(consent=consent))
    assert "<p>Consent: 9 mailable (7 express, 2 implied), 1 pending, 2 unsubscribed</p>" in page
    assert "Consent:" not in plan_html(plan_of(mail()))


def test_what_reaches_people_comes_first() -> None:
    text = read(plan_of(change("tag.a", Action.CREATE), mail())).text
    assert text.index("Reaches people (1)") < text.index("campaign.may") < text.index("Other changes (1)")
    assert text.index("Other changes (1)") < text.index("tag.a")


def test_a_mail_is_shown_before_and_after_in_frames_that_may_do_nothing() -> None:
    before, after = read(plan_of(mail())).frames
    assert (before["srcdoc"], after["srcdoc"]) == (OLD, NEW)
    assert {each["sandbox"] for each in (before, after)} == {""}
    assert [each["title"] for each in (before, after)] == [
        "campaign.may: html, before",
        "campaign.may: html, after",
    ]


def test_a_mail_of_which_only_the_digest_is_known_has_no_frame() -> None:
    memo = {"sha256": "0" * 64}
    found = update("campaign.may", differs("html", memo, NEW), before={"html": memo}, after={"html": NEW})
    assert [each["srcdoc"] for each in read(plan_of(found)).frames] == [NEW]


def test_a_mail_keeps_what_no_file_could_hold_from_breaking_the_page() -> None:
    found = change("campaign.a", Action.CREATE, after={"html": "<p>\x00\ud800\n</p>"})
    assert [each["srcdoc"] for each in read(plan_of(found)).frames] == ["<p>\ufffd\ufffd\n</p>"]


def test_the_policy_forbids_everything_but_styles() -> None:
    policy = next(
        value for name, value in read(plan_of(mail())).attributes if value and "default-src" in value
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


@pytest.mark.parametrize("view", [_USUAL, View(full=True), View(concise=True)])
def test_what_users_typed_is_text_wherever_it_stands(view: View) -> None:
    hostile = update(
        "tag.t",
        differs(HOSTILE, HOSTILE, {HOSTILE: HOSTILE}),
        differs("long", HOSTILE * 20, HOSTILE * 21),
        natural_key=HOSTILE,
        reason=HOSTILE,
        impact={HOSTILE: HOSTILE, "loses": HOSTILE},
        flags=(HOSTILE,),
        origin=place(HOSTILE, 1),
    )
    created = change("tag.u", Action.CREATE, after={HOSTILE: [HOSTILE, {HOSTILE: HOSTILE}]})
    told = error("code", HOSTILE, hint=HOSTILE, detail=HOSTILE, range=place(HOSTILE, 1), address=at("tag.t"))
    seen = Drift(at("tag.t"), (differs(HOSTILE, HOSTILE, None, Cause.DRIFT),), place(HOSTILE, 2), HOSTILE)
    page = read(plan_of(hostile, created, drift=(seen,), diagnostics=(told, warning("c", HOSTILE))), view)
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text


@given(plans)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_plan_makes_a_page_that_refers_to_nothing(plan: Plan) -> None:
    read(plan)


def test_errors_stand_above_the_changes_and_remarks_below() -> None:
    told = (warning("w", "mind this", hint="do that"), error("e", "not so"))
    text = read(plan_of(mail(), diagnostics=told)).text
    assert text.index("error: not so [e]") < text.index("campaign.may")
    assert text.index("campaign.may") < text.index("warning: mind this [w] hint: do that")
    assert "Refused: 1 error." in text


def test_overrides_are_shown_with_what_they_let_pass() -> None:
    found = Override("--allow-data-loss", at("list.a"), "list.a would lose 3 members")
    text = read(plan_of(mail(), overrides=(found,))).text
    assert "Overrides used (1) --allow-data-loss list.a would lose 3 members" in text


def test_concise_is_a_line_a_change_and_full_is_all_lines_of_a_text() -> None:
    old = "\n".join(f"<p>old {number}</p>" for number in range(60))
    found = plan_of(update("campaign.a", differs("html", old, old.replace("old", "new"))))
    assert "more lines; --full shows all" in read(found).text
    assert "new 59" in read(found, View(full=True)).text
    concise = read(found, View(concise=True))
    assert "~ campaign.a reversible html" in concise.text
    assert "article" not in concise.tags

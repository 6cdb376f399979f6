"""The plan as Markdown: what a reviewer sees in a pull request, that it fits, and what cannot get out."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ccstate.core.diagnostics import error, warning
from ccstate.core.live import Account
from ccstate.core.plan import Action, Budget, Cause, Change, Drift, Override, Plan, Status, Undo
from ccstate.render.blocks import code, comment, fence, html_code
from ccstate.render.markdown import LIMIT, marker, plan_markdown
from ccstate.render.text import View
from tests.render.plans import at, change, differs, place, plan_of, plans, step, update

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
HOSTILE = (
    "```\n~~~\n</details><script>alert(1)</script> @octocat #1 | [x](http://evil.example) `` <!-- *b* ![i](j)"
)
OLD = "\n".join(f"<p>old {number}</p>" for number in range(90))
NEW = OLD.replace("old", "new")


def mail(number: int = 1, **members: object) -> Change:
    fields = (differs("subject", "Hello May", "Hello, May"), differs("html", OLD, NEW))
    return update(
        f"campaign.may_{number}",
        *fields,
        natural_key=f"May {number}",
        undo=Undo.REACHES_PEOPLE,
        reason="edited",
        **members,
    )


def tags(count: int, name: str = "A tag") -> tuple[Change, ...]:
    return tuple(
        change(
            f"tag.t{number}",
            Action.CREATE,
            after={"name": name, "source": "typed in by somebody", "origin": "this manifest"},
            natural_key=name,
        )
        for number in range(count)
    )


def prose_of(text: str) -> str:
    """All that is not fixed-width: what a reader could be tricked by."""
    found = []
    for token in MARKDOWN.parse(text):
        for each in (token, *(token.children or ())):
            if each.type in ("text", "html_inline"):
                found.append(each.content)
            elif each.type == "html_block":
                found.append(re.sub(r"<code>.*?</code>", "", each.content))
            elif each.type in ("link_open", "image"):
                found.append(str(each.attrs))
    return "\n".join(found)


def test_a_whole_comment_reads_like_this() -> None:
    may = update(
        "campaign.may_news",
        differs("subject", "Hello May", "Hello, May"),
        differs("audience.lists[1]", None, "list.prospects"),
        before={"audience": {"lists": ["list.newsletter"]}, "subject": "Hello May"},
        after={"audience": {"lists": ["list.newsletter", "list.prospects"]}, "subject": "Hello, May"},
        origin=place("campaigns/may.yaml", 12),
        natural_key="May news",
        undo=Undo.REACHES_PEOPLE,
        steps=("s1", "s2"),
    )
    gone = {"loses": "the membership of 22,300 contacts"}
    old = change("list.old", Action.DELETE, natural_key="Old", impact=gone, undo=Undo.IRREVERSIBLE)
    new = change("tag.vip", Action.CREATE, after={"name": "VIP"}, natural_key="VIP")
    steps = (step(1, "unschedule", "campaign.may_news"), step(2, "update", "campaign.may_news"))
    assert plan_markdown(plan_of(may, old, new, steps=steps, budget=Budget(9, 4))) == dedent(
        """\
        <!-- ccstate plan a07e1l4x1vq3 live -->
        ### Plan: 1 to add, 1 to change, 1 to destroy.   Sends affected: 1

        Account: `Example Shop (a07e1l4x1vq3)` **LIVE**

        #### Reaches people (1)

        ```diff
        !~  campaign.may_news   "May news"   reaches people   campaigns/may.yaml:12
        -     subject   "Hello May"
        +     subject   "Hello, May"
        !     audience  lists: newsletter, +prospects
              steps     unschedule, update
        ```

        #### Other changes (2)

        ```diff
        -   list.old   "Old"   irreversible
        !     impact  loses the membership of 22,300 contacts

        +   tag.vip   "VIP"   reversible
        +     name  "VIP"
        ```

        <sub>API: this plan read 9 calls; applying needs 4, about 1 s at 4/s.</sub>
        """
    )


def test_no_changes_are_said_in_the_heading() -> None:
    assert plan_markdown(plan_of(budget=Budget(6, 0))) == (
        "<!-- ccstate plan a07e1l4x1vq3 live -->\n### No changes.\n\n"
        "Account: `Example Shop (a07e1l4x1vq3)` **LIVE**\n\n<sub>API: this plan read 6 calls.</sub>\n"
    )


def test_the_marker_is_the_same_for_every_plan_of_an_account() -> None:
    first, second = plan_of(mail()), plan_of(*tags(3))
    assert marker(first) == marker(second)
    assert plan_markdown(first).startswith(marker(first))


def test_the_marker_tells_accounts_and_the_emulator_apart() -> None:
    accounts = (Account("a1", "S", False), Account("a2", "S", False), Account("a1", "S", True))
    assert len({marker(plan_of()._replace(account=each)) for each in accounts}) == 3


def test_errors_stand_before_all_changes() -> None:
    found = plan_markdown(plan_of(mail(), diagnostics=(error("some-code", "it is wrong", hint="mend it"),)))
    assert "> [!CAUTION]\n> Refused: 1 error." in found
    assert "```text\nerror: it is wrong [some-code]\n  hint: mend it\n```" in found
    assert found.index("it is wrong") < found.index("campaign.may_1")


def test_what_waits_for_a_person_is_a_warning() -> None:
    found = plan_markdown(plan_of(mail(status=Status.BLOCKED)))
    assert "> [!WARNING]\n> Nothing can be applied now: 1 change waits for a person." in found
    assert '"May 1"   BLOCKED' in found


def test_remarks_stand_after_the_changes() -> None:
    found = plan_markdown(plan_of(mail(), diagnostics=(warning("some-code", "it is odd"),)))
    assert found.index("it is odd") > found.index("campaign.may_1")


def test_many_remarks_are_folded() -> None:
    odd = tuple(warning("some-code", f"it is odd {number}") for number in range(4))
    assert "<details><summary>4 remarks</summary>" in plan_markdown(plan_of(diagnostics=odd))


def test_drift_stands_apart() -> None:
    drift = Drift(at("list.a"), (differs("name", "Ours", "Theirs", Cause.DRIFT),), place("lists.yaml", 3))
    found = plan_markdown(plan_of(drift=(drift,)))
    assert "#### Changed outside ccstate (1)\n" in found
    assert 'name  "Ours" -> "Theirs"' in found


def test_overrides_are_shown_with_what_they_let_pass() -> None:
    used = (Override("--allow-data-loss", at("list.a"), "list.a would lose 3 members"),) * 2
    found = plan_markdown(plan_of(*tags(1), overrides=used))
    assert "#### Overrides used (2)\n" in found
    assert "--allow-data-loss  list.a would lose 3 members\n" in found
    assert "`--allow-data-loss` 2\n" in plan_markdown(plan_of(*tags(200), overrides=used), limit=3_000)


def test_a_text_is_a_diff_in_colour() -> None:
    found = plan_markdown(plan_of(mail()))
    assert "\n@@ -1,90 +1,90 @@\n-       <p>old 0</p>\n" in found
    assert "more lines; --full shows all" in found


def test_full_shows_all_lines_of_a_text() -> None:
    assert plan_markdown(plan_of(mail()), View(full=True)).count("<p>new") == 90


def test_concise_is_one_line_a_change() -> None:
    found = plan_markdown(plan_of(mail()), View(concise=True))
    assert '```diff\n!~  campaign.may_1   "May 1"   reaches people   subject, html\n```' in found
    assert "Shortened" not in found


def test_many_other_changes_are_folded_and_counted_by_kind() -> None:
    found = plan_markdown(plan_of(mail(), *tags(40)))
    assert "<details><summary>40 <code>tag</code></summary>\n\n```diff\n" in found
    assert "<details>" not in plan_markdown(plan_of(mail(), *tags(10)))


def test_every_change_has_its_undo_word() -> None:
    changes = [update(f"list.l{number}", undo=undo) for number, undo in enumerate(Undo)]
    found = plan_markdown(plan_of(*changes))
    for number, undo in enumerate(Undo):
        assert f"!~  list.l{number}   {undo}\n" in found


# Fitting


def shortened(count: int, limit: int = LIMIT, people: int = 2) -> str:
    mails = tuple(mail(number) for number in range(people))
    return plan_markdown(plan_of(*mails, *tags(count)), limit=limit)


OTHERS = "of the 40 changes that do not reach people"
PEOPLE = "of the 2 changes that reach people"
COUNTS = "only counts, and the lines that fit"
LADDER = [
    "",
    f"{OTHERS} only the fields that change",
    f"{OTHERS} only one line each",
    f"{OTHERS} {COUNTS}",
    f"{PEOPLE} only the fields that change; {OTHERS} {COUNTS}",
    f"{PEOPLE} only one line each; {OTHERS} {COUNTS}",
]


def test_it_is_shortened_step_by_step_and_says_so() -> None:
    notes = []
    for limit in range(9_000, 800, -50):
        found = shortened(40, limit)
        assert len(found) <= limit
        assert found.index("campaign.may_0") < found.index("Other changes")
        note = re.search(r"> \[!NOTE\]\n> Shortened to fit: (.*)\. `ccstate plan` shows all\.\n", found)
        notes.append(note[1] if note else "")
    assert list(dict.fromkeys(notes)) == LADDER


def test_as_many_of_the_other_changes_are_named_as_there_is_room_for() -> None:
    named = []
    for limit in range(6_000, 2_000, -100):
        found = shortened(200, limit)
        assert len(found) <= limit
        assert "| `tag` | 200 |" in found
        named.append(found.count("+   tag.t"))
        left = re.search(r"\.\.\. and ([\d,]+) more; `ccstate plan` shows them\.", found)
        assert named[-1] + int(left[1] if left else 200) == 200
    assert named[0] > 50
    # More again where the sends had to be shortened, else always fewer.
    assert sum(later > earlier for earlier, later in pairwise(named)) <= 2


def test_what_reaches_people_is_named_when_all_else_is_counted() -> None:
    found = shortened(20_000)
    assert len(found) <= LIMIT
    assert "#### Other changes (20,000)" in found
    assert "| `tag` | 20,000 |" in found
    assert 'campaign.may_1   "May 1"   reaches people' in found


def test_what_is_left_out_even_of_that_is_counted() -> None:
    found = shortened(0, people=5_000)
    assert len(found) <= LIMIT
    left = re.search(r"\.\.\. and ([\d,]+) more; `ccstate plan` shows them\.", found)
    assert left is not None
    assert int(left[1].replace(",", "")) + found.count("!~  campaign.may_") == 5_000


def test_errors_are_named_as_far_as_there_is_room() -> None:
    wrong = tuple(error("some-code", f"it is wrong {number} " + "x" * 60) for number in range(2_000))
    found = plan_markdown(plan_of(*(mail(number) for number in range(10)), diagnostics=wrong))
    assert len(found) <= LIMIT
    assert found.index("campaign.may_9") > 0
    assert "error: it is wrong 0 " in found
    assert "more; `ccstate plan` shows them." in found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans, st.integers(2_500, 6_000), st.booleans())
def test_any_plan_fits_and_is_well_formed(plan: Plan, limit: int, full: bool) -> None:
    found = plan_markdown(plan, View(full=full), limit)
    assert len(found) <= limit
    tokens = MARKDOWN.parse(found)
    assert tokens[0].content.startswith("<!-- ccstate plan")
    assert (
        found.count("<details>") == prose_of(found).count("<details>") == prose_of(found).count("</details>")
    )


def test_ten_thousand_changes_are_rendered_in_no_time() -> None:
    started = time.perf_counter()
    shortened(10_000)
    assert time.perf_counter() - started < 20


# Nothing gets out


@pytest.mark.parametrize("concise", [False, True])
def test_what_users_typed_is_never_read_as_markdown(concise: bool) -> None:
    hostile = update(
        "campaign.a",
        differs("subject", HOSTILE, HOSTILE + "!"),
        differs("html", f"<p>a</p>\n{HOSTILE}\n" * 9, f"<p>b</p>\n{HOSTILE}\n" * 9),
        natural_key=HOSTILE,
        reason=HOSTILE,
        impact={"loses": HOSTILE},
        undo=Undo.REACHES_PEOPLE,
        origin=place(HOSTILE, 1),
    )
    other = change(
        "tag.b", Action.CREATE, natural_key=HOSTILE, after={"name": HOSTILE, "x": [{"y": HOSTILE}]}
    )
    plan = plan_of(
        hostile,
        *[other] * 30,
        drift=(Drift(at("list.a"), (differs("name", HOSTILE, "x"),), place(HOSTILE, 3), HOSTILE),),
        diagnostics=(
            error("some-code", HOSTILE, detail=HOSTILE, hint=HOSTILE),
            warning("some-code", HOSTILE),
        ),
    )._replace(account=Account(HOSTILE, HOSTILE, emulated=False))
    found = plan_markdown(plan, View(concise=concise))
    for mark in ("octocat", "script", "evil", "alert", "#1", "*b*"):
        assert mark in found
        assert mark not in prose_of(found).partition("-->")[2]


@given(st.text(st.characters(codec="utf-8")))
def test_code_means_nothing_but_itself(text: str) -> None:
    tokens = MARKDOWN.parse(f"Account: {code(text)} LIVE")
    assert [each.type for each in tokens[1].children or ()] == ["text", "code_inline", "text"]


@given(st.lists(st.text("`~ \nab<>", max_size=9), max_size=6))
def test_a_fence_holds_whatever_is_inside(lines: list[str]) -> None:
    tokens = MARKDOWN.parse(fence(lines, "diff") + "\nafter")
    assert [each.type for each in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_a_comment_is_not_ended_by_what_is_in_it() -> None:
    assert comment("ccstate", "a --> <b>") == "<!-- ccstate a______b_ -->\n"


def test_tags_are_shown_and_not_obeyed() -> None:
    assert html_code("<b>&") == "<code>&lt;b&gt;&amp;</code>"

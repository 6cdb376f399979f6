"""The plan as text: what is shown, what is hidden, and that it fits and stays the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings

from ccstate.core.diagnostics import error, warning
from ccstate.core.live import Account
from ccstate.core.plan import Action, Budget, Cause, Change, Drift, Plan, Status, Undo
from ccstate.render.spans import WIDTH, plain, width
from ccstate.render.symbols import SYMBOLS
from ccstate.render.text import View, plan_lines
from tests.render.plans import at, change, differs, place, plan_of, plans, step, update

MAY = place("campaigns/may.yaml", 12)


USUAL = View()


def text(plan: Plan, view: View = USUAL) -> str:
    return plain(plan_lines(plan, view))


def shown(*changes: Change, view: View = USUAL, **members: object) -> str:
    """The lines between the header and the closing ones."""
    lines = text(plan_of(*changes, **members), view).splitlines()
    last = next(number for number, line in enumerate(lines) if line.startswith(("Plan:", "No changes.")))
    return "\n".join(lines[2 : last - 1])


def test_a_whole_plan_reads_like_this() -> None:
    may = update(
        "campaign.may_news",
        differs("subject", "Hello May", "Hello, May", place=place("campaigns/may.yaml", 16)),
        differs("audience.lists[1]", None, "list.prospects", place=place("campaigns/may.yaml", 19)),
        before={"audience": {"lists": ["list.newsletter"]}, "subject": "Hello May"},
        after={"audience": {"lists": ["list.newsletter", "list.prospects"]}, "subject": "Hello, May"},
        origin=MAY,
        undo=Undo.REACHES_PEOPLE,
        steps=("s1", "s2", "s3"),
    )
    at_nine = {"scheduled_date": "2035-05-01T13:00:00Z"}
    plan = plan_of(
        may,
        change("list.newsletter", Action.CREATE, after={"name": "Newsletter"}, natural_key="Newsletter"),
        steps=(
            step(1, "unschedule", "campaign.may_news"),
            step(2, "update", "campaign.may_news"),
            step(3, "schedule", "campaign.may_news", body=at_nine),
        ),
        budget=Budget(9, 4),
    )
    assert text(plan) == dedent(
        """\
        Account: Example Shop (a07e1l4x1vq3)   LIVE

          ~ campaign.may_news                              campaigns/may.yaml:12
              subject   "Hello May" -> "Hello, May"   campaigns/may.yaml:16
              audience  lists: newsletter, +prospects   campaigns/may.yaml:19
              schedule  unchanged: Tue 1 May 2035 13:00 UTC
              steps     unschedule, update, schedule
              undo      reaches people

          + list.newsletter
              name  "Newsletter"
              undo  reversible

        Plan: 1 to add, 1 to change, 0 to destroy.   Sends affected: 1
        API: this plan read 9 calls; applying needs 4, about 1 s at 4/s.
        """
    )


def test_an_empty_plan_says_that_there_are_no_changes() -> None:
    assert text(plan_of(budget=Budget(6, 0))) == (
        "Account: Example Shop (a07e1l4x1vq3)   LIVE\n\nNo changes.\nAPI: this plan read 6 calls.\n"
    )


def test_the_emulator_is_named_as_such() -> None:
    plan = Plan(Account("a1", "Shop", emulated=True), plan_of().based_on)
    assert text(plan).startswith("Account: Shop (a1)   EMULATOR\n")


@pytest.mark.parametrize("status", [Status.READY, Status.HELD, Status.SENT, Status.MISSED])
def test_what_is_unchanged_is_hidden(status: Status) -> None:
    assert "campaign.may" not in text(plan_of(change("campaign.may", Action.NOOP, status=status)))


def test_only_blocked_changes_are_not_no_changes() -> None:
    found = text(plan_of(change("campaign.may", Action.CREATE, status=Status.BLOCKED)))
    assert "No changes." not in found
    assert "Nothing can be applied now: 1 change waits for a person." in found
    assert "+ campaign.may   BLOCKED" in found


def test_blocked_changes_are_told_beside_the_others() -> None:
    blocked = change("campaign.may", Action.CREATE, status=Status.BLOCKED)
    found = text(plan_of(blocked, change("list.a", Action.CREATE)))
    assert "Plan: 1 to add, 0 to change, 0 to destroy.\nBlocked: 1 change waits for a person.\n" in found


@pytest.mark.parametrize("action", [each for each in Action if each is not Action.NOOP])
def test_every_action_has_its_sign_before_the_address(action: Action) -> None:
    assert shown(change("list.a", action)).lstrip().startswith(f"{SYMBOLS[action]} list.a")


def test_adopt_move_and_forget_are_counted_only_where_there_are_any() -> None:
    moved = change("list.b", Action.NOOP, previous_address=at("list.a"))
    plan = plan_of(change("tag.x", Action.ADOPT), moved, change("tag.y", Action.FORGET))
    counts = "Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt, 1 to move, 1 to forget."
    assert counts in text(plan)


def test_a_replace_counts_as_add_and_as_destroy() -> None:
    assert "Plan: 1 to add, 0 to change, 1 to destroy." in text(plan_of(change("tag.x", Action.REPLACE)))


def test_a_move_names_both_addresses() -> None:
    assert "→ list.b (was list.a)" in shown(change("list.b", Action.NOOP, previous_address=at("list.a")))


def test_a_move_with_an_update_keeps_both_facts() -> None:
    moved = update("list.b", differs("name", "A", "B"), previous_address=at("list.a"))
    assert "~ list.b (was list.a)" in shown(moved)


def test_a_change_of_the_state_alone_says_what_it_is() -> None:
    assert "lifecycle  protect" in shown(change("list.a", Action.NOOP, flags=("protect",)))


def test_a_deleted_resource_is_named_as_the_account_names_it() -> None:
    deleted = change("list.old", Action.DELETE, before={"name": "Old"}, natural_key="Old")
    assert 'name  "Old"' in shown(deleted)


def test_a_deleted_custom_field_is_named_by_its_label() -> None:
    before = {"label": "Fruit", "type": "date"}
    assert 'label  "Fruit"' in shown(
        change("custom_field.f", Action.DELETE, before=before, natural_key="Fruit")
    )


def test_lost_contact_data_is_an_impact() -> None:
    lost = {"loses": "the membership of 22,300 contacts"}
    found = shown(change("list.old", Action.DELETE, impact=lost, undo=Undo.IRREVERSIBLE))
    assert "impact  loses the membership of 22,300 contacts" in found
    assert "undo    irreversible" in found


def test_the_reason_is_shown() -> None:
    assert "why   left the manifest" in shown(
        change("list.a", Action.DELETE, reason="left the manifest", natural_key="A")
    )


@pytest.mark.parametrize("undo", Undo)
@pytest.mark.parametrize("concise", [False, True])
def test_every_change_says_how_it_is_taken_back(undo: Undo, concise: bool) -> None:
    changed = update("list.a", differs("name", "A", "B"), undo=undo)
    assert str(undo) in shown(changed, view=View(concise=concise))


def test_what_changes_in_the_state_alone_needs_no_undo_word() -> None:
    assert "reversible" not in shown(change("list.b", Action.NOOP, previous_address=at("list.a")))


def test_the_one_call_that_goes_without_saying_is_not_told() -> None:
    assert "steps" not in shown(
        change("list.a", Action.CREATE, steps=("s1",)), steps=(step(1, "create", "list.a"),)
    )


def test_a_call_that_serves_several_says_so() -> None:
    both = step(1, "delete", "list.a", "list.b")
    found = shown(change("list.a", Action.DELETE, steps=("s1",)), steps=(both,))
    assert "steps  delete (one call with 1 other)" in found


# Fields


def test_a_cleared_field_goes_to_none() -> None:
    found = shown(update("list.a", differs("description", "News", None, Cause.CLEARED)))
    assert 'description  "News" -> (none)   # left the manifest' in found


def test_a_field_that_was_empty_comes_from_none() -> None:
    assert 'description  (none) -> "News"' in shown(update("list.a", differs("description", None, "News")))


def test_what_is_not_known_yet_says_so() -> None:
    found = shown(update("segment.a", differs("criteria.value", "7", None, after_unknown=True)))
    assert 'criteria.value  "7" -> (known after apply)' in found


def test_a_reference_whose_id_changes_says_so() -> None:
    same = differs("criteria.value", "tag.a", "tag.a", Cause.DEPENDS, after_unknown=True)
    assert '"tag.a" -> (known after apply)' in shown(update("segment.a", same))


def test_a_created_field_that_is_not_known_yet_says_so() -> None:
    made = change("segment.a", Action.CREATE, after={"x": None}, after_unknown=("x",))
    assert "x     (known after apply)" in shown(made)


def test_a_field_that_forces_a_replace_is_marked() -> None:
    field = differs("type", "date", "string", forces_replace=True)
    assert '"date" -> "string"   # forces replacement' in shown(
        change("tag.a", Action.REPLACE, fields=(field,))
    )


def test_a_field_that_somebody_else_changed_is_marked() -> None:
    assert "# changed outside ccstate" in shown(update("tag.a", differs("name", "A", "B", Cause.DRIFT)))


def test_false_and_zero_are_values() -> None:
    found = shown(update("list.a", differs("favorite", True, False), differs("version", 0, 1)))
    assert "favorite  true -> false" in found
    assert "version   0 -> 1" in found


def test_a_created_field_that_is_empty_is_not_shown() -> None:
    assert "description" not in shown(change("list.a", Action.CREATE, after={"description": ""}))


def test_members_of_an_object_have_their_own_lines() -> None:
    sender = {"from": {"name": "Jo", "email": "jo@example.com"}}
    found = shown(change("campaign.a", Action.CREATE, after=sender))
    assert 'from.email  "jo@example.com"' in found
    assert 'from.name   "Jo"' in found


def test_choices_are_told_item_by_item() -> None:
    field = differs("choices", ["Apple", "Pear"], ["Apple", "Plum"])
    assert "choices  Apple, +Plum, -Pear" in shown(update("custom_field.f", field))


def test_choices_in_another_order_show_both_orders() -> None:
    field = differs("choices", ["Apple", "Pear"], ["Pear", "Apple"])
    assert "choices  Apple, Pear -> Pear, Apple" in shown(update("custom_field.f", field))


def test_an_item_that_only_moved_up_did_not_change() -> None:
    fields = differs("audience.lists[0]", "list.a", "list.b"), differs("audience.lists[1]", None, "list.a")
    assert "audience.lists  +b\n" in shown(update("campaign.a", *fields)) + "\n"


def test_many_lists_that_stay_are_counted() -> None:
    many = [f"list.l{number}" for number in range(12)]
    found = shown(
        update(
            "campaign.a",
            differs("audience.lists[12]", None, "list.new"),
            before={"audience": {"lists": many}},
            after={"audience": {"lists": [*many, "list.new"]}},
        )
    )
    assert "audience  lists: 12 unchanged, +new" in found


def test_lists_that_become_a_segment_show_both() -> None:
    field = differs("audience", {"lists": ["list.a"]}, {"segment": "segment.s"})
    assert "audience  lists: a -> segment: s" in shown(update("campaign.a", field))


def test_a_moment_has_its_weekday_and_both_clocks() -> None:
    before, after = "2035-05-01T13:00:00Z", "2035-05-01T21:30 America/New_York (2035-05-02T01:30:00Z)"
    found = shown(update("campaign.a", differs("schedule", before, after)))
    assert "Tue 1 May 2035 13:00 UTC\n" in found
    assert "-> Tue 1 May 2035 21:30 America/New_York (Wed 2 May 2035 01:30 UTC)" in found


def test_the_digest_of_a_text_that_was_not_kept_is_not_shown_as_its_value() -> None:
    field = differs("html", {"$digest": "sha256:0123456789abcdef"}, "<p>New</p>")
    assert 'html  (a long text, sha256:01234567…) -> "<p>New</p>"' in shown(update("campaign.a", field))


# Long texts


def html(*replaced: int) -> str:
    return "\n".join(f"<p>{'new' if number in replaced else 'old'} {number}</p>" for number in range(90))


def test_new_html_is_told_by_its_size() -> None:
    assert "html  1,249 characters" in shown(change("campaign.a", Action.CREATE, after={"html": html()}))


def test_changed_html_is_a_diff() -> None:
    found = shown(update("campaign.a", differs("html", html(), html(40))))
    assert "html  1,249 -> 1,249 characters" in found
    assert "        -<p>old 40</p>\n        +<p>new 40</p>\n" in found


def test_a_diff_stops_at_twenty_lines() -> None:
    found = shown(update("campaign.a", differs("html", html(), html(*range(0, 90, 3)))))
    assert len(found.splitlines()) == 2 + 20 + 1
    assert found.splitlines()[-2].strip().endswith("more lines; --full shows all")


def test_full_shows_the_whole_diff() -> None:
    found = shown(update("campaign.a", differs("html", html(), html(*range(0, 90, 3)))), view=View(full=True))
    assert found.count("+<p>new") == 30


def test_html_on_one_line_is_compared_tag_by_tag() -> None:
    found = shown(update("campaign.a", differs("html", html().replace("\n", ""), html(40).replace("\n", ""))))
    assert "-<p>old 40</p>" in found


def test_a_long_text_is_shortened_around_what_differs() -> None:
    long = "The quick brown fox jumps over the lazy dog, and once more, and {} again, until the fox sleeps"
    found = shown(update("list.a", differs("description", long.format("never"), long.format("always"))))
    assert "never again" in found
    assert "always again" in found
    assert "…" in found


def test_a_text_of_several_lines_keeps_to_the_block() -> None:
    field = differs("description", "one\ntwo", "one\nthree")
    assert "        -two\n        +three" in shown(update("list.a", field))


def test_control_characters_do_not_reach_a_terminal() -> None:
    found = text(plan_of(update("list.a", differs("name", "a\x1b[31m", "b\u202e\x9b"))))
    assert found.replace("\n", "").isprintable()


# Apart


def test_drift_stands_apart_from_the_changes() -> None:
    drift = Drift(at("list.a"), (differs("name", "Ours", "Theirs", Cause.DRIFT),), place("lists.yaml", 3))
    found = text(plan_of(drift=(drift,)))
    assert 'Changed outside ccstate:\n  list.a   lists.yaml:3\n      name  "Ours" -> "Theirs"\n' in found


def test_diagnostics_stand_before_the_counts() -> None:
    plan = plan_of(diagnostics=(warning("some-code", "it is odd", hint="mend it"),))
    assert "warning: it is odd [some-code]\n  hint: mend it\n\nNo changes." in text(plan)
    assert "odd" not in text(plan, View(diagnostics=False))


def test_a_plan_with_errors_is_refused_and_says_so() -> None:
    found = text(plan_of(diagnostics=(error("some-code", "it is wrong"),)))
    assert "Refused: 1 error. Nothing can be applied until that is resolved." in found
    assert "No changes." not in found


def test_concise_is_one_line_a_change() -> None:
    one = update("list.a", differs("name", "A", "B"), origin=place("lists.yaml", 3))
    assert shown(one, change("tag.x", Action.CREATE), view=View(concise=True)).splitlines() == [
        "  ~ list.a   reversible   name" + " " * 21 + "lists.yaml:3",
        "  + tag.x   reversible",
    ]


# Promises


def test_lines_fit_eighty_columns() -> None:
    words = "word " * 60
    wide = "漢字" * 60
    fields = differs("name", words, wide), differs("subject", wide, words), differs("version", 1, words)
    plan = plan_of(
        update("campaign.a", *fields, reason=words, origin=place("campaigns/may.yaml", 3)),
        change("segment.b", Action.CREATE, after={"criteria": {"group": [{"field": words}]}, "name": wide}),
        diagnostics=(error("some-code", words, detail=words, hint=words),),
    )
    assert max(width(line) for line in text(plan).splitlines()) <= WIDTH


def test_an_address_is_never_shortened() -> None:
    address = "campaign." + "a" * 60 + "[2035-05-03]"
    found = text(plan_of(change(address, Action.CREATE, origin=place("campaigns/" + "b" * 60 + ".yaml", 3))))
    assert address in found
    assert "b" * 60 + ".yaml:3" in found


def test_concise_leaves_out_the_middle_of_a_place_rather_than_of_an_address() -> None:
    address = "campaign." + "a" * 40
    one = update(address, differs("name", "A", "B"), origin=place("campaigns/" + "b" * 60 + ".yaml", 3))
    (line,) = shown(one, view=View(concise=True)).splitlines()
    assert address in line
    assert line.endswith(".yaml:3")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_any_plan_can_be_rendered(plan: Plan) -> None:
    assert text(plan, View(full=True)).encode()


SCRIPT = """
from tests.render.plans import *
from ccstate.render.text import plan_lines
from ccstate.render.markdown import plan_markdown
from ccstate.render.spans import plain
from ccstate.render.documents import json_text
from ccstate.core.document import plan_to_json
names = {name: name for name in ("one", "two", "three", "four", "five")}
lists = {"lists": [f"list.{name}" for name in names]}
touched = {"sends": [*names]}
plan = plan_of(
    change("campaign.a", Action.CREATE, after={**names, "audience": lists}, after_unknown=tuple(names)),
    update("campaign.b", *(differs(name, name, None) for name in names), before=names, impact=touched),
    update("campaign.c", differs("audience", {"lists": []}, lists)),
)
print(plain(plan_lines(plan)), json_text(plan_to_json(plan)), plan_markdown(plan))
"""


def test_the_bytes_do_not_depend_on_the_hash_seed() -> None:
    root = Path(__file__).parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_ten_thousand_changes_are_rendered_in_no_time() -> None:
    def many(count: int) -> Plan:
        return plan_of(
            *(update(f"list.l{n}", differs("name", "A", "B"), steps=(f"s{n}",)) for n in range(count)),
            steps=tuple(step(n, "update", f"list.l{n}") for n in range(count)),
        )

    started = time.perf_counter()
    assert text(many(10_000)).count("\n") > 30_000
    assert time.perf_counter() - started < 20

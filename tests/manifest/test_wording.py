"""What a user reads when a resource is not as its schema wants it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

import pytest

from ccstate.core.diagnostics import Diagnostic
from ccstate.manifest.project import Project

One: TypeAlias = Callable[[str], Diagnostic]


@pytest.fixture
def one(read: Callable[[str], Project]) -> One:
    """The only diagnostic of a manifest."""

    def one(text: str) -> Diagnostic:
        (diagnostic,) = read(text).diagnostics
        return diagnostic

    return one


CAMPAIGN = """\
campaigns:
  may:
    name: May
    from: {name: Jo, email: jo@example.com}
    subject: Hello
    html: <p>Hello</p>
"""


def test_an_unknown_field_names_the_nearest(one: One) -> None:
    told = one(CAMPAIGN + "    preheadr: x\n")
    assert (told.code, told.hint, str(told.range)) == (
        "unknown-field",
        "did you mean `preheader`?",
        "manifest.yaml:7:5",
    )


def test_an_unknown_field_like_no_other_lists_what_is_allowed(one: One) -> None:
    assert one("tags: {a: {name: A, zzz: 1}}").hint == "allowed are lifecycle, name, tag_source"


def test_a_missing_field_is_told_at_the_key_and_explained(one: One) -> None:
    told = one("lists:\n  news: {favorite: true}\n")
    assert (told.code, told.summary, str(told.range)) == (
        "missing-field",
        "`name` is missing in list.news",
        "manifest.yaml:2:3",
    )
    assert told.hint.startswith("The list's name")


def test_a_text_that_is_too_long_says_how_long(one: One) -> None:
    told = one(f"custom_fields: {{a: {{label: {'x' * 60}, type: string}}}}")
    assert told.summary == "`label` is 60 characters long; at most 50 are allowed"


@pytest.mark.parametrize(("text", "hint"), [("yes", "true"), ("On", "true"), ("no", "false"), ("0", "false")])
def test_a_flag_in_other_words_gets_the_right_one(one: One, text: str, hint: str) -> None:
    told = one(f"lists: {{a: {{name: A, favorite: {text}}}}}")
    assert (told.code, told.hint) == ("wrong-type", f"favorite: {hint}")


def test_a_number_in_quotes_is_shown_without(one: One) -> None:
    told = one("custom_fields: {a: {label: A, type: number, decimal_places: '2'}}")
    assert told.hint == "without quotes: 2"


def test_a_word_that_is_not_allowed_lists_what_is(one: One) -> None:
    told = one("custom_fields: {a: {label: A, type: strng}}")
    assert "allowed are string, date, datetime, single_select" in told.summary
    assert told.hint == "did you mean `string`?"


def test_an_empty_name_is_empty(one: One) -> None:
    assert one('tags: {a: {name: ""}}').summary == "`name` is empty"


def test_a_name_of_blanks_is_empty_too(one: One) -> None:
    assert one('tags: {a: {name: "  "}}').code == "empty-value"


def test_a_field_without_a_value_says_how_to_empty_it(one: One) -> None:
    told = one("lists:\n  a:\n    name: A\n    description:\n")
    assert (told.code, str(told.range)) == ("empty-value", "manifest.yaml:4:5")
    assert '""' in told.hint


def test_a_resource_without_fields_is_told(one: One) -> None:
    assert one("lists:\n  a:\n").code == "wrong-type"


def test_lists_and_a_segment_are_one_too_many(one: One) -> None:
    told = one(CAMPAIGN + "    audience: {lists: [], segment: {name: S}}\n")
    assert told.summary == "`audience` is lists or one segment, not both"


def test_an_audience_of_nothing_says_how_to_empty_it(one: One) -> None:
    assert "{lists: []}" in one(CAMPAIGN + "    audience: {}\n").summary


@pytest.mark.parametrize("extra", ["    html_file: x.html\n"])
def test_html_twice_is_one_too_many(read: Callable[[str], Project], extra: str) -> None:
    told = read(CAMPAIGN + extra).diagnostics
    assert told[0].summary == "a campaign needs exactly one of `html` and `html_file`"


def test_no_html_at_all_is_told(one: One) -> None:
    assert one(CAMPAIGN.replace("    html: <p>Hello</p>\n", "")).code == "bad-combination"


def test_a_footer_in_the_us_needs_its_state(one: One) -> None:
    footer = "    footer: {organization_name: O, address_line1: A, country_code: US}\n"
    assert one(CAMPAIGN + footer).summary == "`state_code` is missing in `footer`"


def test_a_footer_abroad_needs_none(read: Callable[[str], Project]) -> None:
    footer = "    footer: {organization_name: O, address_line1: A, country_code: NO}\n"
    assert read(CAMPAIGN + footer).diagnostics == ()


def test_a_schedule_as_a_text_is_shown_as_it_should_be(one: One) -> None:
    told = one(CAMPAIGN + "    schedule: 2035-05-01T09:00\n")
    assert "{at: 2035-05-01T09:00, timezone: America/New_York}" in told.summary


def test_an_address_without_an_at_is_none(one: One) -> None:
    told = one(CAMPAIGN.replace("jo@example.com", "jo"))
    assert told.summary == "`from.email` is no email address"


def test_a_template_pair_in_the_subject_is_refused(one: One) -> None:
    assert one(CAMPAIGN.replace("Hello\n", '"Save ${amount}"\n', 1)).code == "forbidden-text"


def test_a_choice_that_is_neither_text_nor_mapping_is_told(read: Callable[[str], Project]) -> None:
    text = "custom_fields: {a: {label: A, type: single_select, choices: [B, {was: C}, [D,\n E]]}}"
    told = [(each.code, each.summary) for each in read(text).diagnostics]
    assert told == [
        ("missing-field", "`label` is missing in `choices.1`"),
        ("wrong-type", "`choices.2` must be a label, or {label: NEW, was: OLD}"),
    ]


def test_a_wrong_type_is_told_once(one: One) -> None:
    assert one("segments: {a: {name: A, criteria: {type: [and], group: [{}]}}}").code == "yaml-needs-quotes"


def test_thousands_of_mistakes_are_told_quickly(read: Callable[[str], Project]) -> None:
    text = "tags:\n" + "".join(f"  t{n}: {{nam: T{n}, tag_source: [x]}}\n" for n in range(2_000))
    begin = time.perf_counter()
    assert len(read(text).diagnostics) == 6_000
    assert time.perf_counter() - begin < 20


def test_all_mistakes_of_a_resource_are_told_at_once(read: Callable[[str], Project]) -> None:
    text = CAMPAIGN.replace("name: May", "nme: May") + (
        "    audience: {lists: [nobody]}\n    schedule: {at: soon, timezone: Mars}\n"
    )
    assert sorted(each.code for each in read(text).diagnostics) == [
        "bad-time",
        "dangling-reference",
        "missing-field",
        "unknown-field",
        "unknown-timezone",
    ]


def test_a_diagnostic_knows_its_resource(one: One) -> None:
    assert str(one("lists: {a: {nme: A, name: B}}").address) == "list.a"

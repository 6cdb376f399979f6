"""Manifests become Desired values, each field in its form, with a place for each path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from ccstate.core.address import Address
from ccstate.core.desired import Desired, Lifecycle, OnRemove
from ccstate.core.values import Join, Named, Ref, Value
from ccstate.manifest.project import Project

Read: TypeAlias = Callable[..., Project]

CAMPAIGN = """\
campaigns:
  may:
    name: May
    from: {name: Jo, email: jo@example.com}
    subject: Hello
    html: <p>Hello</p>
"""


def only(project: Project, address: str = "") -> Desired:
    assert project.diagnostics == ()
    found = [each for each in project.desired if not address or str(each.address) == address]
    (desired,) = found
    return desired


def test_only_what_is_declared_is_a_field(read: Read) -> None:
    assert only(read("lists: {news: {name: News}}")).fields == {"name": "News"}


def test_texts_flags_and_numbers_have_their_types(read: Read) -> None:
    text = "custom_fields: {a: {label: 5, type: number, integer: false, decimal_places: 2}}"
    fields = only(read(text)).fields
    assert fields == {"label": "5", "type": "number", "integer": False, "decimal_places": 2}


def test_an_empty_text_is_not_nothing(read: Read) -> None:
    assert only(read('lists: {a: {name: A, description: ""}}')).fields["description"] == ""


def test_choices_are_labels_with_what_they_were(read: Read) -> None:
    text = "custom_fields: {a: {label: A, type: single_select, choices: [Pear, {label: Apples, was: Apple}]}}"
    choices = only(read(text)).fields["choices"]
    assert choices == [{"label": "Pear"}, {"label": "Apples", "was": "Apple"}]


def test_the_lifecycle_is_no_field(read: Read) -> None:
    desired = only(read("lists: {a: {name: A, lifecycle: {protect: true, on_remove: forget}}}"))
    assert desired.fields == {"name": "A"}
    assert desired.lifecycle == Lifecycle(protect=True, on_remove=OnRemove.FORGET)


def test_the_origin_is_where_the_key_stands(read: Read) -> None:
    assert str(only(read("lists:\n  news:\n    name: News\n")).origin) == "manifest.yaml:2:3"


def test_merged_defaults_are_fields(read: Read) -> None:
    text = "x-sender: &sender {name: Jo, email: jo@example.com}\n" + CAMPAIGN.replace(
        "{name: Jo, email: jo@example.com}", "{<<: *sender, name: Jim}"
    )
    assert only(read(text)).fields["from"] == {"name": "Jim", "email": "jo@example.com"}


# Audience


def audience(read: Read, text: str) -> Value:
    rest = "lists: {news: {name: News}}\nsegments: {s: {name: S, criteria: {type: and, group: [%s]}}}\n"
    condition = "{source: contact, field: city, op: eq, value: Waltham}"
    project = read(CAMPAIGN + f"    audience: {text}\n" + rest % condition)
    return only(project, "campaign.may").fields["audience"]


def test_keys_of_lists_are_references(read: Read) -> None:
    assert audience(read, "{lists: [news]}") == {"lists": [Ref(Address("list", "news"))]}


def test_an_unmanaged_list_goes_by_its_name(read: Read) -> None:
    assert audience(read, "{lists: [{name: Old news}]}") == {"lists": [Named("list", "Old news")]}


def test_no_lists_are_no_lists(read: Read) -> None:
    assert audience(read, "{lists: []}") == {"lists": []}


def test_a_segment_is_a_reference(read: Read) -> None:
    assert audience(read, "{segment: s}") == {"segment": Ref(Address("segment", "s"))}


def test_an_unmanaged_segment_goes_by_its_name(read: Read) -> None:
    assert audience(read, "{segment: {name: VIPs}}") == {"segment": Named("segment", "VIPs")}


def test_a_list_twice_is_refused(codes: Callable[..., list[str]]) -> None:
    text = CAMPAIGN + "    audience: {lists: [a, {name: B}, a]}\nlists: {a: {name: A}}\n"
    assert codes(text) == ["duplicate-reference"]


# Criteria


def value(read: Read, text: str) -> Value:
    rest = "lists: {news: {name: News}}\ncustom_fields: {tier: {label: Tier, type: string}}\n"
    condition = f"{{source: contact, field: f, op: eq, value: {text}}}"
    project = read(f"segments: {{s: {{name: S, criteria: {{type: and, group: [{condition}]}}}}}}\n" + rest)
    return only(project, "segment.s").fields["criteria"]["group"][0]["value"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("'${list.news}'", Ref(Address("list", "news"))),
        ("'${ list.news }'", Ref(Address("list", "news"))),
        ("'${list:\"Old news\"}'", Named("list", "Old news")),
        ("'${list:\"a } b\"}'", Named("list", "a } b")),
        ('\'${list:"say \\"hi\\""}\'', Named("list", 'say "hi"')),
        (
            "'custom_field_id:${custom_field.tier}'",
            Join(("custom_field_id:", Ref(Address("custom_field", "tier")))),
        ),
        ("'$${list.news}'", "${list.news}"),
        ("'a $${b} ${list.news}'", Join(("a ${b} ", Ref(Address("list", "news"))))),
        ("$5", "$5"),
        ("5", 5),
        ("'5'", "5"),
        ("true", True),
        ("null", None),
        ("02139", "02139"),
    ],
)
def test_criteria_have_core_types_and_references(read: Read, text: str, wanted: Value) -> None:
    found = value(read, text)
    assert found == wanted
    assert type(found) is type(wanted)


def test_the_group_is_kept_as_it_is(read: Read) -> None:
    condition = "{source: tracking, field: opened, op: x, param: 5}"
    text = f"segments: {{s: {{name: S, criteria: {{type: and, group: [{condition}]}}}}}}"
    wanted = {"type": "and", "group": [{"source": "tracking", "field": "opened", "op": "x", "param": 5}]}
    assert only(read(text)).fields["criteria"] == wanted


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("'${list.news'", "bad-reference"),
        ("'${news}'", "bad-reference"),
        ("'${lst.news}'", "bad-reference"),
        ("'${lst:\"News\"}'", "bad-reference"),
        ("'${var.x}'", "reserved-word"),
        ("'${list.nws}'", "dangling-reference"),
        ("'${tag.news}'", "reference-kind"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_where_it_stands(read: Read, text: str, code: str) -> None:
    condition = f"\n          - {{source: contact, field: f, op: eq, value: {text}}}"
    project = read(
        "lists: {news: {name: News}}\n"
        f"segments:\n  s:\n    name: S\n    criteria:\n      type: and\n      group:{condition}\n"
    )
    (told,) = project.diagnostics
    assert (told.code, str(told.range)) == (code, "manifest.yaml:8:56")


# Schedule


def schedule(read: Read, text: str, default: str = "") -> Value:
    config = f"defaults: {{campaign: {{timezone: {default}}}}}\n" if default else ""
    project = read({"m.yaml": CAMPAIGN + f"    schedule: {text}\n", "ccstate.yaml": config})
    return only(project).fields["schedule"]


NINE = {"at": "2035-05-01T13:00:00Z", "local": "2035-05-01T09:00", "timezone": "America/New_York"}


def test_a_schedule_is_an_instant_and_what_was_meant(read: Read) -> None:
    assert schedule(read, "{at: 2035-05-01T09:00, timezone: America/New_York}") == NINE


def test_the_zone_may_come_from_the_project(read: Read) -> None:
    assert schedule(read, "{at: 2035-05-01T09:00}", "America/New_York") == NINE


def test_none_is_no_schedule(read: Read) -> None:
    assert schedule(read, "none") is None


def test_a_default_that_is_no_zone_is_told_once(codes: Callable[..., list[str]]) -> None:
    manifest = CAMPAIGN + "    schedule: {at: 2035-05-01T09:00}\n"
    config = "defaults: {campaign: {timezone: America/New_Yrok}}\n"
    assert codes({"m.yaml": manifest, "ccstate.yaml": config}) == ["unknown-timezone"]


def test_a_bad_time_is_told_where_it_stands(read: Read) -> None:
    (told,) = read(CAMPAIGN + "    schedule: {at: 2035-05-01, timezone: UTC}\n").diagnostics
    assert (told.code, str(told.range)) == ("time-without-clock", "manifest.yaml:7:20")


# Texts and what is reserved


def test_a_variable_is_reserved_in_every_text(codes: Callable[..., list[str]]) -> None:
    assert codes("lists: {a: {name: 'News ${var.year}'}}") == ["reserved-word"]


def test_an_escaped_variable_is_a_text(read: Read) -> None:
    assert only(read("lists: {a: {name: 'News $${var.year}'}}")).fields["name"] == "News ${var.year}"


def test_other_dollars_mean_nothing_outside_criteria(read: Read) -> None:
    assert only(read("lists: {a: {name: 'Save ${list.a} $${5}'}}")).fields["name"] == "Save ${list.a} $${5}"


# Places


def test_places_lead_to_every_path(read: Read) -> None:
    text = (
        CAMPAIGN
        + "    audience:\n      lists:\n        - news\n    schedule: {at: 2035-05-01T09:00, timezone: UTC}\n"
        + "lists: {news: {name: News}}\n"
    )
    places = only(read(text), "campaign.may").places
    lines = {path: str(place).removeprefix("manifest.yaml:") for path, place in places.items()}
    assert lines == {
        "name": "3:11",
        "from": "4:5",
        "from.name": "4:18",
        "from.email": "4:29",
        "subject": "5:14",
        "html": "6:11",
        "audience": "7:5",
        "audience.lists": "8:7",
        "audience.lists.0": "9:11",
        "schedule": "10:5",
        "schedule.at": "10:20",
        "schedule.timezone": "10:48",
    }


def test_a_file_of_html_is_the_place_of_the_html(read: Read) -> None:
    files = {"m.yaml": CAMPAIGN.replace("html: <p>Hello</p>", "html_file: a.html"), "a.html": "<p>Hello</p>"}
    desired = only(read(files))
    assert desired.fields["html"] == "<p>Hello</p>"
    assert str(desired.place("html")) == "m.yaml:6:16"


def test_places_in_criteria_go_all_the_way_down(read: Read) -> None:
    text = (
        "segments:\n  s:\n    name: S\n    criteria:\n      type: and\n      group:\n"
        "        - {source: tracking, field: opened, op: x, param: 5}\n"
    )
    assert str(only(read(text)).place("criteria.group.0.param")) == "manifest.yaml:7:59"


def test_a_complaint_of_the_kind_is_told_at_its_path(read: Read) -> None:
    text = "custom_fields:\n  a:\n    label: A\n    type: single_select\n    choices:\n    - B\n    - b\n"
    (told,) = read(text).diagnostics
    assert (told.code, str(told.range), str(told.address)) == (
        "duplicate-choice",
        "manifest.yaml:7:7",
        "custom_field.a",
    )


# Keys


@pytest.mark.parametrize("key", ["News", "2019", "a b", "a.b", "x" * 64, '""'])
def test_a_bad_key_is_told(codes: Callable[..., list[str]], key: str) -> None:
    assert codes(f"lists: {{{key}: {{name: A}}}}") == ["bad-key"]


def test_a_bad_key_comes_with_a_better_one(read: Read) -> None:
    (told,) = read("lists: {Old News!: {name: A}}").diagnostics
    assert "`old_news`" in told.hint

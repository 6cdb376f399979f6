"""What only the whole project shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from ccstate.manifest.project import Project

Read: TypeAlias = Callable[..., Project]
Codes: TypeAlias = Callable[..., list[str]]

CAMPAIGN = """\
campaigns:
  may:
    name: May
    from: {name: Jo, email: jo@example.com}
    subject: Hello
    html: <p>Hello</p>
    audience: {lists: [%s]}
"""


def segment(key: str, *references: str) -> str:
    conditions = "".join(
        f"{{source: contact, field: f, op: eq, value: '${{{each}}}'}}," for each in references
    )
    return f"  {key}: {{name: Segment {key}, criteria: {{type: and, group: [{conditions}]}}}}\n"


def test_a_reference_may_lead_to_another_file(read: Read) -> None:
    files = {"a/mail.yaml": CAMPAIGN % "news", "lists.yml": "lists: {news: {name: News}}"}
    assert read(files).diagnostics == ()


def test_a_reference_to_nothing_names_the_nearest(read: Read) -> None:
    (told,) = read(CAMPAIGN % "newz" + "lists: {news: {name: News}}\n").diagnostics
    assert (told.code, told.hint) == ("dangling-reference", "did you mean list.news?")
    assert str(told.range) == "manifest.yaml:7:24"


def test_a_tag_is_no_list(read: Read) -> None:
    (told,) = read(CAMPAIGN % "vip" + "tags: {vip: {name: VIP}}\n").diagnostics
    assert told.code == "reference-kind"
    assert told.summary == "a list is wanted here, but `vip` is a tag"


def test_a_resource_with_a_mistake_is_still_declared(codes: Codes) -> None:
    assert codes(CAMPAIGN % "news" + "lists: {news: {nme: News}}\n") == ["missing-field", "unknown-field"]


def test_references_into_a_file_that_cannot_be_read_are_not_told(codes: Codes) -> None:
    assert codes({"a.yaml": CAMPAIGN % "news", "b.yaml": "lists:\n  news: [\n"}) == ["yaml-syntax"]


def test_an_address_is_declared_once(read: Read) -> None:
    files = {"a.yaml": "lists:\n  news: {name: A}\n", "b.yaml": "lists:\n  news: {name: B}\n"}
    (told,) = read(files).diagnostics
    assert (told.code, str(told.range)) == ("duplicate-address", "b.yaml:2:3")
    assert "a.yaml:2:3" in told.detail


def test_a_name_is_taken_once_whatever_its_case_and_blanks(read: Read) -> None:
    (told,) = read("lists:\n  a: {name: Old  News}\n  b: {name: ' old news'}\n").diagnostics
    assert (told.code, str(told.range)) == ("duplicate-name", "manifest.yaml:3:13")
    assert "manifest.yaml:2:13" in told.detail


def test_the_same_name_in_two_kinds_is_no_clash(codes: Codes) -> None:
    assert codes("lists: {a: {name: VIP}}\ntags: {a: {name: VIP}}") == []


def test_labels_that_derive_one_name_clash(read: Read) -> None:
    text = "custom_fields: {a: {label: Shoe size, type: string}, b: {label: shoe_size, type: string}}"
    (told,) = read(text).diagnostics
    assert told.code == "duplicate-name"
    assert "derives" in told.summary


def test_more_than_an_account_holds_is_told_once(read: Read) -> None:
    text = "custom_fields:\n" + "".join(f"  f{n}: {{label: F{n}, type: string}}\n" for n in range(103))
    (told,) = read(text).diagnostics
    assert (told.code, str(told.address)) == ("too-many-resources", "custom_field.f100")
    assert "103" in told.summary
    assert "100" in told.summary


def test_a_circle_is_named_once_and_in_full(read: Read) -> None:
    text = "segments:\n" + segment("a", "segment.b") + segment("b", "segment.c") + segment("c", "segment.a")
    (told,) = read(text).diagnostics
    assert told.code == "reference-cycle"
    assert told.summary.endswith("segment.a -> segment.b -> segment.c -> segment.a")


def test_a_reference_to_itself_is_a_circle(codes: Codes) -> None:
    assert codes("segments:\n" + segment("a", "segment.a")) == ["reference-cycle"]


def test_two_ways_to_one_resource_are_no_circle(codes: Codes) -> None:
    text = "segments:\n" + segment("a", "segment.b", "segment.c") + segment("b", "segment.c")
    assert codes(text + segment("c", "list.x") + "lists: {x: {name: X}}\n") == []


def test_a_long_chain_is_no_recursion(codes: Codes) -> None:
    chain = "".join(segment(f"s{n}", f"segment.s{n + 1}") for n in range(3_000))
    assert codes(f"segments:\n{chain}" + segment("s3000", "list.x") + "lists: {x: {name: X}}\n") == []


def test_thousands_of_dangling_references_are_told_quickly(codes: Codes) -> None:
    lists = "lists:\n" + "".join(f"  list_{n}: {{name: L{n}}}\n" for n in range(900))
    segments = "segments:\n" + "".join(segment(f"s{n}", f"list.lost_{n}") for n in range(2_000))
    begin = time.perf_counter()
    assert codes(lists + segments) == ["dangling-reference"] * 2_000
    assert time.perf_counter() - begin < 10

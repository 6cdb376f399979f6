"""Values: references, resolving, memos and the form in which names match."""

from __future__ import annotations

import pytest

from ccstate.core.values import (
    MEMO_LIMIT,
    UNKNOWN,
    UNSET,
    Join,
    Named,
    canonical_json,
    digest,
    has_unknown,
    is_digest,
    memo,
    references,
    resolve,
    same_name,
    walk,
)
from tests.core.build import ref


def test_unset_null_and_unknown_are_three_values() -> None:
    values: list[object] = [UNSET, None, UNKNOWN]
    assert len({id(each) for each in values}) == 3
    assert UNSET is not None
    assert repr(UNSET) == "UNSET"
    assert repr(UNKNOWN) == "UNKNOWN"


def test_walk_sees_every_leaf_and_the_parts_of_a_join() -> None:
    value = {"a": [1, {"b": None}], "c": Join(("id:", ref("tag.vip")))}
    assert list(walk(value)) == [1, None, "id:", ref("tag.vip")]


def test_references_are_found_in_any_depth() -> None:
    named = Named("list", "VIP")
    value = {"group": [{"value": ref("list.a")}, {"value": [named]}, Join(("x:", ref("tag.b")))]}
    assert list(references(value)) == [ref("list.a"), named, ref("tag.b")]


def test_resolve_puts_ids_in_the_place_of_references() -> None:
    value = {"lists": [ref("list.a")], "field": Join(("custom_field_id:", ref("custom_field.x")))}
    assert resolve(value, lambda _: "7") == {"lists": ["7"], "field": "custom_field_id:7"}


def test_a_join_with_an_unknown_part_is_unknown_as_a_whole() -> None:
    value = [Join(("id:", ref("tag.a"))), "kept"]
    assert resolve(value, lambda _: UNKNOWN) == [UNKNOWN, "kept"]


def test_resolve_leaves_values_without_references_equal() -> None:
    value = {"a": [1, "two", None, True, {"b": 2.5}]}
    assert resolve(value, lambda _: pytest.fail("nothing to look up")) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"a": [UNKNOWN]}, True), ({"a": [None, UNSET]}, False), (UNKNOWN, True), ("", False)],
)
def test_has_unknown(value: object, expected: bool) -> None:
    assert has_unknown(value) is expected


def test_canonical_json_is_one_spelling() -> None:
    assert canonical_json({"b": [1, 2], "a": "ü"}) == '{"a":"ü","b":[1,2]}'


def test_digest_of_equal_documents_is_equal() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest("text").startswith("sha256:")


def test_digest_takes_text_that_is_no_valid_unicode() -> None:
    assert digest("\ud800").startswith("sha256:")


@pytest.mark.parametrize("value", ["x" * MEMO_LIMIT, 5, None, True, [], {"a": "b"}])
def test_a_short_value_is_remembered_as_it_is(value: object) -> None:
    assert memo(value) == value
    assert not is_digest(memo(value))


@pytest.mark.parametrize("value", ["x" * (MEMO_LIMIT + 1), ["y" * MEMO_LIMIT], {"k": "z" * MEMO_LIMIT}])
def test_a_long_value_is_remembered_by_its_digest(value: object) -> None:
    assert is_digest(memo(value))
    assert memo(value) == {"$digest": digest(value)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("News", "nEWS"),
        (" News ", "News"),
        ("May  news", "May news"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("STRASSE", "straße"),
        ("May\tnews", "May news"),
    ],
)
def test_names_that_are_one(one: str, other: str) -> None:
    assert same_name(one) == same_name(other)


@pytest.mark.parametrize(("one", "other"), [("News", "New"), ("May news", "Maynews"), ("a-b", "a b")])
def test_names_that_are_two(one: str, other: str) -> None:
    assert same_name(one) != same_name(other)

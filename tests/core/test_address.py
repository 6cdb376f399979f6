"""Addresses: their text form, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.address import KEY_PATTERN, Address, is_key


@pytest.mark.parametrize(
    "text", ["list.newsletter", "custom_field.a", "campaign.weekly[2035-05-03]", "tag.a-b_c9"]
)
def test_an_address_survives_its_text(text: str) -> None:
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "list",
        "list.",
        ".news",
        "List.news",
        "list.News",
        "list.9a",
        "list.a.b",
        "list.a[]",
        "list.a[b",
        "list.a ",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address"):
        Address.parse(text)


def test_a_key_has_at_most_63_characters() -> None:
    assert is_key("a" * 63)
    assert not is_key("a" * 64)


@pytest.mark.parametrize("text", ["", "A", "1a", "-a", "_a", "a.b", "a b", "ä", "a\n"])
def test_what_is_no_key(text: str) -> None:
    assert not is_key(text)


@given(st.from_regex(KEY_PATTERN, fullmatch=True), st.sampled_from(["", "2035-05-03", "a.b"]))
def test_every_key_makes_an_address(key: str, instance: str) -> None:
    address = Address("campaign", key, instance)
    assert Address.parse(str(address)) == address


def test_addresses_sort_by_kind_then_key_then_instance() -> None:
    texts = ["tag.a", "list.b[2]", "list.b", "list.a"]
    assert [str(each) for each in sorted(map(Address.parse, texts))] == [
        "list.a",
        "list.b",
        "list.b[2]",
        "tag.a",
    ]

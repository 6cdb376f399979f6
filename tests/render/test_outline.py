"""Nested values as a manifest would spell them."""

from __future__ import annotations

from ccstate.render.values import outline

CRITERIA = {
    "type": "and",
    "group": [
        {"source": "tracking", "field": "opened", "param": 5},
        {"type": "or", "group": [{"source": "tags", "value": "tag.vip"}]},
    ],
}


def test_a_flat_mapping_is_one_line_and_what_is_deeper_stands_below() -> None:
    assert outline(CRITERIA) == (
        "type: and",
        "group:",
        "  - {source: tracking, field: opened, param: 5}",
        "  - type: or",
        "    group:",
        "      - {source: tags, value: tag.vip}",
    )


def test_what_could_be_mistaken_is_quoted() -> None:
    assert outline({"value": "two words"}) == ('{value: "two words"}',)
    assert outline(["a: b", 3]) == ('["a: b", 3]',)


def test_nothing_has_an_outline_too() -> None:
    assert (outline({}), outline([]), outline(None)) == (("{}",), ("[]",), ("null",))

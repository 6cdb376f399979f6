"""The cache: what reads teach, when that is still true, and files that are not ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.cache import Cache, Entry, is_settled, learn, recall, updated
from ccstate.core.live import Live
from tests.core.build import CRITERIA, KINDS

SEGMENT = KINDS["segment"]
CAMPAIGN = KINDS["campaign"]
EDITED = "2035-01-01T12:00:00.000Z"
LATER = datetime(2035, 1, 1, 12, 0, 5, tzinfo=UTC)


def segment(edited: str = EDITED, name: str = "Sleepy", **fields: Any) -> Live:
    return Live("segment", "14", name, {"name": name, **fields}, extra={"edited_at": edited})


def campaign(**sub_ids: str) -> Live:
    return Live("campaign", "c1", "May", {"name": "May"}, "DRAFT", sub_ids=sub_ids)


def taught(live: Live, read_at: datetime | None = LATER) -> Cache:
    kind = KINDS[live.kind]
    entry = learn(live, kind, read_at)
    assert entry is not None
    return updated(Cache("a1"), kind.name, {live.remote_id: entry})


# What is still true


def test_the_criteria_of_a_segment_that_was_not_edited_since_are_known() -> None:
    assert recall(segment(), SEGMENT, taught(segment(criteria=CRITERIA))).fields["criteria"] == CRITERIA


@pytest.mark.parametrize(
    "live", [segment(edited="2035-01-01T12:00:03.000Z"), segment(name="Other")], ids=["edited", "renamed"]
)
def test_what_was_edited_since_is_not_known(live: Live) -> None:
    assert recall(live, SEGMENT, taught(segment(criteria=CRITERIA))) == live


def test_the_activity_of_a_campaign_stays_the_same() -> None:
    cache = taught(campaign(activity_id="a1"))
    renamed = campaign()._replace(natural_key="June", extra={"updated_at": "2040-01-01T00:00:00.000Z"})
    assert recall(renamed, CAMPAIGN, cache).sub_ids == {"activity_id": "a1"}


def test_what_was_just_read_counts_more_than_what_is_remembered() -> None:
    cache = taught(campaign(activity_id="a1"))
    assert recall(campaign(activity_id="a2"), CAMPAIGN, cache).sub_ids == {"activity_id": "a2"}


# Racy reads


@pytest.mark.parametrize(
    ("edited", "settled"),
    [
        ("2035-01-01T12:00:03.000Z", True),
        ("2035-01-01T12:00:03.001Z", False),
        ("2035-01-01T12:00:05.000Z", False),
        ("2035-01-01T13:00:00.000Z", False),
        ("yesterday", False),
        ("9999-12-31T23:59:59.000Z", False),
    ],
)
def test_an_edit_is_told_from_the_next_one_after_two_seconds(edited: str, settled: bool) -> None:
    assert is_settled(edited, LATER) is settled


def test_what_was_read_right_after_its_edit_is_not_remembered() -> None:
    live = segment(edited="2035-01-01T12:00:04.000Z", criteria=CRITERIA)
    assert learn(live, SEGMENT, LATER) is None


def test_an_answer_without_a_date_teaches_no_criteria() -> None:
    assert learn(segment(criteria=CRITERIA), SEGMENT, None) is None


def test_what_is_gone_teaches_nothing() -> None:
    assert learn(campaign(activity_id="a1")._replace(gone=True), CAMPAIGN, LATER) is None


def test_a_kind_that_says_nothing_is_not_remembered() -> None:
    tag = Live("tag", "t1", "VIP", {"name": "VIP"})
    assert learn(tag, KINDS["tag"], LATER) is None
    assert recall(tag, KINDS["tag"], Cache("a1", {"tag": {"t1": Entry(sub_ids={"x": "y"})}})) == tag


# The whole


def test_what_is_not_in_the_account_any_more_is_dropped() -> None:
    cache = updated(Cache("a1"), "campaign", {each: Entry(sub_ids={"a": each}) for each in "xyz"})
    assert set(updated(cache, "campaign", {}, ["x"]).entries["campaign"]) == {"x"}
    assert set(updated(cache, "campaign", {"w": Entry()}, ["x"]).entries["campaign"]) == {"x", "w"}


def test_another_account_begins_with_nothing() -> None:
    cache = taught(campaign(activity_id="a1"))
    assert (cache.of("a1"), cache.of("a2")) == (cache, Cache("a2"))


TEXT = st.text(max_size=5)
ENTRIES = st.builds(
    Entry,
    TEXT,
    TEXT,
    st.dictionaries(TEXT, st.recursive(TEXT | st.integers() | st.none(), st.lists, max_leaves=5)),
    st.dictionaries(TEXT, TEXT),
)


@given(st.dictionaries(TEXT, st.dictionaries(TEXT, ENTRIES, min_size=1, max_size=3), max_size=3))
def test_the_file_holds_all_of_it(entries: dict[str, dict[str, Entry]]) -> None:
    cache = Cache("a1", entries)
    assert Cache.from_json(json.loads(json.dumps(cache.to_json()))) == cache


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(TEXT, each, max_size=3),
    max_leaves=10,
)
SHAPES = st.fixed_dictionaries(
    {
        "format_version": st.sampled_from(["1.0", "2.0", 1, None]),
        "account_id": st.just("a1") | JSON,
        "entries": JSON
        | st.dictionaries(
            st.sampled_from(["segment", "campaign"]),
            JSON | st.dictionaries(TEXT, JSON | st.fixed_dictionaries({"sub_ids": JSON, "fields": JSON})),
        ),
    }
)


@given(JSON | SHAPES)
def test_a_file_of_any_shape_is_a_cache_or_nothing(document: Any) -> None:
    cache = Cache.from_json(document)
    assert isinstance(cache.account_id, str)
    for found in cache.entries.values():
        for entry in found.values():
            assert recall(segment(), SEGMENT, Cache("a1", {"segment": {"14": entry}})).remote_id == "14"


@pytest.mark.parametrize("version", ["0.9", "1.1", "2.0", None])
def test_a_file_of_another_format_is_nothing(version: str | None) -> None:
    document = {**taught(campaign(activity_id="a1")).to_json(), "format_version": version}
    assert Cache.from_json(document) == Cache()

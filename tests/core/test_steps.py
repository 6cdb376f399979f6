"""Steps: values to JSON and, when the ids are known, to requests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.plan import Step
from ccstate.core.steps import AsInteger, AsText, Blob, encode, resolve_json, resolve_step, select
from ccstate.core.values import Join, Ref
from ccstate.core.wire import Request
from tests.core.build import at, ref


def there_and_back(value: Any) -> Any:
    """Encoded, through JSON text, and resolved with ids `<address>`."""
    blobs: dict[str, str] = {}
    document = json.loads(json.dumps(encode(value, blobs)))
    return resolve_json(document, lambda found: f"<{found.address}.{found.attr}>", blobs)


def test_a_reference_becomes_the_id() -> None:
    assert there_and_back([ref("list.a"), ref("campaign.b", "activity_id")]) == [
        "<list.a.remote_id>",
        "<campaign.b.activity_id>",
    ]


def test_a_join_becomes_text() -> None:
    assert there_and_back(Join(("id:", ref("tag.a"), "!"))) == "id:<tag.a.remote_id>!"


def test_criteria_become_compact_text_with_their_ids_inside() -> None:
    assert (
        there_and_back(AsText({"b": ref("list.a"), "a": [1, "ü"]}))
        == '{"a":[1,"ü"],"b":"<list.a.remote_id>"}'
    )


def test_a_segment_id_becomes_a_number() -> None:
    blobs: dict[str, str] = {}
    document = encode([AsInteger("14"), AsInteger(ref("segment.a"))], blobs)
    assert resolve_json(document, lambda _: "15", blobs) == [14, 15]


def test_a_long_text_is_kept_once_under_the_blobs() -> None:
    blobs: dict[str, str] = {}
    document = encode([Blob("<p>"), Blob("<p>")], blobs)
    assert len(blobs) == 1
    assert "<p>" not in json.dumps(document)
    assert resolve_json(document, lambda _: "", blobs) == ["<p>", "<p>"]


@pytest.mark.parametrize("key", ["$ref", "$json", "$blob", "$join", "$integer", "$", "$$ref", "$$$"])
def test_a_key_of_the_users_that_looks_like_ours_stays_theirs(key: str) -> None:
    assert there_and_back({key: "value", "plain": [{key: 1}]}) == {key: "value", "plain": [{key: 1}]}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from(["$ref", "$$", "$json"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(_json)
def test_plain_json_goes_there_and_back(value: Any) -> None:
    assert there_and_back(value) == value


@given(_json)
def test_plain_json_inside_a_text_is_the_same_document(value: Any) -> None:
    assert json.loads(there_and_back(AsText(value))) == value


def step(**changes: Any) -> Step:
    return Step(id="s1", addresses=(at("list.a"),), verb="update", method="PUT", **changes)


def test_resolving_a_step_gives_its_request() -> None:
    found = step(path=("/lists/", encode(ref("list.a"), {})), query={"a": "b"}, body={"name": "News"})
    assert resolve_step(found, lambda _: "7", {}) == Request("PUT", "/lists/7", {"a": "b"}, {"name": "News"})


def test_an_id_in_a_path_is_percent_encoded() -> None:
    found = step(path=("/lists/", encode(ref("list.a"), {})))
    assert resolve_step(found, lambda _: "a/b c?", {}).path == "/lists/a%2Fb%20c%3F"


def test_a_missing_reference_is_not_swallowed() -> None:
    def look_up(reference: Ref) -> str:
        raise KeyError(reference)

    with pytest.raises(KeyError):
        resolve_step(step(path=("/lists/", encode(ref("list.a"), {}))), look_up, {})


_CREATED = {
    "campaign_id": "c1",
    "campaign_activities": [
        {"campaign_activity_id": "p", "role": "permalink"},
        {"campaign_activity_id": "a", "role": "primary_email"},
    ],
}


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("/campaign_id", "c1"),
        ("/campaign_activities/[role=primary_email]/campaign_activity_id", "a"),
        ("/campaign_activities/0/role", "permalink"),
        ("/campaign_activities/9/role", None),
        ("/campaign_activities/[role=resend]/campaign_activity_id", None),
        ("/campaign_activities/role", None),
        ("/nowhere/at/all", None),
        ("/campaign_id/deeper", None),
    ],
)
def test_a_selector_finds_what_it_names_or_nothing(selector: str, found: str | None) -> None:
    assert select(_CREATED, selector) == found


def test_a_selector_reads_bare_arrays() -> None:
    assert select([{"scheduled_date": "x"}], "/0/scheduled_date") == "x"
    assert select([], "/0/scheduled_date") is None

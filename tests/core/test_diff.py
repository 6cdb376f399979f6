"""Diff: every row of the three-way comparison."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.diff import compare, word
from ccstate.core.kind import Field, Kind
from ccstate.core.live import Live
from ccstate.core.plan import Cause
from ccstate.core.state import Binding
from ccstate.core.values import UNKNOWN, digest
from tests.core.build import KINDS

LIST, TAG, CAMPAIGN, SEGMENT = (KINDS[name] for name in ("list", "tag", "campaign", "segment"))


def bound(applied: Any, observed: Any = None, name: str = "description") -> Binding:
    return Binding(
        "1", "a", applied={name: applied}, observed={name: applied if observed is None else observed}
    )


def causes(
    want: Any, live: Any, binding: Binding | None, kind: Kind = LIST, name: str = "description"
) -> list[Cause]:
    found = compare(kind, {name: want}, binding, Live(kind.name, "1", "a", {name: live}))
    return [each.cause for each in found.diffs]


@pytest.mark.parametrize(
    ("want", "applied", "observed", "live", "cause"),
    [
        ("a", "a", "a", "a", None),
        ("b", "a", "a", "a", Cause.CHANGED),
        ("a", "a", "a", "c", Cause.DRIFT),
        ("b", "a", "a", "c", Cause.CHANGED),
        ("c", "a", "a", "c", None),
        ("a", "a", "A", "A", None),
        ("b", "a", "A", "A", Cause.CHANGED),
        ("a", "a", "A", "c", Cause.DRIFT),
        ("a", "a", "A", "a", None),
    ],
    ids=[
        "neither",
        "the user changed it",
        "somebody else changed it",
        "both",
        "both, to the same",
        "neither, the server spells it otherwise",
        "the user changed what the server respelled",
        "drift of what the server respelled",
        "drift back to what is wanted",
    ],
)
def test_with_memory(want: str, applied: str, observed: str, live: str, cause: Cause | None) -> None:
    assert causes(want, live, bound(applied, observed)) == ([cause] if cause else [])


@pytest.mark.parametrize(("want", "live", "expected"), [("a", "a", []), ("a", "b", [Cause.ADOPTED])])
def test_without_memory_only_the_live_value_counts(want: str, live: str, expected: list[Cause]) -> None:
    assert causes(want, live, None) == expected


def test_without_memory_the_canonical_form_decides() -> None:
    assert causes("<p>a  b</p>", "<P>a b</P>", None, CAMPAIGN, "html") == []
    assert causes("<p>a b</p>", "<p>ab</p>", None, CAMPAIGN, "html") == [Cause.ADOPTED]


def test_a_field_that_is_declared_for_the_first_time_is_a_change() -> None:
    assert causes("a", "b", Binding("1", "a")) == [Cause.CHANGED]


def test_what_was_not_observed_since_is_compared_with_what_was_applied() -> None:
    binding = Binding("1", "a", applied={"description": "a"})
    assert causes("a", "a", binding) == []
    assert causes("a", "c", binding) == [Cause.DRIFT]


def test_an_undeclared_field_is_not_compared() -> None:
    found = compare(LIST, {}, bound("a"), Live("list", "1", "a", {"description": "b"}))
    assert (found.diffs, found.drifted) == ((), ())
    assert found.seen == {"description": "b"}


def test_a_cleared_field_is_written_empty() -> None:
    assert causes("", "a", bound("a")) == [Cause.CHANGED]
    assert causes("", "", bound("a")) == []


@pytest.mark.parametrize("live", [None, ""])
def test_null_and_empty_are_one_for_a_description(live: object) -> None:
    assert causes("", live, None) == []


def test_an_absent_value_is_an_empty_one() -> None:
    live = Live("list", "1", "a", {})
    assert compare(LIST, {"description": ""}, None, live).diffs == ()
    (found,) = compare(LIST, {"description": "x"}, None, live).diffs
    assert (found.before, found.after) == ("", "x")


def absent(want: str, binding: Binding | None) -> list[Cause]:
    return [
        each.cause for each in compare(TAG, {"tag_source": want}, binding, Live("tag", "1", "a", {})).diffs
    ]


def test_a_fixed_field_that_the_answer_leaves_out_is_unknown_and_no_drift() -> None:
    assert absent("Shop", None) == []
    assert absent("Shop", Binding("1", "a")) == []
    assert absent("Shop", bound("Shop", name="tag_source")) == []


def test_a_fixed_field_that_the_answer_leaves_out_can_be_edited() -> None:
    assert absent("Other", bound("Shop", name="tag_source")) == [Cause.CHANGED]


def test_what_is_known_only_after_apply_is_a_change_with_no_memo() -> None:
    want = {"audience": {"lists": [UNKNOWN]}}
    found = compare(CAMPAIGN, want, None, Live("campaign", "1", "a", {"audience": {"lists": []}}))
    assert [each.cause for each in found.diffs] == [Cause.DEPENDS]
    assert "audience" not in found.wanted


def test_long_values_are_compared_by_their_digests() -> None:
    long, longer = "<p>" + "a" * 2000, "<p>" + "a" * 2001
    memory = {"$digest": digest(long)}
    assert causes(long, long, bound(memory, name="html"), CAMPAIGN, "html") == []
    assert causes(longer, long, bound(memory, name="html"), CAMPAIGN, "html") == [Cause.CHANGED]
    assert causes(long, longer, bound(memory, name="html"), CAMPAIGN, "html") == [Cause.DRIFT]


def test_a_live_value_may_itself_be_a_digest_from_memory() -> None:
    long = "<p>" + "a" * 2000
    assert (
        causes(
            long, {"$digest": digest(long)}, bound({"$digest": digest(long)}, name="html"), CAMPAIGN, "html"
        )
        == []
    )


def test_a_skipped_field_is_remembered_and_its_drift_told_but_not_written() -> None:
    live = Live("list", "1", "a", {"description": "b"})
    found = compare(LIST, {"description": "a"}, bound("a"), live, frozenset({"description"}))
    assert found.diffs == ()
    assert [(each.before, each.after) for each in found.drifted] == [("a", "b")]
    assert found.wanted == {"description": "a"}


def test_drift_that_the_user_also_changed_is_both() -> None:
    live = Live("list", "1", "a", {"description": "c"})
    found = compare(LIST, {"description": "b"}, bound("a"), live)
    assert [(each.before, each.after, each.cause) for each in found.drifted] == [("a", "c", Cause.DRIFT)]
    assert [each.cause for each in found.diffs] == [Cause.CHANGED]


def test_diffs_stand_in_the_order_of_the_kinds_fields() -> None:
    live = Live("list", "1", "a", {"name": "a", "description": "", "favorite": False})
    found = compare(LIST, {"favorite": True, "name": "b", "description": "x"}, None, live)
    assert [each.field.name for each in found.diffs] == ["name", "description", "favorite"]


def test_numbers_in_criteria_are_their_text() -> None:
    group = {
        "type": "and",
        "group": [{"source": "tracking", "param": 5}, {"source": "contact", "value": "x"}],
    }
    other = {
        "group": [{"value": "x", "source": "contact"}, {"param": "5", "source": "tracking"}],
        "type": "and",
    }
    assert causes(group, other, None, SEGMENT, "criteria") == []


# Words


def test_a_plain_value_is_worded_as_a_whole() -> None:
    assert list(word("subject", "a", "b")) == [("subject", "a", "b")]
    assert list(word("choices", ["a"], ["a", "b"])) == [("choices", ["a"], ["a", "b"])]


def test_inside_a_nested_value_only_what_differs_is_worded() -> None:
    before = {"name": "Jo", "email": "a@x"}
    assert list(word("from", before, {"name": "Jo", "email": "b@x"})) == [("from.email", "a@x", "b@x")]


def test_what_comes_and_what_goes_inside_a_nested_value() -> None:
    found = list(word("audience", {"lists": ["a", "b"]}, {"lists": ["a"], "segment": "s"}))
    assert found == [("audience.lists[1]", "b", None), ("audience.segment", None, "s")]


def test_a_value_that_comes_out_of_nothing_is_worded_as_a_whole() -> None:
    assert list(word("footer", None, {"city": "X"})) == [("footer", None, {"city": "X"})]
    assert list(word("footer", {}, {"city": "X"})) == [("footer", {}, {"city": "X"})]


def test_every_field_has_a_name_of_its_own() -> None:
    for kind in KINDS:
        names = [each.name for each in kind.fields]
        assert len(names) == len(set(names))
        assert all(isinstance(each, Field) for each in kind.fields)

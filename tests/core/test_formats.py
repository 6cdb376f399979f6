"""Formats of the state: old ones are brought up to date, unknown ones refused."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.diagnostics import Refused
from ccstate.core.formats import UPGRADES, Upgrade, upgraded
from ccstate.core.state import FORMAT_VERSION, State

STEPS = {
    "1.0": Upgrade("1.1", lambda document: {**document, "more": []}),
    "1.1": Upgrade("2.0", lambda document: {"things": document["bindings"], "more": document["more"]}),
}


def test_what_this_version_writes_is_taken_as_it_is() -> None:
    document = State(lineage="x", serial=1).to_json()
    assert upgraded(document, "state.json") is document


def test_an_old_format_goes_through_each_step_to_this_one() -> None:
    found = upgraded({"format_version": "1.0", "bindings": {}}, "state.json", upgrades=STEPS, current="2.0")
    assert found == {"format_version": "2.0", "things": {}, "more": []}


def test_every_known_step_leads_to_this_version() -> None:
    for step in UPGRADES.values():
        while step.to != FORMAT_VERSION:
            step = UPGRADES[step.to]


@pytest.mark.parametrize(
    ("document", "newer"),
    [
        ({"format_version": "1.1"}, True),
        ({"format_version": "2.0"}, True),
        ({"format_version": "1.0.1"}, True),
        ({"format_version": "0.9"}, False),
        ({"format_version": "soon"}, False),
        ({"format_version": "9" * 10_000}, False),
        ({"format_version": None}, False),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
def test_any_other_format_is_refused_with_what_helps(document: Any, newer: bool) -> None:
    with pytest.raises(Refused) as caught:
        upgraded(document, "state.json")
    (told,) = caught.value.diagnostics
    assert (told.code, "newer" in told.hint) == ("state-version", newer)

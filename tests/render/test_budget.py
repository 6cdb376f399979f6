"""The lines about calls."""

from __future__ import annotations

import pytest

from ccstate.core.plan import Action, BasedOn, Budget, Plan
from ccstate.render.budget import api_lines, duration, today_line
from tests.core.build import ACCOUNT
from tests.render.plans import change


def lines(budget: Budget, *, changes: bool = True, offline: bool = False) -> list[str]:
    found = (change("list.a", Action.CREATE),) if changes else ()
    plan = Plan(ACCOUNT, BasedOn("", 0, ""), changes=found, budget=budget, offline=offline)
    return ["".join(each.text for each in line) for line in api_lines(plan)]


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (Budget(9, 4, 1), "API: this plan read 9 calls; applying needs 4, about 1 s at 4/s."),
        (Budget(1, 0), "API: this plan read 1 call; applying needs no call."),
        (Budget(0, 4, 1), "API: applying needs 4, about 1 s at 4/s."),
        (Budget(0, 0), "API: this plan made no call."),
        (
            Budget(1_234, 14_400, 14_400, rate=1),
            "API: this plan read 1,234 calls; applying needs 14,400, about 4 h at 1/s.",
        ),
    ],
)
def test_one_line_says_what_was_read_and_what_applying_needs(budget: Budget, text: str) -> None:
    assert lines(budget) == [text]


def test_a_plan_without_changes_needs_nothing() -> None:
    assert lines(Budget(9, 0), changes=False) == ["API: this plan read 9 calls."]


def test_an_offline_plan_says_so() -> None:
    assert lines(Budget(0, 0), offline=True) == [
        "API: this plan made no call; it compares with the state alone."
    ]


def test_what_only_these_changes_asked_for_has_a_line_of_its_own() -> None:
    asked = {"possible second sends": 1_000, "senders": 1}
    assert lines(Budget(9, 4, 1, asked=asked))[1] == (
        "     Read only for these changes: possible second sends 1,000, senders 1."
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (250, "4 min 10 s"), (3_600, "1 h"), (4_830, "1 h 20 min")],
)
def test_a_duration_in_words(seconds: int, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("daily", "begins"), [(10_000, "API today: 412 of 10,000 calls used,"), (0, "API today: 412 calls used,")]
)
def test_today_is_a_line_apart(daily: int, begins: str) -> None:
    assert "".join(each.text for each in today_line(412, daily)).startswith(begins)


def test_what_only_changes_asked_for_fits_80_columns() -> None:
    asked = {"possible second sends": 12, "privileges": 1, "senders": 1, "consent counts": 1}
    _, *more = lines(Budget(9, 4, 1, asked=asked))
    assert len(more) == 2
    assert all(len(each) <= 80 and each.startswith("     ") for each in more)

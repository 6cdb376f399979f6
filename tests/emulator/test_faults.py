from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ccstate.emulator import ConnectionDropped
from tests.emulator.client import Emulated

LISTS = "/v3/contact_lists"


def test_a_status_keeps_the_call_from_happening(emulator: Emulated) -> None:
    emulator.control(
        "faults", [{"match": {"method": "POST"}, "do": "status", "status": 503, "body": {"a": 1}}]
    )
    answer = emulator.post(LISTS, {"name": "x"})
    assert (answer.status_code, answer.json()) == (503, {"a": 1})
    emulator.control("faults", [])
    assert emulator.get(LISTS)["lists"] == []


def test_a_status_after_the_fact_does_not(emulator: Emulated) -> None:
    emulator.control("faults", [{"do": "status", "status": 500, "after": True, "times": 1}])
    assert emulator.post(LISTS, {"name": "x"}).status_code == 500
    assert len(emulator.get(LISTS)["lists"]) == 1


@pytest.mark.parametrize(("do", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_happens_before_or_after_the_commit(
    emulator: Emulated, do: str, made: int
) -> None:
    emulator.control("faults", [{"match": {"method": "POST", "path": "/v3/contact_*"}, "do": do, "times": 1}])
    with pytest.raises(ConnectionDropped):
        emulator.post(LISTS, {"name": "x"})
    assert len(emulator.get(LISTS)["lists"]) == made
    assert [line["status"] for line in emulator.control("requests")] == [0, 200]


def test_an_answer_can_be_cut_off_or_spoiled(emulator: Emulated) -> None:
    emulator.control(
        "faults", [{"do": "truncate", "match": {"nth": 1}}, {"do": "garbage", "match": {"nth": 2}}]
    )
    with pytest.raises(ConnectionDropped):
        emulator.call("GET", LISTS)
    with pytest.raises(ValueError, match=r"."):
        emulator.call("GET", LISTS).json()


def test_a_delay_delays(emulator: Emulated) -> None:
    emulator.control("faults", [{"do": "delay", "delay_ms": 50}])
    started = time.perf_counter()
    assert emulator.call("GET", LISTS).status_code == 200
    assert time.perf_counter() - started >= 0.05


def statuses(emulator: Emulated, count: int = 6) -> list[int]:
    return [emulator.call("GET", LISTS).status_code for _ in range(count)]


def test_rules_strike_the_nth_every_nth_or_so_many_times(emulator: Emulated) -> None:
    for rule, expected in (
        ({"match": {"nth": 2}}, [200, 503, 200, 200, 200, 200]),
        ({"match": {"every": 3}}, [200, 200, 503, 200, 200, 503]),
        ({"times": 2}, [503, 503, 200, 200, 200, 200]),
        ({"match": {"probability": 0}}, [200] * 6),
        ({"match": {"probability": 1}}, [503] * 6),
    ):
        emulator.control("faults", [{"do": "status", **rule}])
        assert statuses(emulator) == expected, rule


def test_the_first_rule_that_is_due_wins(emulator: Emulated) -> None:
    rules = [
        {"do": "status", "status": 500, "match": {"path": "/v3/emails*"}},
        {"do": "status", "status": 501, "times": 1},
        {"do": "status", "status": 502},
    ]
    emulator.control("faults", rules)
    assert statuses(emulator, 2) == [501, 502]
    assert emulator.call("GET", "/v3/emails").status_code == 500


def test_chance_is_repeatable_under_a_seed(make: Callable[..., Emulated]) -> None:
    rule = {"do": "status", "match": {"probability": 0.5}}
    runs = [statuses(make(random_seed=5, faults=(rule,)), 20) for _ in range(2)]
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


@pytest.mark.parametrize(
    "rules",
    [
        {},
        5,
        [5],
        [{}],
        [{"do": "explode"}],
        [{"do": "status", "status": "503"}],
        [{"do": "status", "status": 99}],
        [{"do": "status", "match": {"nth": 0}}],
        [{"do": "status", "match": {"probability": 20}}],
        [{"do": "status", "match": {"methods": "GET"}}],
        [{"do": "delay", "delay_ms": -1}],
        [{"do": [], "match": []}],
    ],
)
def test_a_rule_that_cannot_be_read_is_400(emulator: Emulated, rules: object) -> None:
    answer = emulator.post("/_control/faults", rules)
    assert answer.status_code == 400
    assert answer.json()["error"]

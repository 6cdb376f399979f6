"""Which step may start: what it needs is over, deletes last, one window at a time."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.address import Address
from ccstate.core.plan import Action, Change, Step
from ccstate.core.ready import Queue


def step(number: int, key: str, verb: str = "update", after: Iterable[int] = (), deposed: str = "") -> Step:
    address = Address("list", key)
    return Step(
        f"s{number}", (address,), verb, "PUT", ("/x",), after=tuple(f"s{n}" for n in after), deposed=deposed
    )


def queue(*steps: Step, deleted: Iterable[str] = ()) -> Queue:
    gone = set(deleted)
    changes = {
        each: Change(each, each.kind, Action.DELETE if each.key in gone else Action.UPDATE)
        for one in steps
        for each in one.addresses
    }
    return Queue(steps, changes)


def taken(found: Queue, running: int = 0, *, only_window: bool = False) -> list[str]:
    """All that may start now, one after the other."""
    ids: list[str] = []
    while (one := found.take(running + len(ids), only_window=only_window)) is not None:
        ids.append(one.id)
    return ids


def test_what_does_not_wait_starts_in_the_order_of_the_plan() -> None:
    assert taken(queue(step(1, "a"), step(2, "b", after=[1]), step(3, "c"))) == ["s1", "s3"]


def test_what_waits_starts_when_all_that_it_comes_after_is_over() -> None:
    first, second, third = step(1, "a"), step(2, "b"), step(3, "c", after=[1, 2])
    found = queue(first, second, third)
    assert taken(found) == ["s1", "s2"]
    found.finish(first)
    assert taken(found, running=1) == []
    found.finish(second)
    assert taken(found) == ["s3"]


def test_a_delete_waits_for_all_before_it_that_are_none() -> None:
    first, late = step(1, "a"), step(2, "b", "delete", deposed="x")
    found = queue(first, late, step(3, "c", "delete", deposed="y"), deleted="bc")
    assert taken(found) == ["s1"]
    found.finish(first)
    assert taken(found) == ["s2", "s3"]


def unit(start: int, key: str) -> tuple[Step, ...]:
    return (
        step(start, key, "unschedule"),
        step(start + 1, key, after=[start]),
        step(start + 2, key, "schedule", after=[start + 1]),
    )


def test_a_window_opens_when_nothing_runs_and_nothing_else_starts_while_it_is_open() -> None:
    opening, update, back = unit(2, "b")
    plain = step(1, "a")
    found = queue(plain, opening, update, back, step(5, "c"))
    assert taken(found) == ["s1"]
    found.finish(plain)
    assert taken(found) == ["s2"]
    for over, following in ((opening, ["s3"]), (update, ["s4"])):
        found.finish(over)
        assert taken(found) == following
    found.finish(back)
    found.close(Address("list", "b"))
    assert taken(found) == ["s5"]


def test_one_window_is_open_at_a_time() -> None:
    one, other = unit(1, "a"), unit(4, "b")
    found = queue(*one, *other)
    assert taken(found) == ["s1"]
    for each in one:
        found.finish(each)
        assert "s4" not in taken(found)
    found.close(Address("list", "a"))
    assert taken(found) == ["s4"]


def test_asked_to_stop_only_the_open_window_goes_on() -> None:
    steps = unit(1, "a")
    found = queue(*steps, step(4, "b"))
    assert taken(found) == ["s1"]
    found.finish(steps[0])
    assert taken(found, only_window=True) == ["s2"]
    found.finish(steps[1])
    found.finish(steps[2])
    found.close(Address("list", "a"))
    assert taken(found, only_window=True) == []
    assert [each.id for each in found.left({"s1", "s2", "s3"})] == ["s4"]


@st.composite
def plans(draw: st.DrawFn) -> tuple[tuple[Step, ...], set[str]]:
    """Steps in an order that respects what each comes after; some are deletes, some open windows."""
    steps: list[Step] = []
    deleted = set()
    for number in range(1, draw(st.integers(1, 8)) + 1):
        after = draw(st.sets(st.sampled_from(range(1, len(steps) + 1)))) if steps else set()
        what = draw(st.sampled_from(["plain", "plain", "unit", "delete"]))
        key = f"k{number}"
        if what == "unit":
            first, *rest = unit(len(steps) + 1, key)
            steps += [first._replace(after=tuple(f"s{n}" for n in sorted(after))), *rest]
        elif what == "delete":
            deleted.add(key)
            steps.append(step(len(steps) + 1, key, "delete", sorted(after), deposed="x"))
        else:
            steps.append(step(len(steps) + 1, key, after=sorted(after)))
    return tuple(steps), deleted


@given(plans(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_every_step_starts_once_and_never_before_what_it_needs(
    plan: tuple[tuple[Step, ...], set[str]], room: int, chance: object
) -> None:
    steps, deleted = plan
    found = queue(*steps, deleted=deleted)
    running: list[Step] = []
    over: list[str] = []
    while True:
        while len(running) < room and (one := found.take(len(running))) is not None:
            assert set(one.after) <= set(over)
            windows = {each.addresses for each in running if found.window in each.addresses}
            assert len(windows) <= 1
            running.append(one)
        if not running:
            break
        done = running.pop(chance.randrange(len(running)))  # type: ignore[attr-defined]
        over.append(done.id)
        found.finish(done)
        if done.verb == "schedule":
            found.close(done.addresses[0])
    assert sorted(over) == sorted(each.id for each in steps)

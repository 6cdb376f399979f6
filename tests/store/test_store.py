"""State and journal on disk: what survives what."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ccstate.core.address import Address
from ccstate.core.diagnostics import Refused
from ccstate.core.state import Binding, State
from ccstate.store.project import Store

NEWS = Address("list", "news")
VIP = Address("tag", "vip")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".ccstate", new_lineage=lambda: "lineage-1")


def bound(remote_id: str, **extra: Any) -> Binding:
    return Binding(remote_id, f"name of {remote_id}", **extra)


def test_where_there_is_nothing_the_state_is_empty(store: Store) -> None:
    assert store.load() == State()


def test_what_was_saved_is_loaded_with_a_lineage_and_the_next_serial(store: Store) -> None:
    saved = store.save(State(account_id="a1").bind(NEWS, bound("1")))
    assert store.load() == saved
    assert (saved.lineage, saved.serial) == ("lineage-1", 1)


def test_equal_states_are_equal_bytes(store: Store) -> None:
    store.save(State().bind(NEWS, bound("1")).bind(VIP, bound("2")))
    first = store.state_path.read_bytes()
    store.state_path.unlink()
    store.save(State(lineage="lineage-1").bind(VIP, bound("2")).bind(NEWS, bound("1")))
    assert store.state_path.read_bytes() == first


def test_a_journal_without_a_snapshot_after_it_is_replayed(store: Store) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.intend("s1", base, (NEWS,))
    journal.settle("s1", base.bind(NEWS, bound("1")), (NEWS,))
    journal.close(drop=False)
    assert store.load().bindings == {NEWS: bound("1")}


def test_an_intent_without_an_outcome_counts_as_the_worse_case(store: Store) -> None:
    base = store.save(State().bind(NEWS, bound("1", applied={"schedule": "2035-05-01T13:00:00Z"})))
    journal = store.journal(base)
    journal.intend("s1", base.bind(NEWS, bound("1")), (NEWS,))
    journal.close(drop=False)
    assert store.load().bindings[NEWS].applied == {}


def test_an_intent_that_was_refused_changed_nothing(store: Store) -> None:
    base = store.save(State().bind(NEWS, bound("1")))
    journal = store.journal(base)
    journal.intend("s1", base.forget((NEWS,)), (NEWS,))
    journal.refuse("s1")
    journal.close(drop=False)
    assert store.load().bindings == base.bindings


def test_a_torn_last_line_is_as_good_as_never_written(store: Store) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.settle("s1", base.bind(NEWS, bound("1")), (NEWS,))
    journal.close(drop=False)
    with store.journal_path.open("a") as file:
        file.write('{"settled": "s2", "state": {"bindi')
    assert store.load().bindings == {NEWS: bound("1")}


def test_a_journal_of_an_older_snapshot_is_ignored(store: Store) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.settle("s1", base.bind(NEWS, bound("1")), (NEWS,))
    journal.close(drop=False)
    store.save(base.bind(VIP, bound("2")))
    assert store.load().bindings == {VIP: bound("2")}


def test_an_unfinished_run_becomes_a_snapshot_before_the_next(store: Store) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.settle("s1", base.bind(NEWS, bound("1")), (NEWS,))
    journal.close(drop=False)
    state = store.settle_unfinished(store.load())
    assert state.serial == base.serial + 1
    assert not store.journal_path.exists()
    assert store.load().bindings == {NEWS: bound("1")}


def test_a_full_disk_is_told_and_leaves_the_old_state(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = store.save(State().bind(NEWS, bound("1")))

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused) as caught:
        store.save(saved.bind(VIP, bound("2")))
    monkeypatch.undo()
    assert caught.value.diagnostics[0].code == "cannot-write"
    assert store.load() == saved
    assert [each.name for each in store.folder.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "state-unreadable"),
        ("not json", "state-unreadable"),
        ("[]", "state-version"),
        ('{"format_version": "2.0"}', "state-version"),
        ('{"format_version": "1.0"}', "state-unreadable"),
        (json.dumps({**State().to_json(), "bindings": {"x": 1}}), "state-unreadable"),
    ],
)
def test_a_damaged_state_is_told_and_never_overwritten(store: Store, text: str, code: str) -> None:
    store.folder.mkdir(parents=True)
    store.state_path.write_text(text)
    with pytest.raises(Refused) as caught:
        store.load()
    assert caught.value.diagnostics[0].code == code
    assert store.state_path.read_text() == text


def test_a_second_writer_is_refused_and_told_who_the_first_one_is(store: Store) -> None:
    with store.lock("apply"), pytest.raises(Refused) as caught, store.lock("apply"):
        pytest.fail("two writers at once")
    assert f"process {os.getpid()}" in caught.value.diagnostics[0].summary


def test_the_lock_is_free_again_afterwards(store: Store) -> None:
    with store.lock("apply"):
        pass
    with store.lock("destroy"):
        pass


def test_a_state_that_somebody_wrote_in_between_is_not_overwritten(store: Store) -> None:
    first = store.save(State().bind(NEWS, bound("1")))
    theirs = store.save(first.bind(VIP, bound("2")))
    with pytest.raises(Refused) as caught:
        store.save(first.bind(VIP, bound("3")))
    assert caught.value.diagnostics[0].code == "state-moved"
    assert store.load() == theirs


def test_a_state_of_another_lineage_is_not_overwritten(store: Store) -> None:
    theirs = store.save(State().bind(NEWS, bound("1")))
    with pytest.raises(Refused) as caught:
        store.save(State(lineage="mine", serial=theirs.serial))
    assert caught.value.diagnostics[0].code == "state-moved"


def test_a_state_that_was_lost_while_a_run_went_on_is_written_again(store: Store) -> None:
    base = store.save(State().bind(NEWS, bound("1")))
    store.state_path.unlink()
    assert store.save(base.bind(VIP, bound("2"))) == store.load()


def test_a_damaged_line_in_the_middle_of_the_journal_is_told_and_kept(store: Store) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.settle("s1", base.bind(NEWS, bound("1")), (NEWS,))
    journal.settle("s2", base.bind(NEWS, bound("1")).bind(VIP, bound("2")), (VIP,))
    journal.close(drop=False)
    lines = store.journal_path.read_text().splitlines(keepends=True)
    spoiled = "".join((lines[0], lines[1][:20] + "\n", lines[2]))
    store.journal_path.write_text(spoiled)
    for again in range(2):
        with pytest.raises(Refused) as caught:
            store.settle_unfinished(store.load())
        told = caught.value.diagnostics[0]
        assert (told.code, "line 2" in told.summary, again < 2) == ("journal-damaged", True, True)
    assert store.journal_path.read_text() == spoiled


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b"[1]\n", b"[" * 100_000 + b"\n"])
def test_no_bytes_in_a_journal_are_too_strange_to_be_told(store: Store, line: bytes) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.note(base.bind(NEWS, bound("1")))
    journal.note(base.bind(VIP, bound("1")))
    journal.close(drop=False)
    lines = store.journal_path.read_bytes().splitlines(keepends=True)
    store.journal_path.write_bytes(lines[0] + line + lines[2])
    with pytest.raises(Refused) as caught:
        store.load()
    assert caught.value.diagnostics[0].code == "journal-damaged"


def test_a_line_that_is_json_but_not_of_a_journal_is_told(store: Store) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.note(base.bind(NEWS, bound("1")))
    journal.close(drop=False)
    with store.journal_path.open("a") as file:
        file.write('{"intent": "s1"}\n')
    with pytest.raises(Refused) as caught:
        store.load()
    assert caught.value.diagnostics[0].code == "journal-damaged"


def test_a_full_disk_ends_the_run_before_the_call_and_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = store.save(State())
    journal = store.journal(base)
    journal.settle("s1", base.bind(NEWS, bound("1")), (NEWS,))

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    journal.intend("s2", base, (VIP,))
    with pytest.raises(Refused) as caught:
        journal.sync()
    monkeypatch.undo()
    journal.close(drop=False)
    assert caught.value.diagnostics[0].code == "cannot-write"
    assert store.load().bindings == {NEWS: bound("1")}


def test_a_state_of_a_newer_version_is_told_and_left_alone(store: Store) -> None:
    store.save(State().bind(NEWS, bound("1")))
    newer = {**json.loads(store.state_path.read_text()), "format_version": "1.1", "more": "of it"}
    store.state_path.write_text(json.dumps(newer))
    for refused in (store.load, lambda: store.save(State())):
        with pytest.raises(Refused) as caught:
            refused()
        assert caught.value.diagnostics[0].code == "state-version"
    assert json.loads(store.state_path.read_text()) == newer


def test_a_journal_is_not_dropped_when_another_run_has_put_its_own_there(store: Store) -> None:
    base = store.save(State())
    first = store.journal(base)
    first.note(base.bind(NEWS, bound("1")))
    second = store.journal(base)
    second.note(base.bind(VIP, bound("2")))
    first.note(base)
    first.close(drop=True)
    assert store.load().bindings == {VIP: bound("2")}
    second.close(drop=True)
    assert not store.journal_path.exists()


def test_the_address_of_a_state_is_the_same_in_every_checkout(tmp_path: Path) -> None:
    found = {Store.of(tmp_path / name, emulator=False).address for name in ("here", "there")}
    assert found == {".ccstate/state.json"}
    assert Store.of(tmp_path, emulator=True).address == ".ccstate/emulator/state.json"


def test_on_the_emulator_the_state_is_local_whatever_the_project_names(tmp_path: Path) -> None:
    assert Store.of(tmp_path, emulator=True, url="s3://bucket/state.json").url == ""

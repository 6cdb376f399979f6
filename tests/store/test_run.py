"""The record of a run: written elsewhere, so that the next run knows of it when the machine is gone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccstate.core.address import Address
from ccstate.core.diagnostics import Refused
from ccstate.core.state import Binding, State
from ccstate.store.backends.local import LocalBackend
from ccstate.store.journal import Journal
from ccstate.store.run import RunJournal, end_run, read_run

NEWS = Address("list", "news")
VIP = Address("tag", "vip")
BASE = State(lineage="x", serial=3, account_id="a1")
ONE = BASE.bind(NEWS, Binding("1", "news"))
FACTS = {"plan": "sha256:0", "creates": [{"address": "list.news", "natural_key": "news"}], "schedules": []}


@pytest.fixture
def backend(tmp_path: Path) -> LocalBackend:
    return LocalBackend(tmp_path / "elsewhere")


@pytest.fixture
def journal(tmp_path: Path, backend: LocalBackend) -> Iterator[RunJournal]:
    here = Journal(tmp_path / "journal.jsonl", BASE, "run-1")
    yield RunJournal(here, backend, BASE, "run-1", lambda: FACTS)
    here.close(drop=False)


def record(backend: LocalBackend) -> Any:
    found = backend.get("run")
    return json.loads(found.data) if found else None


def test_before_the_first_call_it_says_what_is_about_to_be_done(
    journal: RunJournal, backend: LocalBackend
) -> None:
    journal.checkpoint(urgent=False)
    found = record(backend)
    assert {key: found[key] for key in FACTS} == FACTS
    assert (found["run_id"], found["lineage"], found["serial"]) == ("run-1", "x", 3)


def test_a_second_reader_knows_what_was_done_up_to_the_last_checkpoint(
    journal: RunJournal, backend: LocalBackend
) -> None:
    journal.checkpoint(urgent=False)
    journal.intend("s1", BASE, (NEWS,))
    journal.settle("s1", ONE, (NEWS,))
    found = read_run(backend, BASE)
    assert found is not None
    assert found.state.bindings == {}
    journal.checkpoint(urgent=True)
    assert read_run(backend, BASE) == (ONE, "run-1")


def test_what_was_open_at_a_checkpoint_counts_as_the_worse_case(
    journal: RunJournal, backend: LocalBackend
) -> None:
    journal.note(ONE)
    journal.intend("s1", ONE.forget((NEWS,)), (NEWS,))
    journal.checkpoint(urgent=True)
    assert read_run(backend, BASE) == (BASE, "run-1")
    journal.refuse("s1")
    journal.checkpoint(urgent=True)
    assert read_run(backend, BASE) == (ONE, "run-1")


def test_what_is_not_urgent_is_written_every_ten_seconds_at_most(
    journal: RunJournal, backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    journal.checkpoint(urgent=False)
    first = backend.get("run")
    journal.note(ONE)
    now += 9.9
    journal.checkpoint(urgent=False)
    assert backend.get("run") == first
    now += 0.2
    journal.checkpoint(urgent=False)
    assert backend.get("run") != first


def test_a_run_that_saved_its_state_leaves_no_record(journal: RunJournal, backend: LocalBackend) -> None:
    journal.checkpoint(urgent=False)
    journal.close(drop=True)
    assert record(backend) == {}
    assert read_run(backend, BASE) is None


def test_a_run_that_could_not_save_leaves_all_that_it_knows(
    journal: RunJournal, backend: LocalBackend
) -> None:
    journal.checkpoint(urgent=False)
    journal.intend("s1", BASE, (NEWS,))
    journal.settle("s1", ONE, (NEWS,))
    journal.close(drop=False)
    assert read_run(backend, BASE) == (ONE, "run-1")


def test_the_record_of_a_run_on_another_state_is_ignored(journal: RunJournal, backend: LocalBackend) -> None:
    journal.checkpoint(urgent=False)
    assert read_run(backend, BASE._replace(serial=4)) is None
    assert read_run(backend, BASE._replace(lineage="y")) is None


def test_who_was_overtaken_finds_out_when_it_writes_and_spoils_nothing(
    journal: RunJournal, backend: LocalBackend
) -> None:
    journal.checkpoint(urgent=False)
    end_run(backend)
    journal.note(ONE)
    with pytest.raises(Refused) as caught:
        journal.checkpoint(urgent=True)
    assert caught.value.diagnostics[0].code == "lock-lost"
    journal.close(drop=False)
    assert record(backend) == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"lineage": "x", "serial": 3}'])
def test_a_damaged_record_is_told_and_not_overwritten(backend: LocalBackend, text: str) -> None:
    backend.put("run", text, None)
    if text == "[]":
        assert read_run(backend, BASE) is None
        return
    with pytest.raises(Refused) as caught:
        read_run(backend, BASE)
    assert caught.value.diagnostics[0].code == "run-unreadable"
    found = backend.get("run")
    assert found is not None
    assert found.data.decode() == text

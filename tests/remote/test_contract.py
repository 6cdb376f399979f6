"""What every backend has to do, whatever it is made of."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from ccstate.core.address import Address
from ccstate.core.diagnostics import Refused
from ccstate.core.state import Binding, State
from ccstate.store.backend import Backend, Document, Moved
from ccstate.store.lock import Held, locked, new_record
from ccstate.store.project import Store
from tests.remote.conftest import another

NEWS, VIP = Address("list", "news"), Address("tag", "vip")


def bound(remote_id: str) -> Binding:
    return Binding(remote_id, f"name of {remote_id} – Übung")


@pytest.fixture
def store(address: str, backend: Backend, tmp_path: Path) -> Store:
    return Store(tmp_path / ".ccstate", url=address)


def text(serial: int) -> str:
    return json.dumps({"serial": serial, "lineage": "ünïcödé"}, ensure_ascii=False)


def test_what_nobody_wrote_is_not_there(backend: Backend) -> None:
    assert backend.get("state") is None
    assert backend.get("run") is None


@pytest.mark.parametrize("document", ["state", "run"])
def test_what_was_written_is_read_with_the_token_that_the_write_gave(
    backend: Backend, address: str, tmp_path: Path, document: Document
) -> None:
    token = backend.put(document, text(1), None)
    found = another(address, tmp_path).get(document)
    assert found is not None
    assert (json.loads(found.data), found.token) == (json.loads(text(1)), token)
    second = backend.put(document, text(2), token)
    assert second != token
    found = backend.get(document)
    assert found is not None
    assert (json.loads(found.data)["serial"], found.token) == (2, second)


def test_of_two_writers_the_second_is_told_and_changes_nothing(backend: Backend) -> None:
    token = backend.put("state", text(1), None)
    with pytest.raises(Moved):
        backend.put("state", text(9), None)
    backend.put("state", text(2), token)
    with pytest.raises(Moved):
        backend.put("state", text(9), token)
    found = backend.get("state")
    assert found is not None
    assert json.loads(found.data)["serial"] == 2


def test_the_record_of_a_run_and_the_state_are_apart(backend: Backend) -> None:
    backend.put("state", text(1), None)
    assert backend.get("run") is None
    token = backend.put("run", text(7), None)
    backend.put("run", "{}\n", token)
    found = backend.get("run")
    assert found is not None
    assert json.loads(found.data) == {}


def test_one_at_a_time_and_the_second_knows_the_first(backend: Backend, address: str, tmp_path: Path) -> None:
    record = new_record("apply")._replace(ci_run="https://ci/7")
    lock, other = backend.lock(), another(address, tmp_path).lock()
    assert lock.take(record) is None
    assert lock.left() > 0
    holder = other.take(new_record("apply"))
    assert holder is not None
    assert (holder.id, holder.operation, holder.ci_run) == (record.id, "apply", "https://ci/7")
    lock.release()
    assert lock.left() <= 0
    assert other.take(new_record("apply")) is None
    other.release()


def test_taking_the_lock_again_after_an_answer_was_lost_is_no_conflict(
    backend: Backend, address: str, tmp_path: Path, sort: str
) -> None:
    if sort == "local":
        pytest.skip("nothing answers")
    record = new_record("apply")
    first, second = backend.lock(), another(address, tmp_path).lock()
    assert first.take(record) is None
    assert second.take(record) is None
    second.release()
    first.release()


def test_a_forced_lock_is_free_and_needs_its_id(backend: Backend, address: str, tmp_path: Path) -> None:
    record = new_record("apply")
    lock, other = backend.lock(), another(address, tmp_path).lock()
    assert lock.take(record) is None
    with pytest.raises(Refused) as caught:
        other.force("another")
    assert caught.value.diagnostics[0].code == "lock-not-held"
    other.force(record.id)
    assert other.take(new_record("destroy")) is None
    lock.release()
    third = another(address, tmp_path).lock()
    assert third.take(new_record("apply")) is not None
    other.release()


def test_of_many_that_take_it_at_once_one_gets_it(address: str, backend: Backend, tmp_path: Path) -> None:
    locks = [another(address, tmp_path).lock() for _ in range(8)]
    start, took = threading.Barrier(8), []

    def take(number: int) -> None:
        start.wait()
        if locks[number].take(new_record("apply")) is None:
            took.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(took) == 1
    locks[took[0]].release()


def test_a_store_saves_and_loads_a_state(store: Store) -> None:
    with store.lock("apply") as held:
        saved = store._replace(held=held).save(State(account_id="a1").bind(NEWS, bound("1")))
        assert store.load() == saved
        again = store.save(saved.bind(VIP, bound("2")))
    assert store.load() == again
    assert (again.serial, again.bindings[VIP]) == (2, bound("2"))


def test_a_stale_state_is_refused(store: Store) -> None:
    first = store.save(State().bind(NEWS, bound("1")))
    theirs = store.save(first.bind(VIP, bound("2")))
    with pytest.raises(Refused) as caught:
        store.save(first.bind(VIP, bound("3")))
    assert caught.value.diagnostics[0].code == "state-moved"
    assert store.load() == theirs


def test_what_a_run_did_on_a_machine_that_is_gone_is_known_to_the_next(
    store: Store, tmp_path: Path, sort: str
) -> None:
    """But for a local state: there is nothing elsewhere."""
    with store.lock("apply") as held:
        ours = store._replace(held=held)
        base = ours.save(State())
        journal = ours.journal(base, lambda: {"plan": "sha256:0", "creates": [], "schedules": []})
        journal.checkpoint(urgent=True)
        journal.intend("s1", base, (NEWS,))
        journal.settle("s1", base.bind(NEWS, bound("1")), (NEWS,))
        journal.checkpoint(urgent=True)
        journal.close(drop=False)
    elsewhere = store._replace(folder=tmp_path / "elsewhere" / ".ccstate")
    if sort == "local":
        assert elsewhere.load() == State()
        return
    assert elsewhere.load().bindings == {NEWS: bound("1")}
    with elsewhere.lock("apply"):
        settled = elsewhere.settle_unfinished(elsewhere.load())
    assert (settled.serial, settled.bindings) == (base.serial + 1, {NEWS: bound("1")})
    assert store.settle_unfinished(store.load()) == settled
    assert not store.journal_path.exists()


def test_a_finished_run_leaves_nothing_unfinished(store: Store) -> None:
    with store.lock("apply") as held:
        ours = store._replace(held=held)
        base = ours.save(State())
        journal = ours.journal(base, lambda: {"plan": "sha256:0"})
        journal.checkpoint(urgent=True)
        saved = ours.save(base.bind(NEWS, bound("1")))
        journal.close(drop=True)
    assert store.settle_unfinished(store.load()) == saved


def test_a_state_of_five_megabytes_is_kept(store: Store) -> None:
    many = {Address("tag", f"tag-{number}"): bound("7" * 400) for number in range(10_000)}
    saved = store.save(State(account_id="a1", bindings=many))
    assert store.load() == saved


def test_the_lock_is_given_back_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.lock("apply"):
        _ = 1 / 0
    with store.lock("apply") as held:
        assert isinstance(held, Held)
        assert held.trouble() is None


def test_no_address_holds_a_credential(store: Store) -> None:
    assert "secret" not in store.address
    with store.lock("apply"), pytest.raises(Refused) as caught, locked(store.backend.lock(), "apply"):
        pytest.fail("two at once")
    assert "secret" not in str(caught.value.diagnostics)

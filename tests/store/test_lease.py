"""A lease: renewed while its holder lives, free when it does not, and never two at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ccstate.core.diagnostics import Refused
from ccstate.store.backend import Document, LockRecord, Stored, unreachable
from ccstate.store.backends.local import LocalBackend
from ccstate.store.lease import Lease, LeasedLock
from ccstate.store.lock import new_record

FAST = Lease(seconds=0.5, beat=0.1)
NEVER_RENEWED = Lease(seconds=0.3, beat=60.0)


class Flaky:
    """Documents that can be out of reach for a while, or lose an answer."""

    def __init__(self, documents: LocalBackend) -> None:
        self._documents = documents
        self.down = False
        self.loses_answers = 0

    def get(self, document: Document) -> Stored | None:
        if self.down:
            raise unreachable("here", "down")
        return self._documents.get(document)

    def put(self, document: Document, text: str, token: str | None) -> str:
        if self.down:
            raise unreachable("here", "down")
        done = self._documents.put(document, text, token)
        if self.loses_answers:
            self.loses_answers -= 1
            return self._documents.put(document, text, token)  # the client's own second try
        return done


@pytest.fixture
def documents(tmp_path: Path) -> Flaky:
    return Flaky(LocalBackend(tmp_path))


@pytest.fixture
def held(documents: Flaky) -> Iterator[LeasedLock]:
    lock = LeasedLock(documents, FAST)
    assert lock.take(new_record("apply")) is None
    yield lock
    lock.release()


def taken_by_another(documents: Flaky) -> bool:
    other = LeasedLock(documents, FAST)
    took = other.take(new_record("apply")) is None
    other.release()
    return took


def test_a_lease_is_renewed_for_as_long_as_it_is_held(held: LeasedLock, documents: Flaky) -> None:
    time.sleep(1.2)
    assert 0 < held.left() <= FAST.seconds
    assert not taken_by_another(documents)


def test_a_lease_that_is_given_back_is_free_at_once(held: LeasedLock, documents: Flaky) -> None:
    held.release()
    assert held.left() <= 0
    assert taken_by_another(documents)
    assert held.holder() is None


def test_a_lease_that_is_renewed_no_more_expires(documents: Flaky) -> None:
    lost = LeasedLock(documents, NEVER_RENEWED)
    assert lost.take(new_record("apply")) is None
    assert not taken_by_another(documents)
    time.sleep(0.4)
    assert lost.left() < 0
    assert lost.holder() is None
    assert taken_by_another(documents)


def test_giving_back_what_another_has_taken_leaves_it_alone(documents: Flaky) -> None:
    lost = LeasedLock(documents, NEVER_RENEWED)
    assert lost.take(new_record("apply")) is None
    time.sleep(0.4)
    other = LeasedLock(documents, FAST)
    assert other.take(new_record("apply")) is None
    lost.release()
    assert other.left() > 0
    assert not taken_by_another(documents)
    other.release()


def test_a_holder_that_is_cut_off_for_a_moment_keeps_its_lease(held: LeasedLock, documents: Flaky) -> None:
    documents.down = True
    time.sleep(0.25)
    documents.down = False
    time.sleep(0.25)
    assert held.left() > 0


def test_a_holder_that_stays_cut_off_has_no_time_left(held: LeasedLock, documents: Flaky) -> None:
    documents.down = True
    time.sleep(0.7)
    assert held.left() <= 0
    documents.down = False


def test_a_renewal_of_which_the_answer_was_lost_is_no_other_holder(
    held: LeasedLock, documents: Flaky
) -> None:
    documents.loses_answers = 1
    time.sleep(0.4)
    assert documents.loses_answers == 0
    assert held.left() > 0


def test_a_forced_lease_is_noticed_at_the_next_renewal(held: LeasedLock, documents: Flaky) -> None:
    other = LeasedLock(documents, FAST)
    holder = other.holder()
    assert holder is not None
    other.force(holder.id)
    time.sleep(0.3)
    assert held.left() <= 0
    assert taken_by_another(documents)


def test_of_many_only_one_takes_what_has_expired(documents: Flaky) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=5)).isoformat(timespec="seconds")
    documents.put("lock", json.dumps(new_record("apply")._replace(expires=past)._asdict()), None)
    start, took = threading.Barrier(8), []

    def take() -> None:
        lock = LeasedLock(documents, FAST)
        start.wait()
        if lock.take(new_record("apply")) is None:
            took.append(lock)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(took) == 1
    took[0].release()


@pytest.mark.parametrize("text", ["{", "[1]", '{"id": "7", "more": 1}', "null!"])
def test_a_record_that_cannot_be_read_counts_as_held(documents: Flaky, text: str) -> None:
    documents.put("lock", text, None)
    holder = LeasedLock(documents, FAST).take(new_record("apply"))
    assert holder is not None
    LeasedLock(documents, FAST).force(holder.id)
    assert taken_by_another(documents)


@pytest.mark.parametrize("text", ["", "{}", "{}\n"])
def test_an_empty_record_is_free(documents: Flaky, text: str) -> None:
    documents.put("lock", text, None)
    assert taken_by_another(documents)


def test_force_needs_the_id(held: LeasedLock, documents: Flaky) -> None:
    with pytest.raises(Refused) as caught:
        LeasedLock(documents, FAST).force("another")
    assert caught.value.diagnostics[0].code == "lock-not-held"
    assert held.left() > 0


def test_what_is_taken_while_somebody_else_takes_it_is_theirs(documents: Flaky) -> None:
    class Slow(Flaky):
        def put(self, document: Document, text: str, token: str | None) -> str:
            theirs = new_record("theirs")._replace(expires="2999-01-01T00:00:00+00:00")
            documents.put(document, json.dumps(theirs._asdict()), token)
            return documents.put(document, text, token)

    holder: LockRecord | None = LeasedLock(Slow(documents._documents), FAST).take(new_record("apply"))
    assert holder is not None
    assert holder.operation == "theirs"

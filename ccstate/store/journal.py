"""The journal: one line before every call and one after it, so that a killed run forgets nothing.

Each line goes to the system at once, and to the disk before the next call leaves: an outcome that a power cut
takes away is asked for again, an intent is never lost.

State = last snapshot + journal. An intent says what is to be believed should no outcome follow; an outcome
says what is so. A last line that was cut off is as good as never written: the call that it announces was not
made. Any other line that cannot be read is damage, and told.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ccstate.core.address import Address
from ccstate.core.diagnostics import Refused, error
from ccstate.core.state import Binding, Pending, State
from ccstate.core.values import Json
from ccstate.store.files import cannot_read, cannot_write


class Journal:
    """Appends the differences between states; opened by the first write."""

    def __init__(self, path: Path, base: State, run_id: str = "") -> None:
        self._path, self._base, self._run_id = path, base, run_id
        self._file: IO[str] | None = None
        self._last = base
        self._unsynced = False

    def intend(self, step_id: str, foretold: State, addresses: Iterable[Address]) -> None:
        """Before a call: what the state is if nothing more is heard of it. Nothing leaves before `sync`."""
        self._write({"intent": step_id, "unless_settled": difference(self._last, foretold, addresses)})

    def settle(self, step_id: str, state: State, addresses: Iterable[Address]) -> None:
        """After a call that succeeded: what the state is now, of these addresses."""
        self._write({"settled": step_id, "state": difference(self._last, state, addresses)})
        self._last = state

    def refuse(self, step_id: str) -> None:
        """After a call that certainly did nothing."""
        self._write({"refused": step_id})

    def note(self, state: State, addresses: Iterable[Address] | None = None) -> None:
        """A change of the state that needs no call; of all bindings, or of these alone."""
        last = self._last
        everywhere = {*last.bindings, *state.bindings, *last.pending, *state.pending}
        self._write({"state": difference(last, state, everywhere if addresses is None else addresses)})
        self._last = state

    def checkpoint(self, *, urgent: bool) -> None:
        """Between two units of work: each line is written already."""

    def sync(self) -> None:
        """On the disk, with all that was written so far; where it is already, nothing is done."""
        if self._unsynced and self._file is not None:
            try:
                os.fsync(self._file.fileno())
            except OSError as why:
                raise cannot_write(self._path, why) from why
            self._unsynced = False

    def close(self, *, drop: bool) -> None:
        """Done; the snapshot holds all of it when `drop` is true."""
        if self._file is None:
            return
        with self._file as file:
            if drop and self._is_ours(file):
                self._path.unlink(missing_ok=True)
        self._file = None

    def _is_ours(self, file: IO[str]) -> bool:
        """Whether the file of that name is the one that is open: who lost the lock finds another's there."""
        try:
            there, ours = self._path.stat(), os.fstat(file.fileno())
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def _write(self, line: Json) -> None:
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.unlink(
                    missing_ok=True
                )  # a paused run that lost its lock may hold the old one open
                self._file = self._path.open("w", encoding="utf-8")
                self._append(self._header())
            self._append(line)
        except OSError as why:
            raise cannot_write(self._path, why) from why

    def _header(self) -> Json:
        run = {"run_id": self._run_id} if self._run_id else {}
        return {"lineage": self._base.lineage, "serial": self._base.serial, **run}

    def _append(self, line: Json) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()
        self._unsynced = True


def difference(before: State, after: State, addresses: Iterable[Address]) -> Json:
    """Those bindings and doubts that are new or other, null for those that are gone, and references."""
    found: dict[str, Json] = {}
    for address in sorted(set(addresses)):
        binding = after.bindings.get(address)
        if binding != before.bindings.get(address):
            found[str(address)] = binding.to_json() if binding is not None else None
    document: dict[str, Json] = {"bindings": found}
    doubts = {
        str(address): other.to_json() if other is not None else None
        for address in sorted(set(addresses))
        if (other := after.pending.get(address)) != before.pending.get(address)
    }
    if doubts:
        document["pending"] = doubts
    if after.references != before.references:
        document["references"] = dict(after.references)
    if after.account_id != before.account_id:
        document["account_id"] = after.account_id
    return document


class Replayed(NamedTuple):
    """The state after what a run that did not end has written, and which run that was."""

    state: State
    run_id: str


def replay(path: Path, state: State) -> Replayed | None:
    """What an unfinished run did on top of this state; None where there is nothing of the sort."""
    entries = list(_entries(path))
    if not entries or entries[0].get("lineage") != state.lineage or entries[0].get("serial") != state.serial:
        return None
    try:
        return Replayed(_replayed(entries[1:], state), str(entries[0].get("run_id", "")))
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise _damaged(path, f"{type(why).__name__}: {why}") from why


def _replayed(entries: Iterable[Json], state: State) -> State:
    open_intents: dict[str, Json] = {}
    for entry in entries:
        if "intent" in entry:
            open_intents[entry["intent"]] = entry["unless_settled"]
        open_intents.pop(entry.get("settled", entry.get("refused", "")), None)
        if "state" in entry:
            state = patched(state, entry["state"])
    for foretold in open_intents.values():
        state = patched(state, foretold)
    return state


def _entries(path: Path) -> Iterator[Json]:
    """The lines, but for a last one that was cut off."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return
    except OSError as why:
        raise cannot_read(path, why) from why
    for number, line in enumerate(lines, 1):
        entry = _parse(line)
        if entry is not None:
            yield entry
        elif number < len(lines):
            raise _damaged(path, f"line {number} cannot be read")


def _parse(line: bytes) -> Json:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _damaged(path: Path, what: str) -> Refused:
    hint = "restore it, or move it away: what the run made is then adopted by name"
    summary = f"{path}, the journal of a run that did not end, is damaged: {what}"
    return Refused([error("journal-damaged", summary, hint=hint)])


def patched(state: State, patch: Json) -> State:
    """The state with a difference made to it."""
    bindings = dict(state.bindings)
    for text, binding in patch["bindings"].items():
        if binding is None:
            bindings.pop(Address.parse(text), None)
        else:
            bindings[Address.parse(text)] = Binding.from_json(binding)
    pending = dict(state.pending)
    for text, doubt in patch.get("pending", {}).items():
        if doubt is None:
            pending.pop(Address.parse(text), None)
        else:
            pending[Address.parse(text)] = Pending.from_json(doubt)
    return state._replace(
        account_id=patch.get("account_id", state.account_id),
        bindings=bindings,
        references=patch.get("references", state.references),
        pending=pending,
    )

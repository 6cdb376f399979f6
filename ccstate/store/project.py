"""Where a project keeps its memory: in `.ccstate/`, or its state in the backend that `ccstate.yaml` names.

Everything of the emulator is in `.ccstate/emulator/`, whatever the project names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ccstate.core.diagnostics import Refused, error
from ccstate.core.state import State
from ccstate.store.backend import Backend, LockRecord, Moved, Stored
from ccstate.store.backends import open_backend
from ccstate.store.files import parse_json

if TYPE_CHECKING:
    from ccstate.core.values import Json
    from ccstate.store.journal import Journal, Replayed
    from ccstate.store.lock import Held
    from ccstate.store.run import RunJournal


def _new_lineage() -> str:
    import uuid

    return str(uuid.uuid4())


class Store(NamedTuple):
    """The memory of one project on one target; `url` is where its state is, empty for the folder itself."""

    folder: Path
    new_lineage: Callable[[], str] = _new_lineage
    url: str = ""
    held: Held | None = None

    @classmethod
    def of(cls, root: Path, *, emulator: bool, url: str = "", held: Held | None = None) -> Store:
        """The store of the project at `root`."""
        base = root / ".ccstate"
        return cls(base / "emulator" if emulator else base, url="" if emulator else url, held=held)

    @property
    def backend(self) -> Backend:
        """Where the state is."""
        return open_backend(self.url, self.folder)

    @property
    def address(self) -> str:
        """The name of that place: the same in every checkout of the project, and without credentials."""
        return self.backend.address

    @property
    def state_path(self) -> Path:
        """The snapshot of a local state."""
        return self.folder / "state.json"

    @property
    def journal_path(self) -> Path:
        """What an unfinished run of this machine wrote."""
        return self.folder / "journal.jsonl"

    @property
    def cache_path(self) -> Path:
        """What reads taught; may be deleted at any time."""
        return self.folder / "cache.json"

    def lock(
        self, operation: str, *, wait: float = 0.0, waits: Callable[[LockRecord], None] | None = None
    ) -> AbstractContextManager[Held]:
        """One writer at a time."""
        from ccstate.store.lock import locked

        return locked(self.backend.lock(), operation, wait=wait, waits=waits)

    def load(self) -> State:
        """Snapshot and what an unfinished run did since; an empty state where there is neither."""
        state = self._read(self.backend.get("state"))
        unfinished = self._unfinished(state)
        return unfinished.state if unfinished else state

    def _read(self, found: Stored | None) -> State:
        return State() if found is None else parse_state(found.data, self.backend.place("state"))

    def _unfinished(self, snapshot: State) -> Replayed | None:
        """The journal of this machine, unless a run elsewhere was the last one; then the record of that."""
        here = None
        if self.journal_path.exists():
            from ccstate.store.journal import replay

            here = replay(self.journal_path, snapshot)
        if not self.url:
            return here
        from ccstate.store.run import read_run

        there = read_run(self.backend, snapshot)
        return here if here and (there is None or there.run_id == here.run_id) else there

    def journal(self, state: State, facts: Callable[[], Json] | None = None) -> Journal | RunJournal:
        """A journal on top of the snapshot that `state` came from; `facts` are for the record of the run."""
        from ccstate.store.journal import Journal

        run_id = self.held.run_id if self.held else ""
        journal = Journal(self.journal_path, state, run_id)
        if not self.url:
            return journal
        from ccstate.store.run import RunJournal

        return RunJournal(journal, self.backend, state, run_id, facts or dict)

    def settle_unfinished(self, state: State) -> State:
        """Make a snapshot of what an unfinished run left, before a new journal takes its place."""
        if not self.url and not self.journal_path.exists():
            return state
        if self._unfinished(self._read(self.backend.get("state"))) is not None:
            state = self.save(state)
        self.journal_path.unlink(missing_ok=True)
        if self.url:
            from ccstate.store.run import end_run

            end_run(self.backend)
        return state

    def identified(self, state: State) -> State:
        """The same state with a lineage: the first write makes one."""
        return state if state.lineage else state._replace(lineage=self.new_lineage())

    def save(self, state: State) -> State:
        """Write the next snapshot; Refused where it is not the next one any more."""
        following = self.identified(state)._replace(serial=state.serial + 1)
        return self.replace(following, state)

    def replace(self, following: State, state: State) -> State:
        """Write a snapshot in place of the one that `state` came from."""
        found = self.backend.get("state")
        if found is not None:
            there = self._read(found)
            if (there.lineage, there.serial) != (state.lineage, state.serial):
                raise self._moved(there)
        text = json.dumps(following.to_json(), indent=1, ensure_ascii=False) + "\n"
        try:
            self.backend.put("state", text, found.token if found else None)
        except Moved as why:
            found = self.backend.get("state")
            if found is None or found.data != text.encode():  # else it is ours: only the answer was lost
                raise self._moved(self._read(found)) from why
        return following

    def _moved(self, there: State) -> Refused:
        summary = f"the state {self.address} was written by another run: it has serial {there.serial} now"
        hint = "run the same command again: it looks first at what did happen"
        return Refused([error("state-moved", summary, hint=hint)])


def parse_state(data: bytes, place: str) -> State:
    """The state in some bytes, in this version's format; Refused where there is none in them."""
    document = parse_json(data, place, "state")
    from ccstate.core.formats import upgraded

    document = upgraded(document, place)
    try:
        return State.from_json(document)
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        summary = f"{place} is damaged: {type(why).__name__}: {why}"
        hint = "restore it from a copy, or delete it: what is there is then adopted by name"
        raise Refused([error("state-unreadable", summary, hint=hint)]) from why

"""Where a project keeps its memory: `.ccstate/`, and `.ccstate/emulator/` for everything of the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ccstate.core.diagnostics import Refused, error
from ccstate.core.state import FORMAT_VERSION, State
from ccstate.store.files import read_json, write_atomically

if TYPE_CHECKING:
    from ccstate.store.journal import Journal


def _new_lineage() -> str:
    import uuid

    return str(uuid.uuid4())


class Store(NamedTuple):
    """The memory of one project on one target."""

    folder: Path
    new_lineage: Callable[[], str] = _new_lineage

    @classmethod
    def of(cls, root: Path, *, emulator: bool) -> Store:
        """The store of the project at `root`."""
        base = root / ".ccstate"
        return cls(base / "emulator" if emulator else base)

    @property
    def state_path(self) -> Path:
        """The snapshot."""
        return self.folder / "state.json"

    @property
    def journal_path(self) -> Path:
        """What an unfinished run wrote."""
        return self.folder / "journal.jsonl"

    @property
    def cache_path(self) -> Path:
        """What reads taught; may be deleted at any time."""
        return self.folder / "cache.json"

    def lock(self, operation: str, *, wait: float = 0.0) -> AbstractContextManager[None]:
        """One writer at a time."""
        from ccstate.store.lock import locked

        return locked(self.folder / "lock", operation, wait=wait)

    def load(self) -> State:
        """Snapshot and journal; an empty state where there is neither."""
        state = self._snapshot()
        if not self.journal_path.exists():
            return state
        from ccstate.store.journal import replay

        return replay(self.journal_path, state) or state

    def _snapshot(self) -> State:
        if not self.state_path.exists():
            return State()
        document = read_json(self.state_path, "state")
        version = str(document.get("format_version", "")) if isinstance(document, dict) else ""
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            raise Refused(
                [
                    error(
                        "state-version",
                        f"{self.state_path} has format {version or '?'}; this version reads {FORMAT_VERSION}",
                        hint="use the version of ccstate that wrote it, or a newer one",
                    )
                ]
            )
        try:
            return State.from_json(document)
        except (KeyError, TypeError, ValueError, AttributeError) as why:
            summary = f"{self.state_path} is damaged: {type(why).__name__}: {why}"
            hint = "restore it from a copy, or delete it: what is there is then adopted by name"
            raise Refused([error("state-unreadable", summary, hint=hint)]) from why

    def journal(self, state: State) -> Journal:
        """A journal on top of the snapshot that `state` came from."""
        from ccstate.store.journal import Journal

        return Journal(self.journal_path, state)

    def settle_unfinished(self, state: State) -> State:
        """Make a snapshot of what an unfinished run left, before a new journal takes its place."""
        if not self.journal_path.exists():
            return state
        from ccstate.store.journal import replay

        if replay(self.journal_path, self._snapshot()) is not None:
            state = self.save(state)
        self.journal_path.unlink(missing_ok=True)
        return state

    def identified(self, state: State) -> State:
        """The same state with a lineage: the first write makes one."""
        return state if state.lineage else state._replace(lineage=self.new_lineage())

    def save(self, state: State) -> State:
        """Write the next snapshot."""
        following = self.identified(state)._replace(serial=state.serial + 1)
        write_atomically(
            self.state_path, json.dumps(following.to_json(), indent=1, ensure_ascii=False) + "\n"
        )
        return following

"""The journal: one line before every call and one after it, so that a killed run forgets nothing.

State = last snapshot + journal. An intent says what is to be believed should no outcome follow; an outcome
says what is so. A last line that was cut off is as good as never written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from ccstate.core.address import Address
from ccstate.core.state import Binding, State
from ccstate.core.values import Json
from ccstate.store.files import cannot_write


class Journal:
    """Appends the differences between states; opened by the first write."""

    def __init__(self, path: Path, base: State) -> None:
        self._path, self._base = path, base
        self._file: IO[str] | None = None
        self._last = base

    def intend(self, step_id: str, foretold: State, addresses: Iterable[Address]) -> None:
        """Before a call: what the state is if nothing more is heard of it."""
        self._write({"intent": step_id, "unless_settled": _difference(self._last, foretold, addresses)})

    def settle(self, step_id: str, state: State, addresses: Iterable[Address]) -> None:
        """After a call that succeeded: what the state is now, of these addresses."""
        self._write({"settled": step_id, "state": _difference(self._last, state, addresses)})
        self._last = state

    def refuse(self, step_id: str) -> None:
        """After a call that certainly did nothing."""
        self._write({"refused": step_id})

    def note(self, state: State, addresses: Iterable[Address] | None = None) -> None:
        """A change of the state that needs no call; of all bindings, or of these alone."""
        everywhere = {*self._last.bindings, *state.bindings} if addresses is None else addresses
        self._write({"state": _difference(self._last, state, everywhere)})
        self._last = state

    def close(self, *, drop: bool) -> None:
        """Done; the snapshot holds all of it when `drop` is true."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if drop:
            self._path.unlink(missing_ok=True)

    def _write(self, line: Json) -> None:
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("w", encoding="utf-8")
                self._append({"lineage": self._base.lineage, "serial": self._base.serial})
            self._append(line)
        except OSError as why:
            raise cannot_write(self._path, why) from why

    def _append(self, line: Json) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _difference(before: State, after: State, addresses: Iterable[Address]) -> Json:
    """Those bindings that are new or other, null for those that are gone, and other references."""
    found: dict[str, Json] = {}
    for address in sorted(set(addresses)):
        binding = after.bindings.get(address)
        if binding != before.bindings.get(address):
            found[str(address)] = binding.to_json() if binding is not None else None
    document: dict[str, Json] = {"bindings": found}
    if after.references != before.references:
        document["references"] = dict(after.references)
    if after.account_id != before.account_id:
        document["account_id"] = after.account_id
    return document


def replay(path: Path, state: State) -> State | None:
    """The state after what a run that did not end has written; None where there is nothing of the sort."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    entries = [entry for line in lines if (entry := _parse(line)) is not None]
    if not entries or entries[0].get("lineage") != state.lineage or entries[0].get("serial") != state.serial:
        return None
    open_intents: dict[str, Json] = {}
    for entry in entries[1:]:
        if "intent" in entry:
            open_intents[entry["intent"]] = entry["unless_settled"]
        open_intents.pop(entry.get("settled", entry.get("refused", "")), None)
        if "state" in entry:
            state = _patched(state, entry["state"])
    for foretold in open_intents.values():
        state = _patched(state, foretold)
    return state


def _parse(line: str) -> Json:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _patched(state: State, patch: Json) -> State:
    bindings = dict(state.bindings)
    for text, binding in patch["bindings"].items():
        if binding is None:
            bindings.pop(Address.parse(text), None)
        else:
            bindings[Address.parse(text)] = Binding.from_json(binding)
    return State(
        lineage=state.lineage,
        serial=state.serial,
        account_id=patch.get("account_id", state.account_id),
        bindings=bindings,
        references=patch.get("references", state.references),
    )

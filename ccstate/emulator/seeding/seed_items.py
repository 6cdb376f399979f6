"""One object of a seed, read strictly: a mis-spelled seed tests nothing, so unknown words are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator.names import key_of
from ccstate.emulator.storage.clock import parse_instant
from ccstate.emulator.storage.world import World

MOST = 1_000_000


class BadSeed(ValueError):
    """A seed that cannot be planted; the message says where and why."""


class Item:
    """One object of a seed, with its place in the document for the messages."""

    def __init__(self, place: str, document: Any, known: tuple[str, ...]) -> None:
        self.place = place
        if not isinstance(document, Mapping):
            raise BadSeed(f"{place}: an object is wanted")
        self.document = document
        unknown = sorted(str(name) for name in set(document) - set(known))
        if unknown:
            raise BadSeed(f"{place}: unknown: {', '.join(unknown)} (of {', '.join(known)})")

    def __contains__(self, name: str) -> bool:
        return self.document.get(name) is not None

    def get(self, name: str, kind: type, default: Any = None) -> Any:
        value = self.document.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.bad(name, f"{kind.__name__} is wanted")
        return value

    def text(self, name: str) -> str:
        text: str | None = self.get(name, str)
        if not text:
            raise self.bad(name, "missing")
        return text

    def number(self, name: str, default: int = 0, most: int = MOST) -> int:
        number: int = self.get(name, int, default)
        if not 0 <= number <= most:
            raise self.bad(name, f"0 to {most} is wanted")
        return number

    def word(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        word: str = self.get(name, str, default)
        if word not in allowed:
            raise self.bad(name, f"one of {', '.join(allowed)} is wanted")
        return word

    def words(self, name: str) -> list[str]:
        words: list[str] = self.get(name, list, [])
        if not all(isinstance(word, str) for word in words):
            raise self.bad(name, "a list of words is wanted")
        return words

    def items(self, name: str, short: str, known: tuple[str, ...]) -> list[Item]:
        """The objects of a list; one of them may be just the text of its main property."""
        return [
            Item(f"{self.place}.{name}[{n}]", {short: each} if isinstance(each, str) else each, known)
            for n, each in enumerate(self.get(name, list, []))
        ]

    def instant(self, name: str, default: int) -> int:
        try:
            return parse_instant(self.text(name)) if name in self else default
        except ValueError as problem:
            raise self.bad(name, str(problem)) from problem

    def bad(self, name: str, message: str) -> BadSeed:
        return BadSeed(f"{self.place}.{name}: {message}")


def reference(world: World, item: Item, table: str, identifier: str, name: Any) -> Any:
    """The id of something that is named by its id, its name or its label."""
    key = "label_key" if table == "custom_fields" else "name_key"
    alive = "AND deleted_at IS NULL" if table in ("lists", "segments") else ""
    sql = f"SELECT {identifier} FROM {table} WHERE ({identifier} = ? OR {key} = ?) {alive}"
    found = world.db.value(sql, name, key_of(str(name)))
    if found is None and table == "custom_fields":
        found = world.db.value("SELECT custom_field_id FROM custom_fields WHERE name = ?", name)
    if found is None:
        raise item.bad(table, f"{name!r} is not there")
    return found

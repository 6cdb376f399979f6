"""Reads a request body property by property and collects what is wrong, so that one answer names it all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ccstate.emulator.errors import invalid
from ccstate.emulator.wire import Call

LARGEST = 2**31 - 1
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)+")


class Checks:
    def __init__(self, call: Call, body: Any = None, prefix: str = "") -> None:
        self.call = call
        self.body: dict[str, Any] = call.body if body is None else body  # type: ignore[assignment]
        self._prefix = prefix
        self.problems: list[str] = []

    def problem(self, text: str) -> None:
        self.problems.append(f"{self._prefix}{text}")

    def done(self) -> None:
        if self.problems:
            raise invalid(self.call.operation.service, *self.problems)

    def only(self, known: Iterable[str]) -> None:
        """Refuse unknown properties, where the switch says so; otherwise they are ignored."""
        if self.call.world.switches.strict_bodies:
            for name in sorted(set(self.body) - set(known)):
                self.problem(f"{name} is not a known property")

    def text(
        self,
        name: str,
        *,
        required: bool = False,
        least: int = 0,
        most: int | None = None,
        blank: bool = False,
    ) -> str | None:
        """A string; a required one may not be blank unless that is allowed."""
        value = self.body.get(name)
        if value is None:
            if required:
                self.problem(f"{name} is missing")
            return None
        if not isinstance(value, str):
            self.problem(f"{name} does not have a valid value: a string is wanted")
            return None
        if required and not blank and not value.strip():
            self.problem(f"{name} must not be blank")
        if len(value) < least:
            self.problem(f"{name} must have {least} characters at least")
        if most is not None and len(value) > most:
            self.problem(f"{name} must not be longer than {most} characters")
        return value

    def boolean(self, name: str) -> bool | None:
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            self.problem(f"{name} does not have a valid value: true or false is wanted")
            return None
        return value

    def integer(self, name: str, least: int = 0, most: int = LARGEST) -> int | None:
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.problem(f"{name} does not have a valid value: an integer from {least} to {most} is wanted")
            return None
        return value

    def address(self, name: str, *, required: bool = False, most: int = 80) -> str | None:
        value = self.text(name, required=required, most=most)
        if value is not None and not _ADDRESS.fullmatch(value):
            self.problem(f"{name} is not an email address")
        return value

    def items(self, name: str, kind: type, *, most: int | None = None) -> list[Any]:
        """An array of strings, integers or objects; absent and null are empty."""
        value = self.body.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(type(item) is kind for item in value):
            self.problem(f"{name} does not have a valid value: an array of {kind.__name__} is wanted")
            return []
        if most is not None and len(value) > most:
            self.problem(f"{name} must not have more than {most} elements")
            return []
        return value

    def object(self, name: str) -> dict[str, Any] | None:
        value = self.body.get(name)
        if value is not None and not isinstance(value, dict):
            self.problem(f"{name} does not have a valid value: an object is wanted")
            return None
        return value


def is_email_address(text: str) -> bool:
    return len(text) <= 80 and _ADDRESS.fullmatch(text) is not None

"""Faults on demand: rules that make the emulator fail as networks and services do.

A rule is chosen by method, path and count, and says what goes wrong. Rules are tried in order and the first
that applies wins. They belong to the running app, not to the account.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

DOINGS = ("status", "drop_before", "drop_after", "delay", "truncate", "garbage")
_PARTS = ("match", "do", "status", "body", "delay_ms", "times", "after")
_MATCHES = ("method", "path", "nth", "every", "probability")


class ConnectionDropped(ConnectionResetError):
    """The connection closed without (the rest of) an answer.

    Inside a process this is what the caller's transport sees; the served emulator closes the socket instead.
    """


class BadRule(ValueError):
    """A rule that cannot be read; the message says why."""


@dataclass(frozen=True)
class Rule:
    do: str
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    every: int | None = None
    probability: float | None = None
    status: int = 503
    body: Any = None
    delay_ms: float = 0
    times: int | None = None
    after: bool = False  # `status` only: the call takes effect before it is answered with an error

    def concerns(self, method: str, path: str) -> bool:
        if self.method is not None and self.method != method:
            return False
        return self.path is None or any(
            fnmatchcase(text, self.path) for text in (path, path.removeprefix("/v3"))
        )

    def due(self, count: int, chance: float) -> bool:
        if self.nth is not None:
            return count == self.nth
        if self.every is not None:
            return count % self.every == 0
        return self.probability is None or chance < self.probability


class Faults:
    """The rules with their counters."""

    def __init__(self, rules: Sequence[Any], random_seed: int | None) -> None:
        self._random = random.Random(random_seed)
        self.replace(rules)

    def replace(self, rules: Sequence[Any]) -> None:
        self.rules = tuple(read_rule(rule) for rule in rules)
        self.seen = [0] * len(self.rules)
        self.done = [0] * len(self.rules)

    def for_call(self, method: str, path: str) -> Rule | None:
        """Count a call against every rule that concerns it, and choose the first that is due."""
        chosen: int | None = None
        for number, rule in enumerate(self.rules):
            if not rule.concerns(method, path):
                continue
            self.seen[number] += 1
            spent = rule.times is not None and self.done[number] >= rule.times
            if chosen is None and not spent and rule.due(self.seen[number], self._random.random()):
                chosen = number
        if chosen is None:
            return None
        self.done[chosen] += 1
        return self.rules[chosen]

    def report(self) -> list[dict[str, Any]]:
        """The rules in force, as the control plane shows them."""
        return [
            {"match": {name: getattr(rule, name) for name in _MATCHES if getattr(rule, name) is not None},
             "do": rule.do, "seen": seen, "done": done}
            for rule, seen, done in zip(self.rules, self.seen, self.done, strict=True)
        ]  # fmt: skip


def read_rule(document: Any) -> Rule:
    """A rule from JSON; strict, because a mis-spelled fault is a test that tests nothing."""
    if not isinstance(document, Mapping):
        raise BadRule("a rule must be an object")
    match = document.get("match") or {}
    if not isinstance(match, Mapping):
        raise BadRule("match must be an object")
    unknown = [*(set(document) - set(_PARTS)), *(set(match) - set(_MATCHES))]
    if unknown:
        raise BadRule(f"unknown: {', '.join(sorted(map(str, unknown)))}")
    _check(document, match)
    method = match.get("method")
    given = {name: document[name] for name in _PARTS[2:] if document.get(name) is not None}
    chosen: dict[str, Any] = {name: match.get(name) for name in _MATCHES[1:]}
    return Rule(do=document["do"], method=method.upper() if method else None, **chosen, **given)


def _check(document: Mapping[str, Any], match: Mapping[str, Any]) -> None:
    if document.get("do") not in DOINGS:
        raise BadRule(f"do must be one of {', '.join(DOINGS)}")
    for holder, name, kind in (
        (match, "method", str), (match, "path", str), (match, "nth", int), (match, "every", int),
        (match, "probability", (int, float)), (document, "status", int), (document, "times", int),
        (document, "delay_ms", (int, float)), (document, "after", bool),
    ):  # fmt: skip
        value = holder.get(name)
        if value is not None and (
            not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
        ):
            raise BadRule(f"{name} has the wrong type")
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and value < (name in ("nth", "every"))
        ):
            raise BadRule(f"{name} is too small")
    if match.get("probability") is not None and match["probability"] > 1:
        raise BadRule("probability must be 0 to 1")
    status, delay = document.get("status"), document.get("delay_ms")
    if status is not None and not 200 <= status <= 599:
        raise BadRule("status must be 200 to 599")
    if delay is not None and not delay <= 600_000:
        raise BadRule("delay_ms must not be longer than ten minutes")

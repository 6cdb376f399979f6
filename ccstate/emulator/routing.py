"""From method and path to an operation: literal paths first, then Starlette's path patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.routing import compile_path

from ccstate.emulator.errors import method_not_allowed, no_such_path, not_emulated
from ccstate.emulator.wire import PREFIX, Operation


class Routes:
    """`known` are further operations of the contract: found, they are refused by name instead of unknown."""

    def __init__(self, operations: Iterable[Operation], known: Iterable[tuple[str, str]]) -> None:
        by_path: dict[str, dict[str, Operation | None]] = {}
        for method, path in known:
            by_path.setdefault(f"{PREFIX}{path}", {})[method] = None
        for operation in operations:
            by_path.setdefault(f"{operation.base}{operation.path}", {})[operation.method] = operation
        self._literal = {path: methods for path, methods in by_path.items() if "{" not in path}
        # Of two patterns that fit, the one with fewer parameters is meant.
        patterns = sorted((path for path in by_path if "{" in path), key=lambda path: path.count("{"))
        self._patterns: list[tuple[re.Pattern[str], dict[str, Operation | None]]] = [
            (compile_path(path)[0], by_path[path]) for path in patterns
        ]

    def find(self, method: str, full_path: str) -> tuple[Operation, dict[str, str]]:
        methods, parameters = self._methods(full_path)
        if method not in methods:
            raise method_not_allowed(method, ", ".join(sorted(methods)))
        operation = methods[method]
        if operation is None:
            raise not_emulated(method, full_path)
        return operation, parameters

    def _methods(self, full_path: str) -> tuple[dict[str, Operation | None], dict[str, str]]:
        if full_path in self._literal:
            return self._literal[full_path], {}
        for pattern, methods in self._patterns:
            if match := pattern.match(full_path):
                return methods, match.groupdict()
        raise no_such_path(full_path)

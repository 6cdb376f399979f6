"""`python -m tests.cassettes.look`: every text in the cassettes, for whoever commits them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from ccstate.core.values import Json
from tests.cassettes.files import exchanges, names


def texts(value: Json, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a body with the name of its member; those of an array have the array's."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, key)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from texts(item, name)


def kept() -> Counter[tuple[str, str]]:
    """What is kept, and how often."""
    bodies = (body for name in names() for each in exchanges(name) for body in (each.request, each.answer))
    return Counter(found for body in bodies for found in texts(body))


if __name__ == "__main__":
    for (key, text), count in sorted(kept().items()):
        sys.stdout.write(f"{count:>5}  {key}  {text}\n")

"""The cassettes as files, and what each of them holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from ccstate.core.values import Json

CASSETTES: Final = Path(__file__).parents[2] / "cassettes"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded call; bodies are parsed, None where there is none."""

    method: str
    url: str
    request: Json
    status: int
    answer: Json
    request_headers: dict[str, Any]
    answer_headers: dict[str, Any]


def names() -> list[str]:
    """`lists/create` for every cassette, sorted."""
    found = CASSETTES.glob("*/*.yaml")
    return sorted(path.relative_to(CASSETTES).with_suffix("").as_posix() for path in found)


def text_of(name: str) -> str:
    return (CASSETTES / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def exchanges(name: str) -> tuple[Exchange, ...]:
    """What a cassette holds, in order."""
    return tuple(_exchange(each) for each in yaml.safe_load(text_of(name))["interactions"])


def _exchange(interaction: Json) -> Exchange:
    request, answer = interaction["request"], interaction["response"]
    return Exchange(
        method=request["method"],
        url=request["uri"],
        request=_parsed(request["body"]),
        status=answer["status"]["code"],
        answer=_parsed(answer["body"]["string"]),
        request_headers=request["headers"],
        answer_headers=answer["headers"],
    )


def _parsed(text: str | None) -> Json:
    return json.loads(text) if text else None

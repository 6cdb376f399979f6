"""Holds every answer of the emulator to the vendor's contract, where a checkout has it beside it.

The contract (`../shared/api/contract.yaml`, Swagger 2.0) is the vendor's and no part of this project: without
it nothing is checked, and `test_contract` says so. With it, each answer that any test provokes is looked at:
is the status declared, does the body fit the schema, has it properties that the contract does not know, and
have errors one of the two envelopes. jsonschema-rs is quick enough for that; jsonschema words what it finds.

`DEVIATIONS` is where the contract contradicts itself, its prose or what is observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import yaml

CONTRACT = Path(__file__).resolve().parents[3] / "shared/api/contract.yaml"
PREFIX = "/v3"

# The gateway in front of the service answers these for any operation, whatever the contract declares.
GATEWAY = {400, 401, 403, 404, 405, 413, 415, 429, 503}


@dataclass(frozen=True)
class Deviation:
    """What is taken as right although the contract says otherwise, and why."""

    operation: str  # a regular expression over `METHOD /path`
    why: str
    statuses: frozenset[int] = frozenset()  # that the operation may answer beyond the declared ones
    free: bool = False  # the body may be anything, although none is declared
    definition: str = ""  # the schema that is amended, and how
    amend: tuple[tuple[str, Any], ...] = ()  # (a path in it, its value; None takes it out)


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        r"PUT /contact_lists/\{list_id\}|PUT /contact_custom_fields/\{custom_field_id\}",
        "a name that is taken is 409 for POST; that PUT does not declare it is taken for an omission",
        statuses=frozenset({409}),
    ),
    Deviation(
        r"GET /account/emails",
        "confirm_time is observed with an offset without a colon, +0000, which is no RFC 3339",
        definition="AccountEmails",
        amend=(("items/properties/confirm_time/format", None),),
    ),
    Deviation(
        r"DELETE /contact_lists/\{list_id\}",
        "the guide's sample of this answer counts the lists, as the activity itself does",
        definition="ActivityDeleteListResponse",
        amend=(("properties/status", {"properties": {"list_count": {"type": "integer"}}}),),
    ),
    Deviation(
        r"POST /emails/activities/\{campaign_activity_id\}/non_opener_resends",
        "the guide shows an array of one; a switch answers that",
        definition="ResendToNonOpenersObject",
        amend=(("type", None),),
    ),
    Deviation(
        r"POST /partner/accounts/\{encoded_account_id\}/account_operations/sync",
        "it answers whatever the inner call answers, a conflict too",
        statuses=frozenset({409}),
        free=True,
    ),
    Deviation(
        r"(GET|PUT) /partner/accounts/\{encoded_account_id\}/plan",
        "the prose says that billing_day_of_month is null for trial accounts",
        definition="PlanTiersObject",
        amend=(("properties/billing_day_of_month/type", ["integer", "null"]),),
    ),
)


def present() -> bool:
    """Whether there is a contract to check against."""
    return CONTRACT.is_file()


def complaints(method: str, full_path: str, status: int, body: Any) -> list[str]:
    """What the contract has against an answer; nothing where it does not know the operation."""
    if not full_path.startswith(f"{PREFIX}/"):
        return []
    found = _operation(method, full_path.removeprefix(PREFIX))
    if found is None:
        return []
    operation, declared = found
    problems = [] if status in declared | GATEWAY | _extra(operation) else [f"{status} is not declared"]
    if status >= 400:
        problems += _envelope(operation, status, body)
    else:
        problems += _misfit(operation, status, body)
    return [f"{operation}: {status}: {problem}" for problem in problems]


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for deviation in DEVIATIONS:
        for path, value in deviation.amend:
            _amend(document["definitions"][deviation.definition], path.split("/"), value)
    return document


def _amend(schema: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        schema = schema[part]
    if value is None:
        del schema[path[-1]]
    else:
        schema[path[-1]] = value


@cache
def _paths() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Literal paths before those with parameters, and among these the ones with fewer first."""
    templates = sorted(_document()["paths"], key=lambda path: (path.count("{"), path))
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in templates)


def _operation(method: str, path: str) -> tuple[str, set[int]] | None:
    template = next((template for pattern, template in _paths() if pattern.fullmatch(path)), None)
    if template is None or method.lower() not in _document()["paths"][template]:
        return None
    responses = _document()["paths"][template][method.lower()]["responses"]
    return f"{method} {template}", {int(status) for status in responses}


@cache
def _extra(operation: str) -> set[int]:
    return {
        status
        for deviation in DEVIATIONS
        if re.fullmatch(deviation.operation, operation)
        for status in deviation.statuses
    }


@cache
def _is_free(operation: str) -> bool:
    return any(deviation.free for deviation in DEVIATIONS if re.fullmatch(deviation.operation, operation))


def _envelope(operation: str, status: int, body: Any) -> Iterator[str]:
    """Business errors are an array, those of the gateway and of the statistics (`StatsError`) an object."""
    errors = body if isinstance(body, list) else [body]
    if not errors:
        yield "an error without an error"
    for error in errors:
        if not isinstance(error, dict) or set(error) != {"error_key", "error_message"}:
            yield f"no error envelope: {error!r}"
        elif not all(isinstance(text, str) and text for text in error.values()):
            yield f"an error without words: {error!r}"
    if status in (401, 403, 429) and isinstance(body, list):
        yield "the gateway's errors are an object"
    if status in (400, 409) and not isinstance(body, list) and "/reports/stats/" not in operation:
        yield "errors of validation are an array"


def _misfit(operation: str, status: int, body: Any) -> list[str]:
    schema = _schema(operation, status)
    if schema is None:
        return [] if body is None or _is_free(operation) else ["the contract has no body here"]
    if _validator(operation, status).is_valid(body):
        return []
    words = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    problems = [f"{error.json_path}: {error.message[:300]}" for error in words.iter_errors(body)]
    return problems or [str(error)[:300] for error in _validator(operation, status).iter_errors(body)]


@cache
def _validator(operation: str, status: int) -> Any:
    return jsonschema_rs.Draft4Validator(_schema(operation, status) or {}, validate_formats=True)


@cache
def _schema(operation: str, status: int) -> dict[str, Any] | None:
    """The schema of a body, refusing what it does not name; None where there is no body."""
    method, template = operation.split(" ")
    response = _document()["paths"][template][method.lower()]["responses"].get(str(status), {})
    if "$ref" in response:
        response = _document()["responses"][response["$ref"].rpartition("/")[2]]
    if "schema" not in response:
        return None
    return {**_closed(deepcopy(response["schema"])), "definitions": _definitions()}


@cache
def _definitions() -> dict[str, Any]:
    return {name: _closed(deepcopy(schema)) for name, schema in _document()["definitions"].items()}


def _closed(schema: Any) -> Any:
    """A schema in which properties that it does not name are refused; `allOf` closes nothing by itself."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        name: _closed(value) if name not in ("example", "enum") else value for name, value in schema.items()
    }
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed

"""Checker: a schema as one function that says yes or no, fast.

jsonschema is the reference and words what is wrong, but it is slow to import and slower to run. This decides
which resources need its words; a property test holds the two to one verdict. Only the keywords that our
schemas use are known, and an unknown one is refused rather than passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias

from ccstate.core.values import Json
from ccstate.manifest import schemas

Check: TypeAlias = Callable[[Json], bool]

ANNOTATIONS: Final = frozenset(
    {"$schema", "$comment", "title", "description", "default", "examples", "errorMessage", "format"}
)


@cache
def for_schema(name: str) -> Check:
    """The check of a schema file."""
    return compile_check(schemas.read(name))


def compile_check(schema: Json) -> Check:
    """The check of a schema."""
    if isinstance(schema, bool):
        return _yes if schema else _no
    keywords = schema.keys() - ANNOTATIONS - _SIBLINGS
    unknown = keywords - _MAKERS.keys()
    if unknown:
        raise NotImplementedError(f"schema keywords {sorted(unknown)}")
    checks = []
    for of_type, some, make_some in _AT_ONCE:
        if schema.get("type") == of_type:
            checks.append(make_some(schema))
            keywords -= some
    makers = dict.fromkeys(_MAKERS[each] for each in schema if each in keywords)
    return _every([*checks, *(make(schema) for make in makers)])


def _yes(_: Json) -> bool:
    return True


def _no(_: Json) -> bool:
    return False


def _every(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        one, other = checks
        return lambda value: one(value) and other(value)

    def check(value: Json) -> bool:
        for each in checks:  # noqa: SIM110 - a generator would cost more than all checks
            if not each(value):
                return False
        return True

    return check


def _text(schema: Json) -> Check:
    """A text of a length, that looks like something."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", float("inf"))
    if "pattern" not in schema:
        return lambda value: isinstance(value, str) and least <= len(value) <= most
    search = re.compile(schema["pattern"]).search
    return lambda value: isinstance(value, str) and least <= len(value) <= most and search(value) is not None


def _object(schema: Json) -> Check:
    """A mapping that has some members, and others only as they are described."""
    required, known, check_other = tuple(schema.get("required", ())), *_known_and_others(schema)

    def check(value: Json) -> bool:
        if not isinstance(value, dict):
            return False
        for name in required:
            if name not in value:
                return False
        for name, item in value.items():
            found = known.get(name)
            if not (found(item) if found is not None else check_other(name, item)):
                return False
        return True

    return check


def _type(schema: Json) -> Check:
    wanted = schema["type"]
    if isinstance(wanted, str):
        return _TYPES[wanted]
    checks = [_TYPES[each] for each in wanted]
    return lambda value: any(check(value) for check in checks)


def _is_integer(value: Json) -> bool:
    """jsonschema counts 1.0 as an integer."""
    return type(value) is int or (type(value) is float and value.is_integer())


_TYPES: Final[dict[str, Check]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "number": lambda value: type(value) in (int, float),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _equal(one: Json, other: Json) -> bool:
    """As in JSON: true is not 1."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _enum(schema: Json) -> Check:
    allowed = schema["enum"]
    return lambda value: any(_equal(each, value) for each in allowed)


def _const(schema: Json) -> Check:
    wanted = schema["const"]
    return lambda value: _equal(wanted, value)


def _length(schema: Json) -> Check:
    least, most = schema.get("minLength", 0), schema.get("maxLength", float("inf"))
    return lambda value: not isinstance(value, str) or least <= len(value) <= most


def _pattern(schema: Json) -> Check:
    search = re.compile(schema["pattern"]).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _range(schema: Json) -> Check:
    least, most = schema.get("minimum"), schema.get("maximum")

    def check(value: Json) -> bool:
        if type(value) not in (int, float):
            return True
        return not (least is not None and value < least) and not (most is not None and value > most)

    return check


def _items(schema: Json) -> Check:
    each = compile_check(schema["items"])
    return lambda value: not isinstance(value, list) or all(map(each, value))


def _required(schema: Json) -> Check:
    names = tuple(schema["required"])

    def check(value: Json) -> bool:
        return not isinstance(value, dict) or all(name in value for name in names)

    return check


def _least_members(schema: Json) -> Check:
    least = schema["minProperties"]
    return lambda value: not isinstance(value, dict) or len(value) >= least


def _names(schema: Json) -> Check:
    each = compile_check(schema["propertyNames"])
    return lambda value: not isinstance(value, dict) or all(map(each, value))


def _members(schema: Json) -> Check:
    check = _object({name: each for name, each in schema.items() if name != "required"})
    return lambda value: not isinstance(value, dict) or check(value)


def _known_and_others(schema: Json) -> tuple[dict[str, Check], Callable[[str, Json], bool]]:
    """The check of each member with a name, and that of all others, by their names."""
    patterns = [
        (re.compile(pattern).search, compile_check(each))
        for pattern, each in schema.get("patternProperties", {}).items()
    ]
    known = {
        name: _every([compile_check(each), *(check for search, check in patterns if search(name))])
        for name, each in schema.get("properties", {}).items()
    }
    others = compile_check(schema.get("additionalProperties", True))

    def check_other(name: str, value: Json) -> bool:
        matching = [check for search, check in patterns if search(name)]
        if matching:
            return all(check(value) for check in matching)
        return others(value)

    return known, check_other


def _any_of(schema: Json) -> Check:
    checks = [compile_check(each) for each in schema["anyOf"]]
    return lambda value: any(check(value) for check in checks)


def _one_of(schema: Json) -> Check:
    checks = [compile_check(each) for each in schema["oneOf"]]
    return lambda value: sum(check(value) for check in checks) == 1


def _not(schema: Json) -> Check:
    check = compile_check(schema["not"])
    return lambda value: not check(value)


def _if(schema: Json) -> Check:
    condition = compile_check(schema["if"])
    then, otherwise = compile_check(schema.get("then", True)), compile_check(schema.get("else", True))
    return lambda value: then(value) if condition(value) else otherwise(value)


def _ref(schema: Json) -> Check:
    return compile_check(schemas.resolve(schema["$ref"]))


_MAKERS: Final[dict[str, Callable[[Json], Check]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minLength": _length,
    "maxLength": _length,
    "pattern": _pattern,
    "minimum": _range,
    "maximum": _range,
    "items": _items,
    "required": _required,
    "minProperties": _least_members,
    "propertyNames": _names,
    "properties": _members,
    "patternProperties": _members,
    "additionalProperties": _members,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "$ref": _ref,
}

_AT_ONCE: Final[tuple[tuple[str, frozenset[str], Callable[[Json], Check]], ...]] = (
    ("string", frozenset({"type", "minLength", "maxLength", "pattern"}), _text),
    (
        "object",
        frozenset({"type", "required", "properties", "patternProperties", "additionalProperties"}),
        _object,
    ),
)
"""The keywords that one function checks where the type is known: almost all of almost every schema."""

_SIBLINGS: Final = frozenset({"then", "else"})

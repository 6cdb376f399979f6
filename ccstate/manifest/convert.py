"""Convert: nodes -> JSON, as a schema wants it.

Texts stay texts wherever a schema wants a text, whatever they look like. Booleans and integers are read where
it wants those, and only from texts without quotes; what cannot be read stays a text, for the schema to
refuse. Where a schema leaves the type open, YAML 1.2's core types apply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, TypeAlias

from ccstate.core.values import Json
from ccstate.manifest import schemas
from ccstate.manifest.nodes import NULLS, Map, Node, Scalar, Seq, untyped

Convert: TypeAlias = Callable[[Node], Json]

_SCALARS: Final = frozenset({"string", "boolean", "integer", "number", "null"})
_FLAGS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})?(?:\.[0-9]{0,17})?(?:[eE][-+]?[0-9]{1,2})?")
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")


@cache
def for_schema(name: str) -> Convert:
    """The conversion of a schema file."""
    return compile_convert(schemas.read(name))


def compile_convert(schema: Json) -> Convert:
    """The conversion of a schema."""
    branches = _branches(schema)
    by_type = {each: branch for branch in reversed(branches) for each in _types(branch)}
    scalar, sequence, mapping = _scalar(by_type), _sequence(by_type), _mapping(by_type)
    if by_type and by_type.keys() <= _SCALARS:
        return scalar

    def convert(node: Node) -> Json:
        if type(node) is Scalar:
            return scalar(node)
        return sequence(node) if type(node) is Seq else mapping(node)

    return convert


def _branches(schema: Json) -> tuple[Json, ...]:
    """The alternatives that a schema allows: itself, or what it refers to and chooses between."""
    if isinstance(schema, bool):
        return ()
    if "$ref" in schema:
        return _branches(schemas.resolve(schema["$ref"]))
    choices = schema.get("anyOf", ()) if "type" not in schema else ()
    return tuple(branch for choice in choices for branch in _branches(choice)) or (schema,)


def _types(schema: Json) -> tuple[str, ...]:
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _scalar(by_type: Mapping[str, Json]) -> Convert:
    if not by_type:
        return core_typed
    if "string" in by_type:
        return _text
    flags, integers = "boolean" in by_type, "integer" in by_type

    def convert(node: Node) -> Json:
        if type(node) is Scalar and node.plain:
            if flags and node.text in _FLAGS:
                return _FLAGS[node.text]
            if integers and _INTEGER.fullmatch(node.text):
                return int(node.text)
        return untyped(node)

    return convert


def _text(node: Node) -> Json:
    if type(node) is Scalar:
        return None if node.plain and node.text in NULLS else node.text
    return untyped(node)


def _sequence(by_type: Mapping[str, Json]) -> Convert:
    if not by_type:
        return core_typed
    if "array" not in by_type:
        return untyped
    item = compile_convert(by_type["array"].get("items", True))
    return lambda node: [item(each) for each in node.items] if type(node) is Seq else untyped(node)


def _mapping(by_type: Mapping[str, Json]) -> Convert:
    if not by_type:
        return core_typed
    if "object" not in by_type:
        return untyped
    schema = by_type["object"]
    known = {name: compile_convert(each) for name, each in schema.get("properties", {}).items()}
    others = compile_convert(schema.get("additionalProperties", True))

    def convert(node: Node) -> Json:
        if type(node) is not Map:
            return untyped(node)
        return {key: known.get(key, others)(each) for key, each in node.members.items()}

    return convert


def core_typed(node: Node) -> Json:
    """A node by YAML 1.2's core schema; but a number with a leading zero is a text, as a ZIP code is."""
    if isinstance(node, Scalar):
        return _core_scalar(node.text) if node.plain else node.text
    if isinstance(node, Seq):
        return [core_typed(each) for each in node.items]
    return {key: core_typed(each) for key, each in node.members.items()}


def _core_scalar(text: str) -> Json:
    if text in _NULLS:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and any(digit.isdigit() for digit in text.lower().partition("e")[0]):
        return float(text)
    return text

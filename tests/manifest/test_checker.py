"""The fast checker against jsonschema: one verdict on everything, for every schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from ccstate.core.values import Json
from ccstate.manifest import checker, schemas

OURS = ("lists", "tags", "custom_fields", "segments", "campaigns", "project", "manifest", "lifecycle")


def reference(schema: Json) -> Any:
    registry: Any = Registry(retrieve=lambda uri: Resource.from_contents(schemas.resolve(uri)))  # type: ignore[call-arg]
    return Draft202012Validator(schema, registry=registry)


REFERENCES = {name: reference(schemas.read(name)) for name in OURS}

TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["US", "NO", "none", "delete", "string", "and", "a@b.c", "USD", " ", "[#", "a\n"]),
    st.integers(min_value=49, max_value=51).map(lambda count: "x" * count),
    st.integers(min_value=79, max_value=81).map(lambda count: "x" * count),
    st.integers(min_value=254, max_value=256).map(lambda count: "x" * count),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 400), st.floats(), TEXTS)
WORDS = sorted(
    {
        word
        for name in OURS
        for word in json.dumps(schemas.read(name)).replace('"', " ").replace(":", " ").split()
        if word.isidentifier() and word.islower() and len(word) < 24
    }
)


def members(schema: Json) -> st.SearchStrategy[Json]:
    """Values that come near to what a schema wants, and often miss."""
    if "$ref" in schema:
        return members(schemas.resolve(schema["$ref"]))
    if "anyOf" in schema:
        return st.one_of(*map(members, schema["anyOf"]), SCALARS)
    if "properties" in schema:
        known = {name: members(each) for name, each in schema["properties"].items()}
        full = st.fixed_dictionaries({}, optional={**known, "unknown": SCALARS})
        needed = {name: known[name] for name in schema.get("required", ()) if name in known}
        optional = {name: each for name, each in known.items() if name not in needed}
        return st.one_of(st.fixed_dictionaries(needed, optional=optional), full, SCALARS)
    if "items" in schema:
        return st.one_of(st.lists(members(schema["items"]), max_size=3), SCALARS)
    return st.one_of(st.sampled_from(schema["enum"]), SCALARS) if "enum" in schema else SCALARS


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_two_agree_on_values_that_come_near(name: str, data: st.DataObject) -> None:
    value = data.draw(members(schemas.read(name)))
    assert checker.for_schema(name)(value) is REFERENCES[name].is_valid(value)


ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=25, deadline=None)
@given(value=ANYTHING)
def test_the_two_agree_on_anything(name: str, value: Json) -> None:
    assert checker.for_schema(name)(value) is REFERENCES[name].is_valid(value)


KEYWORDS: list[Json] = [
    {"type": ["string", "null"]},
    {"enum": [0, 1, "x"]},
    {"const": 1},
    {"type": "number", "minimum": 0, "maximum": 4},
    {"pattern": "^a$"},
    {"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False},
    {"propertyNames": {"maxLength": 2}},
    {"not": {"required": ["a", "b"]}},
    {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"minProperties": 1}},
]


@pytest.mark.parametrize("schema", KEYWORDS, ids=json.dumps)
@settings(max_examples=40, deadline=None)
@given(
    value=st.one_of(
        SCALARS,
        st.just("a"),
        st.dictionaries(st.sampled_from(["a", "b", "x-c", "long"]), SCALARS, max_size=3),
    )
)
def test_the_two_agree_on_each_keyword(schema: Json, value: Json) -> None:
    assert checker.compile_check(schema)(value) is reference(schema).is_valid(value)


def test_a_keyword_that_the_checker_does_not_know_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="uniqueItems"):
        checker.compile_check({"uniqueItems": True})


def test_jsonschema_is_not_imported_by_the_package() -> None:
    """Asked of a fresh interpreter, because this one has it already."""
    example = Path(__file__).parents[2] / "examples" / "quickstart"
    code = (
        "import sys, pathlib\n"
        "from ccstate.kinds import discover\n"
        "from ccstate.manifest.project import load\n"
        f"project = load(pathlib.Path({str(example)!r}), discover())\n"
        "assert project.desired and not project.diagnostics, project.diagnostics\n"
        "print(sorted({'jsonschema', 'httpx', 'rich', 'click'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

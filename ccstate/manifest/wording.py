"""Wording: what is wrong with a resource, in plain words, from jsonschema's errors.

jsonschema is imported here, inside a function, and only when the fast check said no. A schema may carry its
own words in `errorMessage` (a text, or one per keyword), which editors show as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, Range, error, nearest
from ccstate.core.values import Json
from ccstate.manifest import checker, quoting, schemas
from ccstate.manifest.nodes import Map, Node, Scalar, Source, find, place, shorten, where

Path: TypeAlias = tuple[str | int, ...]

SchemaError: TypeAlias = Any
"""A jsonschema.ValidationError; naming the type would import it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is being worded: a node of a file, its name for the user, and where its key stands."""

    source: Source
    node: Node
    what: str
    origin: Range
    address: Address | None = None
    within: Path = ()
    """Where in the file the node stands, if a path inside it says too little."""


@dataclass(frozen=True, slots=True)
class _Words:
    code: str
    summary: str
    hint: str = ""
    detail: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class _Failed:
    """One of jsonschema's errors, where it is, and how messages call that place."""

    failure: SchemaError
    name: str
    path: Path
    subject: Subject


def word(schema_name: str, value: Json, subject: Subject) -> tuple[list[Diagnostic], frozenset[str]]:
    """Everything that a schema objects to, and the top fields concerned (`""` where it is the whole)."""
    found: dict[tuple[Path, str, str], Diagnostic] = {}
    fields: set[str] = set()
    errors = list(_best(_validator(schema_name).iter_errors(value)))
    # What has the wrong type breaks other rules too, but only because of that.
    mistyped = {tuple(each.absolute_path) for each in errors if each.validator == "type"}
    for each in errors:
        path: Path = tuple(each.absolute_path)
        if path in mistyped and each.validator != "type":
            continue
        for words in _words(each, path, subject):
            at = _range(subject, path, words.key)
            found.setdefault((path, words.code, words.key), _diagnostic(words, subject, at))
            fields.add(str(path[0]) if path else words.key)
    return list(found.values()), frozenset(fields)


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    registry: Any = Registry(retrieve=lambda uri: Resource.from_contents(schemas.resolve(uri)))  # type: ignore[call-arg]
    return Draft202012Validator(schemas.read(name), registry=registry)


def _best(errors: Iterable[SchemaError]) -> Iterator[SchemaError]:
    """Of alternatives, only the one whose type was written; the schema's own words where none was."""
    for each in errors:
        branches = _matching(each) if each.validator == "anyOf" else []
        branch = each.validator_value[branches[0]] if len(branches) == 1 else None
        if branch is not None and "const" not in branch and not _is_another_shape(each.instance, branch):
            yield from _best(inner for inner in each.context if inner.schema_path[0] == branches[0])
        else:
            yield each


def _matching(failure: SchemaError) -> list[int]:
    mistyped = {each.schema_path[0] for each in failure.context if list(each.schema_path)[1:] == ["type"]}
    return [index for index in range(len(failure.validator_value)) if index not in mistyped]


def _is_another_shape(value: Json, branch: Json) -> bool:
    """`- Apple: red` is a mapping, but not one of those that are wanted: rather a text without quotes."""
    known = branch.get("properties")
    return isinstance(value, dict) and bool(known and value) and not known.keys() & value.keys()


def _range(subject: Subject, path: Path, key: str) -> Range:
    if key:
        parent = find(subject.node, path)
        if type(parent) is Map and key in parent.keys:
            return place(subject.source.filename, parent.keys[key])
    return where(subject.source.filename, subject.node, path) or subject.origin


def _diagnostic(words: _Words, subject: Subject, at: Range) -> Diagnostic:
    return error(
        words.code, words.summary, detail=words.detail, hint=words.hint, address=subject.address, range=at
    )


def _words(failure: SchemaError, path: Path, subject: Subject) -> Iterator[_Words]:
    name = f"`{dotted((*subject.within, *path))}`" if path else subject.what
    own = _own_words(failure)
    if failure.validator in _BY_KEYWORD:
        yield from _BY_KEYWORD[failure.validator](_Failed(failure, name, path, subject))
    elif own:
        yield _Words(_code(failure), own if own.startswith("a ") else f"{name} {own}", hint=_hint(failure))
    else:
        yield _Words(_code(failure), f"{name} is not what is wanted here: {shorten(failure.message)}")


def _own_words(failure: SchemaError) -> str:
    """The schema's `errorMessage` for the keyword that failed."""
    if failure.validator == "not" and "errorMessage" in failure.validator_value:
        return str(failure.validator_value["errorMessage"])
    found = failure.schema.get("errorMessage", "")
    return str(found.get(failure.validator, "")) if isinstance(found, Mapping) else str(found)


def _code(failure: SchemaError) -> str:
    if failure.validator == "not":
        return "forbidden-text" if isinstance(failure.instance, str) else "bad-combination"
    return _CODES.get(failure.validator, "invalid-value")


def _hint(failure: SchemaError) -> str:
    instance = failure.instance
    return f"it is {shorten(repr(instance))}" if isinstance(instance, str) and instance else ""


def dotted(path: Path) -> str:
    """`from.email`, `choices.2`."""
    return ".".join(map(str, path))


# One function a keyword

Worded: TypeAlias = Iterator[_Words]


def _unknown(at: _Failed) -> Worded:
    allowed = tuple(sorted(at.failure.schema.get("properties", ())))
    patterns = at.failure.schema.get("patternProperties", ())
    known = {
        *allowed,
        *(each for each in at.failure.instance if any(each.startswith(p[1:]) for p in patterns)),
    }
    for each in at.failure.instance:
        if each not in known:
            meant = _nearest(each, allowed)
            hint = f"did you mean `{meant}`?" if meant else f"allowed are {', '.join(allowed)}"
            yield _Words("unknown-field", f"unknown field `{shorten(each)}` in {at.name}", hint, key=each)


@cache
def _nearest(word: str, allowed: tuple[str, ...]) -> str | None:
    """The same typo in a thousand resources is looked up once."""
    return nearest(shorten(word), allowed)


def _missing(at: _Failed) -> Worded:
    for each in at.failure.validator_value:
        if each not in at.failure.instance:
            known = at.failure.schema.get("properties", {}).get(each, {})
            summary = f"`{each}` is missing in {at.name}"
            yield _Words("missing-field", summary, known.get("description", ""), key=each)


def _mistyped(at: _Failed) -> Worded:
    wanted = at.failure.validator_value
    wanted = wanted if isinstance(wanted, str) else wanted[0]
    node = find(at.subject.node, at.path)
    if wanted == "string":
        yield _not_text(at, node)
    elif wanted == "boolean":
        hint = _flag_hint(at.failure.instance, at.path)
        yield _Words("wrong-type", f"{at.name} must be true or false", hint)
    elif wanted == "integer":
        hint = _integer_hint(at.failure.instance)
        yield _Words("wrong-type", f"{at.name} must be a whole number", hint)
    else:
        got = "has no value" if at.failure.instance is None else "has the wrong shape"
        yield _Words("wrong-type", f"{at.name} {got}", f"it must be {_SHAPES[wanted]}")


def _no_alternative(at: _Failed) -> Worded:
    """None of the shapes that are wanted; perhaps a text without quotes, where a text would do."""
    fix, line = _unquoted(at.subject.source, find(at.subject.node, at.path))
    texts = [each for each in at.failure.validator_value if each.get("type") == "string"]
    if fix is not None and any(checker.compile_check(each)(quoting.unquote(fix.quoted)) for each in texts):
        yield _quotes(at, fix, line)
    else:
        own = _own_words(at.failure) or "has the wrong shape"
        yield _Words("wrong-type", f"{at.name} {own}", _hint(at.failure))


def _quotes(at: _Failed, fix: quoting.Fix, line: str) -> _Words:
    field = str(at.path[-1]) if at.path and isinstance(at.path[-1], str) else ""
    detail = quoting.why(line[fix.begin : fix.end])
    summary = f"put {quoting.what(field)} in quotes"
    return _Words("yaml-needs-quotes", summary, fix.apply(line).strip(), detail)


def _not_text(at: _Failed, node: Node) -> _Words:
    """Mostly a text that YAML took apart, because it had no quotes."""
    fix, line = _unquoted(at.subject.source, node)
    if fix is not None:
        return _quotes(at, fix, line)
    if at.failure.instance is None:
        return _Words("empty-value", f"{at.name} has no value", 'write "" to empty it, or take the line out')
    got = "a list" if isinstance(at.failure.instance, list) else "a mapping"
    return _Words(
        "wrong-type", f"{at.name} must be a text, not {got}", "texts with special characters need quotes"
    )


def _unquoted(source: Source, node: Node) -> tuple[quoting.Fix | None, str]:
    """The line of a value that YAML mangled, and how to quote it, where it is one line."""
    begin, line = source.line_around(node.start.index)
    column = node.start.index - begin
    if isinstance(node, Scalar):
        return _unquoted_null(node, line, column), line
    if node.start.line == node.end.line and line[column : column + 1] in ("[", "{"):
        end = node.end.index - begin
        return quoting.Fix("", column, end, quoting.quote(line[column:end])), line
    if isinstance(node, Map) and len(node.members) == 1 and ": " in line[column:]:
        value = line[column:].rstrip()
        return quoting.Fix("", column, column + len(value), quoting.quote(value)), line
    return None, line


def _unquoted_null(node: Scalar, line: str, column: int) -> quoting.Fix | None:
    if node.text:
        return quoting.Fix("", column, column + len(node.text), quoting.quote(node.text))
    sign = line.find("#", column)
    if sign < 0 or line[column:sign].strip() or line[sign + 1 : sign + 2].isspace():
        return None
    value = line[sign:].rstrip()
    return quoting.Fix("", sign, sign + len(value), quoting.quote(value))


def _flag_hint(value: Json, path: Path) -> str:
    field = f"{path[-1]}: " if path and isinstance(path[-1], str) else ""
    text = str(value).strip().lower()
    if text in ("yes", "y", "on", "1", "true"):
        return f"{field}true"
    if text in ("no", "n", "off", "0", "false"):
        return f"{field}false"
    return f"{field}true, or {field}false"


def _integer_hint(value: Json) -> str:
    text = str(value).strip()
    return f"without quotes: {text}" if text.isascii() and text.isdigit() else f"it is {shorten(text)!r}"


def _too_long(at: _Failed) -> Worded:
    most, length = at.failure.validator_value, len(at.failure.instance)
    yield _Words("too-long", f"{at.name} is {length:,} characters long; at most {most:,} are allowed")


def _too_short(at: _Failed) -> Worded:
    yield _Words("empty-value", f"{at.name} is empty")


def _pattern(at: _Failed) -> Worded:
    if at.failure.validator_value == r"\S":
        yield _Words("empty-value", f"{at.name} is empty")
    else:
        own = _own_words(at.failure) or "has not the form that is wanted"
        yield _Words("bad-format", f"{at.name} {own}", _hint(at.failure))


def _not_listed(at: _Failed) -> Worded:
    allowed = [str(each) for each in at.failure.validator_value]
    given = str(at.failure.instance)
    meant = _nearest(given, tuple(allowed))
    hint = f"did you mean `{meant}`?" if meant else ""
    summary = f"{at.name} is {shorten(given)!r}; allowed are {', '.join(allowed)}"
    yield _Words("not-allowed", summary, hint)


def _other(at: _Failed) -> Worded:
    yield _Words("not-allowed", f"{at.name} must be {at.failure.validator_value!r}", _hint(at.failure))


def _out_of_range(at: _Failed) -> Worded:
    side = "at least" if at.failure.validator == "minimum" else "at most"
    yield _Words(
        "out-of-range", f"{at.name} is {at.failure.instance}; {side} {at.failure.validator_value} is allowed"
    )


_SHAPES: Final = {"object": "a mapping (key: value)", "array": "a list ([...], or lines with `- `)"}

_CODES: Final = {"oneOf": "bad-combination", "minProperties": "bad-combination"}

_BY_KEYWORD: Final[Mapping[str, Callable[[_Failed], Worded]]] = {
    "anyOf": _no_alternative,
    "additionalProperties": _unknown,
    "required": _missing,
    "type": _mistyped,
    "maxLength": _too_long,
    "minLength": _too_short,
    "pattern": _pattern,
    "enum": _not_listed,
    "const": _other,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
}

"""Compile: one section of one file -> `Desired` values, each field by its `Form`.

A resource with a mistake yields no `Desired`, but is still looked at as far as it goes, so that one run finds
everything. What needs the whole project (do references lead anywhere?) is `crosscheck`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from ccstate.core.address import KEY_PATTERN, Address, is_key
from ccstate.core.desired import Desired, Lifecycle, OnRemove
from ccstate.core.diagnostics import Diagnostic, Range, error
from ccstate.core.kind import Form, Kind, Kinds
from ccstate.core.values import EMPTY, UNSET, Fields, Json, Named, Ref, Value
from ccstate.core.values import references as references_in
from ccstate.manifest import checker, content, convert, references
from ccstate.manifest.nodes import Map, Node, Scalar, Source, place, shorten
from ccstate.manifest.places import Places

if TYPE_CHECKING:
    from ccstate.manifest.times import Mistake

LIFECYCLE: Final = "lifecycle"
FILE_SUFFIX: Final = "_file"
"""`html` may stand in the manifest, or `html_file` may name a file that holds it."""

_PLAIN = frozenset({Form.TEXT, Form.FLAG, Form.INTEGER, Form.OBJECT, Form.CHOICES})
_DEFAULT = Lifecycle()


class Reference(NamedTuple):
    """Something that a resource refers to, and the path of the field that does."""

    path: str
    to: Ref | Named


class Resource(NamedTuple):
    """One resource as far as it could be compiled; `desired` is None where that was not far enough.

    `fields` has what could be compiled in any case: what it refers to and how it is called is checked too.
    """

    address: Address
    origin: Range
    fields: Fields
    places: Mapping[str, Range]
    references: tuple[Reference, ...]
    desired: Desired | None

    def place(self, path: str) -> Range:
        """Where a field stands, or the nearest thing above it."""
        return Desired(self.address, self.fields, self.origin, self.places).place(path)


class _Shape(NamedTuple):
    """What is the same for all resources of a kind.

    `renamed` maps a key as written to the field that it compiles into; the fields `as_written` are compiled
    by leaving them as they are.
    """

    forms: Mapping[str, Form]
    renamed: Mapping[str, str]
    as_written: frozenset[str]
    convert: convert.Convert
    check: checker.Check

    @classmethod
    def of(cls, kind: Kind) -> _Shape:
        return cls(
            {each.name: each.form for each in kind.fields},
            {each.name + FILE_SUFFIX: each.name for each in kind.fields if each.form is Form.HTML},
            frozenset(each.name for each in kind.fields if each.form in _PLAIN - {Form.CHOICES}),
            convert.for_schema(kind.section),
            checker.for_schema(kind.section),
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What the resources of a project share."""

    kinds: Kinds
    files: content.HtmlFiles
    timezone: str = ""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _shapes: dict[str, _Shape] = field(default_factory=dict)

    def shape(self, kind: Kind) -> _Shape:
        """What is the same for all resources of a kind, worked out once."""
        found = self._shapes.get(kind.name)
        if found is None:
            found = self._shapes[kind.name] = _Shape.of(kind)
        return found

    def kind_called(self, word: str) -> str:
        """The kind that a word means, be it the kind's name or its section."""
        found = self.kinds.by_section().get(word) or self.kinds.get(word)
        return found.name if found else word


def section(node: Map, kind: Kind, source: Source, context: Context) -> Iterator[Resource]:
    """The resources of a section."""
    compiler = _Compiler(kind, source, context)
    for key, each in node.members.items():
        if is_key(key):
            yield compiler.resource(node.keys[key], each)
        else:
            context.diagnostics.append(_bad_key(key, place(source.filename, node.keys[key])))


def _bad_key(key: str, at: Range) -> Diagnostic:
    tidy = "".join(each if each.isascii() and each.isalnum() else "_" for each in key.lower()).strip("_")[:63]
    tidy = tidy if is_key(tidy) else f"x_{tidy}"[:63]
    hint = f"such as `{tidy}`; the name that people see goes into the resource ({KEY_PATTERN})"
    return error("bad-key", f"`{shorten(key)}` cannot be a key", hint=hint, range=at)


class _Compiler:
    """What is the same for all resources of one kind in one file."""

    def __init__(self, kind: Kind, source: Source, context: Context) -> None:
        self.kind = kind
        self.source = source
        self.context = context
        self.forms, self.renamed, as_written, self._convert, self._check = context.shape(kind)
        self.may_have_variables = "${" in source.text
        self._as_written = frozenset() if self.may_have_variables else as_written

    def resource(self, key: Scalar, node: Node) -> Resource:
        """One resource: converted, checked against its schema, compiled, checked by its kind."""
        address = Address(self.kind.name, key.text)
        origin = place(self.source.filename, key)
        value = self._convert(node)
        bad = frozenset() if self._check(value) else self._word(value, node, address, origin)
        if not isinstance(node, Map):
            return Resource(address, origin, {}, {}, (), None)
        places = Places(self.source.filename, node, self.renamed)
        if not bad and value.keys() <= self._as_written:
            desired = Desired(address, value, origin, places)
            self._complain(desired)
            return Resource(address, origin, value, places, (), desired)
        return self._in_full(address, origin, node, value, bad, places)

    def _in_full(
        self,
        address: Address,
        origin: Range,
        node: Map,
        value: Json,
        bad: frozenset[str],
        places: Places,
    ) -> Resource:
        """A resource with fields that are compiled one by one, or with mistakes."""
        one = _One(self, address, origin, node, places)
        fields = one.fields({name: each for name, each in value.items() if name not in bad} if bad else value)
        desired = None
        if not bad and not one.failed:
            lifecycle = _lifecycle(value[LIFECYCLE]) if LIFECYCLE in value else _DEFAULT
            desired = Desired(address, fields, origin, places, lifecycle, one.expect)
            self._complain(desired)
        return Resource(address, origin, fields, places, tuple(one.references), desired)

    def _word(self, value: Json, node: Node, address: Address, origin: Range) -> frozenset[str]:
        from ccstate.manifest import wording  # which a valid manifest does not need

        subject = wording.Subject(self.source, node, str(address), origin, address)
        told, bad = wording.word(self.kind.section, value, subject)
        self.context.diagnostics.extend(told)
        return bad

    def _complain(self, desired: Desired) -> None:
        """What the kind objects to."""
        for each in self.kind.check(desired):
            at, address = desired.place(each.path), desired.address
            told = Diagnostic(
                each.severity, each.code, each.summary, hint=each.hint, address=address, range=at
            )
            self.context.diagnostics.append(told)


def _lifecycle(value: Json) -> Lifecycle:
    return Lifecycle(value.get("protect", False), OnRemove(value.get("on_remove", OnRemove.DELETE)))


class _One:
    """One resource's fields, and what was found on the way."""

    def __init__(
        self, compiler: _Compiler, address: Address, origin: Range, node: Map, places: Places
    ) -> None:
        self.references: list[Reference] = []
        self.failed = False
        self.expect: Mapping[str, Json] = EMPTY
        self._compiler = compiler
        self._address = address
        self._origin = origin
        self._node = node
        self._places = places

    def fields(self, value: Json) -> dict[str, Value]:
        """The declared fields, compiled; one that cannot be is left out and told."""
        forms, renamed = self._compiler.forms, self._compiler.renamed
        plain = not self._compiler.may_have_variables
        fields: dict[str, Value] = {}
        for written, each in value.items():
            form = forms.get(written)
            if form in _PLAIN and (plain or (type(each) is str and "${" not in each)):
                fields[written] = _choices(each) if form is Form.CHOICES else each
            elif form is not None or written in renamed:
                found = self._compiled(form, written, each)
                if found is not UNSET:
                    fields[renamed.get(written, written)] = found
        return fields

    def _compiled(self, form: Form | None, written: str, value: Json) -> Value:
        match form:
            case None:
                return self._html_file(written, value)
            case Form.TEXT | Form.FLAG | Form.INTEGER | Form.OBJECT:
                return self._texts(value, written)
            case Form.CHOICES:
                return _choices(self._texts(value, written))
            case Form.HTML:
                return self._html(written, value)
            case Form.CRITERIA:
                return self._criteria(value, written)
            case Form.AUDIENCE:
                return self._audience(value, written)
            case Form.SCHEDULE:
                return self._schedule(value, written)
            case _:
                assert_never(form)

    def _tell(self, path: str, code: str, summary: str, hint: str = "", detail: str = "") -> None:
        self.failed = True
        at = Desired(self._address, {}, self._origin, self._places).place(path)
        self._compiler.context.diagnostics.append(
            error(code, summary, detail=detail, hint=hint, address=self._address, range=at)
        )

    def _texts(self, value: Json, path: str) -> Json:
        """Texts as written; `${var.x}` is kept free."""
        if isinstance(value, str):
            if references.has_variable(value):
                self._tell(
                    path, "reserved-word", references.RESERVED_VARIABLE, "`$${var.` is a plain `${var.`"
                )
            return references.unescape(value)
        if isinstance(value, list):
            return [self._texts(each, f"{path}.{index}") for index, each in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._texts(each, f"{path}.{key}") for key, each in value.items()}
        return value

    # Content

    def _html(self, written: str, value: str) -> Value:
        node = self._node.members[written]
        if isinstance(node, Scalar):
            self._add(content.inline(self._compiler.source, node, value))
        return value

    def _html_file(self, written: str, value: str) -> Value:
        filename = self._compiler.source.filename
        at = place(filename, self._node.members[written])
        found = self._compiler.context.files.html(filename, value, at)
        self._add(found.mistakes)
        return found.text

    def _add(self, mistakes: Iterable[Diagnostic]) -> None:
        for each in mistakes:
            self.failed = True
            self._compiler.context.diagnostics.append(each._replace(address=self._address))

    # References

    def _criteria(self, value: Json, path: str) -> Value:
        if isinstance(value, str):
            found = references.interpolate(value, partial(self._tell, path))
            self.references += (Reference(path, each) for each in references_in(found))
            return found
        if isinstance(value, list):
            return [self._criteria(each, f"{path}.{index}") for index, each in enumerate(value)]
        if isinstance(value, dict):
            return {key: self._criteria(each, f"{path}.{key}") for key, each in value.items()}
        return value

    def _audience(self, value: Json, path: str) -> Value:
        """`lists` is a section and `segment` a kind: the words say what the keys under them are keys of."""
        audience: dict[str, Value] = {}
        self.expect = _expectation(value.get("expect", EMPTY))
        for word, each in value.items():
            if word == "expect":
                continue
            kind = self._compiler.context.kind_called(word)
            if isinstance(each, list):
                found = [self._member(item, kind, f"{path}.{word}.{i}") for i, item in enumerate(each)]
                self._refuse_twice(found, f"{path}.{word}")
                audience[word] = found
            else:
                audience[word] = self._member(each, kind, f"{path}.{word}")
        return audience

    def _member(self, value: Json, kind: str, path: str) -> Ref | Named:
        to = Ref(Address(kind, value)) if isinstance(value, str) else Named(kind, value["name"])
        self.references.append(Reference(path, to))
        return to

    def _refuse_twice(self, found: list[Ref | Named], path: str) -> None:
        seen: set[Ref | Named] = set()
        for index, each in enumerate(found):
            if each in seen:
                self._tell(f"{path}.{index}", "duplicate-reference", "this stands in the list twice")
            seen.add(each)

    # Times

    def _schedule(self, value: Json, path: str) -> Value:
        if isinstance(value, str):
            return None
        from ccstate.manifest import times  # zones, which most projects have few of or none

        zone = value.get("timezone", self._compiler.context.timezone)
        if zone and times.zone(zone) is None:
            self._mistaken(times.unknown_zone(zone), path)
            zone = "UTC"
        found = times.moment(value["at"], zone, value.get("fold"))
        if isinstance(found, times.Mistake):
            self._mistaken(found, path)
            return UNSET
        return {"at": found.at, "local": found.local, "timezone": found.timezone}

    def _mistaken(self, mistake: Mistake, path: str) -> None:
        self._tell(f"{path}.{mistake.field}", mistake.code, mistake.summary, mistake.hint)


def _expectation(value: Mapping[str, Json]) -> Mapping[str, Json]:
    """`expect` of an audience, growth as a number of percent."""
    growth = value.get("max_growth")
    return value if growth is None else {**value, "max_growth": float(growth.rstrip("% "))}


def _choices(value: Json) -> Json:
    return [{"label": each} if isinstance(each, str) else each for each in value]

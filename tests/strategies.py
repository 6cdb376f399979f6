"""Strategies for properties: values, desired resources, and whole manifests as plain dicts.

`manifests()` gives what a user could write in YAML: {section: {key: resource}}, with names that an account
takes, references that exist, and schedules from 2035 on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from ccstate.core.address import Address
from ccstate.core.desired import Desired, Lifecycle, OnRemove
from ccstate.core.diagnostics import Position, Range
from ccstate.core.kind import Kinds
from ccstate.core.live import Live
from ccstate.core.state import Binding, State
from ccstate.core.values import Json, Ref, Value, memo, same_name

Manifest: TypeAlias = dict[str, dict[str, dict[str, Any]]]

FIRST: Final = datetime(2035, 1, 1, tzinfo=UTC)
SENDER: Final = {"name": "Jo Bloggs", "email": "owner@example.com"}

KEYS: Final = st.from_regex(r"[a-z][a-z0-9_-]{0,7}", fullmatch=True)
_LETTERS: Final = "abcdeXYZ äßé0179&'\"-_.!"
TEXTS: Final = st.text(alphabet=_LETTERS, min_size=1, max_size=20).map(str.strip).filter(bool)
ZONES: Final = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"])


def names(limit: int = 40) -> st.SearchStrategy[str]:
    """Names that an account takes: trimmed, not empty, no `<` or `>`."""
    return st.text(alphabet=_LETTERS, min_size=1, max_size=limit).map(str.strip).filter(bool)


def instants(days: int = 300) -> st.SearchStrategy[datetime]:
    """Whole minutes from 2035 on."""
    return st.integers(1, days * 24 * 60).map(lambda minutes: FIRST + timedelta(days=30, minutes=minutes))


@st.composite
def _section(
    draw: st.DrawFn,
    resource: st.SearchStrategy[dict[str, Any]],
    most: int,
    key_field: str = "name",
    least: int = 0,
    limit: int = 40,
) -> dict[str, dict[str, Any]]:
    """Keys to resources, the natural keys unique as the service compares them."""
    keys = draw(st.lists(KEYS, unique=True, min_size=least, max_size=most))
    unique = st.lists(names(limit), unique_by=_derived, min_size=len(keys), max_size=len(keys))
    return {key: {key_field: name, **draw(resource)} for key, name in zip(keys, draw(unique), strict=True)}


def _derived(name: str) -> str:
    """Distinct also as the technical names of custom fields."""
    return "_".join(same_name(name).replace("_", " ").split())


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


LIST_FIELDS: Final = _optional(description=st.just("") | TEXTS, favorite=st.booleans())
TAG_FIELDS: Final = _optional(tag_source=TEXTS)


@st.composite
def field_fields(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a custom field that belong together."""
    holds = draw(st.sampled_from(["string", "text_area", "boolean", "date", "number", "single_select"]))
    if holds != "single_select":
        return {"type": holds}
    labels = draw(st.lists(names(12), unique_by=same_name, min_size=1, max_size=4))
    shown = draw(_optional(display_type=st.sampled_from(["dropdown", "radio"])))
    return {"type": holds, "choices": labels, **shown}


def _tracking() -> st.SearchStrategy[dict[str, Any]]:
    def condition(field: str, param: int) -> dict[str, Any]:
        window = {"const_value": "last-n-campaigns", "param": str(param)}
        return {"source": "tracking", "field": field, "op": "contains-any", **window}

    return st.builds(condition, st.sampled_from(["opened", "not_opened", "clicked"]), st.integers(1, 500))


def _any_of(source: str, field: str, ids: list[str]) -> dict[str, Any]:
    conditions = [{"source": source, "field": field, "op": "eq", "value": each} for each in ids]
    return {"type": "or", "group": conditions}


@st.composite
def criteria(draw: st.DrawFn, lists: list[str], tags: list[str]) -> dict[str, Any]:
    """Documented criteria whose ids are references, as they stand in a manifest."""
    members: list[dict[str, Any]] = draw(st.lists(_tracking(), min_size=1, max_size=3))
    if bool(lists) and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(lists), unique=True, min_size=1, max_size=2))
        members.append(_any_of("contact", "list_membership", [f"${{list.{each}}}" for each in chosen]))
    if bool(tags) and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(tags), unique=True, min_size=1, max_size=2))
        members.append(_any_of("tags", "tag_id", [f"${{tag.{each}}}" for each in chosen]))
    return {"type": "and", "group": members}


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, str]:
    """A wall clock and its zone, at an hour that no zone skips or repeats."""
    moment = draw(instants()).replace(hour=draw(st.integers(8, 20)))
    return {"at": moment.strftime("%Y-%m-%dT%H:%M"), "timezone": draw(ZONES)}


@st.composite
def audiences(draw: st.DrawFn, lists: list[str], segments: list[str]) -> dict[str, Any]:
    """Lists, or one segment, by their keys."""
    if bool(segments) and draw(st.booleans()):
        return {"segment": draw(st.sampled_from(segments))}
    return {"lists": draw(st.lists(st.sampled_from(lists), unique=True, min_size=1, max_size=3))}


HTML: Final = st.builds(
    "<html><body>[[trackingImage]]<p>{}</p></body></html>".format, st.text("abc é", max_size=30)
)


@st.composite
def campaign_fields(draw: st.DrawFn, lists: list[str], segments: list[str]) -> dict[str, Any]:
    """A draft, or a scheduled campaign with somebody to get it."""
    fields: dict[str, Any] = {"from": dict(SENDER), "subject": draw(TEXTS), "html": draw(HTML)}
    fields |= draw(_optional(preheader=TEXTS))
    if draw(st.booleans()):
        fields["audience"] = draw(audiences(lists, segments))
        if draw(st.booleans()):
            fields["schedule"] = draw(schedules())
    return fields


@st.composite
def manifests(draw: st.DrawFn, most: int = 3) -> Manifest:
    """A project that validates: at least one list, everything that is referred to is declared."""
    lists = draw(_section(LIST_FIELDS, most, least=1))
    tags = draw(_section(TAG_FIELDS, most))
    fields = draw(_section(field_fields(), most, key_field="label"))
    segments = draw(_section(st.builds(dict, criteria=criteria(list(lists), list(tags))), most))
    campaigns = draw(_section(campaign_fields(list(lists), list(segments)), most))
    sections = {
        "lists": lists,
        "tags": tags,
        "custom_fields": fields,
        "segments": segments,
        "campaigns": campaigns,
    }
    return {section: resources for section, resources in sections.items() if resources}


# Desired, live, state


@st.composite
def list_desired(draw: st.DrawFn) -> Desired:
    """One list of a manifest, compiled."""
    address = Address("list", draw(KEYS))
    fields = {"name": draw(names()), **draw(LIST_FIELDS)}
    return Desired(address, fields, Range("lists.yaml", Position(1, 3)), lifecycle=draw(LIFECYCLES))


LIFECYCLES: Final = st.builds(Lifecycle, st.booleans(), st.sampled_from(list(OnRemove)))
ADDRESSES: Final = st.builds(Address, st.sampled_from(["list", "tag", "segment"]), KEYS, st.just(""))
JSON: Final[st.SearchStrategy[Json]] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
REFERENCES: Final = st.builds(Ref, ADDRESSES)
VALUES: Final[st.SearchStrategy[Value]] = st.recursive(
    JSON | REFERENCES, lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@st.composite
def list_live(draw: st.DrawFn) -> Live:
    """One list of an account."""
    name = draw(names())
    fields = {"name": name, "description": draw(st.just("") | TEXTS), "favorite": draw(st.booleans())}
    members = {"members": draw(st.integers(0, 10_000))}
    return Live("list", draw(st.uuids()).hex, name, fields, extra=members)


@st.composite
def bindings(draw: st.DrawFn) -> Binding:
    """Any line of state."""
    applied = draw(
        st.dictionaries(st.sampled_from(["name", "description", "html"]), JSON.map(memo), max_size=3)
    )
    return Binding(
        remote_id=draw(st.uuids()).hex,
        natural_key=draw(names()),
        sub_ids=draw(_optional(activity_id=TEXTS)),
        applied=applied,
        observed={name: value for name, value in applied.items() if draw(st.booleans())},
        depends_on=tuple(sorted(draw(st.sets(ADDRESSES, max_size=3)))),
        lifecycle=draw(LIFECYCLES),
        sent=draw(st.booleans()),
        tainted=draw(st.booleans()),
        deposed=tuple(draw(st.lists(TEXTS, max_size=2))),
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any state."""
    return State(
        lineage=draw(st.uuids()).hex,
        serial=draw(st.integers(0, 99)),
        account_id=draw(TEXTS),
        bindings=draw(st.dictionaries(ADDRESSES, bindings(), max_size=4)),
        references=draw(st.dictionaries(names().map('list:"{}"'.format), TEXTS, max_size=2)),
    )


def keys_are_unique(manifest: Manifest, kinds: Kinds) -> bool:
    """Whether no two resources of a kind have one natural key, or one derived name."""
    for kind in kinds:
        resources = list(manifest.get(kind.section, {}).values())
        for unique in kind.unique:
            if len({unique.of(each) for each in resources}) < len(resources):
                return False
    return True

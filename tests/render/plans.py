"""Plans for tests of documents and of rendering: small ones by hand, any at all by hypothesis."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ccstate.core.address import Address
from ccstate.core.audience import Held, Member, Reach
from ccstate.core.desired import Lifecycle, OnRemove
from ccstate.core.diagnostics import Diagnostic, Position, Range, Severity
from ccstate.core.live import Account
from ccstate.core.plan import (
    Action,
    BasedOn,
    Budget,
    Cause,
    Change,
    Drift,
    FieldChange,
    Memory,
    Override,
    Plan,
    Status,
    Step,
    Undo,
)
from ccstate.core.state import Binding

SCHEMAS: Final = Path(__file__).parents[2] / "schemas"
LIVE: Final = Account("a07e1l4x1vq3", "Example Shop", emulated=False, time_zone="America/New_York")


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one of our schemas."""
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))


def at(text: str) -> Address:
    return Address.parse(text)


def place(filename: str, line: int, column: int = 3) -> Range:
    return Range(filename, Position(line, column))


def change(address: str, action: Action, **members: Any) -> Change:
    return Change(at(address), at(address).kind, action, **members)


def update(address: str, *fields: FieldChange, **members: Any) -> Change:
    return change(address, Action.UPDATE, fields=fields, **members)


def differs(path: str, before: Any, after: Any, cause: Cause = Cause.CHANGED, **members: Any) -> FieldChange:
    return FieldChange(path, before, after, cause, **members)


def step(number: int, verb: str, *addresses: str, **members: Any) -> Step:
    return Step(f"s{number}", tuple(at(each) for each in addresses), verb, "PUT", ("/somewhere",), **members)


def plan_of(*changes: Change, **members: Any) -> Plan:
    return Plan(LIVE, BasedOn("lineage", 3, "sha256:0"), changes, **members)


# Any plan at all

_texts = st.text(st.characters(codec="utf-8"), max_size=12)
_words = st.text("abcdefgh", min_size=1, max_size=8)
_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts
)
_json = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3)
)
_members = st.dictionaries(_words, _json, max_size=3)
_strings = st.dictionaries(_words, _texts, max_size=3)
_instances = st.text(st.characters(codec="utf-8", exclude_characters="[]"), max_size=6)
_addresses = st.builds(Address, st.sampled_from(["list", "campaign", "custom_field"]), _words, _instances)
_positions = st.builds(Position, st.integers(1, 9999), st.integers(1, 200))
_ranges = st.builds(Range, _texts, _positions, st.none() | _positions)


def _few(items: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, min_size=least, max_size=3).map(tuple)


diagnostics = st.builds(
    Diagnostic,
    st.sampled_from(Severity),
    st.just("some-code"),
    _texts,
    _texts,
    _texts,
    st.none() | _addresses,
    st.none() | _ranges,
)
_fields = st.builds(
    FieldChange,
    path=_texts,
    before=_json,
    after=_json,
    cause=st.sampled_from(Cause),
    after_unknown=st.booleans(),
    forces_replace=st.booleans(),
    place=st.none() | _ranges,
)
_ids = st.integers(1, 999).map(lambda number: f"s{number}")
_references = st.builds(lambda address: {"$ref": str(address), "attr": "remote_id"}, _addresses)
_steps = st.builds(
    Step,
    id=_ids,
    addresses=_few(_addresses, 1),
    verb=_words,
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    path=_few(_texts | _references, 1),
    query=_strings,
    body=_json,
    after=_few(_ids),
    unit=_texts,
    capture=_strings,
    applies=_few(_words),
    clears=_few(_words),
    observes=st.booleans(),
    expect=_members,
    wait=_texts,
    deposed=_texts,
)
_memories = st.builds(
    Memory,
    remote_id=_texts,
    natural_key=_texts,
    applied=_members,
    kept=_members,
    depends_on=_few(_addresses),
    lifecycle=st.builds(Lifecycle, st.booleans(), st.sampled_from(OnRemove)),
    sub_ids=_strings,
    observed=_members,
    sent=st.booleans(),
    tainted=st.booleans(),
    deposed=_few(_texts),
    contacts=st.none() | st.integers(0),
)
_reaches = st.builds(Reach, st.none() | st.integers(0), st.booleans(), st.integers(0)).map(Reach.to_json)
_reached = st.fixed_dictionaries(
    {
        "before": st.none() | _reaches,
        "after": _reaches,
        "members": _few(
            st.builds(
                Member, _texts, _texts, st.none() | st.integers(0), st.sampled_from(("list", "segment"))
            ).map(lambda each: each._asdict())
        ).map(list),
        "send": st.none()
        | st.builds(
            lambda held, at, made: {**held.to_json(), "at": at, "made": made, "redefined": made},
            st.builds(Held, st.just({"min": 1, "max_growth": 2.5}), st.none() | st.integers(0), st.none()),
            _texts,
            st.lists(_texts, max_size=2),
        ),
    }
)
_impacts = st.fixed_dictionaries(
    {},
    optional={
        "loses": _texts,
        "contacts": st.integers(0),
        "sends": st.lists(_texts, min_size=1, max_size=3),
        "audience": _reached,
    },
)
changes = st.builds(
    Change,
    address=_addresses,
    kind=_words,
    action=st.sampled_from(Action),
    reason=_texts,
    previous_address=st.none() | _addresses,
    status=st.sampled_from(Status),
    before=_members,
    after=_members,
    after_unknown=_few(_words),
    fields=_few(_fields),
    steps=_few(_ids),
    undo=st.sampled_from(Undo),
    impact=_impacts,
    origin=st.none() | _ranges,
    natural_key=_texts,
    remote_id=_texts,
    fingerprint=_texts,
    assumed=_members,
    memory=st.none() | _memories,
    deposed=st.booleans(),
    flags=_few(_words),
)
_overrides = st.builds(Override, st.just("--allow-data-loss"), st.none() | _addresses, _texts)
_sizes = st.dictionaries(_words, st.integers(0), max_size=2)
_bindings = st.builds(
    Binding,
    remote_id=_texts,
    natural_key=_texts,
    sub_ids=_strings,
    applied=_members,
    observed=_members,
    depends_on=_few(_addresses),
    lifecycle=st.builds(Lifecycle, st.booleans(), st.sampled_from(OnRemove)),
    sent=st.booleans(),
    tainted=st.booleans(),
    deposed=_few(_texts),
)
plans = st.builds(
    Plan,
    account=st.builds(Account, _texts, _texts, st.booleans(), _texts),
    based_on=st.builds(BasedOn, _texts, st.integers(0), _texts, _sizes),
    changes=_few(changes),
    steps=_few(_steps),
    drift=_few(st.builds(Drift, _addresses, _few(_fields), st.none() | _ranges, _texts)),
    diagnostics=_few(diagnostics),
    budget=st.builds(
        Budget,
        *(st.integers(0) for _ in range(3)),
        st.integers(1),
        st.integers(0),
        st.dictionaries(_texts, st.integers(1), max_size=3),
    ),
    blobs=_strings,
    references=_strings,
    recovered=st.dictionaries(_addresses, st.none() | _bindings, max_size=2),
    destroy=st.booleans(),
    overrides=_few(_overrides),
    consent=st.just({})
    | st.fixed_dictionaries(
        dict.fromkeys(("total", "explicit", "implicit", "pending", "unsubscribed"), st.integers(0))
    ),
)

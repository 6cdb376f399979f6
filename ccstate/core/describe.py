"""Describe: from decisions to changes, as a reader sees them: addresses for ids, moments with their zones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from ccstate.core import diff, guard
from ccstate.core.address import Address
from ccstate.core.decide import LEFT_OUT, Decision
from ccstate.core.diagnostics import Range
from ccstate.core.kind import Form, Kind, Stance
from ccstate.core.live import Live
from ccstate.core.match import Match
from ccstate.core.plan import Action, Cause, Change, Drift, FieldChange, Status, Step, Undo
from ccstate.core.remember import remember
from ccstate.core.values import (
    UNSET,
    Json,
    Named,
    Ref,
    Value,
    digest,
    has_unknown,
    is_digest,
    memo,
    replace_leaves,
)


class Names:
    """Ids back to words: the address that owns one, or the name that the manifest gave an unmanaged one."""

    def __init__(
        self, decisions: Iterable[Decision], same: Iterable[Match], named: Mapping[Named, str]
    ) -> None:
        self._decisions, self._same, self._named = decisions, same, named

    @cached_property
    def _owners(self) -> dict[str, Named | Address]:
        owners: dict[str, Named | Address] = {
            remote_id: each for each, remote_id in self._named.items() if remote_id
        }
        owners |= {each.remote_id: each.address for each in self._same}
        owners |= {
            each.match.live.remote_id: each.address for each in self._decisions if each.match.live is not None
        }
        return owners

    def show(self, kind: Kind, name: str, value: Value) -> Json:
        """A value as a reader knows it: addresses for ids, a moment with its zone."""
        if value is UNSET or value is None:
            return None
        form = kind.field(name).form
        if form is Form.SCHEDULE:
            return _moment(value)
        if form is Form.CHOICES:
            return [each["label"] if isinstance(each, Mapping) else each for each in value]
        if form in (Form.AUDIENCE, Form.CRITERIA):
            return replace_leaves(value, self._leaf)
        return replace_leaves(value, lambda leaf: leaf)

    def _leaf(self, leaf: Value) -> Json:
        if isinstance(leaf, Ref):
            return str(leaf.address)
        if isinstance(leaf, str):
            return str(self._owners.get(leaf, leaf))
        parts = getattr(leaf, "parts", None)
        if parts is not None:
            return "".join(str(self._leaf(part)) for part in parts)
        return leaf


def _moment(value: Value) -> Json:
    if isinstance(value, Mapping) and value.get("timezone"):
        return f"{value['local']} {value['timezone']} ({value['at']})"
    return value.get("at") if isinstance(value, Mapping) else value


def field_changes(each: Decision, names: Names) -> tuple[FieldChange, ...]:
    if not each.diffs:
        return ()
    return tuple(change for found in each.diffs for change in _words(found, each, names))


def _words(found: diff.FieldDiff, each: Decision, names: Names) -> Iterable[FieldChange]:
    name = found.field.name
    unknown = has_unknown(each.resolved.get(name)) if each.resolved else False
    desired = each.match.desired
    before, after = (
        names.show(each.kind, name, found.before),
        names.show(each.kind, name, each.want.get(name)),
    )
    after = None if after in ("", [], {}) else after
    before = None if before in ("", [], {}) else before
    cause = found.cause
    left = desired is not None and name not in desired.fields
    if left and each.match.binding is not None and name in each.match.binding.applied:
        cause = Cause.CLEARED
    # A new id under the same address words the same on both sides, but is a change all the same.
    for path, was, will in tuple(_places(found, before, after, each.want.get(name))) or (
        (name, before, after),
    ):
        yield FieldChange(
            path=path,
            before=was,
            after=will,
            cause=cause,
            after_unknown=unknown,
            forces_replace=found.field.forces_replace,
            place=desired.place(_dotted(path)) if desired and name in desired.fields else None,
        )


def _places(
    found: diff.FieldDiff, before: Json, after: Json, wanted: Value
) -> Iterator[tuple[str, Json, Json]]:
    """Where a field differs; a choice that keeps its id under a new label is told as a rename."""
    labels = before or []
    renamed: dict[str, str] = {}
    if found.field.form is Form.CHOICES:
        renamed = {
            each["was"]: each["label"]
            for each in wanted or ()
            if each.get("was") in labels and each["label"] not in labels
        }
    for was, label in renamed.items():
        yield f"{found.field.name}[{was}]", was, label
    if renamed:
        before = [renamed.get(label, label) for label in labels]
    if not renamed or before != after:
        yield from diff.word(found.field.name, before, after)


def _dotted(path: str) -> str:
    return path.replace("[", ".").replace("]", "")


_GONE = "it is gone from the account"


def note(stance: Stance, drifted: frozenset[str], *, gone: bool = False) -> str:
    """What becomes of drift where it is not simply corrected."""
    if gone and stance.status is Status.HELD:
        return f"{_GONE}, and is not made again"
    if gone:
        return _GONE
    held = sorted(drifted & stance.skip) if stance.status is Status.HELD else ()
    return f"held: {', '.join(held)} is left so" if held else ""


def drift(each: Decision, names: Names) -> Iterable[Drift]:
    desired = each.match.desired
    if _is_missed_by_us(each) and each.reason != LEFT_OUT:
        what = _GONE if each.made_anew else note(each.stance, frozenset(), gone=True)
        yield Drift(each.address, (), desired.origin if desired else None, what)
    if each.comparison is None or not each.comparison.drifted:
        return
    fields = tuple(
        FieldChange(path, was, will, Cause.DRIFT, place=desired.place(_dotted(path)) if desired else None)
        for found in each.comparison.drifted
        for path, was, will in diff.word(
            found.field.name,
            names.show(each.kind, found.field.name, found.before),
            names.show(each.kind, found.field.name, found.after),
        )
    )
    drifted = frozenset(found.field.name for found in each.comparison.drifted)
    yield Drift(each.address, fields, desired.origin if desired else None, note(each.stance, drifted))


def _is_missed_by_us(each: Decision) -> bool:
    """Whether somebody deleted what is managed and wanted; what we half replaced ourselves does not count."""
    match = each.match
    if match.desired is None or match.binding is None or match.binding.tainted or match.binding.sent:
        return False
    return match.live is None or match.live.gone


def steps_by_address(steps: tuple[Step, ...]) -> Mapping[Address, tuple[str, ...]]:
    """The ids of each address's steps, in order."""
    found: dict[Address, list[str]] = defaultdict(list)
    for step in steps:
        for address in step.addresses:
            found[address].append(step.id)
    return {address: tuple(ids) for address, ids in found.items()}


def describe(
    each: Decision,
    fields: tuple[FieldChange, ...],
    names: Names,
    calls: Mapping[Address, tuple[str, ...]],
    blobs: dict[str, str],
) -> Change:
    live = each.match.live
    shown = {found.field.name for found in each.diffs}
    before: dict[str, Json] = {}
    after: dict[str, Json] = {}
    if each.action in (Action.CREATE, Action.REPLACE):
        after = {name: names.show(each.kind, name, value) for name, value in sorted(each.want.items())}
    elif shown:
        after = {name: names.show(each.kind, name, each.want.get(name)) for name in sorted(shown)}
    if each.removes and live is not None:
        before = {name: names.show(each.kind, name, value) for name, value in sorted(live.fields.items())}
    elif shown:
        before = {
            found.field.name: names.show(each.kind, found.field.name, found.before) for found in each.diffs
        }
    lost = guard.losses(each)
    key = natural_key(each)
    touched = live is not None and _is_touched(each)
    assumed = assumptions(each.kind, live) if live is not None and touched else {}
    return Change(
        address=each.address,
        kind=each.kind.name,
        action=each.action,
        reason=each.reason,
        previous_address=each.match.previous_address,
        status=each.status,
        before=before,
        after=after,
        after_unknown=_unknown(each),
        fields=fields,
        steps=calls.get(each.address, ()),
        undo=_undo(each, fields),
        impact={"loses": lost} if lost else {},
        origin=_origin(each),
        natural_key=key,
        remote_id=live.remote_id if live else "",
        fingerprint=_fingerprint(live, assumed) if live is not None and touched else "",
        assumed=assumed,
        memory=remember(each, key, blobs),
        flags=_flags(each),
        deposed=bool(each.match.binding and each.match.binding.deposed),
    )


def _origin(each: Decision) -> Range | None:
    """Where the manifest says so: the resource, or the block that takes it out."""
    if each.match.desired is not None:
        return each.match.desired.origin
    return each.match.block.origin if each.match.block is not None else None


def _unknown(each: Decision) -> tuple[str, ...]:
    if each.comparison is not None and len(each.comparison.wanted) == len(each.resolved):
        return ()  # memos are made of what is known
    return tuple(sorted(name for name, value in each.resolved.items() if has_unknown(value)))


def _is_touched(each: Decision) -> bool:
    return each.action not in (Action.NOOP, Action.FORGET)


def natural_key(each: Decision) -> str:
    if each.want:
        return str(each.want[each.kind.natural_key])
    if each.match.live is not None and each.match.live.natural_key:
        return each.match.live.natural_key
    return each.match.binding.natural_key if each.match.binding else ""


def _undo(each: Decision, fields: tuple[FieldChange, ...]) -> Undo:
    live = each.match.live
    if each.action is Action.CREATE:
        fields = tuple(
            FieldChange(name, None, None, Cause.CHANGED)
            for name, value in each.want.items()
            if value not in (None, "")
        )
    if each.action is Action.DELETE and live is not None:
        kept = (name for name, value in live.fields.items() if value)
        was = each.kind.undo(
            tuple(FieldChange(name, None, None, Cause.CHANGED) for name in kept), each.subject
        )
        return was if was is Undo.REACHES_PEOPLE else each.kind.undo_delete
    found = each.kind.undo(fields, each.subject)
    if each.action is Action.REPLACE and found is Undo.REVERSIBLE:
        return each.kind.undo_delete
    return found


def _flags(each: Decision) -> tuple[str, ...]:
    """What changes in the state alone."""
    binding, desired = each.match.binding, each.match.desired
    if binding is None or desired is None or each.reason == LEFT_OUT:
        return ()
    found = []
    if binding.lifecycle.protect != desired.lifecycle.protect:
        found.append("protect" if desired.lifecycle.protect else "unprotect")
    if binding.lifecycle.on_remove is not desired.lifecycle.on_remove:
        found.append(f"on_remove: {desired.lifecycle.on_remove}")
    if binding.deposed:
        found.append("the one it replaced is still to be deleted")
    return tuple(found)


def assumptions(kind: Kind, live: Live) -> dict[str, Json]:
    """What a plan may rely on of a live object: field -> memo, and the status where it has one."""
    memos = {
        field.name: value if is_digest(value) else memo(field.canonical(value))
        for field in kind.fields
        if (value := live.fields.get(field.name, UNSET)) is not UNSET
    }
    return {**memos, "status": live.status} if live.status else memos


def fingerprint(kind: Kind, live: Live) -> str:
    """The digest of an object and of all that a plan may rely on."""
    return _fingerprint(live, assumptions(kind, live))


def _fingerprint(live: Live, assumed: Mapping[str, Json]) -> str:
    return digest({"id": live.remote_id, "key": live.natural_key, "assumed": dict(assumed)})

"""Document: a plan as JSON and back, exactly. Where plans are saved, printed and read again.

Pure: it makes and reads values; files, versions and clocks are passed in. What depends on the moment stands
in one member, `run`, which the caller adds. `schemas/plan.json` describes the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ccstate.core.address import Address
from ccstate.core.desired import Lifecycle, OnRemove
from ccstate.core.diagnostics import Diagnostic, Position, Range, Refused, Severity, error
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
    says_something,
    summarise,
)
from ccstate.core.state import Binding
from ccstate.core.values import Json

FORMAT_VERSION: Final = "1.0"
"""Of every document that is printed: minor adds, major breaks."""


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """What a saved plan is for, and with what it was made; of a printed one nothing but whether the emulator.

    `project` is its path from the plan's file, `in_repository` that from the top of its repository (empty
    where it is in none), `state` the address of its state, `tzdata` the version of the time zones.
    """

    project: str = ""
    emulator: bool = False
    in_repository: str = ""
    state: str = ""
    tzdata: str = ""


PRINTED: Final = PlanTarget()
_SAVED: Final = ("in_repository", "state", "tzdata")
"""What only a saved plan says of its target."""


def plan_to_json(
    plan: Plan,
    target: PlanTarget = PRINTED,
    *,
    version: str = "1",
    run: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """The document of a plan; `version` is the tool's."""
    plan = condensed(plan)
    document: dict[str, Json] = {
        "ccstate_plan": version,
        "format_version": FORMAT_VERSION,
        "account": plan.account._asdict(),
        "project": target.project,
        "emulator": target.emulator,
        **{name: found for name in _SAVED if (found := getattr(target, name))},
        "based_on": {**plan.based_on._asdict(), "collections": _ordered(plan.based_on.collections)},
        "summary": summarise(plan.changes)._asdict(),
        "budget": plan.budget._asdict(),
        "destroy": plan.destroy,
        **({"offline": True} if plan.offline else {}),
        **({"refresh_only": True} if plan.refresh_only else {}),
        **({"overrides": [_override(each) for each in plan.overrides]} if plan.overrides else {}),
        **({"consent": _ordered(plan.consent)} if plan.consent else {}),
        **({"recovered": _recovered(plan)} if plan.recovered else {}),
        "changes": [_change(each) for each in plan.changes],
        "steps": [_step(each) for each in plan.steps],
        "drift": [_drift(each) for each in plan.drift],
        "diagnostics": [diagnostic_to_json(each) for each in plan.diagnostics],
        "references": _ordered(plan.references),
        "blobs": _ordered(plan.blobs),
    }
    return document if run is None else {**document, "run": _ordered(run)}


def plan_from_json(document: Json) -> tuple[Plan, PlanTarget]:
    """The plan of a document, and what it is for; Refused where this version cannot read it."""
    if not isinstance(document, Mapping) or "ccstate_plan" not in document:
        raise _unreadable("it is no plan document")
    major = str(document.get("format_version", "")).partition(".")[0]
    if major != FORMAT_VERSION.partition(".")[0]:
        raise _unreadable(f"its format_version is {document.get('format_version')}, not {FORMAT_VERSION}")
    try:
        more = {name: document.get(name, "") for name in _SAVED}
        return _read_plan(document), PlanTarget(document["project"], document["emulator"], **more)
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise _unreadable(f"{type(why).__name__}: {why}") from why


def _unreadable(why: str) -> Refused:
    summary = f"the saved plan cannot be read: {why}"
    return Refused([error("plan-unreadable", summary, hint="make it again with `ccstate plan --out`")])


def _recovered(plan: Plan) -> Json:
    return {
        str(address): binding.to_json() if binding is not None else None
        for address, binding in sorted(plan.recovered.items())
    }


def condensed(plan: Plan) -> Plan:
    """The plan as its document keeps it: no change that says nothing, plain paths in one piece.

    What reads a document gets exactly this; a plan that came from one stays as it is.
    """
    return plan._replace(
        changes=tuple(each for each in plan.changes if says_something(each)),
        steps=tuple(each._replace(path=_joined(each.path)) for each in plan.steps),
    )


def _joined(path: tuple[Json, ...]) -> tuple[Json, ...]:
    return ("".join(path),) if all(isinstance(part, str) for part in path) else path


def _ordered(value: Json) -> Json:
    """Equal values, equal bytes: keys sorted all the way down."""
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    return value


# Places and diagnostics


def range_to_json(place: Range | None) -> Json:
    """A place in a file, or null."""
    if place is None:
        return None
    return {"filename": place.filename, "start": _position(place.start), "end": _position(place.end)}


def _position(position: Position | None) -> Json:
    return None if position is None else {"line": position.line, "column": position.column}


def diagnostic_to_json(each: Diagnostic) -> dict[str, Json]:
    """A diagnostic, every member always there."""
    return {
        "severity": str(each.severity),
        "code": each.code,
        "summary": each.summary,
        "detail": each.detail,
        "hint": each.hint,
        "address": _name(each.address),
        "range": range_to_json(each.range),
    }


def _name(address: Address | None) -> str | None:
    return None if address is None else str(address)


def _names(addresses: Iterable[Address]) -> list[str]:
    return [str(each) for each in addresses]


def _read_range(value: Json) -> Range | None:
    if value is None:
        return None
    end = value["end"]
    return Range(value["filename"], _read_position(value["start"]), _read_position(end) if end else None)


def _read_position(value: Json) -> Position:
    return Position(value["line"], value["column"])


def _read_diagnostic(value: Json) -> Diagnostic:
    return Diagnostic(
        severity=Severity(value["severity"]),
        code=value["code"],
        summary=value["summary"],
        detail=value["detail"],
        hint=value["hint"],
        address=_read_name(value["address"]),
        range=_read_range(value["range"]),
    )


def _read_name(value: str | None) -> Address | None:
    return None if value is None else Address.parse(value)


def _read_names(values: Iterable[str]) -> tuple[Address, ...]:
    return tuple(Address.parse(each) for each in values)


def _override(each: Override) -> Json:
    return {"flag": each.flag, "address": _name(each.address), "summary": each.summary}


def _read_override(value: Json) -> Override:
    return Override(value["flag"], _read_name(value["address"]), value["summary"])


# Changes


def _change(each: Change) -> Json:
    return {
        "address": str(each.address),
        "previous_address": _name(each.previous_address),
        "kind": each.kind,
        "action": str(each.action),
        "reason": each.reason,
        "status": str(each.status),
        "before": _ordered(each.before),
        "after": _ordered(each.after),
        "after_unknown": list(each.after_unknown),
        "fields": [_field(found) for found in each.fields],
        "steps": list(each.steps),
        "undo": str(each.undo),
        "impact": _ordered(each.impact),
        "origin": range_to_json(each.origin),
        "natural_key": each.natural_key,
        "remote_id": each.remote_id,
        "fingerprint": each.fingerprint,
        "assumed": _ordered(each.assumed),
        "memory": None if each.memory is None else _memory(each.memory),
        "deposed": each.deposed,
        "flags": list(each.flags),
    }


def _field(each: FieldChange) -> Json:
    return {
        "path": each.path,
        "before": _ordered(each.before),
        "after": _ordered(each.after),
        "cause": str(each.cause),
        "after_unknown": each.after_unknown,
        "forces_replace": each.forces_replace,
        "place": range_to_json(each.place),
    }


def _memory(each: Memory) -> Json:
    return {
        "remote_id": each.remote_id,
        "natural_key": each.natural_key,
        "applied": _ordered(each.applied),
        "kept": _ordered(each.kept),
        "depends_on": _names(each.depends_on),
        "lifecycle": {"protect": each.lifecycle.protect, "on_remove": str(each.lifecycle.on_remove)},
        "sub_ids": _ordered(each.sub_ids),
        "observed": _ordered(each.observed),
        "sent": each.sent,
        "tainted": each.tainted,
        "deposed": list(each.deposed),
        **({} if each.contacts is None else {"contacts": each.contacts}),
    }


def _drift(each: Drift) -> Json:
    return {
        "address": str(each.address),
        "fields": [_field(found) for found in each.fields],
        "origin": range_to_json(each.origin),
        "note": each.note,
    }


def _read_change(value: Json) -> Change:
    return Change(
        address=Address.parse(value["address"]),
        kind=value["kind"],
        action=Action(value["action"]),
        reason=value["reason"],
        previous_address=_read_name(value["previous_address"]),
        status=Status(value["status"]),
        before=value["before"],
        after=value["after"],
        after_unknown=tuple(value["after_unknown"]),
        fields=tuple(_read_field(each) for each in value["fields"]),
        steps=tuple(value["steps"]),
        undo=Undo(value["undo"]),
        impact=value["impact"],
        origin=_read_range(value["origin"]),
        natural_key=value["natural_key"],
        remote_id=value["remote_id"],
        fingerprint=value["fingerprint"],
        assumed=value["assumed"],
        memory=None if value["memory"] is None else _read_memory(value["memory"]),
        deposed=value["deposed"],
        flags=tuple(value["flags"]),
    )


def _read_field(value: Json) -> FieldChange:
    return FieldChange(
        path=value["path"],
        before=value["before"],
        after=value["after"],
        cause=Cause(value["cause"]),
        after_unknown=value["after_unknown"],
        forces_replace=value["forces_replace"],
        place=_read_range(value["place"]),
    )


def _read_memory(value: Json) -> Memory:
    lifecycle = value["lifecycle"]
    return Memory(
        remote_id=value["remote_id"],
        natural_key=value["natural_key"],
        applied=value["applied"],
        kept=value["kept"],
        depends_on=_read_names(value["depends_on"]),
        lifecycle=Lifecycle(lifecycle["protect"], OnRemove(lifecycle["on_remove"])),
        sub_ids=value["sub_ids"],
        observed=value["observed"],
        sent=value["sent"],
        tainted=value["tainted"],
        deposed=tuple(value["deposed"]),
        contacts=value.get("contacts"),
    )


def _read_drift(value: Json) -> Drift:
    fields = tuple(_read_field(each) for each in value["fields"])
    return Drift(Address.parse(value["address"]), fields, _read_range(value["origin"]), value["note"])


# Steps


def _step(each: Step) -> Json:
    """One call; what it does not use is left out."""
    always = {
        "id": each.id,
        "for": _names(each.addresses),
        "verb": each.verb,
        "method": each.method,
        "path": each.path[0] if len(each.path) == 1 and isinstance(each.path[0], str) else list(each.path),
    }
    maybe = {
        "query": _ordered(each.query),
        "after": list(each.after),
        "unit": each.unit,
        "capture": _ordered(each.capture),
        "applies": list(each.applies),
        "clears": list(each.clears),
        "observes": each.observes,
        "expect": _ordered(each.expect),
        "wait": each.wait,
        "deposed": each.deposed,
    }
    body = {} if each.body is None else {"body": _ordered(each.body)}
    return {**always, **body, **{name: value for name, value in maybe.items() if value}}


def _read_step(value: Json) -> Step:
    path = value["path"]
    return Step(
        id=value["id"],
        addresses=_read_names(value["for"]),
        verb=value["verb"],
        method=value["method"],
        path=(path,) if isinstance(path, str) else tuple(path),
        query=value.get("query", {}),
        body=value.get("body"),
        after=tuple(value.get("after", ())),
        unit=value.get("unit", ""),
        capture=value.get("capture", {}),
        applies=tuple(value.get("applies", ())),
        clears=tuple(value.get("clears", ())),
        observes=value.get("observes", False),
        expect=value.get("expect", {}),
        wait=value.get("wait", ""),
        deposed=value.get("deposed", ""),
    )


def _read_plan(document: Mapping[str, Json]) -> Plan:
    return Plan(
        account=Account(**document["account"]),
        based_on=BasedOn(**document["based_on"]),
        changes=tuple(_read_change(each) for each in document["changes"]),
        steps=tuple(_read_step(each) for each in document["steps"]),
        drift=tuple(_read_drift(each) for each in document["drift"]),
        diagnostics=tuple(_read_diagnostic(each) for each in document["diagnostics"]),
        budget=Budget(**document["budget"]),
        blobs=document["blobs"],
        references=document["references"],
        destroy=document["destroy"],
        offline=document.get("offline", False),
        refresh_only=document.get("refresh_only", False),
        overrides=tuple(_read_override(each) for each in document.get("overrides", ())),
        consent=document.get("consent", {}),
        recovered={
            Address.parse(address): Binding.from_json(each) if each is not None else None
            for address, each in document.get("recovered", {}).items()
        },
    )

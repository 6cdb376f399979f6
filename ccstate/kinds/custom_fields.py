"""Custom fields: label, type, choices and what belongs to the type.

Facts: API contract and guide for custom fields. A PUT takes only `label` and `choices` and nulls what it
leaves out, so all choices go back with their ids; everything else is fixed at creation. `name` is derived
from the label (lower case, blanks as underscores, by observation), unique, and survives a new label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Complaint
from ccstate.core.kind import (
    BulkDelete,
    Field,
    Form,
    Intent,
    Kind,
    Steps,
    Subject,
    Unique,
    all_else,
    text_or_empty,
)
from ccstate.core.live import Live
from ccstate.core.plan import FieldChange, Undo
from ccstate.core.values import Fields, Json, Value, same_name
from ccstate.core.wire import Flow
from ccstate.kinds import _counts, _uses
from ccstate.kinds._common import contacts_write, delete_by_id, draft, known, read_all, read_one

_SELECTS = ("single_select", "multi_select")
_NUMBERS = ("number", "currency")
_DATES = ("date", "datetime")


def _labels(value: Value) -> Value:
    """Choices compare by their labels, in order; `was` and ids only say which is which."""
    return [each["label"] if isinstance(each, Mapping) else each for each in value or ()]


def _upper(value: Value) -> Value:
    return value.upper() if isinstance(value, str) else value


def _fixed(name: str, form: Form = Form.TEXT, **extra: Value) -> Field:
    """A field that the API sets at creation and never again."""
    return Field(
        name,
        form,
        clearable=False,
        keeps="the service fixes it when the field is created",
        forces_replace=True,
        unless_absent=True,
        **extra,
    )


_METADATA = (
    _fixed("display_type"),
    _fixed("decimal_places", Form.INTEGER),
    _fixed("currency_code", canonical=_upper),
    _fixed("integer", Form.FLAG),
    _fixed("allow_negative", Form.FLAG),
    _fixed("display_format"),
)

_FIELDS = (
    Field("label"),
    Field("type", clearable=False, forces_replace=True, canonical=text_or_empty),
    Field("choices", Form.CHOICES, empty=[], canonical=_labels),
    *_METADATA,
    _fixed("version", Form.INTEGER),
)


def derived_name(label: str) -> str:
    """The `name` that the service is observed to give a label; compared without regard to case."""
    return "_".join(label.split()).lower()


def _decode(body: Json) -> Fields:
    metadata = body.get("metadata") or {}
    fields = {"label": body["label"], "type": body["type"], "choices": _choices(body)}
    given = (each.name for each in _METADATA if metadata.get(each.name) is not None)
    fields.update({name: metadata[name] for name in given})
    if body.get("version") is not None:
        fields["version"] = body["version"]
    return fields


def _choices(body: Json) -> list[Json]:
    return [{"label": each["choice_label"]} for each in _live_choices(body)]


def _live_choices(body: Json) -> list[Json]:
    """The choices that still exist, as they are shown; deleted ones may be listed too."""
    kept = [each for each in body.get("choices") or () if not each.get("deleted_at")]
    return sorted(kept, key=lambda each: each.get("display_order") or 0)


def _live(body: Json) -> Live:
    return Live(
        kind="custom_field",
        remote_id=body["custom_field_id"],
        natural_key=body["label"],
        fields=_decode(body),
        extra={
            "created_at": body.get("created_at") or "",
            "name": body.get("name") or "",
            "choices": [
                {"choice_id": each["choice_id"], "choice_label": each["choice_label"]}
                for each in _live_choices(body)
            ],
        },
    )


_PAGE = 100


def _collection() -> Flow[tuple[Live, ...]]:
    return (yield from read_all("/contact_custom_fields", {"limit": str(_PAGE)}, "custom_fields", _live))


def _detail(live: Live) -> Flow[Live | None]:
    return (yield from read_one(f"/contact_custom_fields/{live.remote_id}", _live))


def _create(intent: Intent) -> Steps:
    want = intent.want
    body: dict[str, Json] = {"label": want["label"], "type": want["type"]}
    metadata = {each.name: want[each.name] for each in _METADATA if want.get(each.name) not in (None, "")}
    if metadata:
        body["metadata"] = metadata
    if want.get("choices"):
        body["choices"] = [
            {"choice_label": label, "display_order": order}
            for order, label in enumerate(_labels(want["choices"]), start=1)
        ]
    if want.get("version") is not None:
        body["version"] = want["version"]
    return (
        draft(
            intent.address,
            "create",
            "POST",
            "/contact_custom_fields",
            body=body,
            capture={"remote_id": "/custom_field_id"},
            applies=tuple(sorted(want)),
            observes=True,
        ),
    )


def _update(intent: Intent) -> Steps:
    live = known(intent)
    if not intent.changed:
        return ()
    choices = intent.want.get("choices", live.fields["choices"])
    return _put(intent, intent.want["label"], _kept(choices, live), ("choices", "label"), "update")


def _rename(intent: Intent, name: str) -> Steps:
    live = known(intent)
    return _put(intent, name, _kept(live.fields["choices"], live), (), "step aside")


def _put(intent: Intent, label: str, choices: list[Json], applies: tuple[str, ...], verb: str) -> Steps:
    live = known(intent)
    body: dict[str, Json] = {"label": label}
    if choices or live.extra["choices"]:
        body["choices"] = choices
    return (
        draft(
            intent.address,
            verb,
            "PUT",
            "/contact_custom_fields/",
            live.remote_id,
            body=body,
            applies=tuple(each for each in applies if each in intent.want),
            observes=bool(applies),
        ),
    )


def _kept(wanted: Sequence[Json], live: Live) -> list[Json]:
    """Every wanted choice, with the id of the live one of that label, or of the label that it was.

    An id is given once: what still has its label keeps it, whatever claims to have been it.
    """
    ids = {each["choice_label"]: each["choice_id"] for each in live.extra["choices"]}
    same = {each["label"]: ids.pop(each["label"]) for each in wanted if each["label"] in ids}
    kept = []
    for order, each in enumerate(wanted, start=1):
        choice: dict[str, Json] = {"choice_label": each["label"], "display_order": order}
        found = same[each["label"]] if each["label"] in same else ids.pop(each.get("was", ""), None)
        if found is not None:
            choice["choice_id"] = found
        kept.append(choice)
    return kept


def _delete(intent: Intent) -> Steps:
    return delete_by_id(intent, "/contact_custom_fields/")


def _loses(subject: Subject, fields: tuple[FieldChange, ...], removed: bool) -> str:
    if removed:
        return "its values on all contacts"
    if subject.live is None or subject.desired is None or not any(each.path == "choices" for each in fields):
        return ""
    wanted = _kept(subject.desired.fields.get("choices") or (), subject.live)
    kept = {each.get("choice_id") for each in wanted}
    lost = [each["choice_label"] for each in subject.live.extra["choices"] if each["choice_id"] not in kept]
    return f"the values of the choices {', '.join(lost)}" if lost else ""


_OF_TYPES: Final = (
    (("currency_code",), ("currency",)),
    (("integer", "decimal_places"), _NUMBERS),
    (("allow_negative",), ("number",)),
    (("display_format", "version"), _DATES),
    (("display_type", "choices"), _SELECTS),
)
"""Which fields belong to which types (API contract and guide)."""


def _carried(subject: Subject, want: Fields) -> Fields:
    """What a replace keeps of the old field: what the new type has as well."""
    kind = want["type"]
    fits = {name for names, types in _OF_TYPES for name in names if kind in types}
    return {name: value for name, value in all_else(subject, want).items() if name in fits}


def _check(desired: Desired) -> Iterable[Complaint]:
    """What the schema cannot say: which fields belong to which type."""
    fields = desired.fields
    kind = fields.get("type", "")
    yield from _check_choices(fields, kind)
    for names, types in _OF_TYPES:
        for name in names:
            if name != "choices" and fields.get(name) is not None and kind not in types:
                yield Complaint(
                    name,
                    "field-not-of-type",
                    f"`{name}` belongs to {' and '.join(types)} fields, this is {kind}",
                )
    yield from _check_numbers(fields)


def _check_choices(fields: Fields, kind: str) -> Iterable[Complaint]:
    choices = fields.get("choices")
    if kind in _SELECTS and not choices:
        summary = f"a {kind} field needs `choices`"
        yield Complaint("type", "choices-missing", summary, "choices: [First, Second]")
    if kind not in _SELECTS:
        if choices:
            summary = f"`choices` belongs to select fields, this is {kind}"
            yield Complaint("choices", "field-not-of-type", summary)
        return
    shown = fields.get("display_type", "dropdown")
    most = 100 if shown == "dropdown" else 20
    if len(choices or ()) > most:
        yield Complaint(
            "choices", "too-many-choices", f"{len(choices or ())} choices; a {shown} holds at most {most}"
        )
    yield from _check_labels(choices or ())


def _check_labels(choices: Sequence[Json]) -> Iterable[Complaint]:
    seen: dict[str, str] = {}
    for index, each in enumerate(choices):
        name = same_name(each["label"])
        if name in seen:
            summary = f"the choice {each['label']!r} is there as {seen[name]!r}"
            yield Complaint(f"choices.{index}", "duplicate-choice", summary)
        seen.setdefault(name, each["label"])


def _check_numbers(fields: Fields) -> Iterable[Complaint]:
    places = fields.get("decimal_places")
    if fields.get("integer") is True and places:
        yield Complaint("decimal_places", "integer-with-decimals", "an integer field has no decimal places")
    if fields.get("integer") is False and (places is None or not 1 <= places <= 4):
        summary = "with `integer: false`, `decimal_places` must be 1 to 4"
        yield Complaint("integer", "decimals-missing", summary, "decimal_places: 2")


KIND = Kind(
    name="custom_field",
    section="custom_fields",
    natural_key="label",
    key_limit=50,
    fields=_FIELDS,
    page=_PAGE,
    collection=_collection,
    detail=_detail,
    decode=_decode,
    create=_create,
    update=_update,
    delete=_delete,
    rename=_rename,
    bulk_delete=BulkDelete("/activities/custom_fields_delete", "custom_field_ids", fewest=4, most=100),
    frees_name="delete",
    replaces="delete",
    fixed_name=lambda live: str(live.extra.get("name", "")).lower(),
    derived_name=lambda fields: derived_name(fields["label"]),
    most=100,
    unique=(
        Unique("label", lambda fields: same_name(fields["label"])),
        Unique("name that the service derives from the label", lambda fields: derived_name(fields["label"])),
    ),
    check=_check,
    carried=_carried,
    loses=_loses,
    undo_delete=Undo.IRREVERSIBLE,
    needs=contacts_write,
    questions=_counts.both(_uses.asked_by("segment"), _counts.consent_when(_loses)),
)

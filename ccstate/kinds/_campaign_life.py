"""What a campaign's life allows: history, held, missed, removed, failed; and which may be adopted.

Pure decisions; nothing is read here.
"""

from __future__ import annotations

from typing import Final

from ccstate.core.diagnostics import Diagnostic, error, warning
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Form, Stance, Subject, matches
from ccstate.core.live import Live
from ccstate.core.plan import Status
from ccstate.core.values import UNSET, Fields, memo
from ccstate.kinds._campaign_fields import FIELDS, HISTORY, instant

_WRITABLE: Final = ("DRAFT", "SCHEDULED")


def stance(subject: Subject) -> Stance:
    """What the campaign's life allows."""
    live, binding = subject.live, subject.binding
    if binding is not None and binding.sent and (live is None or live.gone):
        return Stance(Status.SENT, frozen=True, forget=True)
    if live is None or live.gone:
        return _absent(subject)
    if live.status in HISTORY:
        return _history(subject, live)
    if live.status == "ERROR":
        return _failed(subject, live)
    if live.status not in _WRITABLE:
        found = _say(subject, "campaign-status-unknown", f"its status is {live.status}: left alone")
        return Stance(Status.BLOCKED, frozen=True, refuse=True, diagnostics=(found,))
    if live.extra.get("format_type", 5) != 5 and binding is not None:
        found = _say(
            subject,
            "campaign-format",
            "it is no custom-code email (format 5), so what differs is left alone",
            f"make the manifest equal to it, or let go of it: forget: [{subject.address}]",
        )
        frozen = Stance(Status.BLOCKED, frozen=True, refuse=True, diagnostics=(found,))
        return frozen._replace(unless_same=subject.desired is not None)
    return _writable(subject, live)


def _say(subject: Subject, code: str, text: str, hint: str = "") -> Diagnostic:
    desired = subject.desired
    return warning(
        code,
        f"{subject.address}: {text}",
        hint=hint,
        address=subject.address,
        range=desired.origin if desired else None,
    )


def _absent(subject: Subject) -> Stance:
    """Not there: new, removed by a person, or half replaced; one whose moment has passed is not made."""
    binding = subject.binding
    if binding is not None and subject.desired is not None and not binding.tainted:
        found = _say(
            subject,
            "campaign-removed",
            "it was removed in the account and is not made again",
            "take it out of the manifest or restore it in the account; to make it anew, give it another name "
            f"(a removed one keeps its own) and pass --replace {subject.address}",
        )
        anew = matches(subject.address, subject.context.options.replace)
        return Stance(Status.HELD, frozen=True, diagnostics=() if anew else (found,))
    return _missed(subject, frozen=True) or Stance()


def _history(subject: Subject, live: Live) -> Stance:
    desired, binding = subject.desired, subject.binding
    if desired is None:
        # One that is just being sent cannot be deleted, whatever was asked for.
        return Stance(Status.SENT, frozen=True, forget=True, refuse=live.status == "EXECUTING")
    if binding is None or subject.moved:
        ahead = _wanted_instant(subject)
        if ahead and parse_instant(ahead) > subject.context.snapshot.now:
            found = error(
                "name-already-sent",
                f"{subject.address}: a campaign named {live.natural_key!r} was already sent",
                hint="give this one a name of its own",
                address=subject.address,
                range=desired.place("name"),
            )
            return Stance(Status.SENT, frozen=True, diagnostics=(found,))
        return Stance(Status.SENT, frozen=True)
    if _edited(subject):
        found = _say(
            subject,
            "campaign-already-sent",
            "it was edited after it went out; what was sent stays as it was",
            "undo the edit, or declare a new campaign",
        )
        return Stance(Status.SENT, frozen=True, diagnostics=(found,))
    return Stance(Status.SENT, frozen=True)


def _edited(subject: Subject) -> bool:
    """Whether the manifest asks for something else than what was applied before it went out.

    Of what was adopted as history nothing was applied; a moment that is still to come says enough.
    """
    if subject.desired is None or subject.binding is None:
        return False
    applied = subject.binding.applied
    ahead = _wanted_instant(subject) if "schedule" not in applied else ""
    if ahead and parse_instant(ahead) > subject.context.snapshot.now:
        return True
    return any(
        applied[field.name] != memo(field.canonical(subject.desired.fields[field.name]))
        for field in FIELDS
        if field.form is not Form.AUDIENCE and field.name in subject.desired.fields and field.name in applied
    )


def _failed(subject: Subject, live: Live) -> Stance:
    reason = live.extra.get("reason") or "unknown"
    found = _say(
        subject,
        "campaign-failed",
        f"the service could not send it: {reason}",
        f"mend the cause, then make it anew with --replace {subject.address}",
    )
    return Stance(Status.BLOCKED, frozen=True, diagnostics=(found,))


def _writable(subject: Subject, live: Live) -> Stance:
    if subject.desired is None:
        return Stance()
    held = _held(subject, live)
    return held or _missed(subject, frozen=False) or Stance()


def _held(subject: Subject, live: Live) -> Stance | None:
    """A schedule of ours that a person took down or moved stays so until the manifest or a flag says more."""
    binding, desired = subject.binding, subject.desired
    if binding is None or desired is None or "schedule" not in desired.fields:
        return None
    ours = binding.applied.get("schedule")
    want = _wanted_instant(subject) or None
    is_now = live.fields.get("schedule", UNSET)
    if not ours or is_now is UNSET or is_now == ours or want != ours:
        return None
    if matches(subject.address, subject.context.options.reschedule):
        return None
    what = f"moved to {is_now}" if is_now else "taken down"
    found = _say(
        subject,
        "campaign-held",
        f"its schedule ({ours}) was {what} by somebody else; it is left so",
        f"put it back with --reschedule {subject.address}, or edit its schedule",
    )
    return Stance(Status.HELD, skip=frozenset({"schedule"}), diagnostics=(found,))


def _missed(subject: Subject, *, frozen: bool) -> Stance | None:
    """A wanted moment that has passed while nothing was sent."""
    at = _wanted_instant(subject)
    live = subject.live
    snapshot = subject.context.snapshot
    if not at or snapshot.offline or parse_instant(at) > snapshot.now:
        return None
    if live is not None and live.fields.get("schedule") == at:
        return None
    make = error if subject.context.options.guards.missed == "error" else warning
    found = make(
        "schedule-missed",
        f"{subject.address}: its time {at} has passed and nothing was sent",
        hint="give it a new time, or take the schedule out",
        address=subject.address,
        range=subject.desired.place("schedule") if subject.desired else None,
    )
    return Stance(Status.MISSED, frozen=frozen, skip=frozenset({"schedule"}), diagnostics=(found,))


def _wanted_instant(subject: Subject) -> str:
    desired = subject.desired
    return instant(desired.fields.get("schedule")) if desired else ""


def follow(subject: Subject, want: Fields) -> Fields:
    """reply_to defaults to the sender: taken out, or undeclared and equal to it, it follows the sender."""
    live, binding = subject.live, subject.binding
    if "reply_to" in want or live is None or "from" not in want or "from" not in live.fields:
        return want
    old, new = live.fields["from"]["email"], want["from"]["email"]
    if binding is not None and "reply_to" in binding.applied:
        return {**want, "reply_to": new}  # it left the manifest
    if old.lower() != new.lower() and (live.fields.get("reply_to") or "").lower() == old.lower():
        return {**want, "reply_to": new}
    return want


def adoptable(subject: Subject, differs: bool) -> Diagnostic | None:
    """A draft of format 5 is taken as it is, a scheduled one where nothing differs or somebody means it.

    Of other formats nothing can be written, so one that differs would wait for ever.
    """
    live = subject.live
    if live is None or live.status in HISTORY or not differs:
        return None
    plain = live.extra.get("format_type", 5) == 5
    if plain and (live.status == "DRAFT" or subject.imported):
        return None
    why = f"is {live.status}" if plain else "is no custom-code email (format 5)"
    hint = "make the manifest equal to it first, or give this campaign a name of its own"
    if plain:
        hint = (
            f"if it is to be edited, say so: `ccstate import {subject.address} {live.remote_id}` binds it "
            "and shows what an apply would change; or make the manifest equal to it, or choose another name"
        )
    return error(
        "campaign-not-adoptable",
        f"{subject.address}: the account's campaign {live.natural_key!r} {why} and differs from the manifest",
        hint=hint,
        address=subject.address,
        range=subject.desired.place("name") if subject.desired else None,
    )

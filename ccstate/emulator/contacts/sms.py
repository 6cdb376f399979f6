"""The SMS side of a contact: a number, what the contact agreed to, and how that came about.

One body says it with the number in one piece, a sign-up form with dial code and country beside it. In one
piece only numbers of the United States are understood; the documentation knows no others. Nothing is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.checks import Checks
from ccstate.emulator.storage.clock import with_seconds
from ccstate.emulator.storage.database import Row, packed
from ccstate.emulator.storage.world import World

STATUSES = ("explicit", "not_set", "pending_confirmation", "unsubscribed")
CONSENT_TYPES = ("promotional_sms",)  # the only one supported, says the contract
LONGEST_TEXT = 255
_FULL = re.compile(r"\+?1(\d{10})", re.ASCII)
_DIGITS = re.compile(r"\d{1,15}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_DATED = {"explicit": "opt_in_date", "unsubscribed": "opt_out_date"}
_ACTIONS = {"explicit": ("E", "opt_in"), "unsubscribed": ("O", "opt_out")}
_CONSENT = (
    "sms_consent_permission", "consent_type", "opt_in_date", "opt_out_date", "advertised_frequency",
    "advertised_interval", "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True)
class Channel:
    dial_code: str
    sms_address: str
    country_code: str
    consents: tuple[Mapping[str, Any], ...]

    @property
    def key(self) -> str:
        """The number as uniqueness sees it."""
        return f"{self.dial_code}{self.sms_address}"


def read(checks: Checks) -> Channel | None:
    """`sms_channel` of POST and PUT."""
    body = checks.object("sms_channel")
    if body is None:
        return None
    inner = Checks(checks.call, body, "sms_channel.")
    inner.only(("full_sms_address", "sms_channel_consents"))
    match = _FULL.fullmatch(inner.text("full_sms_address", required=True) or "")
    if not match and not inner.problems:
        inner.problem("full_sms_address must be a number of the United States: 1 and ten digits")
    consents = _consents(inner, ("consent_medium_details",))
    checks.problems += inner.problems
    return Channel("1", match[1] if match else "", "US", consents)


def read_form(checks: Checks) -> Channel | None:
    """`sms_channel` of a sign-up form, which also says where the contact agreed."""
    body = checks.object("sms_channel")
    if body is None:
        return None
    inner = Checks(checks.call, body, "sms_channel.")
    inner.only(("sms_address", "dial_code", "country_code", "sms_channel_consents"))
    read = {
        name: _matching(inner, name, pattern)
        for name, pattern in (("sms_address", _DIGITS), ("dial_code", _DIGITS), ("country_code", _COUNTRY))
    }
    medium = ("consent_medium_type", "consent_medium_url", "consent_medium_details")
    consents = _consents(inner, (*medium, "advertised_frequency", "advertised_interval"), required=medium)
    checks.problems += inner.problems
    return Channel(read["dial_code"], read["sms_address"], read["country_code"], consents)


def columns(world: World, before: Mapping[str, Any], channel: Channel, source: str, at: int) -> Row:
    """What a contact's row holds of a channel; another number is another channel."""
    old = json.loads(before.get("sms_channel") or "null") if before.get("sms_key") == channel.key else None
    consents = [_written(old, consent, at) for consent in channel.consents]
    written = {
        "sms_channel_id": old["sms_channel_id"] if old else world.ids.time_based(),
        "sms_address": channel.sms_address,
        "dial_code": channel.dial_code,
        "country_code": channel.country_code,
        **({"update_source": source} if old else {}),
        "create_source": old["create_source"] if old else source,
        "sms_channel_consents": consents,
    }
    history = json.loads(before.get("sms_history") or "[]")
    history += _history(world, old, written, channel, source, at)
    return {
        "sms_key": channel.key,
        "sms_status": consents[0]["sms_consent_permission"],
        "sms_channel": packed(written),
        "sms_history": packed(history),
    }


def shown(channel: Mapping[str, Any]) -> Row:
    consents = [
        {
            name: with_seconds(consent[name]) if name.endswith(("_date", "_at")) else consent[name]
            for name in _CONSENT
            if consent.get(name) is not None
        }
        for consent in channel["sms_channel_consents"]
    ]
    return {**channel, "sms_channel_consents": consents}


def shown_history(row: Mapping[str, Any]) -> list[Row]:
    """Opt-ins and opt-outs, oldest first (the order is assumed)."""
    shown = []
    for entry in json.loads(row["sms_history"]):
        moment = with_seconds(entry["insert_time"])
        details = entry["history_details"] | {"consent_action_time": moment}
        known = {"contact_id": row["contact_id"], **entry, "insert_time": moment}
        shown.append(known | {"history_details": details})
    return shown


def _matching(inner: Checks, name: str, pattern: re.Pattern[str]) -> str:
    text = inner.text(name, required=True)
    if text and not pattern.fullmatch(text):
        inner.problem(f"{name} does not have a valid value")
    return text or ""


def _consents(
    inner: Checks, others: Iterable[str], required: tuple[str, ...] = ()
) -> tuple[Mapping[str, Any], ...]:
    elements = inner.items("sms_channel_consents", dict, most=len(CONSENT_TYPES))
    if not elements and not inner.problems:
        inner.problem("sms_channel_consents is missing")
    consents = []
    for number, element in enumerate(elements):
        consent = Checks(inner.call, element, f"sms_channel.sms_channel_consents[{number}].")
        consents.append(_consent(consent, tuple(others), required))
        inner.problems += consent.problems
    return tuple(consents)


def _consent(consent: Checks, others: tuple[str, ...], required: tuple[str, ...]) -> Mapping[str, Any]:
    consent.only(("sms_consent_permission", "consent_type", *others))
    read: Row = {}
    for name, allowed in (("sms_consent_permission", STATUSES), ("consent_type", CONSENT_TYPES)):
        read[name] = consent.text(name, required=True)
        if read[name] is not None and read[name] not in allowed:
            consent.problem(f"{name} does not have a valid value (of {', '.join(allowed)})")
    for name in others:
        if name == "advertised_frequency":
            read[name] = consent.integer(name)
        else:
            read[name] = consent.text(name, required=name in required, most=LONGEST_TEXT)
    return read


def _written(old: Mapping[str, Any] | None, consent: Mapping[str, Any], at: int) -> Row:
    known: Row = {}
    for before in (old or {}).get("sms_channel_consents", ()):
        if before["consent_type"] == consent["consent_type"]:
            known = before
    permission = consent["sms_consent_permission"]
    written = {**known, "consent_type": consent["consent_type"], "sms_consent_permission": permission}
    written |= {"created_at": known.get("created_at", at), "updated_at": at}
    if consent.get("advertised_frequency") is not None:  # a string here, an integer in the form
        written["advertised_frequency"] = str(consent["advertised_frequency"])
    if consent.get("advertised_interval") is not None:
        written["advertised_interval"] = consent["advertised_interval"]
    if permission in _DATED and permission != known.get("sms_consent_permission"):
        # An import knows since when a contact agrees.
        written[_DATED[permission]] = consent.get(_DATED[permission], at)
    return written


def _history(
    world: World,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any],
    channel: Channel,
    source: str,
    at: int,
) -> list[Row]:
    """One entry for each consent that was given or taken back just now."""
    before = {
        consent["consent_type"]: consent["sms_consent_permission"]
        for consent in (old or {}).get("sms_channel_consents", ())
    }
    return [
        {
            "sms_channel_id": new["sms_channel_id"],
            "sms_channel_history_id": world.ids.random_based(),
            "insert_time": at,
            "history_details": _details(consent, channel, source),
        }
        for consent in channel.consents
        if consent["sms_consent_permission"] in _ACTIONS
        and before.get(consent["consent_type"]) != consent["sms_consent_permission"]
    ]


def _details(consent: Mapping[str, Any], channel: Channel, source: str) -> Row:
    state, action = _ACTIONS[consent["sms_consent_permission"]]
    details: Row = {"state": state, "source": source[0], "consent_type": consent["consent_type"]}
    details["consent_action_type"] = action
    for name in ("consent_medium_type", "advertised_frequency", "advertised_interval"):
        if consent.get(name) is not None:
            details[name] = consent[name]
    return details | {"source_sms_number": channel.sms_address}

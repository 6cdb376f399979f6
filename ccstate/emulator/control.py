"""The control plane under `/_control/`: what a test, and no client, may do. JSON, no token, loopback only.

It moves the clock, breaks things, looks into the request log, confirms senders, fabricates contacts and hands
out tokens. Calls to it are neither logged nor metered.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any

from ccstate.emulator.checks import is_email_address
from ccstate.emulator.collections import contact_consents, previews
from ccstate.emulator.faults import BadRule, Faults
from ccstate.emulator.limits import Quota, RateLimit
from ccstate.emulator.mails import failures, recording
from ccstate.emulator.oauth import applications
from ccstate.emulator.oauth import control as sign_in
from ccstate.emulator.partners import clients, notifications, partnership
from ccstate.emulator.requests import RequestLog
from ccstate.emulator.seeding import seeds
from ccstate.emulator.storage import dumps, events
from ccstate.emulator.storage.clock import LAST, exact, parse_duration, parse_instant
from ccstate.emulator.storage.world import World, add_sender, make_fresh
from ccstate.emulator.wire import Answer

Query = Mapping[str, str]


_OF_AN_ACCOUNT = ("contacts", "emails", "confirmations", "engagements", "sends", "outbox")


class BadCall(ValueError):
    """A control call that cannot be understood; the message says why."""


_REFUSALS = (
    BadCall, BadRule, seeds.BadSeed, dumps.BadDump, failures.BadFailure, recording.BadRecord,
)  # fmt: skip


class Control:
    def __init__(self, world: World, faults: Faults, log: RequestLog, rate: RateLimit, quota: Quota) -> None:
        self._world = world
        self._faults = faults
        self._log = log
        self._rate = rate
        self._quota = quota
        self._calls: dict[tuple[str, str], Callable[[Query, Any], Any]] = {
            ("POST", "reset"): self._reset,
            ("GET", "requests"): self._requests,
            ("GET", "dump"): self._dump,
            ("POST", "load"): self._load,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._move_clock,
            ("GET", "faults"): self._show_faults,
            ("POST", "faults"): self._set_faults,
            ("POST", "contacts"): self._add_contacts,
            ("POST", "emails"): self._set_sender,
            ("POST", "engagements"): self._record,
            ("POST", "confirmations"): self._confirm,
            ("GET", "applications"): self._applications,
            ("POST", "applications"): self._register,
            ("POST", "tokens"): self._make_token,
            ("POST", "revoke"): self._revoke,
            ("GET", "sends"): self._show_failures,
            ("POST", "sends"): self._set_failures,
            ("GET", "outbox"): self._outbox,
            ("GET", "notifications"): self._notifications,
            ("POST", "client_accounts"): self._set_client,
        }

    def answer(self, method: str, path: str, query: Query, body: bytes, client: str | None) -> Answer:
        if not _is_loopback(client):
            return Answer(403, {"error": "the control plane answers on the loopback interface only"})
        name = path.removeprefix("/_control").strip("/")
        call = self._calls.get((method, name))
        if call is None:
            return _unknown(method, name, [known for known in self._calls if known[1] == name])
        try:
            document = _read(body)
        except BadCall as problem:
            return Answer(400, {"error": str(problem)})
        if "account" in query:
            call = self._in_account(method, name)
        return self._answer(call, query, document)

    def call(self, name: str, document: Any | None) -> tuple[int, Any]:
        """A control call without HTTP, for who opened the database itself; None as document only looks."""
        call = self._calls["GET" if document is None else "POST", name]
        answer = self._answer(call, {}, document or {})
        return answer.status, answer.body

    def _answer(self, call: Callable[[Query, Any], Any], query: Query, document: Any) -> Answer:
        try:
            with self._world.db.transaction():
                answer = Answer(200, call(query, document))
            if call in (self._reset, self._load):
                clients.sweep(self._world)
        except (
            BadCall,
            BadRule,
            seeds.BadSeed,
            dumps.BadDump,
            failures.BadFailure,
            recording.BadRecord,
        ) as problem:
            return Answer(400, {"error": str(problem)})
        return answer

    def _in_account(self, method: str, name: str) -> Callable[[Query, Any], Any]:
        """The same call in the account of a client."""

        def call(query: Query, document: Any) -> Any:
            if name not in _OF_AN_ACCOUNT:
                raise BadCall(f"{name} is not about one account (but {', '.join(_OF_AN_ACCOUNT)} are)")
            account_id = self._client(query["account"])
            with clients.inside(self._world, account_id, self._world.now()) as client:
                inner = Control(client, self._faults, self._log, self._rate, self._quota)
                return inner._calls[method, name](query, document)

        return call

    def _client(self, account_id: Any) -> str:
        if not isinstance(account_id, str) or partnership.look_up(self._world, account_id) is None:
            raise BadCall(f"there is no client account {account_id!r}")
        return account_id

    def _reset(self, query: Query, document: Any) -> Any:  # noqa: ARG002 - the form that all calls share
        """An empty account, log and faults. The clock stays where it is."""
        seed = _object(document, ("seed",)).get("seed")
        make_fresh(self._world)
        if seed is not None:
            seeds.plant(self._world, seed)
        self._log.clear()
        self._rate.clear()
        self._world.token_rate.clear()
        self._quota.clear()
        self._faults.replace(())
        self._world.courier.clear()
        return {"status": "reset", "account_id": self._world.account()["encoded_account_id"]}

    def _requests(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        return self._log.since(_since(query), bodies=query.get("bodies", "0") not in ("", "0", "false"))

    def _dump(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        events.happen(self._world, self._world.now())
        return dumps.dump(self._world)

    def _load(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        """A dump, or a seed document in its place."""
        make_fresh(self._world)
        self._world.courier.clear()
        seeds.plant(self._world, document)
        return {"status": "loaded"}

    def _clock(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        fixed = "fixed" in self._world.clock.position()
        return {"now": exact(self._world.now()), "clock": "fixed" if fixed else "real"}

    def _move_clock(self, query: Query, document: Any) -> Any:
        happened = move_clock(self._world, _object(document, ("advance", "set")))
        return self._clock(query, document) | {"happened": happened}

    def _show_faults(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        return self._faults.report()

    def _set_faults(self, query: Query, document: Any) -> Any:
        rules = document.get("rules") if isinstance(document, dict) else document
        if not isinstance(rules, list):
            raise BadCall("a list of rules is wanted")
        self._faults.replace(rules)
        return self._show_faults(query, document)

    def _add_contacts(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        events.happen(self._world, self._world.now())
        return {"contacts": seeds.add_contacts(self._world, document)}

    def _record(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        """What contacts did with a mail, told by hand; what is due goes out before."""
        events.happen(self._world, self._world.now())
        return {"recorded": recording.record(self._world, _object(document, recording.PROPERTIES))}

    def _show_failures(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        events.happen(self._world, self._world.now())
        return failures.provoked(self._world)

    def _set_failures(self, query: Query, document: Any) -> Any:
        """One failure more, or a list in place of all; what is due goes out before."""
        events.happen(self._world, self._world.now())
        if isinstance(document, list):
            failures.forget(self._world)
        for wanted in document if isinstance(document, list) else [document]:
            failures.provoke(self._world, _object(wanted, failures.PROPERTIES))
        return self._show_failures(query, {})

    def _outbox(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        return previews.outbox(self._world, _since(query))

    def _set_sender(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        """Confirm an address, as its owner would by a click; unknown ones are added."""
        events.happen(self._world, self._world.now())
        parts = _object(document, ("email_address", "confirm_status", "roles"))
        address, status = parts.get("email_address"), parts.get("confirm_status", "CONFIRMED")
        roles = parts.get("roles")
        if not isinstance(address, str) or not is_email_address(address):
            raise BadCall("email_address must be an email address")
        if status not in ("CONFIRMED", "UNCONFIRMED"):
            raise BadCall("confirm_status must be CONFIRMED or UNCONFIRMED")
        if roles is not None and not (
            isinstance(roles, list) and all(isinstance(role, str) for role in roles)
        ):
            raise BadCall("roles must be a list of words")
        return {"email_id": add_sender(self._world, address, status, roles), "confirm_status": status}

    def _confirm(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        """A contact confirms, by a click in a mail, that it wants to be subscribed."""
        address = _object(document, ("email_address",)).get("email_address")
        if not isinstance(address, str):
            raise BadCall("email_address must be an email address")
        confirmed = contact_consents.confirm(self._world, self._world.now(), address)
        if confirmed is None:
            raise BadCall(f"{address} was not asked to confirm anything")
        return confirmed

    def _notifications(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        events.happen(self._world, self._world.now())
        return notifications.shown(self._world, _since(query))

    def _set_client(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        """What the service decides about a client account, as for an unpaid bill."""
        parts = _object(document, ("encoded_account_id", "disabled"))
        account_id, disabled = self._client(parts.get("encoded_account_id")), parts.get("disabled")
        if not isinstance(disabled, bool):
            raise BadCall("disabled must be true or false")
        partnership.disable(self._world, self._world.now(), account_id, disabled=disabled)
        return {"encoded_account_id": account_id, "disabled": disabled}

    def _applications(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        return [application.shown() for application in applications.every(self._world)]

    def _register(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        item = seeds.Item("applications", document, sign_in.APPLICATION)
        return sign_in.register(self._world, item).shown()

    def _make_token(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        return sign_in.make_token(self._world, seeds.Item("tokens", document, sign_in.TOKEN))

    def _revoke(self, query: Query, document: Any) -> Any:  # noqa: ARG002
        return {"revoked": sign_in.revoke(self._world, seeds.Item("revoke", document, sign_in.REVOCATION))}


def move_clock(world: World, parts: Mapping[str, Any]) -> int:
    """Advance the clock or set it; what falls due on the way happens, each thing at its own time."""
    if len(parts) != 1 or not isinstance(next(iter(parts.values())), str):
        raise BadCall('either {"advance": "P2DT3H"} or {"set": "2026-12-01T00:00:00Z"} is wanted')
    try:
        instant = (
            world.now() + parse_duration(parts["advance"])
            if "advance" in parts
            else parse_instant(parts["set"])
        )
    except ValueError as problem:
        raise BadCall(str(problem)) from problem
    if not 0 <= instant <= LAST:
        raise BadCall("the clock can show the years 1970 to 9999")
    with world.db.transaction():
        happened = events.happen(world, instant)
        world.clock.move_to(instant)
    return happened


def _since(query: Query) -> int:
    since = query.get("since", "0")
    if not (since.isascii() and since.isdigit() and len(since) < 19):
        raise BadCall("since must be a number")
    return int(since)


def _is_loopback(client: str | None) -> bool:
    """No address at all: a call inside the process, or over a socket file."""
    if client is None or client in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _read(body: bytes) -> Any:
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as problem:
        raise BadCall("the body is not well-formed JSON") from problem
    return document


def _object(document: Any, parts: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise BadCall("a JSON object is wanted")
    unknown = sorted(set(document) - set(parts))
    if unknown:
        raise BadCall(f"unknown: {', '.join(unknown)} (of {', '.join(parts)})")
    return document


def _unknown(method: str, name: str, others: list[tuple[str, str]]) -> Answer:
    if others:
        allowed = ", ".join(sorted(method for method, _ in others))
        return Answer(
            405, {"error": f"{method} is not supported here, but {allowed}"}, ((b"allow", allowed.encode()),)
        )
    return Answer(404, {"error": f"there is no control call {name!r}"})

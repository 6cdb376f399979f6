"""Plan, ask, apply: the sequence that `plan`, `apply` and `destroy` share."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from ccstate import __version__
from ccstate.api.client import Client
from ccstate.cli.flags import Flags
from ccstate.cli.session import Session, run_async, told
from ccstate.core.diagnostics import Diagnostic, Severity
from ccstate.core.document import plan_to_json
from ccstate.core.events import Event, event_to_json
from ccstate.core.live import Account
from ccstate.core.plan import Plan, Status, summarise
from ccstate.core.state import State
from ccstate.engine import apply as engine
from ccstate.engine.apply import Outcome
from ccstate.engine.refresh import Job, plan, plan_offline
from ccstate.render.documents import json_line, json_text
from ccstate.render.progress import event_lines, report
from ccstate.render.text import View, plan_lines
from ccstate.store.files import write_atomically

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Planner:
    """One project, planned and perhaps applied."""

    session: Session

    @classmethod
    def open(cls, flags: Flags) -> Planner:
        """Read the project that the flags name."""
        return cls(Session.open(flags))

    # plan

    def show(self, out: Path | None) -> int:
        """Plan and print; save the plan where asked."""
        flags = self.session.flags
        if out is not None and flags.refresh == "none":
            raise click.UsageError("--out needs a plan that has read the account; leave --refresh=none out")
        with told(self.session.terminal, self.session.project):
            found = self._plan_for_show()
            print_plan(found, self.session)
            if refusals(found):
                return 1
            if out is not None:
                self._save(found, out)
        changes = not summarise(found.changes).nothing
        return 2 if flags.detailed_exitcode and changes else 0

    def _plan_for_show(self) -> Plan:
        state = self.session.store.load()
        job = self._job(state, applying=False)
        if self.session.flags.refresh == "none":
            config = self.session.project.config
            account = Account(
                state.account_id or config.account_id, config.organisation, self.session.flags.emulator
            )
            return plan_offline(job, account)
        return run_async(lambda client, _: plan(job, client, self._emit), self.session.endpoint())

    def _job(self, state: State, *, applying: bool) -> Job:
        options = self.session.options(applying=applying)
        desired = () if options.destroy else self.session.project.desired
        return Job(desired, state, self.session.kinds, options)

    def _save(self, found: Plan, out: Path) -> None:
        root = _relative(self.session.project.root, out)
        document = plan_to_json(
            found, version=__version__, project=root, emulator=self.session.flags.emulator
        )
        write_atomically(out, json_text(document))
        click.echo(f"Saved the plan to {out}; apply exactly it with: ccstate apply {out}", err=True)

    def _emit(self, event: Event) -> None:
        emit(self.session, event)

    # apply

    def apply(self) -> int:
        """Plan, ask, apply."""
        operation = "destroy" if self.session.flags.destroy else "apply"
        with told(self.session.terminal, self.session.project), self.session.locked(operation):
            store = self.session.store
            state = store.settle_unfinished(store.load())
            endpoint = self.session.endpoint()
            return run_async(lambda client, stop: self._plan_and_apply(client, stop, state), endpoint)

    async def _plan_and_apply(self, client: Client, stop: Stop, state: State) -> int:
        found = await plan(self._job(state, applying=True), client, self._emit)
        if self._asks:
            found = _to_be_agreed(found)
        if not self.session.flags.as_json:
            print_plan(found, self.session)
        else:
            self.session.tell(found.diagnostics)
        if refusals(found):
            return 1
        if not found.empty and not self._agreed(found):
            return 1
        return exit_code(await carry_out(found, self.session, client, stop, state))

    @property
    def _asks(self) -> bool:
        """Whether somebody will be asked."""
        flags, terminal = self.session.flags, self.session.terminal
        return terminal.may_ask and not flags.auto_approve and not flags.as_json

    def _agreed(self, found: Plan) -> bool:
        """Ask, unless the flag says yes; where something reaches people or is lost, for the organisation."""
        flags, terminal = self.session.flags, self.session.terminal
        if flags.auto_approve:
            return True
        if not self._asks:
            hint = "pass --auto-approve, or save a plan with `ccstate plan --out` and apply that"
            raise click.ClickException(f"there is nobody to ask whether to go on: {hint}")
        target = "EMULATOR" if found.account.emulated else "LIVE"
        wanted = found.account.organisation if _is_grave(found) else "yes"
        what = f"{wanted!r}, the organisation's name," if wanted != "yes" else "'yes'"
        answer = terminal.ask(
            f"\n{target} {found.account.organisation} ({found.account.id})\nType {what} to apply:"
        )
        if answer == wanted:
            return True
        click.echo("Not applied.", err=True)
        return False


def refusals(found: Plan) -> tuple[Diagnostic, ...]:
    """The diagnostics that keep a plan from being applied."""
    return tuple(each for each in found.diagnostics if each.severity is Severity.ERROR)


def _to_be_agreed(found: Plan) -> Plan:
    """At a prompt, loss of contact data is agreed to by typing a name: a warning, no error."""
    return replace(found, diagnostics=tuple(_softened(each) for each in found.diagnostics))


def _softened(each: Diagnostic) -> Diagnostic:
    if each.code != "data-loss":
        return each
    return replace(each, severity=Severity.WARNING, hint="it goes if you type the organisation's name below")


def _is_grave(found: Plan) -> bool:
    ready = [each for each in found.changes if each.status is Status.READY]
    return any(each.reaches_people or "loses" in each.impact for each in ready)


def exit_code(outcome: Outcome) -> int:
    """130 where somebody stopped it, 1 where anything is left to do."""
    if outcome.interrupted:
        return 130
    return 0 if outcome.ok else 1


async def carry_out(found: Plan, session: Session, client: Client, stop: Stop, state: State) -> Outcome:
    """Apply, tell what happens, and report; a plan that is empty may still teach the state something."""
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if not found.empty:
            emit(session, event)

    outcome = await engine.apply(found, client, session.store, state, session.kinds, listen, stop=stop)
    if not session.flags.as_json and not (found.empty and outcome.ok):
        session.terminal.result(report(found, events))
    return outcome


def emit(session: Session, event: Event) -> None:
    """An event to the terminal, or as a line of JSON."""
    if session.flags.as_json:
        if session.flags.auto_approve:
            moment = datetime.now(UTC).isoformat(timespec="milliseconds")
            click.echo(json_line(event_to_json(event, moment)), nl=False)
        return
    session.terminal.tell(event_lines(event))


def print_plan(found: Plan, session: Session) -> None:
    """A plan to stdout; its diagnostics, which are not the result, to stderr."""
    flags = session.flags
    if flags.as_json:
        document = plan_to_json(found, version=__version__, emulator=flags.emulator)
        click.echo(json_text(document), nl=False)
        return
    session.tell(found.diagnostics)
    session.terminal.result(
        plan_lines(found, View(full=flags.full, concise=flags.concise, diagnostics=False))
    )


def _relative(root: Path, out: Path) -> str:
    """The project as seen from the plan's file, so that both can be moved together."""
    return Path(os.path.relpath(root.resolve(), out.resolve().parent)).as_posix()

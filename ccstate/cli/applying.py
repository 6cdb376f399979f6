"""Applying: ask, carry out, report; or carry out exactly a saved plan."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import click

from ccstate.api.client import Client
from ccstate.cli.connection import Stop, emit, run_async
from ccstate.cli.flags import Flags
from ccstate.cli.hooks import alarm
from ccstate.cli.planning import Planner, print_plan, refusals
from ccstate.cli.saved import read_plan
from ccstate.cli.saved_target import check_target, check_version, find_project
from ccstate.cli.session import Session
from ccstate.cli.telling import told
from ccstate.cli.terminal import Terminal
from ccstate.cli.today import Today, tell_today
from ccstate.core.diagnostics import Diagnostic, Refused, Severity, error
from ccstate.core.document import PlanTarget
from ccstate.core.events import Event
from ccstate.core.plan import Plan, Status
from ccstate.core.state import State
from ccstate.engine import apply as engine
from ccstate.engine.offline import Job
from ccstate.engine.outcome import Outcome
from ccstate.engine.refresh import plan
from ccstate.engine.saved import check_live, check_state
from ccstate.render.progress import report


def apply(planner: Planner) -> int:
    """Plan, ask, apply."""
    session = planner.session
    if session.flags.refresh == "none":
        raise click.UsageError("an apply reads the account first; --refresh=none is for plan")
    with told(session.terminal, session.project), session.locked(_operation(session)) as session:
        state = session.store.settle_unfinished(session.store.load())
        job = planner.job(state, applying=True)
        return run_async(lambda client, stop: _plan_and_apply(job, session, client, stop), session)


def _operation(session: Session) -> str:
    return "destroy" if session.flags.destroy else "apply"


async def _plan_and_apply(job: Job, session: Session, client: Client, stop: Stop) -> int:
    read_at = monotonic()
    found = await plan(job, client, lambda event: emit(session, event))
    if _asks(session):
        found = _to_be_agreed(found)
    if not session.flags.as_json:
        print_plan(found, session)
    else:
        session.tell(found.diagnostics)
    if not tell_today(found, session, Today.of(client), applying=True) or refusals(found):
        return 1
    if not found.empty and not _agreed(found, session):
        return 1
    return exit_code(await carry_out(found, session, client, stop, job.state, read_at))


def _asks(session: Session) -> bool:
    """Whether somebody will be asked."""
    flags, terminal = session.flags, session.terminal
    return terminal.may_ask and not flags.auto_approve and not flags.as_json


def _agreed(found: Plan, session: Session) -> bool:
    """Ask, unless the flag says yes; where something reaches people or is lost, for the organisation."""
    if session.flags.auto_approve:
        return True
    if not _asks(session):
        hint = "pass --auto-approve, or save a plan with `ccstate plan --out` and apply that"
        raise click.ClickException(f"there is nobody to ask whether to go on: {hint}")
    target = "EMULATOR" if found.account.emulated else "LIVE"
    wanted = found.account.organisation if _is_grave(found) else "yes"
    what = f"{wanted!r}, the organisation's name," if wanted != "yes" else "'yes'"
    answer = session.terminal.ask(
        f"\n{target} {found.account.organisation} ({found.account.id})\nType {what} to apply:"
    )
    if answer == wanted:
        return True
    click.echo("Not applied.", err=True)
    return False


def _to_be_agreed(found: Plan) -> Plan:
    """At a prompt, loss of contact data is agreed to by typing a name: a warning, no error."""
    return found._replace(diagnostics=tuple(_softened(each) for each in found.diagnostics))


def _softened(each: Diagnostic) -> Diagnostic:
    if each.code != "data-loss":
        return each
    return each._replace(severity=Severity.WARNING, hint="it goes if you type the organisation's name below")


def _is_grave(found: Plan) -> bool:
    ready = [each for each in found.changes if each.status is Status.READY]
    return any(each.reaches_people or "loses" in each.impact for each in ready)


def exit_code(outcome: Outcome) -> int:
    """130 where somebody stopped it, 1 where anything is left to do."""
    if outcome.interrupted:
        return 130
    return 0 if outcome.ok else 1


async def carry_out(
    found: Plan, session: Session, client: Client, stop: Stop, state: State, read_at: float
) -> Outcome:
    """Apply, tell what happens, and report; a plan that is empty may still teach the state something.

    `read_at` is when the account was read, by the monotonic clock.
    """
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if not found.empty:
            emit(session, event)

    outcome = await engine.apply(
        found, client, session.store, state, session.kinds, listen, stop=stop, read_at=read_at
    )
    session.tell(alarm(found, events, session.project.config.on_unscheduled))
    if not session.flags.as_json and not (found.empty and outcome.ok):
        session.terminal.result(report(found, events))
    return outcome


# Saved plans


def apply_saved(flags: Flags) -> int:
    """Apply exactly the steps of a saved plan, or refuse."""
    path = Path(flags.path)
    terminal = Terminal(no_color=flags.no_color)
    with told(terminal):
        found, target, document = read_plan(path, to_apply=True)
        if flags.refresh_only and not found.refresh_only:
            raise click.UsageError(f"{path} was not made with --refresh-only: it writes to the account")
        check_version(path, str(document["ccstate_plan"]))
        root = find_project(path, target)
        if flags.emulator and not target.emulator:
            hint = "apply it without --emulator, or make a plan with it"
            raise Refused(
                [error("plan-target", "this plan is for the service, not for the emulator", hint=hint)]
            )
        session = Session.open(flags._replace(path=str(root), emulator=target.emulator))
        return _apply(found, target, session)


def _apply(found: Plan, target: PlanTarget, session: Session) -> int:
    with told(session.terminal, session.project):
        session.tell(check_target(found, target, session.store))
    with told(session.terminal, session.project), session.locked("apply") as session:
        store = session.store
        state = store.settle_unfinished(store.load())
        check_state(found, state)
        if refusals(found):
            session.tell(found.diagnostics)
            return 1
        return run_async(lambda client, stop: _go(found, session, client, stop, state), session)


async def _go(found: Plan, session: Session, client: Client, stop: Stop, state: State) -> int:
    try:
        read_at = monotonic()
        await check_live(found, client, session.kinds, session.options(applying=True))
    finally:
        calls = f"{client.calls} call{'' if client.calls == 1 else 's'}"
        click.echo(f"Read again what the plan assumes: {calls}.", err=True)
    if not session.flags.as_json:
        print_plan(found, session)
    if not tell_today(found, session, Today.of(client), applying=True):
        return 1
    return exit_code(await carry_out(found, session, client, stop, state, read_at))

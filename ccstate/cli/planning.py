"""Planning: a project and its plan, shown and saved. What `plan`, `apply` and `destroy` begin with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ccstate import __version__
from ccstate.cli.flags import Flags
from ccstate.cli.session import Session
from ccstate.cli.telling import told
from ccstate.cli.terminal import Terminal
from ccstate.core.diagnostics import Diagnostic, Severity
from ccstate.core.live import Account
from ccstate.core.plan import Plan, summarise
from ccstate.core.state import State
from ccstate.engine.offline import Job, plan_offline
from ccstate.render.text import View, plan_lines
from ccstate.store.files import write_atomically

if TYPE_CHECKING:
    from ccstate.cli.today import Today


class Planner(NamedTuple):
    """One project, and the plan of it."""

    session: Session

    @classmethod
    def open(cls, flags: Flags) -> Planner:
        """Read the project that the flags name."""
        check(flags)
        return cls(Session.open(flags))

    def show(self, out: Path | None) -> int:
        """Plan and print; save the plan where asked."""
        flags = self.session.flags
        if out is not None and flags.refresh == "none":
            raise click.UsageError("--out needs a plan that has read the account; leave --refresh=none out")
        with told(self.session.terminal, self.session.project):
            found, today = self._plan_for_show()
            print_plan(found, self.session, today)
            if today is not None:
                from ccstate.cli.today import tell_today

                tell_today(found, self.session, today, applying=False)
            if refusals(found):
                return 1
            if out is not None:
                self._save(found, out)
        changes = not summarise(found.changes).nothing
        return 2 if flags.detailed_exitcode and changes else 0

    def _plan_for_show(self) -> tuple[Plan, Today | None]:
        job = self.job(self.session.store.load(), applying=False)
        if self.session.flags.refresh == "none":
            return plan_offline(job, self._remembered_account(job.state)), None
        from ccstate.cli.connection import plan_online

        return plan_online(job, self.session)

    def _remembered_account(self, state: State) -> Account:
        config = self.session.project.config
        emulated = self.session.flags.emulator
        if os.environ.get("CCSTATE_API_URL") and not emulated:
            from ccstate.cli.credentials import endpoint_is_local

            emulated = endpoint_is_local()
        return Account(state.account_id or config.account_id, config.organisation, emulated)

    def job(self, state: State, *, applying: bool) -> Job:
        """What is to be planned, as the flags narrow it."""
        options = self.session.options(applying=applying)
        desired = () if options.destroy else self.session.project.desired
        job = Job(desired, state, self.session.kinds, options, blocks=self.session.project.blocks)
        if options.refresh_only:  # what is not managed yet is not looked at
            bound = tuple(each for each in desired if each.address in state.bindings)
            job = Job(bound, state, self.session.kinds, options)
        if self.session.flags.refresh == "none":
            return job
        from ccstate.store.cache import CacheFile

        cache = CacheFile(self.session.store.cache_path)
        return job._replace(cache=cache, full=self.session.flags.refresh == "full")

    def _save(self, found: Plan, out: Path) -> None:
        from ccstate.cli.saved import with_seal
        from ccstate.cli.saved_target import target_of
        from ccstate.core.document import plan_to_json
        from ccstate.render.documents import json_text

        root, emulator = self.session.project.root, self.session.flags.emulator
        target = target_of(root, self.session.store, out, emulator=emulator)
        document = plan_to_json(found, target, version=__version__)
        write_atomically(out, with_seal(json_text(document)))
        click.echo(f"Saved the plan to {out}; apply exactly it with: ccstate apply {out}", err=True)


def check(flags: Flags) -> None:
    """Usage errors of flags that contradict each other."""
    if not flags.refresh_only:
        return
    if flags.refresh == "none":
        raise click.UsageError("--refresh-only reads the account; leave --refresh=none out")
    writes = {
        "--destroy": flags.destroy,
        "--include-sent": flags.include_sent,
        "--replace": flags.replace,
        "--reschedule": flags.reschedule,
        "--rebind": flags.rebind,
    }
    given = ", ".join(name for name, value in writes.items() if value)
    if given:
        raise click.UsageError(f"--refresh-only changes nothing in the account; leave {given} out")


def refusals(found: Plan) -> tuple[Diagnostic, ...]:
    """The diagnostics that keep a plan from being applied."""
    return tuple(each for each in found.diagnostics if each.severity is Severity.ERROR)


def print_plan(found: Plan, session: Session, today: Today | None = None) -> None:
    """A plan to stdout; its diagnostics and the day's count, which are not the result, to stderr."""
    flags = session.flags
    if flags.as_json:
        from ccstate.core.document import PlanTarget, plan_to_json
        from ccstate.render.documents import json_text

        run = today.run() if today is not None else None
        document = plan_to_json(found, PlanTarget(emulator=flags.emulator), version=__version__, run=run)
        click.echo(json_text(document), nl=False)
        return
    session.tell(found.diagnostics)
    print_for_a_reader(found, flags, session.terminal)


def print_for_a_reader(found: Plan, flags: Flags, terminal: Terminal) -> None:
    """A plan as text; as a comment for a pull request or as a page, which hold the diagnostics too."""
    view = View(full=flags.full, concise=flags.concise, diagnostics=False)
    if flags.output == "markdown":
        from ccstate.render.markdown import plan_markdown

        click.echo(plan_markdown(found, view), nl=False)
        return
    if flags.output == "html":
        from ccstate.render.html import plan_html

        click.echo(plan_html(found, view), nl=False)
        return
    terminal.result(plan_lines(found, view))

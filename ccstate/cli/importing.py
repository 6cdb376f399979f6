"""Importing: look at one object of the account, bind it in the state, show what an apply would change."""

from __future__ import annotations

from typing import NamedTuple

import click

from ccstate import __version__
from ccstate.api.client import Client
from ccstate.cli.connection import emit, run_async
from ccstate.cli.planning import refusals
from ccstate.cli.session import Session
from ccstate.cli.telling import told
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, Refused, Severity, error, nearest
from ccstate.core.document import PlanTarget, plan_to_json
from ccstate.core.plan import Action, Change, Plan
from ccstate.core.settle import adopted
from ccstate.core.state import Binding, State
from ccstate.core.takeover import Import, asked_for, bound_already, owned_elsewhere
from ccstate.engine.offline import Job
from ccstate.engine.refresh import plan
from ccstate.render.documents import json_text
from ccstate.render.spans import BLANK
from ccstate.render.text import account_line, change_lines
from ccstate.store.cache import CacheFile

_DECIDES = ("account-mismatch", "organisation-mismatch")
"""What keeps even the state from being written; what else is wrong with the plan is for the next one."""


class Importer(NamedTuple):
    """One address, and perhaps the id of what it is to stand for."""

    session: Session
    address: str
    id: str

    def run(self) -> int:
        """Look, bind, tell."""
        with told(self.session.terminal, self.session.project), self.session.locked("import") as session:
            return self._replace(session=session)._locked()

    def _locked(self) -> int:
        store = self.session.store
        desired = self._desired()
        block = asked_for(
            desired, self.session.project.blocks, self.session.kinds[desired.address.kind], self.id
        )
        state = store.settle_unfinished(store.load())
        binding = state.bindings.get(desired.address)
        if binding is not None and self.id in ("", binding.remote_id) and not self.session.flags.as_json:
            click.echo(f"{desired.address} stands for {binding.remote_id} already; there is nothing to do.")
            return 0
        problem = owned_elsewhere(block, state)
        if problem is not None:
            raise Refused([problem])
        return run_async(lambda client, _: self._look_and_bind(desired, block, state, client), self.session)

    def _desired(self) -> Desired:
        every = {str(each.address): each for each in self.session.project.desired}
        if self.address in every:
            return every[self.address]
        close = nearest(self.address, every)
        hint = f"did you mean {close}?" if close else "declare it first; addresses look like list.newsletter"
        raise Refused([error("undeclared-address", f"{self.address} is not declared", hint=hint)])

    async def _look_and_bind(self, desired: Desired, block: Import, state: State, client: Client) -> int:
        found = await plan(self._job(desired, block, state), client, lambda event: emit(self.session, event))
        change = next((each for each in found.changes if each.address == desired.address), None)
        binding = state.bindings.get(desired.address)
        if binding is not None and self.id in ("", binding.remote_id):
            self._tell(found, change)
            return 0
        refused = tuple(each for each in refusals(found) if _decides(each))
        if refused or change is None or change.action is not Action.ADOPT or change.memory is None:
            raise Refused(refused or _why_not(found, block, binding))
        following = adopted(state, change)
        references = {**state.references, **found.references}
        self.session.store.save(following._replace(account_id=found.account.id, references=references))
        self._tell(found, change)
        return 0

    def _job(self, desired: Desired, block: Import, state: State) -> Job:
        """Only what the object and its dependencies are about is read."""
        session = self.session
        needed = _with_needed(desired, session.project.desired)
        kinds = {each.address.kind for each in needed}
        held = {address: each for address, each in state.bindings.items() if address.kind in kinds}
        options = session.options(applying=False)._replace(within=(desired.address,))
        blocks = session.project.blocks
        others = tuple(each for each in blocks.imports if each.address != desired.address)
        return Job(
            needed,
            state._replace(bindings=held),
            session.kinds,
            options,
            CacheFile(session.store.cache_path),
            blocks=blocks._replace(imports=(*others, block)),
        )

    def _tell(self, found: Plan, change: Change | None) -> None:
        """What was bound, and what the next plan would do with it."""
        told = tuple(each for each in found.diagnostics if change and each.address == change.address)
        steps = {each.id: each for each in found.steps}
        if self.session.flags.as_json:
            own = tuple(steps[each] for each in change.steps) if change else ()
            only = found._replace(changes=(change,) if change else (), steps=own, drift=(), diagnostics=told)
            target = PlanTarget(emulator=self._emulated)
            click.echo(json_text(plan_to_json(only, target, version=__version__)), nl=False)
            return
        assert change is not None, "what was bound just now has a change"
        self.session.tell(told)
        full = self.session.flags.full
        self.session.terminal.result(
            (account_line(found.account), BLANK, *change_lines(change, steps, full=full), BLANK)
        )
        click.echo(f"Bound: {change.address} stands for {change.remote_id}. The account was not touched.")
        click.echo(
            "The next apply changes it as shown." if change.fields else "Nothing differs from the manifest."
        )

    @property
    def _emulated(self) -> bool:
        return self.session.flags.emulator


def _decides(each: Diagnostic) -> bool:
    """Whether it keeps the state from being written; what else is wrong is for the next plan."""
    return each.code in _DECIDES


def _why_not(found: Plan, block: Import, binding: Binding | None) -> tuple[Diagnostic, ...]:
    """What the plan says of the address; where it says nothing, the address has another object."""
    said = tuple(each for each in found.diagnostics if each.address == block.address)
    if any(each.severity is Severity.ERROR for each in said):
        return said
    if binding is not None:
        return (*said, bound_already(block, binding))
    hint = "see to it in the account; or give the resource a name of its own"
    summary = f"{block.address}: {block.what} is left alone, so it cannot be taken over"
    return (*said, error("import-refused", summary, hint=hint, address=block.address, range=block.origin))


def _with_needed(desired: Desired, every: tuple[Desired, ...]) -> tuple[Desired, ...]:
    """A resource and all that it refers to, in the order of the manifests."""
    by_address = {each.address: each for each in every}
    chosen, waiting = {desired.address}, [desired]
    while waiting:
        for needed in waiting.pop().depends_on():
            if needed in by_address and needed not in chosen:
                chosen.add(needed)
                waiting.append(by_address[needed])
    return tuple(each for each in every if each.address in chosen)

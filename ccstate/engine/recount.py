"""Recount: the guards that look at numbers of people, asked again when a saved plan is applied.

What is counted and what is wrong with it the kinds say; only sends that are held to a number cost calls.
"""

from __future__ import annotations

from ccstate.api.client import Client
from ccstate.api.drive import drive, side_by_side
from ccstate.core.diagnostics import Diagnostic, Severity
from ccstate.core.kind import Kinds, Question
from ccstate.core.live import Live, Snapshot
from ccstate.core.plan import Plan, Status
from ccstate.core.values import Json
from ccstate.engine.reading import now


async def check_numbers(plan: Plan, client: Client, kinds: Kinds) -> tuple[Diagnostic, ...]:
    """What today's numbers refuse of a saved plan, by the limits and overrides that it was made with."""
    going = tuple(each for each in plan.changes if each.status is not Status.BLOCKED and each.impact)
    questions = {each.name: each for kind in kinds for each in kind.recount(going)}
    answers = await side_by_side(_answer(each, client, kinds) for each in questions.values())
    collections: dict[str, tuple[Live, ...]] = {}
    facts: dict[str, Json] = {}
    for question, answer in zip(questions.values(), answers, strict=True):
        if question.collection:
            collections[question.collection] = answer
        else:
            facts[question.name] = answer
    snapshot = Snapshot(plan.account, now(client), collections, facts)
    found = (each for kind in kinds for each in kind.rejudge(going, snapshot))
    return tuple(each for each in found if each.severity is Severity.ERROR)


async def _answer(question: Question, client: Client, kinds: Kinds) -> Json:
    if question.collection:
        return await drive(kinds[question.collection].collection(), client)
    return await drive(question.flow(), client)

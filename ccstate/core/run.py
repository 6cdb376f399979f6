"""What a run is about to do, in so few words that it can be written down elsewhere before its first call.

Should the run die and the machine with it, this is where the next one looks for what may be there without a
binding, and for schedules that were taken down.
"""

from __future__ import annotations

import json
from hashlib import sha256

from ccstate.core.document import plan_to_json
from ccstate.core.plan import Action, Change, Plan, Status, Step
from ccstate.core.values import Json


def run_facts(plan: Plan) -> Json:
    """The digest of the plan, what it makes, and the schedules that it takes down for a while or for good."""
    document = json.dumps(plan_to_json(plan, version=""), sort_keys=True, ensure_ascii=False)
    unscheduled = {address for step in plan.steps if step.verb == "unschedule" for address in step.addresses}
    ready = [each for each in plan.changes if each.status is Status.READY]
    return {
        "plan": f"sha256:{sha256(document.encode()).hexdigest()}",
        "creates": [
            {"address": str(each.address), "natural_key": each.natural_key}
            for each in ready
            if each.action in (Action.CREATE, Action.REPLACE) and each.steps
        ],
        "schedules": [_taken_down(each, plan) for each in ready if each.address in unscheduled],
    }


def _taken_down(change: Change, plan: Plan) -> Json:
    """When it was to go out, or is to go out again, and the digest of the live object as it was."""
    again = (each.body["scheduled_date"] for each in plan.steps if _schedules(each, change))
    return {
        "address": str(change.address),
        "remote_id": change.remote_id,
        "instant": change.before.get("schedule") or next(again, None),
        "content": change.fingerprint,
    }


def _schedules(step: Step, change: Change) -> bool:
    return step.verb == "schedule" and change.address in step.addresses

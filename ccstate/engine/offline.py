"""Offline: a plan against the state alone. No call, and none of the imports that calls need.

The live side is what the state remembers, so a plan like this shows what the manifests ask for since the last
apply and nothing that happened in the account. It has no steps: nothing can apply it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from ccstate.core.desired import Desired
from ccstate.core.kind import Kinds
from ccstate.core.live import Account, Snapshot
from ccstate.core.match import match
from ccstate.core.options import Options
from ccstate.core.plan import Plan
from ccstate.core.planning import Inputs, build
from ccstate.core.state import State
from ccstate.core.takeover import NO_BLOCKS, Blocks

if TYPE_CHECKING:
    from ccstate.store.cache import CacheFile


class Job(NamedTuple):
    """What is to be planned, with or without a refresh.

    A refresh takes from `cache` what it need not read again and keeps there what it read; a `full` one reads
    everything managed, whatever is remembered of it.
    """

    desired: tuple[Desired, ...]
    state: State
    kinds: Kinds
    options: Options
    cache: CacheFile | None = None
    full: bool = False
    blocks: Blocks = NO_BLOCKS


def plan_offline(job: Job, account: Account) -> Plan:
    """Plan against the state alone: no call, no steps."""
    found, problems = match(job.desired, job.state, {}, job.kinds, job.blocks)
    snapshot = Snapshot(account, datetime.now(UTC), offline=True)
    result = build(Inputs(job.desired, found, job.state, snapshot, job.kinds, job.options, problems))
    assert isinstance(result, Plan), "an offline plan asks nothing"
    return result

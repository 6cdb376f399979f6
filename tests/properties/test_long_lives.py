"""The same promises over long lives: many manifests, one after the other, the state lost now and then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ccstate.emulator.switches import Switches
from tests.harness import compiled
from tests.properties.manifests import manifests
from tests.properties.test_promises import apply_or_refuse, switches, world

pytestmark = pytest.mark.slow

LONG = settings(
    deadline=None,
    max_examples=30,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a life is too long to be shrunk in CI's time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@LONG
@given(st.lists(st.tuples(manifests(), st.booleans()), min_size=4, max_size=8), switches())
def test_whatever_came_before_an_apply_converges(
    life: list[tuple[dict[str, Any], bool]], found: Switches
) -> None:
    account = world(found)
    for manifest, forget in life:
        if forget:
            account.forget_everything()
        plan = account.plan(compiled(manifest))
        if any(each.code == "campaign-not-adoptable" for each in plan.diagnostics):
            continue  # a scheduled campaign of that name, which nothing may change without memory
        if apply_or_refuse(account, manifest) is None:
            continue
        assert account.plan(compiled(manifest)).empty
    assert [each for each in account.log() if each[2] >= 400 and each[0] != "GET"] == []

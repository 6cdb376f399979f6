"""Discovery: every module of the package is a kind, in a stable order, and none stands twice."""

from __future__ import annotations

from pathlib import Path

import ccstate.kinds
from ccstate.kinds import discover


def test_every_module_that_is_not_private_is_a_kind() -> None:
    modules = sorted(each.stem for each in Path(ccstate.kinds.__path__[0]).glob("*.py"))
    assert [each.section for each in discover()] == [each for each in modules if not each.startswith("_")]


def test_no_name_stands_twice() -> None:
    names = [each.name for each in discover()]
    assert len(names) == len(set(names))


def test_a_kind_is_found_by_its_name_and_by_its_section() -> None:
    kinds = discover()
    for kind in kinds:
        assert kinds[kind.name] is kinds.get(kind.name) is kinds.by_section()[kind.section] is kind
    assert kinds.get("nothing") is None

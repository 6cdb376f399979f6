"""Rules as tables of Markdown, for the pages that print them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ccstate.core.rules import GUARDS, MATCHES, GuardRule


def match_table() -> str:
    """Which live object belongs to which address."""
    return _table(("manifest", "state", "account", "result"), MATCHES)


def guard_table() -> str:
    """What is refused or held back, and what says otherwise."""
    head = ("code", "when", "effect", "the flag that says you mean it, or what to do", "settings")
    return _table(head, map(_guard_row, GUARDS))


def _guard_row(rule: GuardRule) -> tuple[str, ...]:
    way = [f"`{rule.flag}`"] if rule.flag else []
    way += [rule.remedy] if rule.remedy else []
    settings = ", ".join(f"`{each}`" for each in rule.settings)
    return (f"`{rule.code}`", rule.when, rule.effect, ", ".join(way), settings)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def with_tables(page: str) -> str:
    """A page whose tables between `<!-- match -->`, `<!-- guards -->` and their ends are as the rules say."""
    return _filled(_filled(page, "match", match_table()), "guards", guard_table())


def _filled(page: str, name: str, table: str) -> str:
    between = re.compile(f"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    return between.sub(lambda found: found[1] + table + found[2], page)

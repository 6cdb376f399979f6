"""The documentation is held to the code: every code, every command, every link."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ccstate import cli
from ccstate.cli.flags import Flags
from ccstate.core.rules import GUARDS
from ccstate.kinds import discover
from ccstate.render.rules import guard_table, match_table, with_tables

ROOT = Path(__file__).parent.parent
DOCS = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), ROOT / "examples/README.md"]
)
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+|locked|protected|forbidden|unauthorised|unreachable")
MAKERS = {
    "error",
    "warning",
    "info",
    "make",
    "Complaint",
    "_say",
    "_blocked",
    "_refused",
    "_error",
    "Diagnostic",
}
COMPUTED = {
    "state-unreadable",  # `store.files.read_json` names what it was reading
    "plan-unreadable",
    "seed-unreadable",
    "last-list",  # `guard.spare_the_last` names the kind
    "last-list-kept",
}


def documented() -> list[str]:
    text = (ROOT / "docs/diagnostics.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)


def used() -> set[str]:
    """The codes in the source: what is given to whatever makes a diagnostic, and the classes' own."""
    found = set(COMPUTED)
    for path in (ROOT / "ccstate").rglob("*.py"):
        if "emulator" not in path.relative_to(ROOT).parts:
            found |= set(_codes(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _codes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in MAKERS or name.endswith(
                ("error", "problem", "complain", "diagnostic", "tell", "refuse")
            ):
                values = [*node.args, *(each.value for each in node.keywords if each.arg == "code")]
        elif isinstance(node, ast.Assign) and any(getattr(each, "id", "") == "code" for each in node.targets):
            values = [node.value]
        for value in values:
            for constant in ast.walk(value) if isinstance(value, ast.IfExp) else (value,):
                text = constant.value if isinstance(constant, ast.Constant) else None
                if isinstance(text, str) and CODE.fullmatch(text):
                    yield text


def test_every_code_is_documented() -> None:
    assert sorted(used() - set(documented())) == []


def test_every_documented_code_is_one_that_the_source_knows() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ccstate").rglob("*.py"))
    unknown = [code for code in documented() if f'"{code}"' not in source and code not in COMPUTED]
    assert unknown == []


def test_the_source_gives_many_codes_so_that_none_of_this_is_empty() -> None:
    assert len(used()) > 100


def test_no_code_is_documented_twice() -> None:
    assert len(documented()) == len(set(documented()))


@pytest.mark.parametrize(("name", "table"), [("how-it-works.md", match_table), ("safety.md", guard_table)])
def test_the_tables_of_rules_are_printed_as_the_code_has_them(name: str, table: Callable[[], str]) -> None:
    """`WRITE_GOLDEN=1` writes them anew."""
    path = ROOT / "docs" / name
    page = path.read_text(encoding="utf-8")
    assert table() in with_tables(page)
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(with_tables(page), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == with_tables(page)


def test_every_guard_stands_in_the_table() -> None:
    """Whatever makes a diagnostic in the modules of guards; the life of a campaign has a table of its own."""
    modules = (
        "core/guard.py",
        "core/refusals.py",
        "core/dangling.py",
        "core/privileges.py",
        "kinds/_campaign_checks.py",
    )
    codes = {
        code
        for name in modules
        for code in _codes(ast.parse((ROOT / "ccstate" / name).read_text(encoding="utf-8")))
    }
    assert codes
    assert sorted(codes - {each.code for each in GUARDS}) == []


def test_every_guard_is_a_documented_code_with_flags_and_settings_that_exist() -> None:
    settings = json.loads((ROOT / "schemas/project.json").read_text(encoding="utf-8"))["properties"]
    known = set(settings) | {
        f"{section}.{name}" for section in settings for name in settings[section].get("properties", ())
    }
    guards = {name for name in known if name.startswith("guards.")}
    named = {setting for each in GUARDS for setting in each.settings}
    flags = {each.flag.partition(" ")[0] for each in GUARDS if each.flag}
    assert {each.code for each in GUARDS} <= set(documented())
    assert guards <= named <= known
    assert {f"--{name.replace('_', '-')}" for name in Flags._fields if name.startswith("allow_")} <= flags
    assert flags <= {f"--{name.replace('_', '-')}" for name in Flags._fields}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_command_that_a_page_shows_exists() -> None:
    words = set()
    for path in DOCS:
        blocks = re.findall(
            r"^```[a-z]*\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        words |= set(re.findall(r"^(?:\$ )?(?:\.venv/bin/)?ccstate ([a-z-]+)", "".join(blocks), re.MULTILINE))
    assert words <= set(cli.COMMANDS), words - set(cli.COMMANDS)


def test_every_section_is_described_for_users() -> None:
    text = (ROOT / "docs/manifest.md").read_text(encoding="utf-8")
    assert [kind.section for kind in discover() if f"`{kind.section}`" not in text] == []

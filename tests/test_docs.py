"""The documentation is held to the code: every code, every command, every link."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccstate import cli
from ccstate.kinds import discover

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

"""A project in a temporary folder, and the command line run on it as a user would."""

from __future__ import annotations

import json
import os
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from ccstate import cli


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and both streams."""

    code: int
    out: str
    err: str

    def ok(self) -> Ran:
        """The same, having succeeded."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self

    def failed(self, code: int = 1) -> Ran:
        """The same, having failed without a traceback."""
        assert self.code == code, f"exit {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err + self.out
        return self

    @property
    def json(self) -> Any:
        """Stdout, as JSON that its schema describes."""
        document = json.loads(self.out)
        described(document)
        return document


def described(document: Any) -> None:
    """Fail unless the schema of what was printed holds."""
    name = "plan" if "ccstate_plan" in document else "state" if "lineage" in document else "diagnostics"
    validator(name).validate(document)


@cache
def validator(name: str) -> Any:
    """The validator of one of the project's schemas, which may refer to each other."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    folder = Path(__file__).parent.parent / "schemas"
    found = {each.name: json.loads(each.read_text(encoding="utf-8")) for each in folder.glob("*.json")}
    resources = [(each.get("$id", file), Resource.from_contents(each)) for file, each in found.items()]
    resources += [(file, Resource.from_contents(each)) for file, each in found.items()]
    return Draft202012Validator(found[f"{name}.json"], registry=Registry().with_resources(resources))


@dataclass(frozen=True)
class Workspace:
    """A folder with manifests."""

    root: Path

    def write(self, name: str, text: str) -> Path:
        """Write a file, its text dedented."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def run(self, *arguments: str, env: dict[str, str] | None = None, answers: str | None = None) -> Ran:
        """`ccstate ARGUMENTS`, in the folder."""
        return run(*arguments, "-C", str(self.root), env=env, answers=answers)

    def apply(self, *arguments: str) -> Ran:
        """Apply on the emulator, without asking."""
        return self.run("apply", "--emulator", "--auto-approve", *arguments)

    def plan(self, *arguments: str) -> Ran:
        """Plan on the emulator."""
        return self.run("plan", "--emulator", *arguments)

    def changes(self, *arguments: str) -> list[dict[str, Any]]:
        """The active changes of a plan, as documented."""
        found = self.plan("--json", *arguments).json["changes"]
        return [
            each for each in found if each["action"] != "noop" or each["previous_address"] or each["flags"]
        ]

    @property
    def state(self) -> Any:
        """The emulator's state file."""
        document = json.loads((self.root / ".ccstate/emulator/state.json").read_text(encoding="utf-8"))
        described(document)
        return document


def run(*arguments: str, env: dict[str, str] | None = None, answers: str | None = None) -> Ran:
    """One command line in this process; `-C DIR` may stand last here."""
    words = list(arguments)
    if "-C" in words:
        at = words.index("-C")
        words = [*words[at : at + 2], *words[:at], *words[at + 2 :]]

    @click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    @click.pass_context
    def wrapped(context: click.Context, rest: tuple[str, ...]) -> None:
        context.exit(cli.run(rest))

    here = Path.cwd()
    try:
        result = CliRunner().invoke(wrapped, words, env=env, input=answers, catch_exceptions=False)
    finally:
        os.chdir(here)
    return Ran(result.exit_code, result.stdout, result.stderr)

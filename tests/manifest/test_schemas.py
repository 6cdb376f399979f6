"""The schemas: valid, found everywhere, described, and at one with the kinds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ccstate.core.kind import Form, Kind, Kinds
from ccstate.core.values import Json
from ccstate.kinds import discover
from ccstate.manifest import checker, convert, schemas
from ccstate.manifest.loader import load
from ccstate.manifest.nodes import Source
from ccstate.manifest.project import BLOCKS

EXAMPLES = Path(__file__).parents[2] / "examples"
KINDS = discover()
OURS = ("manifest", "project", "lifecycle", *BLOCKS, *(kind.section for kind in KINDS))


def properties(schema: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every property of a schema, at any depth."""
    if isinstance(schema, dict):
        for name, each in schema.get("properties", {}).items():
            yield f"{path}/{name}", each
        for name, each in schema.items():
            yield from properties(each, f"{path}/{name}")
    elif isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from properties(each, f"{path}/{index}")


@pytest.mark.parametrize("name", OURS)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas.read(name))


@pytest.mark.parametrize("name", OURS)
def test_every_property_is_described(name: str) -> None:
    silent = [
        path
        for path, each in properties(schemas.read(name))
        if "/if/" not in path and "description" not in each and "$ref" not in each
    ]
    assert silent == []


@pytest.mark.parametrize("kind", KINDS.all, ids=lambda kind: kind.section)
def test_a_schema_has_the_fields_of_its_kind(kind: Kind) -> None:
    files = {f"{each.name}_file" for each in kind.fields if each.form is Form.HTML}
    wanted = {each.name for each in kind.fields} | files | {"lifecycle"}
    assert set(schemas.read(kind.section)["properties"]) == wanted


@pytest.mark.parametrize("name", [name for name in OURS if name != "manifest"])
def test_every_field_is_in_the_documentation(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text("utf-8")
    words = set(re.findall(r"[a-z0-9_]+", text))
    assert {path.rpartition("/")[2] for path, _ in properties(schemas.read(name))} - words == set()


def test_the_manifest_has_every_section(kinds: Kinds) -> None:
    assert set(schemas.read("manifest")["properties"]) == {kind.section for kind in kinds} | set(BLOCKS)


@pytest.mark.parametrize("manifest", sorted(EXAMPLES.glob("*/**/*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_as_the_editor_wants_them(manifest: Path) -> None:
    name = "project" if manifest.name == "ccstate.yaml" else "manifest"
    root = load(Source(manifest.name, manifest.read_text("utf-8"))).root
    assert root is not None
    assert checker.for_schema(name)(convert.for_schema(name)(root))


def test_schemas_are_found_in_this_checkout() -> None:
    assert "lists" in schemas.names()


def test_schemas_are_found_inside_an_installed_package(tmp_path: Path) -> None:
    """As a wheel lays them out: in the package, with nothing beside it."""
    package = Path(schemas.__file__).parents[1]
    shutil.copytree(package, tmp_path / "ccstate", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(schemas.folder(), tmp_path / "ccstate" / "schemas", dirs_exist_ok=True)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from ccstate.manifest import schemas; print(schemas.folder(), schemas.read('lists')['title'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.split(maxsplit=1) == [str(tmp_path / "ccstate" / "schemas"), "Contact list\n"]

"""The strategies of the properties: what they give is valid, and survives its forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from referencing import Registry, Resource

from ccstate.core.address import is_key
from ccstate.core.state import State
from ccstate.kinds import discover
from tests import strategies

SCHEMAS = Path(__file__).parents[2] / "schemas"


def validators() -> dict[str, Any]:
    documents = {path.name: json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")}
    registry: Any = Registry().with_resources(
        (name, Resource.from_contents(document)) for name, document in documents.items()
    )
    return {
        kind.section: jsonschema.Draft202012Validator(documents[f"{kind.section}.json"], registry=registry)
        for kind in discover()
    }


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    return validators()


@given(manifest=strategies.manifests())
def test_manifests_validate(schemas: dict[str, Any], manifest: strategies.Manifest) -> None:
    assert manifest["lists"]
    assert strategies.keys_are_unique(manifest, discover())
    for section, resources in manifest.items():
        for key, resource in resources.items():
            assert is_key(key)
            schemas[section].validate(resource)


@given(strategies.states())
def test_every_state_survives_json(state: State) -> None:
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


@given(strategies.states())
def test_every_state_has_one_form(state: State) -> None:
    document = state.to_json()
    assert State.from_json(document).to_json() == document

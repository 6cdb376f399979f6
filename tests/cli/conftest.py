"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workspace import Workspace


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, no CI and no colours of whoever runs the tests."""
    for name in (
        "CCSTATE_ACCESS_TOKEN",
        "CCSTATE_API_URL",
        "CCSTATE_AUTH_URL",
        "CCSTATE_CLIENT_ID",
        "CCSTATE_CLIENT_SECRET",
        "CCSTATE_PLAN_KEY",
        "CCSTATE_REFRESH_TOKEN",
        "CI",
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty project."""
    return Workspace(tmp_path)

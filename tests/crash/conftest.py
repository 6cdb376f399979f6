"""Tells at the end how many crash points were tried; with `tests/crash` on the command line."""

from __future__ import annotations

import pytest

POINTS = "crash points"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line after the tests."""
    found = [
        value
        for each in terminalreporter.getreports("passed")
        for name, value in each.user_properties
        if name == POINTS
    ]
    if found:
        terminalreporter.write_line(f"{sum(found)} crash points, in {len(found)} sweeps: each converged")

"""The prompt, at a terminal of its own: what it takes for a yes."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest

from tests.workspace import Workspace

SECONDS = 30
FIELD = "custom_fields:\n  size: {label: Size, type: string}\n"
TAG = "tags:\n  vip: {name: VIP}\n"


def typed(folder: Path, answer: str) -> tuple[int, str]:
    """Exit code and screen of an apply that is answered at its prompt."""
    command = [sys.executable, "-m", "ccstate", "apply", "--emulator", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "dumb"}
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, environment)
    screen = ""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                part = os.read(terminal, 4096).decode()
            except OSError:  # the other end is closed: Linux says so in this way
                break
            if not part:
                break
            screen += part
            if "to apply:" in screen and answer:
                os.write(terminal, f"{answer}\n".encode())
                answer = ""
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen


@pytest.mark.parametrize("answer", ["no", "y", "YES", "sure"])
def test_only_yes_is_a_yes(workspace: Workspace, answer: str) -> None:
    workspace.write("tags.yaml", TAG)
    code, screen = typed(workspace.root, answer)
    assert code == 1
    assert "Not applied." in screen


def test_yes_applies_and_the_question_says_which_account_it_is(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    code, screen = typed(workspace.root, "yes")
    assert code == 0
    assert "EMULATOR Example Organisation" in screen
    assert "Apply complete! Resources: 1 added" in screen


def test_where_data_is_lost_yes_is_not_enough_but_the_organisations_name_is(workspace: Workspace) -> None:
    workspace.write("account.yaml", TAG + FIELD)
    workspace.apply().ok()
    workspace.write("account.yaml", TAG)
    assert typed(workspace.root, "yes")[0] == 1
    code, screen = typed(workspace.root, "Example Organisation")
    assert code == 0
    assert "1 destroyed" in screen
    assert "Refused" not in screen

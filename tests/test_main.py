"""The way in: what `python -m ccstate` answers is what the command line answers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ccstate import __main__
from tests.workspace import run


def test_the_version_is_told_alike_without_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ccstate", "--version"])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == run("--version").ok().out


def test_the_version_imports_no_click() -> None:
    script = "import sys; sys.argv = ['ccstate', '--version']; import runpy\n"
    script += "try: runpy.run_module('ccstate', run_name='__main__')\nexcept SystemExit: pass\n"
    script += "assert 'click' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_exit_code_is_that_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ccstate", "no-such-command"])
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 1

"""A saved plan that is not as it was saved is refused: by accident, by hand, by whoever has no key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccstate.cli.saved import is_plan_file, read_plan, with_seal
from ccstate.core.diagnostics import Refused
from ccstate.render.documents import json_text
from tests.workspace import Workspace, described

KEY = "correct horse battery staple"


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    """One list to create."""
    workspace.write("account.yaml", "lists: {news: {name: News}}\n")
    return workspace


def save(project: Workspace) -> Path:
    file = project.root / "plan.json"
    project.plan("--out", str(file)).ok()
    return file


def refused(project: Workspace, file: Path, code: str) -> str:
    """What is told, in one line."""
    ran = project.run("apply", str(file)).failed()
    assert (ran.err.count(f"[{code}]"), ran.err.count("error:")) == (1, 1), ran.err
    assert not (project.root / ".ccstate/emulator/state.json").exists()
    return " ".join((ran.out + ran.err).split())


def edited(file: Path, **members: Any) -> dict[str, Any]:
    """The document as a text editor leaves it."""
    return {**json.loads(file.read_text(encoding="utf-8")), **members}


def test_it_fits_its_schema_and_is_shown_as_it_is(project: Workspace) -> None:
    file = save(project)
    text = file.read_text(encoding="utf-8")
    described(json.loads(text))
    assert list(json.loads(text))[-1] == "seal"
    assert project.run("show", "--json", str(file)).ok().out == text


def test_any_byte_that_changed_is_one_diagnostic(project: Workspace, tmp_path: Path) -> None:
    was = save(project).read_bytes()
    file = tmp_path / "changed.json"
    for at in [*range(250), *range(250, len(was) - 250, 31), *range(len(was) - 250, len(was))]:
        file.write_bytes(was[:at] + bytes([was[at] ^ (1 + at % 255)]) + was[at + 1 :])
        assert is_plan_file(file)
        with pytest.raises(Refused) as why:
            read_plan(file, to_apply=True)
        assert [each.code for each in why.value.diagnostics] == ["plan-damaged"], at


@pytest.mark.parametrize("left", [0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_damaged(project: Workspace, left: float) -> None:
    file = save(project)
    was = file.read_bytes()
    file.write_bytes(was[: int(len(was) * left)])
    assert "cut off or edited" in refused(project, file, "plan-damaged")


def test_an_edit_by_hand_is_damage(project: Workspace) -> None:
    file = save(project)
    file.write_text(file.read_text(encoding="utf-8").replace('"News"', '"Spam"'), encoding="utf-8")
    refused(project, file, "plan-damaged")


def test_a_plan_that_was_printed_is_no_saved_one(project: Workspace) -> None:
    file = project.write("plan.json", project.plan("--json").ok().out)
    assert "does not end with its checksum" in refused(project, file, "plan-damaged")
    assert "list.news" in project.run("show", str(file)).ok().out


def test_a_signed_plan_is_applied_with_its_key_which_is_nowhere_else(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCSTATE_PLAN_KEY", KEY)
    file = save(project)
    ran = project.run("apply", str(file)).ok()
    assert "CCSTATE_PLAN_KEY" not in ran.err
    written = [each for each in project.root.rglob("*") if each.is_file()]
    assert not [each for each in written if KEY.encode() in each.read_bytes()]
    assert KEY not in ran.out + ran.err


@pytest.mark.parametrize("made_with", [None, "another key"])
def test_with_a_key_a_plan_without_it_is_refused(
    project: Workspace, monkeypatch: pytest.MonkeyPatch, made_with: str | None
) -> None:
    if made_with is not None:
        monkeypatch.setenv("CCSTATE_PLAN_KEY", made_with)
    file = save(project)
    monkeypatch.setenv("CCSTATE_PLAN_KEY", KEY)
    assert KEY not in refused(project, file, "plan-not-authentic")


def test_a_mended_checksum_is_no_signature(project: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCSTATE_PLAN_KEY", KEY)
    file = save(project)
    document = edited(file, destroy=True)
    del document["seal"]
    monkeypatch.delenv("CCSTATE_PLAN_KEY")
    file.write_text(with_seal(json_text(document)), encoding="utf-8")
    assert read_plan(file)[0].destroy
    monkeypatch.setenv("CCSTATE_PLAN_KEY", KEY)
    refused(project, file, "plan-not-authentic")


def test_a_signed_plan_without_a_key_is_applied_with_a_warning(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCSTATE_PLAN_KEY", KEY)
    file = save(project)
    monkeypatch.delenv("CCSTATE_PLAN_KEY")
    assert "[plan-not-verified]" in project.run("apply", str(file)).ok().err


def test_an_empty_key_switches_nothing_off(project: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    file = save(project)
    monkeypatch.setenv("CCSTATE_PLAN_KEY", "")
    refused(project, file, "plan-key-empty")
    assert "[plan-key-empty]" in project.plan("--out", str(file)).failed().err


def test_a_plan_of_another_major_version_is_told_as_that(project: Workspace) -> None:
    file = save(project)
    file.write_text(json.dumps(edited(file, format_version="2.0", seal={"more": 1})), encoding="utf-8")
    refused(project, file, "plan-version")

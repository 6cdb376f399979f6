"""A saved plan is for one project, one state and one version, wherever the checkout lies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ccstate.cli.saved import with_seal
from ccstate.render.documents import json_text
from tests.workspace import Ran, Workspace, described, run


def project(root: Path, **more: str) -> Workspace:
    """One list to create; `more` goes into ccstate.yaml."""
    found = Workspace(root)
    found.write("ccstate.yaml", "".join(f"{name}: {value}\n" for name, value in more.items()))
    found.write("account.yaml", "lists: {news: {name: News}}\n")
    return found


def repository(top: Path, *names: str) -> list[Workspace]:
    """A repository of some projects."""
    (top / ".git").mkdir(parents=True)
    return [project(top / name) for name in names]


def save(found: Workspace, name: str = "plan.json") -> Path:
    found.plan("--out", name).ok()
    return found.root / name


def edit(file: Path, **members: Any) -> None:
    """The plan of somebody else: made anew with other members, and sealed."""
    document = json.loads(file.read_text(encoding="utf-8"))
    del document["seal"]
    file.write_text(with_seal(json_text({**document, **members})), encoding="utf-8")


def refused(ran: Ran, code: str) -> str:
    err = " ".join(ran.failed().err.split())
    assert err.count("error:") == 1
    assert f"[{code}]" in err
    return err


def made(found: Workspace) -> bool:
    return (found.root / ".ccstate/emulator/state.json").exists()


# Which project


def test_it_holds_paths_that_mean_the_same_in_every_checkout(tmp_path: Path) -> None:
    (shop,) = repository(tmp_path / "here", "eu/shop")
    document = json.loads(save(shop, "../plan.json").read_text(encoding="utf-8"))
    described(document)
    assert (document["project"], document["in_repository"]) == ("shop", "eu/shop")
    assert document["state"] == ".ccstate/emulator/state.json"
    assert str(tmp_path) not in json.dumps(document)


def test_a_printed_plan_says_nothing_of_where_it_was_made(tmp_path: Path) -> None:
    document = project(tmp_path).plan("--json").ok().json
    assert document["project"] == ""
    assert not {"in_repository", "state", "tzdata"} & set(document)


def test_plan_and_apply_may_be_two_checkouts_in_two_places(tmp_path: Path) -> None:
    (shop,) = repository(tmp_path / "one", "shop")
    save(shop)
    shutil.copytree(tmp_path / "one", tmp_path / "elsewhere/two")
    other = Workspace(tmp_path / "elsewhere/two/shop")
    assert "1 added" in run("apply", str(other.root / "plan.json")).ok().out
    assert (made(other), made(shop)) == (True, False)


@pytest.mark.parametrize("start", ["", "shop", "shop/deep"])
def test_a_file_that_was_carried_elsewhere_is_for_the_project_here(tmp_path: Path, start: str) -> None:
    shop, _ = repository(tmp_path / "repository", "shop", "other")
    (shop.root / "deep").mkdir()
    file = shutil.move(save(shop), tmp_path / "artefact.json")
    assert "1 added" in run("apply", str(file), "-C", str(tmp_path / "repository" / start)).ok().out
    assert made(shop)


def test_a_copy_in_another_project_is_refused_with_both_named(tmp_path: Path) -> None:
    shop, other = repository(tmp_path, "shop", "other")
    shutil.copy(save(shop), other.root / "plan.json")
    err = refused(other.run("apply", "plan.json"), "plan-other-project")
    assert "the plan is for the project 'shop' of its repository, this is 'other'" in err
    assert not made(other)


def test_a_carried_file_applied_in_another_project_is_refused(tmp_path: Path) -> None:
    shop, other = repository(tmp_path / "repository", "shop", "other")
    file = shutil.move(save(shop), tmp_path / "artefact.json")
    refused(other.run("apply", str(file)), "plan-other-project")
    assert not made(other)


def test_a_checkout_without_its_repository_is_told_by_the_path_alone(tmp_path: Path) -> None:
    (shop,) = repository(tmp_path / "one", "shop")
    save(shop)
    shutil.copytree(shop.root, tmp_path / "image/app")
    assert "1 added" in run("apply", str(tmp_path / "image/app/plan.json")).ok().out


def test_no_project_anywhere_is_refused(tmp_path: Path) -> None:
    shop = project(tmp_path / "one")
    save(shop, "../plan.json")
    file = tmp_path / "plan.json"
    shutil.move(shop.root, tmp_path / "gone")
    assert str(tmp_path / "one") in refused(run("apply", str(file), "-C", str(tmp_path)), "project-missing")


# Which state, which version


def test_another_state_than_the_plan_was_made_for_is_refused_with_both_named(tmp_path: Path) -> None:
    shop = project(tmp_path)
    edit(save(shop), state="s3://bucket/shop.json")
    err = refused(shop.run("apply", "plan.json"), "plan-other-state")
    assert "for the state s3://bucket/shop.json, the project's is .ccstate/emulator/state.json" in err


@pytest.mark.parametrize(("made_by", "fits"), [("0.1.7", True), ("0.2.0", False), ("1.1.0", False)])
def test_another_minor_version_plans_again(tmp_path: Path, made_by: str, fits: bool) -> None:
    shop = project(tmp_path)
    edit(save(shop), ccstate_plan=made_by)
    assert "0 to change" in shop.run("show", "plan.json").ok().out
    ran = shop.run("apply", "plan.json")
    if fits:
        assert "1 added" in ran.ok().out
    else:
        assert f"was made by ccstate {made_by}, this is 0.1." in refused(ran, "plan-other-version")


def test_other_time_zones_are_a_warning_where_something_is_scheduled(tmp_path: Path) -> None:
    shop = project(tmp_path, guards="{horizon_days: 20000}")
    edit(save(shop), tzdata="2019a")
    assert "tzdata-differs" not in shop.run("apply", "plan.json").ok().err
    mail = {
        "name": "May news",
        "from": {"name": "Jo Bloggs", "email": "owner@example.com"},
        "subject": "Hello May",
        "html": "<html><body>[[trackingImage]]<p>Hello</p></body></html>",
        "audience": {"lists": ["news"]},
        "schedule": {"at": "2035-05-01T09:00", "timezone": "America/New_York"},
    }
    shop.write("may.yaml", json.dumps({"campaigns": {"may": mail}}))
    edit(save(shop), tzdata="2019a")
    err = " ".join(shop.run("apply", "plan.json").ok().err.split())
    assert "the plan's moments were made with time zones of 2019a, here they are of 20" in err


# What was decided when it was made


def test_what_a_flag_let_pass_needs_none_again_and_is_shown(tmp_path: Path) -> None:
    shop = project(tmp_path)
    field = (
        "custom_fields: {fruit: {label: Fruit, type: single_select, display_type: dropdown, choices: [A, B]}}"
    )
    shop.write("fields.yaml", field)
    shop.apply().ok()
    shop.write("fields.yaml", "custom_fields: {}\n")
    assert "data-loss" in shop.plan("--out", "plan.json").failed().err
    shop.plan("--out", "plan.json", "--allow-data-loss", "custom_field.fruit").ok()
    shown = shop.run("show", "plan.json").ok().out
    assert "Overrides used:\n      --allow-data-loss  custom_field.fruit would lose" in shown
    (found,) = shop.run("show", "--json", "plan.json").ok().json["overrides"]
    assert (found["flag"], found["address"]) == ("--allow-data-loss", "custom_field.fruit")
    assert "1 destroyed" in shop.run("apply", "plan.json").ok().out


# Applied once, as it was reviewed


def test_it_is_applied_once_also_to_an_empty_state(tmp_path: Path) -> None:
    shop = project(tmp_path)
    save(shop)
    shop.run("apply", "plan.json").ok()
    refused(shop.run("apply", "plan.json"), "plan-stale")


def test_a_plan_of_nothing_but_state_is_applied_once(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.apply().ok()
    serial = shop.state["serial"]
    shop.write("account.yaml", "lists: {news: {name: News, lifecycle: {protect: true}}}\n")
    save(shop)
    shop.run("apply", "plan.json").ok()
    assert shop.state["serial"] > serial
    refused(shop.run("apply", "plan.json"), "plan-stale")


def test_a_plan_of_nothing_but_adoptions_is_applied_once_to_a_lost_state(tmp_path: Path) -> None:
    shop = project(tmp_path)
    shop.apply().ok()
    (shop.root / ".ccstate/emulator/state.json").unlink()
    save(shop)
    assert "1 adopted" in shop.run("apply", "plan.json").ok().out
    refused(shop.run("apply", "plan.json"), "plan-stale")


def test_a_mail_that_is_edited_after_the_plan_is_sent_as_it_was_reviewed(tmp_path: Path) -> None:
    shop = project(tmp_path)
    sender = "{name: Jo Bloggs, email: owner@example.com}"
    shop.write("mail.html", "<html><body>[[trackingImage]]<p>As reviewed</p></body></html>")
    shop.write(
        "may.yaml",
        f"campaigns: {{may: {{name: May, from: {sender}, subject: Hello, html_file: mail.html, "
        "audience: {lists: [news]}}}\n",
    )
    save(shop)
    shop.write("mail.html", "<html><body>[[trackingImage]]<p>Edited since</p></body></html>")
    shop.run("apply", "plan.json").ok()
    (change,) = shop.changes()
    assert "As reviewed" in change["before"]["html"]
    assert "Edited since" in change["after"]["html"]

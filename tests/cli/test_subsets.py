"""A part of a project on the command line: a PATH inside it, --target, --exclude, and what they say aloud."""

from __future__ import annotations

import json

import pytest

from tests.workspace import Workspace


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    """A list and a tag for everybody, and a campaign with a tag of its own in a folder apart."""
    mail = {
        "name": "May news",
        "from": {"name": "Jo Bloggs", "email": "owner@example.com"},
        "subject": "Hello May",
        "html": "<html><body>[[trackingImage]]<p>Hello</p></body></html>",
        "audience": {"lists": ["news"]},
    }
    workspace.write("ccstate.yaml", "")
    workspace.write(
        "lists.yaml", json.dumps({"lists": {"news": {"name": "News"}, "other": {"name": "Other"}}})
    )
    workspace.write("may/campaign.yaml", json.dumps({"campaigns": {"may": mail}}))
    workspace.write("may/tags.yaml", json.dumps({"tags": {"may": {"name": "May"}}}))
    workspace.write("empty.yaml", "# nothing yet\n")
    return workspace


def bound(workspace: Workspace) -> list[str]:
    return sorted(workspace.state["bindings"])


def test_a_folder_takes_what_it_needs_along_and_says_so(project: Workspace) -> None:
    ran = project.apply("may").ok()
    assert "info: list.news is included too, because campaign.may needs it [also-included]" in ran.err
    assert bound(project) == ["campaign.may", "list.news", "tag.may"]
    assert "also-included" not in project.plan("may").ok().err


def test_it_is_said_in_every_form(project: Workspace) -> None:
    said = "list.news is included too, because campaign.may needs it"
    assert said in project.plan("may/campaign.yaml", "--format", "markdown").ok().out
    assert said in project.plan("may/campaign.yaml", "--format", "html").ok().out
    document = project.plan("may/campaign.yaml", "--json").ok().json
    assert [(each["code"], each["address"]) for each in document["diagnostics"]] == [
        ("also-included", "list.news")
    ]


def test_what_is_left_out_because_of_an_exclusion_is_said(project: Workspace) -> None:
    ran = project.apply("--exclude", "list.news").ok()
    assert "campaign.may is left out too, because it needs list.news, which is not there yet" in " ".join(
        ran.err.split()
    )
    assert bound(project) == ["list.other", "tag.may"]


def test_a_file_that_declares_nothing_is_about_nothing(project: Workspace) -> None:
    assert "No changes." in project.plan("empty.yaml").ok().out


def test_what_left_a_file_is_deleted_by_a_run_about_the_whole_project_or_by_its_name(
    project: Workspace,
) -> None:
    project.apply().ok()
    project.write("may/tags.yaml", "tags: {}\n")
    assert project.changes("may") == []
    assert [each["address"] for each in project.changes("--target", "tag.may")] == ["tag.may"]
    assert [each["address"] for each in project.changes()] == ["tag.may"]


def test_destroy_of_a_folder_leaves_the_rest(project: Workspace) -> None:
    project.apply().ok()
    project.run("destroy", "--emulator", "--auto-approve", "may").ok()
    assert bound(project) == ["list.news", "list.other"]

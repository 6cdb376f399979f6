"""HTML, from the manifest or from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from ccstate.core.diagnostics import Diagnostic
from ccstate.core.kind import Kinds
from ccstate.manifest.project import Project, load

Read: TypeAlias = Callable[..., Project]

CAMPAIGN = """\
campaigns:
  may:
    name: May
    from: {name: Jo, email: jo@example.com}
    subject: Hello
"""


def html_of(read: Read, data: str | bytes, named: str = "a.html") -> str:
    project = read({"m.yaml": f"{CAMPAIGN}    html_file: {named}\n", "a.html": data})
    assert project.diagnostics == ()
    return str(project.desired[0].fields["html"])


def refused(read: Read, data: str | bytes, named: str = "a.html") -> Diagnostic:
    (told,) = read({"m.yaml": f"{CAMPAIGN}    html_file: {named}\n", "a.html": data}).diagnostics
    return told


def test_a_file_is_its_text(read: Read) -> None:
    assert html_of(read, "<p>Grüße</p>\n") == "<p>Grüße</p>\n"


def test_a_byte_order_mark_and_windows_line_ends_are_not_mailed(read: Read) -> None:
    assert html_of(read, b"\xef\xbb\xbf<p>\r\n</p>") == "<p>\n</p>"


def test_a_path_is_relative_to_its_manifest(read: Read) -> None:
    files = {"mails/m.yaml": f"{CAMPAIGN}    html_file: html/a.html\n", "mails/html/a.html": "<p>"}
    assert read(files).desired[0].fields["html"] == "<p>"


def test_a_path_may_go_up_within_the_project(read: Read) -> None:
    files = {"mails/m.yaml": f"{CAMPAIGN}    html_file: ../a.html\n", "a.html": "<p>", "ccstate.yaml": ""}
    assert read(files).diagnostics == ()


@pytest.mark.parametrize("named", ["../../etc/passwd", "/etc/passwd"])
def test_a_path_may_not_leave_the_project(read: Read, named: str) -> None:
    assert refused(read, "<p>", named).code == "html-file-outside"


def test_a_link_may_not_leave_the_project_either(write: Callable[..., Path], kinds: Kinds) -> None:
    root = write({"inner/m.yaml": f"{CAMPAIGN}    html_file: a.html\n", "outer.html": "<p>"})
    (root / "inner" / "a.html").symlink_to(root / "outer.html")
    assert [each.code for each in load(root / "inner", kinds).diagnostics] == ["html-file-outside"]


def test_a_missing_file_names_the_nearest(read: Read) -> None:
    told = refused(read, "<p>", "b.html")
    assert (told.code, str(told.range)) == ("html-file-missing", "m.yaml:6:16")
    assert told.hint == "did you mean 'a.html'?"


def test_case_matters(read: Read) -> None:
    assert "Upper and lower case" in refused(read, "<p>", "A.HTML").hint


@pytest.mark.parametrize("named", ["nowhere/a.html", "x" * 3_000, '"a\\0b"', "."])
def test_whatever_is_no_file_is_told(read: Read, named: str) -> None:
    assert refused(read, "<p>", named).code in {"html-file-missing", "html-file-outside"}


def test_a_file_that_is_no_utf8_is_told_in_the_file(read: Read) -> None:
    told = refused(read, b"<p>\nGr\xfc\xdfe")
    assert (told.code, str(told.range)) == ("not-utf8", "a.html:2:3")


def test_an_empty_file_is_told(read: Read) -> None:
    assert refused(read, " \n").code == "empty-value"


def test_a_file_over_the_limit_is_told(read: Read) -> None:
    told = refused(read, "x" * 150_001)
    assert told.summary == "a.html is 150,001 characters long; at most 150,000 are allowed"


def test_a_file_at_the_limit_is_fine(read: Read) -> None:
    assert len(html_of(read, "x" * 150_000)) == 150_000


@pytest.mark.parametrize("pair", ["[#", "${", "<@"])
def test_a_template_pair_is_told_where_it_stands_in_the_file(read: Read, pair: str) -> None:
    told = refused(read, f"<p>\n  ä {pair}x</p>")
    assert (told.code, str(told.range)) == ("forbidden-text", "a.html:2:5")


def test_a_merge_tag_is_no_template_pair(read: Read) -> None:
    assert html_of(read, "<p>[[FirstName]] a@b.c $5 {x}</p>")


def test_a_file_of_two_campaigns_is_told_for_each(read: Read) -> None:
    second = CAMPAIGN.removeprefix("campaigns:\n").replace("may", "june").replace("May", "June")
    files = {
        "m.yaml": f"{CAMPAIGN}    html_file: a.html\n{second}    html_file: a.html\n",
        "a.html": "${x}",
    }
    assert [str(each.address) for each in read(files).diagnostics] == ["campaign.june", "campaign.may"]


def test_pairs_without_end_are_told_so_often(read: Read) -> None:
    files = {"m.yaml": f"{CAMPAIGN}    html_file: a.html\n", "a.html": "${x}" * 10_000}
    assert len(read(files).diagnostics) == 20


def test_a_pair_in_the_manifest_is_told_where_it_stands(read: Read) -> None:
    text = CAMPAIGN + "    html: |\n      <p>one</p>\n      <p>${two} [#three]</p>\n"
    told = [(each.code, str(each.range)) for each in read(text).diagnostics]
    assert told == [("forbidden-text", "manifest.yaml:8:10"), ("forbidden-text", "manifest.yaml:8:17")]

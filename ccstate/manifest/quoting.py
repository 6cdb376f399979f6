"""Quoting: what YAML mangles when a text stands without quotes, and the line to write instead.

Pure text in, text out: the loader asks when a line does not parse, the schema's words when a text became
something else. A proposal is always one line that can be copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_BLOCK = re.compile(r"(?P<lead>[ ]*(?:-[ ]+)*(?P<field>[A-Za-z_][\w.-]*)[ ]*:[ \t]+)(?P<value>\S.*?)\s*$")
_ITEM = re.compile(r"(?P<lead>[ ]*(?:-[ ]+)+)(?P<value>\S.*?)\s*$")
_FLOW_KEY = re.compile(r"[{,]\s*(?P<field>[A-Za-z_][\w-]*)\s*:\s+")
_FLOW_END = re.compile(r"\s*,\s*[A-Za-z_][\w-]*\s*:(?:\s|$)|\s*\}[\s\]\},]*(?:#.*)?$|\s*$")
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]*(?:\s+#.*)?$")
_COMMENT = re.compile(r"\s#\s.*$")

_OPENERS: Final = "#*@%&!`|>,]}"


class Fix(NamedTuple):
    """One value to quote: its field (empty for an item of a list) and where it stands in its line."""

    field: str
    begin: int
    end: int
    quoted: str

    def apply(self, line: str) -> str:
        """The line with the value in quotes."""
        return line[: self.begin] + self.quoted + line[self.end :]


def quote(text: str) -> str:
    """The text as a quoted scalar: double quotes, or single ones where it holds double ones."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def unquote(quoted: str) -> str:
    """The text of what `quote` made."""
    return quoted[1:-1].replace("''", "'") if quoted[0] == "'" else quoted[1:-1]


def what(field: str) -> str:
    """How a message calls a field: `the subject`, `the text`."""
    return f"the {field}" if field else "the text"


def why(value: str) -> str:
    """What YAML makes of the way a value begins."""
    meanings = {
        "[": "a bracket at the beginning starts a list",
        "{": "a brace at the beginning starts a mapping",
        "#": "` #` starts a comment, which ends the line",
        "*": "`*` at the beginning names an alias",
        "&": "`&` at the beginning names an anchor",
        "!": "`!` at the beginning names a tag",
        "%": "`%` may not begin a text",
        "@": "`@` may not begin a text",
        "`": "a backtick may not begin a text",
        '"': "the text goes on after its closing quote",
        "'": "the text goes on after its closing quote",
        "|": "`|` at the beginning announces a text on the lines below",
        ">": "`>` at the beginning announces a text on the lines below",
        "-": "a dash and a blank begin an item of a list",
        "?": "a question mark and a blank begin a key",
        ",": "a comma separates the items of a list",
        "]": "a closing bracket ends a list",
        "}": "a closing brace ends a mapping",
    }
    if value in ("null", "~"):
        return f"in YAML, `{value}` without quotes means nothing at all"
    colon = "a colon and a blank inside a text separate a key from a value"
    return f"in YAML, {meanings.get(value[:1], colon)}"


def propose(line: str, column: int | None) -> Fix | None:
    """What to quote in a line that does not parse; `column` (from 0) is where the parser gave up."""
    found = _BLOCK.match(line) or _ITEM.match(line)
    if found is None:
        return None
    value = found["value"]
    if value[0] in "{[" and (inner := _in_flow(line, found.start("value"), column)):
        return inner
    if not _is_mangled(value):
        return None
    return _fix(found.groupdict().get("field") or "", found.start("value"), _cut(value))


def _in_flow(line: str, begin: int, column: int | None) -> Fix | None:
    fixes = list(_flow_fixes(line, begin))
    before = [each for each in fixes if column is not None and each.begin <= column]
    return before[-1] if before else next(iter(fixes), None)


def _flow_fixes(line: str, begin: int) -> Iterator[Fix]:
    for key in _FLOW_KEY.finditer(line, begin):
        end = _FLOW_END.search(line, key.end())
        value = line[key.end() : end.start() if end else len(line)]
        if value and value[0] != "{" and _is_mangled(value):
            yield _fix(key["field"], key.end(), value)


def _fix(field: str, begin: int, value: str) -> Fix:
    return Fix(field, begin, begin + len(value), quote(_unwrapped(value)))


def _cut(value: str) -> str:
    """Without a comment that looks like one (a blank on both sides of the sign)."""
    return value if value.startswith("#") else _COMMENT.sub("", value)


def _unwrapped(value: str) -> str:
    """The text inside, where quotes stand around the whole of it already (`'It's spring'`)."""
    if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]:
        return value[1:-1]
    return value


def _is_mangled(value: str) -> bool:
    """Whether YAML would take the value for something other than the text that it looks like."""
    first = value[0]
    if first in "\"'":
        return _goes_on(value, first)
    if first in "[{":
        return value.startswith("[[") or _goes_on(value, "]" if first == "[" else "}")
    if _BLOCK_TEXT.match(value):
        return False
    return first in _OPENERS or value[:2] in ("- ", "? ") or ": " in value or value.endswith(":")


def _goes_on(value: str, closer: str) -> bool:
    end = value.find(closer, 1)
    rest = value[end + 1 :].strip() if end > 0 else ""
    return bool(rest) and not rest.startswith("#")

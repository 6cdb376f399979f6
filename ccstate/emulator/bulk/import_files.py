"""The contacts that an import brings along: as many as its first four megabytes hold.

The rest is dropped without a word, says the contract, and so are the lines of a file after the 40,000th.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from itertools import zip_longest
from typing import Any

LARGEST = 4 * 1024 * 1024
MOST_LINES = 40_000  # of a file, with the line of the headings
_BLANK = re.compile(r"[ \t\r\n]*")

Line = tuple[int, Any]  # a number to tell a contact by, and its words


class BadFile(ValueError):
    """A file of which nothing can be imported; the message says why."""


def from_csv(content: bytes) -> list[Line]:
    """The contacts of a file, as words by heading. Blank lines are no contacts."""
    whole = len(content) <= LARGEST
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(content[:LARGEST], final=whole)
    except UnicodeDecodeError as problem:
        raise BadFile("is not encoded as UTF-8") from problem
    rows = _rows(text)
    if not whole and not text.endswith("\n"):
        rows = rows[:-1]
    headings = [heading.strip() for heading in rows[0][1]] if rows else []
    if not {"email", "sms_number"} & set(headings):
        raise BadFile("must have email or sms_number as a heading")
    named = [heading for heading in headings if heading]
    if len(set(named)) < len(named):
        raise BadFile("has a heading twice")
    return [(number, _words(headings, cells)) for number, cells in rows[1:MOST_LINES]]


def from_json(contacts: list[Any], content: bytes) -> list[Line]:
    """The contacts of a payload."""
    if len(content) > LARGEST:
        text = content[:LARGEST].decode(json.detect_encoding(content), "ignore")
        contacts = contacts[: _complete(text)]
    return list(enumerate(contacts, 1))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Every line that is not blank, with its number."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as problem:
        raise BadFile(f"is not well-formed CSV: {problem}") from problem


def _words(headings: list[str], cells: list[str]) -> Any:
    """None for a line with a value that has no heading; missing values are blank."""
    headed = {heading: cell for heading, cell in zip_longest(headings, cells, fillvalue="") if cell.strip()}
    return None if "" in headed else headed


def _complete(text: str) -> int:
    """How many elements of `import_data` are complete in the beginning of a payload."""
    decoder, at = json.JSONDecoder(), _skip(text, text.index("{") + 1)
    try:
        while True:
            name, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
            if name == "import_data":
                return _elements(decoder, text, _skip(text, at + 1))
            _, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
    except (ValueError, IndexError):
        return 0  # cut off before the first contact


def _elements(decoder: json.JSONDecoder, text: str, at: int) -> int:
    count = 0
    try:
        while text[at] != "]":
            _, at = decoder.raw_decode(text, at)
            count += 1
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
    except (ValueError, IndexError):
        return count  # cut off in the middle of the next one
    return count


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at

"""Documents: what is printed as JSON, and how JSON is written.

A document is one top-level object; the items of its lists stand on a line each, so that ten thousand changes
can be searched with grep and compared with diff.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ccstate.core.diagnostics import Diagnostic, Severity
from ccstate.core.document import FORMAT_VERSION, diagnostic_to_json
from ccstate.core.values import Json

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def diagnostics_document(diagnostics: Iterable[Diagnostic]) -> dict[str, Json]:
    """What `ccstate validate --json` prints."""
    found = tuple(diagnostics)
    return {
        "format_version": FORMAT_VERSION,
        "diagnostics": [diagnostic_to_json(each) for each in found],
        "summary": {
            "errors": sum(each.severity is Severity.ERROR for each in found),
            "warnings": sum(each.severity is Severity.WARNING for each in found),
        },
    }


def json_text(document: Mapping[str, Json]) -> str:
    """A document as text, with its line end; members keep their order."""
    members = ",\n".join(f"{_dump(name)}: {''.join(_member(value))}" for name, value in document.items())
    return f"{{\n{members}\n}}\n"


def _member(value: Json) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        yield _dump(value)
        return
    yield "[\n"
    yield ",\n".join(_dump(each) for each in value)
    yield "\n]"


def json_line(document: Mapping[str, Json]) -> str:
    """A document on one line, with its line end: an event of a stream."""
    return _dump(document) + "\n"


_JSON: Final = json.JSONEncoder(ensure_ascii=False)


def _dump(value: Json) -> str:
    """Readable, but for half characters, which no encoding can write."""
    text = _JSON.encode(value)
    return text if text.isascii() else _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

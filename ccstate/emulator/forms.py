"""Reads a body that is a multipart form, which one operation of the API takes.

Every way in which such a body can be broken is a 400 in the usual envelope.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccstate.emulator.errors import ApiError, malformed
from ccstate.emulator.wire import Call

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS = 1000


@dataclass(frozen=True)
class Part:
    name: str
    content: bytes
    file_name: str | None = None  # None: no file

    @property
    def text(self) -> str | None:
        """What a plain field holds; None where that is no text."""
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            return None


class _Collector:
    """Puts parts together from what the parser calls back with."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.finished = False
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value, self._content = bytearray(), bytearray(), bytearray()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MOST_PARTS:
            raise ValueError(f"more than {MOST_PARTS} parts")
        self._headers, self._content = {}, bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        from python_multipart.multipart import parse_options_header

        kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if kind != b"form-data" or b"name" not in options:
            raise ValueError("a part has no name")
        file_name = options.get(b"filename")
        self.parts.append(
            Part(
                options[b"name"].decode("utf-8", "replace"),
                bytes(self._content),
                None if file_name is None else file_name.decode("utf-8", "replace"),
            )
        )

    def _finish(self) -> None:
        self.finished = True


def read(call: Call) -> list[Part]:
    """The parts of the call's body, in its order."""
    # Imported here, as no other operation needs it and most runs never come by.
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _, options = parse_options_header(call.content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _broken(call, "the Content-Type names no boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.write(call.content)
        parser.finalize()
    except (FormParserError, ValueError) as problem:
        raise _broken(call, str(problem)) from problem
    if not collector.finished:
        raise _broken(call, "it ends before its last boundary")
    return collector.parts


def _broken(call: Call, problem: str) -> ApiError:
    return malformed(call.operation.service, f"The body is no well-formed multipart form: {problem}")

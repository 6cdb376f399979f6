"""Syntax: what is told about a text that YAML cannot parse, or parses into less than was typed.

Most such lines are texts without quotes: then the line to copy is shown, and given back repaired so that the
loader can read on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ccstate.core.diagnostics import Diagnostic, Position, Range, error, warning
from ccstate.manifest import quoting
from ccstate.manifest.nodes import Mark, Node, Scalar, Source, place, position, walk

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_CUT_OFF = re.compile(r"[^\s#][ \t]+#(?=[^\s#!])")


def told(source: Source, failure: Exception) -> tuple[Diagnostic, Source | None]:
    """What to say of a text that does not parse, and the text with the line repaired, where that is known."""
    mark = getattr(failure, "problem_mark", None) or getattr(failure, "context_mark", None)
    if mark is None:
        return _control_character(source), None
    fixed = _needs_quotes(source, failure, mark)
    if fixed is not None:
        return fixed
    return _not_yaml(source, failure, mark), None


def _needs_quotes(source: Source, failure: Exception, mark: Mark) -> tuple[Diagnostic, Source] | None:
    """The value to quote, in the line where the parser gave up or where the open bracket stands."""
    begun = getattr(failure, "context_mark", None)
    flow = "flow" in (getattr(failure, "context", None) or "")
    for each in (mark, begun if flow else None):
        if each is None:
            continue
        begin, line = source.line_around(each.index)
        fix = quoting.propose(line, mark.index - begin if each is mark else None)
        if fix is not None:
            return _quoted(source, fix, begin, each.line + 1)
    return None


def _quoted(source: Source, fix: quoting.Fix, begin: int, number: int) -> tuple[Diagnostic, Source]:
    _, line = source.line_around(begin)
    told = needs_quotes(source, fix, line, number, quoting.why(line[fix.begin : fix.end]))
    text = source.text[:begin] + fix.apply(line) + source.text[begin + len(line) :]
    return told, Source(source.filename, text)


def needs_quotes(source: Source, fix: quoting.Fix, line: str, number: int, detail: str) -> Diagnostic:
    """The line to copy."""
    return error(
        "yaml-needs-quotes",
        f"put {quoting.what(fix.field)} in quotes",
        detail=detail,
        hint=fix.apply(line).strip(),
        range=Range(source.filename, Position(number, fix.begin + 1), Position(number, fix.end + 1)),
    )


_PLAIN_WORDS: Final = {
    "mapping values are not allowed": (
        "a `key: value` is not possible here",
        "is the indentation right? A text that holds a colon and a blank needs quotes",
    ),
    "expected key": ("this does not fit what stands above", "is the indentation right?"),
    "expected '-' indicator": (
        "this does not fit the list above",
        "is the indentation right? Each item of a list begins with `- `",
    ),
    "could not find expected ':'": ("a `key: value` was expected here", "is there a colon and a blank?"),
    "expected ',' or ']'": (
        "a `[` is not closed",
        "close it with `]`, or put the text in quotes",
    ),
    "expected ',' or '}'": (
        "a `{` is not closed",
        "close it with `}`, or put the text in quotes",
    ),
    "unexpected end of stream": ("a quote is not closed", "close it at the end of its text"),
    "unknown escape character": (
        "an unknown `\\` sequence in double quotes",
        "use single quotes, or write each `\\` twice",
    ),
    "cannot start any token": ("no text can begin like this", "put the text in quotes"),
}


def _not_yaml(source: Source, failure: Exception, mark: Mark) -> Diagnostic:
    problem = getattr(failure, "problem", None) or "not valid YAML"
    begun = getattr(failure, "context_mark", None)
    words = _plain_words(problem)
    if "is not closed" in words[0] and begun is not None:
        mark = begun
    if "maximum nesting depth" in problem:
        # libyaml 0.2.6 and later give up by themselves, before the loader has seen the first level.
        return error("yaml-too-deep", "nested too deep", range=Range(source.filename, position(mark)))
    if source.text[mark.index : mark.index + 1] == "\t":
        words = ("a tab cannot indent", "indent with blanks")
    return error("yaml-syntax", words[0], hint=words[1], range=Range(source.filename, position(mark)))


def _plain_words(problem: str) -> tuple[str, str]:
    """The two parsers differ in a word here and there, so a part of it has to do."""
    known = (words for part, words in _PLAIN_WORDS.items() if part in problem)
    return next(known, (f"not valid YAML: {problem}", ""))


def _control_character(source: Source) -> Diagnostic:
    found = _FORBIDDEN.search(source.text)
    index = found.start() if found else 0
    begin, _ = source.line_around(index)
    at = Position(source.text.count("\n", 0, index) + 1, index - begin + 1)
    name = f"U+{ord(found[0]):04X}" if found else "an unknown one"
    return error(
        "yaml-control-character",
        f"a control character ({name}) stands here",
        hint="take it out; a copied text may hold one that no editor shows",
        range=Range(source.filename, at),
    )


def cut_off(source: Source, root: Node | None) -> Iterator[Diagnostic]:
    """`subject: We are #1` says `We are` to YAML: legal, and never what was meant."""
    ends = {found.start() + 1 for found in _CUT_OFF.finditer(source.text)}
    if not ends or root is None:
        return
    for _, node in walk(root):
        if type(node) is Scalar and node.plain and node.text and node.end.index in ends:
            begin, line = source.line_around(node.start.index)
            fixed = line[: node.start.index - begin] + quoting.quote(
                line[node.start.index - begin :].rstrip()
            )
            yield warning(
                "yaml-cut-off",
                f"` #` ends this text: it is {node.text!r}",
                detail="in YAML, a blank and `#` start a comment",
                hint=f"as text: {fixed.strip()} ; as a comment, put a blank after the `#`",
                range=place(source.filename, node),
            )

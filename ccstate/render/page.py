"""The frame of a page: what stands around the plan, its looks, and the rules that keep what is inside in.

A page is one file that asks nobody for anything: no script, no picture, no font. Its policy says so to the
browser too, and frames inherit it, so a mail that is shown loads nothing and tells nobody that it was seen.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Final

from ccstate.render.spans import Line, clean

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""Mails have their styles inside; everything else that a document could fetch or send is forbidden."""

_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")

_LOOKS: Final = """\
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --paper: #fff; --card: #f6f8fa;
  --line: #d1d9e0; --add: #116329; --add-back: #dafbe1; --destroy: #a40e26; --destroy-back: #ffebe9;
  --change: #7d4e00; --warning: #7d4e00; --warning-back: #fff8c5; --move: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117;
  --card: #161b22; --line: #3d444d; --add: #7ee787; --add-back: #12341f; --destroy: #ffa198;
  --destroy-back: #3f1519; --change: #e3b341; --warning: #e3b341; --warning-back: #332a10;
  --move: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font: 600 1rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; margin: 0; }
p { margin: .25rem 0; }
small, .dim, .place, dt, summary, figcaption, footer { color: var(--soft); }
code, pre, .rows dd { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .875rem; }
.badge { display: inline-block; padding: 0 .5rem; border: 1px solid currentcolor; border-radius: 1rem;
  font: 600 .75rem/1.5rem system-ui, sans-serif; white-space: nowrap; }
.add, ins { color: var(--add); } .destroy, del { color: var(--destroy); } .change { color: var(--change); }
.move, .adopt, .info { color: var(--move); } .warning { color: var(--warning); }
.forget { color: var(--soft); }
.error { color: var(--destroy); }
ins, del { text-decoration: none; padding: 0 .2rem; border-radius: .2rem; white-space: pre-wrap; }
ins { background: var(--add-back); } del { background: var(--destroy-back); }
article { margin: .75rem 0; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; }
article.people { border-left: .3rem solid var(--warning); }
article header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.place { margin-left: auto; font-size: .8125rem; }
.rows { display: grid; grid-template-columns: minmax(5rem, max-content) minmax(0, 1fr); gap: .25rem 1rem;
  margin: .5rem 0 0; }
.rows dd { margin: 0; }
pre { margin: .5rem 0; overflow-x: auto; overflow-wrap: normal; }
pre .add, pre .destroy { display: inline-block; min-width: 100%; }
pre .add { background: var(--add-back); } pre .destroy { background: var(--destroy-back); }
.note { margin: .75rem 0; padding: .5rem 1rem; border-left: .3rem solid var(--line);
  background: var(--card); }
.note.error { color: inherit; border-color: var(--destroy); background: var(--destroy-back); }
.note.warning { color: inherit; border-color: var(--warning); background: var(--warning-back); }
.lines { list-style: none; margin: .5rem 0; padding: 0; }
.lines li { padding: .3rem 0; border-bottom: 1px solid var(--line); }
.mails { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem;
  margin-top: .5rem; }
figure { margin: 0; }
iframe { width: 100%; height: 30rem; resize: vertical; border: 1px solid var(--line); border-radius: .3rem;
  background: #fff; color-scheme: light; }
summary { cursor: pointer; margin-top: .5rem; font-size: .875rem; }
footer { margin-top: 2rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: .875rem; }
@media (max-width: 34rem) { .rows { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .rows dd { margin-bottom: .5rem; }  .place { margin-left: 0; width: 100%; } }
@media print { article { break-inside: avoid; } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """A whole page; `body` is HTML, `title` is text."""
    return "".join(_framed(title, body))


def _framed(title: str, body: Iterable[str]) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
    yield f"<title>{text(title)}</title>\n<style>\n{_LOOKS}</style>\n</head>\n<body>\n<main>\n"
    for each in body:
        yield each
        yield "\n"
    yield "</main>\n</body>\n</html>\n"


def text(value: str) -> str:
    """A text that may come from anywhere, as nothing but text."""
    return html.escape(clean(value))


def mark(tag: str, value: str, style: str = "") -> str:
    """An element around a text; without a style and of no meaning of its own, the text alone."""
    if tag == "span" and not style:
        return text(value)
    return f"<{tag}{_styled(style)}>{text(value)}</{tag}>"


def _styled(style: str) -> str:
    return f' class="{style}"' if style else ""


def spans(line: Line) -> str:
    """A line of spans, its styles as classes."""
    return "".join(mark("span", each.text, each.style) for each in line)


def folded(summary: str, body: str, *, is_open: bool = False) -> str:
    """A part that is opened by a click; both are HTML."""
    return f"<details{' open' if is_open else ''}><summary>{summary}</summary>\n{body}</details>"


def frame(document: str, title: str) -> str:
    """A document of somebody else's, shown as it is: it can run nothing, load nothing, and lead nowhere."""
    inside = html.escape(_UNWRITABLE.sub("\ufffd", document))
    return f'<iframe sandbox="" loading="lazy" title="{text(title)}" srcdoc="{inside}"></iframe>'

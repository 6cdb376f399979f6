"""Rendering: from plans, diagnostics and events to lines of spans, and to JSON documents.

Pure: no terminal, no files, no clock. Colour is a word on a span (`add`, `dim`, `error`, ...); the command
line turns it into escape codes where there is a terminal.
"""

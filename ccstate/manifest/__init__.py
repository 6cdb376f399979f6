"""The manifest edge: YAML text in, validated `Desired` values out, with a place for everything.

`project.load` is the way in. Nothing in here knows a kind by its name (kinds come as a value, `kind.Kinds`),
talks to the service, prints, or looks at today's date. A user's mistake is a diagnostic, never an exception.
"""

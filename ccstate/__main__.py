"""`python -m ccstate`, and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # Scripts ask this; the same answer through click takes almost three times as long.
        from ccstate import __version__

        print(f"ccstate {__version__}")  # noqa: T201 - there is no click here
        sys.exit(0)
    from ccstate.cli import collector, run

    collector.hold()
    code = run(arguments)
    collector.leave()
    sys.exit(code)


if __name__ == "__main__":
    main()

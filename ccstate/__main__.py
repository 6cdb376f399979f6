"""`python -m ccstate`, and the console script."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # Scripts ask this; the same answer through click takes almost three times as long.
        from ccstate import __version__

        print(f"ccstate {__version__}")  # noqa: T201 - there is no click here
        sys.exit(0)
    # Plans are hundreds of thousands of values and next to no cycles: looking for those after every 700 new
    # ones, as is the default, took a quarter of the time of a big plan and found none.
    gc.set_threshold(50_000, 20, 100)
    from ccstate.cli import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()

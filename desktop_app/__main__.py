"""The `albumen` command: with arguments the command line, without them the window."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line, or open the window where there are no arguments; returns the exit code."""
    arguments = sys.argv[1:]
    if not arguments:
        print("The window is not part of this version yet; for the command line see: albumen --help", file=sys.stderr)
        return 2
    from engine.cli import main as run_command_line

    return run_command_line(arguments)


if __name__ == "__main__":
    sys.exit(main())

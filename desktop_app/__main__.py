"""The `albumen` command: with arguments the command line, without them the window."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line, or open the window where there are no arguments; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments:
        from engine.cli import main as run_command_line

        return run_command_line(arguments)
    try:
        from desktop_app.app import run
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("PySide6"):
            raise
        print(
            "The window needs PySide6: pip install 'albumen[window]'. For the command line see: albumen --help",
            file=sys.stderr,
        )
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())

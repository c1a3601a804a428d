"""The command line: one file a command, `report` for what is printed, `workers` for who does the work."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.base.errors import AlbumenError, Cancelled, UsageError

OK, FAILED, WRONG_USAGE, STOPPED = 0, 1, 2, 130
_WRONG_VALUES = ("unknown_model", "preset_unreadable", "template_malformed", "template_unknown_field")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 all done, 1 some photos failed, 2 wrong usage, 130 stopped."""
    from engine.cli.parser import build_parser

    try:
        parsed = build_parser().parse_args(arguments)
        code: int = parsed.run(parsed)
        return code
    except UsageError as error:
        print(f"albumen: {error}", file=sys.stderr)
        return WRONG_USAGE
    except AlbumenError as error:
        print(f"albumen: {error}", file=sys.stderr)
        return WRONG_USAGE if error.kind in _WRONG_VALUES else FAILED
    except (Cancelled, KeyboardInterrupt):
        print("\nStopped. What was finished is kept.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        return FAILED

"""``gate-action`` and ``python -m gate_action``: runs a command and ends with its exit code."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of docs/contracts.md, section 8. ``argv`` without the program's name; None: the process's own."""
    from gate_action.cli.commands import run_command  # `import gate_action.__main__` stays light

    return run_command(sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    sys.exit(main())

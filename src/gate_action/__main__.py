"""``gate-action`` and ``python -m gate_action``: runs a command and ends with its exit code."""

import atexit
import gc
import os
import sys
from collections.abc import Sequence

_GC_THRESHOLD = 200_000
"""Objects between two looks for cycles: what a start loads, and a suite holds, lives to the end."""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of docs/contracts.md, section 8. ``argv`` without the program's name; None: the process's own.

    The process then ends with that code as soon as everything that waits for its end has run.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our arrays are small, and threads cost a start 0.04 s of CPU
    gc.set_threshold(_GC_THRESHOLD)
    codes: list[int] = []
    if argv is None:
        atexit.register(_leave, codes)  # the first to be registered is the last to be called
    atexit.register(gc.freeze)  # what lives to the end is the system's to free: to look for cycles in it takes 0.05 s
    from gate_action.cli.commands import run_command  # `import gate_action.__main__` stays light

    codes.append(run_command(sys.argv[1:] if argv is None else argv))
    return codes[0]


def _leave(codes: Sequence[int]) -> None:
    """Lets the system free what Python would free object by object, which takes 0.02 s."""
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):  # nobody reads it any more: Python's own end tells that, and by its own exit code
        return
    if codes:  # none: an exception is on its way
        os._exit(codes[0])


if __name__ == "__main__":
    sys.exit(main())

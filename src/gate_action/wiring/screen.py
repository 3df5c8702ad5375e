"""Standard output: how wide it is and whether it takes colours. Knows nothing of what is printed."""

import os
import shutil
import sys
from collections.abc import Mapping
from typing import NamedTuple

PLAIN_WIDTH = 120
"""Columns of a log, where there is no terminal to ask."""


class Screen(NamedTuple):
    width: int
    is_colour: bool


def look_at_screen(environ: Mapping[str, str] = os.environ) -> Screen:
    """``NO_COLOR`` (no-color.org) in ``environ`` turns colours off."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else PLAIN_WIDTH
    return Screen(width=width, is_colour=is_terminal and not environ.get("NO_COLOR"))

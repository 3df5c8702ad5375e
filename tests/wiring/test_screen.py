"""Colours go to terminals only, and not to those who asked for none."""

import os
import subprocess
import sys

import pytest

from gate_action.wiring.screen import PLAIN_WIDTH, Screen, look_at_screen

ASK = "from gate_action.wiring.screen import look_at_screen; print(look_at_screen().is_colour)"


def test_a_log_is_of_one_width_and_has_no_colours(capsys: pytest.CaptureFixture[str]):
    assert look_at_screen({}) == Screen(width=PLAIN_WIDTH, is_colour=False)


@pytest.mark.parametrize(("wish", "said"), [({}, b"True"), ({"NO_COLOR": ""}, b"True"), ({"NO_COLOR": "1"}, b"False")])
def test_a_terminal_takes_colours_unless_told_otherwise(wish: dict[str, str], said: bytes):
    ours, theirs = os.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run([sys.executable, "-c", ASK], stdout=theirs, env=environ | wish, check=True)
    os.close(theirs)
    assert os.read(ours, 100).strip() == said
    os.close(ours)

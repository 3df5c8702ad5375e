"""docs/judges.md: its lock is a lock, its bars are the code's, its commands and options exist."""

import re
from pathlib import Path

from gate_action.cli.judge import command
from gate_action.codec.labels import decode_lock
from gate_action.model.judge import LEAST_J, LEAST_LABELS

PAGE = (Path(__file__).parents[1] / "docs" / "judges.md").read_text(encoding="utf-8")


def test_the_pages_lock_is_read_and_its_judge_may_block():
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    record = decode_lock(block.encode(), "judges.lock.yaml")["desk"]["tone"]
    assert record.quality.shortfall == ""
    assert abs(record.quality.sensitivity.value + record.quality.specificity.value - 1 - record.quality.j.value) < 0.001


def test_the_page_names_the_bars_of_the_code():
    assert f"of at least {LEAST_J}, on at least {LEAST_LABELS} labels of either class" in PAGE


def test_every_command_of_the_page_takes_the_options_that_it_is_given():
    shown = re.findall(r"^\$ gate-action judge ([a-z]+) (.*)$", PAGE, re.MULTILINE)
    assert {name for name, _ in shown} == {"label", "calibrate"}
    for name, rest in shown:
        options = {option for parameter in command.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options

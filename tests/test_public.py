"""The public names, and the example that shows them at work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import gate_action

PAGE = (Path(__file__).parents[1] / "docs/decision.md").read_text(encoding="utf-8")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", gate_action.__all__)
def test_every_public_name_is_there(name):
    assert getattr(gate_action, name) is not None


def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="has no attribute 'Hands'"):
        gate_action.Hands  # noqa: B018  # the access is what fails


def test_importing_the_package_loads_nothing_else():
    assert run("import sys, gate_action; print('numpy' in sys.modules, 'gate_action.model' in sys.modules)") == (
        "False False\n"
    )


def test_the_page_on_the_decision_runs_and_blocks_by_the_broken_slice():
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert run(example).startswith("answer regressed in slice topic=refunds: run again side by side, base ")

"""docs/evaluators.md cannot drift: its table lists every evaluator with every option and its default, its code runs."""

import re
from dataclasses import MISSING, fields
from typing import Any

import pytest

from gate_action import plugins
from gate_action.evaluators._judge_criteria import Preset
from gate_action.model.fixture import Json
from tests.docs_tables import REQUIRED, read_page, read_table

PAGE = read_page("evaluators.md")
ROWS = read_table(PAGE)


def real(cls: Any) -> dict[str, Json]:
    options: dict[str, Json] = {}
    for option in fields(cls):
        if option.default_factory is not MISSING:
            options[option.name] = option.default_factory()
        else:
            options[option.name] = REQUIRED if option.default is MISSING else option.default
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}


def test_the_table_lists_every_evaluator_in_order():
    assert tuple(ROWS) == plugins.names("evaluators")


@pytest.mark.parametrize("name", plugins.names("evaluators"))
def test_the_table_tells_every_option_with_its_default(name: str):
    assert ROWS[name] == real(plugins.find("evaluators", name))


def test_every_preset_is_told():
    assert all(f"`{preset}`" in PAGE for preset in Preset)


def test_the_plugin_shown_holds_to_the_contract():
    shown: dict[str, Any] = {"__name__": "shown"}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(code, "docs/evaluators.md", "exec"), shown)
    shown["test_at_most_holds_to_the_contract"]()

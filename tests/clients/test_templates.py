"""Placeholders in texts and JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.templates import check_template, fill, fill_text, values_of
from gate_action.errors import ConfigError
from gate_action.model.fixture import Fixture, Json

VALUES = values_of(Fixture(id="f", input={"a": {"b": [10, "x"]}, "t": "text"}, context=("one", "two")), 3)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{input}}", {"a": {"b": [10, "x"]}, "t": "text"}),
        ("{{ input.a.b.1 }}", "x"),
        ("{{input.a.b}}", [10, "x"]),
        ("{{context}}", ["one", "two"]),
        ("{{context}}!", "one\n\ntwo!"),
        ("{{attempt}}", 3),
        ("{{fixture_id}}-{{attempt}}", "f-3"),
        ("{{input.a}}.", '{"b": [10, "x"]}.'),
        ({"k": ["{{input.t}}", 1, None, True]}, {"k": ["text", 1, None, True]}),
        ("no { placeholder } {}", "no { placeholder } {}"),
    ],
)
def test_placeholders_become_values(template: Json, expected: Json):
    assert fill(template, VALUES) == expected


@given(st.text())
def test_what_a_value_holds_is_never_expanded(text: str):
    values = values_of(Fixture(id="f", input=text + "{{context}}{{input}}"), 0)
    assert fill_text("<{{input}}>", values) == f"<{text}{{{{context}}}}{{{{input}}}}>"


@pytest.mark.parametrize("name", ["input.x", "input.a.b.2", "input.t.0", "input.a.b.-1", "context.5"])
def test_a_part_that_a_fixture_lacks_is_told_with_its_name(name: str):
    with pytest.raises(ConfigError, match=f"fixture 'f' has nothing for {{{{{name}}}}}"):
        fill(f"{{{{{name}}}}}", VALUES)


@pytest.mark.parametrize("template", ["{{expected}}", {"a": ["{{ inputs.x }}"]}, "{{}}"])
def test_a_placeholder_that_nothing_stands_for_is_refused(template: Json):
    with pytest.raises(ValueError, match="nothing is known as"):
        check_template(template)

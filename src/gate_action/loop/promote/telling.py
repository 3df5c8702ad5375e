"""Parts of a candidate in words, for whatever page they stand on."""

import json

from gate_action.model.fixture import ABSENT, Check, Fixture, Json


def text_of(value: Json) -> str:
    """Text as it is, anything else as JSON."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False, indent=1)


def check_text(check: Check) -> str:
    return f"{check.evaluator} {json.dumps(check.options, ensure_ascii=False)}"


def expected_text(fixture: Fixture) -> str:
    if fixture.expected.output is not ABSENT:
        return text_of(fixture.expected.output)
    if fixture.expected.tool_calls is not ABSENT:
        return text_of([{"name": one.name, "arguments": one.arguments} for one in fixture.expected.tool_calls])
    return "not known: the answer above must not come again"

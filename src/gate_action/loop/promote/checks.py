"""Which checks a failure mode asks for, of those that the gate has. Whether they fit is seen by trying them."""

from collections.abc import Iterator, Mapping, Sequence

from gate_action.model.fixture import Check, Json, ToolCall
from gate_action.model.loop import FailureMode

_LONGEST_QUOTE = 300
_SHORTEST_QUOTE = 4
_LONGEST_ANSWER = 4_000
_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def propose_checks(mode: str, parts: Mapping[str, Json], *, has_judge: bool) -> tuple[Check, ...]:
    """For a scrubbed row: those of its mode, best first, and as the last resort that the answer is not given again."""
    own = tuple(_of_mode(mode, parts))
    judged = tuple(_by_judge(mode, parts)) if has_judge else ()
    return (*own, *judged) or tuple(_not_again(parts))


def not_again(parts: Mapping[str, Json]) -> tuple[Check, ...]:
    """That the failing answer, letter by letter, is not given again: weak, and true of any failure."""
    return tuple(_not_again(parts))


def _of_mode(mode: str, parts: Mapping[str, Json]) -> Iterator[Check]:
    match mode:
        case FailureMode.OVER_REFUSAL:
            yield Check(evaluator="refusal", options={"expect": "answer"})
        case FailureMode.UNDER_REFUSAL:
            yield Check(evaluator="refusal", options={"expect": "refuse"})
        case FailureMode.FORMAT_ERROR:
            yield from _format(parts)
        case FailureMode.TOOL_MISUSE:
            yield from _tools(parts)
        case FailureMode.HALLUCINATION:
            yield from _not_quoted(parts)
        case _:
            return


def _format(parts: Mapping[str, Json]) -> Iterator[Check]:
    """The shape of the right answer, if that is known and is JSON; of a fenced answer, that it comes without."""
    right, wrong = parts["correction"], parts["output"]
    if isinstance(right, Mapping):
        yield Check(evaluator="json_schema", options={"schema": _schema(right)})
    elif isinstance(right, list):
        yield Check(evaluator="json_schema", options={"schema": {"type": "array"}})
    elif isinstance(wrong, str) and not right and ("```json" in wrong or wrong.lstrip()[:1] in ("{", "[")):
        yield Check(evaluator="json_schema", options={"schema": {"type": ["object", "array"]}})


def _schema(value: Mapping[str, Json]) -> Json:
    properties = {key: {"type": _JSON_TYPES[type(one)]} for key, one in value.items() if type(one) in _JSON_TYPES}
    return {"type": "object", "required": sorted(value), "properties": properties}


def _tools(parts: Mapping[str, Json]) -> Iterator[Check]:
    """The right calls, if a correction names them."""
    if calls := read_calls(parts["correction"]):
        told: list[Json] = [{"name": call.name, "arguments": call.arguments} for call in calls]
        yield Check(evaluator="tool_calls", options={"expected": told, "arguments": "subset"})


def read_calls(correction: Json) -> tuple[ToolCall, ...]:
    """Of a text that is calls: ``{"tool_calls": [{"name", "arguments"}]}``, or a list of such; else none."""
    calls = correction.get("tool_calls") if isinstance(correction, Mapping) else correction
    if not isinstance(calls, Sequence) or isinstance(calls, str):
        return ()
    found = [_call(one) for one in calls]
    return tuple(one for one in found if one is not None) if None not in found else ()


def _call(one: Json) -> ToolCall | None:
    if not isinstance(one, Mapping) or not isinstance(one.get("name"), str):
        return None
    arguments = one.get("arguments") or {}
    return ToolCall(name=str(one["name"]), arguments=arguments if isinstance(arguments, Mapping) else {})


def _not_quoted(parts: Mapping[str, Json]) -> Iterator[Check]:
    """The words that were made up must not come again. Of the answer only: what a user said is no answer's fault."""
    quote, output = str(parts["quote"]).strip(), parts["output"]
    if _SHORTEST_QUOTE <= len(quote) <= _LONGEST_QUOTE and isinstance(output, str) and quote in output:
        yield Check(evaluator="not_contains", options={"none_of": [quote]})


def _by_judge(mode: str, parts: Mapping[str, Json]) -> Iterator[Check]:
    presets = {str(one) for one in FailureMode}
    if mode in presets:
        yield Check(evaluator="llm_judge", options={"preset": mode})
    elif sentence := str(parts["sentence"]).strip():
        yield Check(
            evaluator="llm_judge",
            options={"criteria": f"The answer does not repeat this fault, which an earlier one had: {sentence}"},
        )


def _not_again(parts: Mapping[str, Json]) -> Iterator[Check]:
    output = parts["output"]
    if isinstance(output, str) and _SHORTEST_QUOTE <= len(output.strip()) <= _LONGEST_ANSWER:
        yield Check(evaluator="not_contains", options={"none_of": [output.strip()]})

"""The statement says what the report says, in in-toto's words, and is read back whoever signed it."""

from dataclasses import replace

import msgspec
import pytest
from jsonschema import Draft202012Validator

from gate_action.codec.attestation import (
    CommitResult,
    encode_json,
    make_predicate,
    make_statement,
    read_statement,
    result_of,
)
from gate_action.codec.baselines import RecordError
from gate_action.model.decision import Verdict
from gate_action.model.integrity import Approval, Integrity, Way
from gate_action.model.report import Report
from tests.sinks.published import HEAD, failing, passing, unmeasured

# The statement and the predicate test-result v0.1 as in-toto specifies them.
_DESCRIPTOR = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "uri": {"type": "string"}, "digest": {"type": "object"}},
    "anyOf": [{"required": ["name"]}, {"required": ["uri"]}, {"required": ["digest"]}],
}
_TESTS = {"type": "array", "items": {"type": "string"}}
_STATEMENT = {
    "type": "object",
    "required": ["_type", "subject", "predicateType", "predicate"],
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "subject": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["digest"]}},
        "predicateType": {"const": "https://in-toto.io/attestation/test-result/v0.1"},
        "predicate": {
            "type": "object",
            "required": ["result", "configuration"],
            "properties": {
                "result": {"enum": ["PASSED", "WARNED", "FAILED"]},
                "configuration": {"type": "array", "items": _DESCRIPTOR},
                "url": {"type": "string"},
                "passedTests": _TESTS,
                "warnedTests": _TESTS,
                "failedTests": _TESTS,
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
SUITE = "sha256:" + "5" * 64


def with_suite(report: Report) -> Report:
    return replace(report, suite_digest=SUITE)


@pytest.mark.parametrize("report", [failing(), passing()])
def test_the_statement_is_as_in_toto_specifies_it(report: Report):
    statement = msgspec.json.decode(encode_json(make_statement(with_suite(report)) or {}))
    assert list(Draft202012Validator(_STATEMENT).iter_errors(statement)) == []
    assert statement["subject"][0]["digest"]["gitCommit"] == HEAD
    assert statement["predicate"] == make_predicate(with_suite(report))


def test_what_was_written_is_read_back():
    report = with_suite(passing())
    statement = msgspec.json.decode(encode_json(make_statement(report) or {}))
    told = CommitResult(
        commit=HEAD, suite=SUITE, gate_id=report.gate_id, result="PASSED", base="b" * 40, run_id="run-1"
    )
    assert read_statement(statement) == told


def test_only_a_pass_has_passed_and_what_was_not_evaluated_has_failed():
    inconclusive = replace(passing().decision, verdict=Verdict.INCONCLUSIVE)
    softened = replace(unmeasured().decision, is_softened=True)
    assert result_of(passing()) == "PASSED"
    assert result_of(failing()) == "FAILED"
    assert result_of(replace(passing(), decision=inconclusive)) == "WARNED"
    assert result_of(replace(passing(), decision=replace(inconclusive, is_blocking_inconclusive=True))) == "FAILED"
    assert result_of(replace(passing(), decision=softened)) == "FAILED"
    supposed = Integrity(approvals=(Approval(who="", way=Way.SUPPOSED, commit=HEAD),))
    assert result_of(replace(passing(), integrity=supposed)) == "FAILED"
    assert make_statement(unmeasured()) is None


@pytest.mark.parametrize("change", ["_type", "predicateType", "predicate"])
def test_a_statement_of_something_else_is_refused(change: str):
    statement = msgspec.json.decode(encode_json(make_statement(with_suite(passing())) or {}))
    others: tuple[object, ...] = ("https://slsa.dev/provenance/v1", None, {}, [])
    for other in others:
        with pytest.raises(RecordError):
            read_statement({**statement, change: other})
    with pytest.raises(RecordError):
        read_statement([])

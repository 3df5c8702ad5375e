"""The documents of a run: read back as written, and refused with the path where they are not ours."""

import json

import pytest

from gate_action.codec import documents
from gate_action.errors import ConfigError
from gate_action.model.comparison import ChangeKind, FixtureChange, Tally
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.fixture import Place, Slice, ToolCall
from gate_action.model.integrity import Approval, Area, Effect, GateChange, Integrity, Way
from gate_action.model.report import ArmUsage, Example, Report, Shown
from gate_action.model.run import BaseRule, Fingerprint, Revision, Revisions
from gate_action.model.trial import Unmeasured

DECISION = Decision(
    verdict=Verdict.FAIL,
    reasons=(Reason(kind=ReasonKind.REGRESSION, sentence="worse", metric="m", slice=Slice("topic", "refund")),),
    changes=(
        FixtureChange(
            fixture_id="a",
            kind=ChangeKind.REGRESSED,
            base=Tally(3, 3, 0),
            head=Tally(0, 3, 0),
            base_mean=1.0,
            head_mean=0.0,
            metric="m",
        ),
    ),
)
REVISIONS = Revisions(head=Revision(sha="b" * 40, tree="t"), base=None, rule=BaseRule.NONE)
REPORT = Report(
    gate_id="g",
    tool_version="1",
    run_id="r",
    started_at="2026-01-01T00:00:00+00:00",
    duration_s=1.5,
    revisions=REVISIONS,
    decision=DECISION,
    suite_digest="sha256:0",
    fixtures=1,
    slices=1,
    reproduce="gate-action run",
    run_folder="run",
    usage={"head": ArmUsage(trials=1, errors=0, latency_median_s=0.1, tokens=Unmeasured.NOT_REPORTED, cost_usd=0.5)},
    examples=(
        Example(
            fixture_id="a",
            input={"messages": [{"role": "user", "content": "hi"}]},
            expected=None,
            place=Place("f.jsonl", 1),
            base=Shown(text="yes", tool_calls=(ToolCall(name="t", arguments={"x": 1}),)),
            head=None,
        ),
    ),
    integrity=Integrity(
        changes=(GateChange(area=Area.FIXTURE, subject="n", effect=Effect.NEUTRAL, what="added"),),
        approvals=(Approval(who="alice", way=Way.LABEL, commit="a" * 40),),
    ),
)
MANIFEST = documents.Manifest(
    tool_version="1",
    run_id="r",
    gate_id="g",
    revisions=REVISIONS,
    fingerprint=Fingerprint(suite="s", evaluators="e", target="t"),
    config_digest="c",
    started_at="2026-01-01T00:00:00+00:00",
    shard=documents.Shard(index=0, count=8),
)


def test_each_document_is_read_back_as_it_was_written():
    assert documents.decode_decision(documents.encode_decision(DECISION), path="d") == DECISION
    assert documents.decode_report(documents.encode_report(REPORT), path="r") == REPORT
    assert documents.decode_manifest(documents.encode_manifest(MANIFEST), path="m") == MANIFEST


def test_a_decision_has_no_clock_and_no_run_id_in_it():
    text = documents.encode_decision(DECISION).decode()
    assert "2026" not in text
    assert "run_id" not in text


def test_what_was_not_measured_stands_there_as_a_word():
    usage = json.loads(documents.encode_report(REPORT))["usage"]["head"]
    assert usage["tokens"] == "not_reported"


def test_another_schema_version_is_refused_with_the_one_that_is_read():
    content = documents.encode_report(REPORT).replace(b'"schema_version": 1', b'"schema_version": 7')
    with pytest.raises(ConfigError, match=r"out/report.json: schema_version 7") as caught:
        documents.decode_report(content, path="out/report.json")
    assert "version 1" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"schema_version": 1}', b"\xff\xfe"])
def test_what_is_no_report_is_refused_with_its_path(content: bytes):
    with pytest.raises(ConfigError, match=r"out/report\.json"):
        documents.decode_report(content, path="out/report.json")

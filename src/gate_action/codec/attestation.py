"""A report as an in-toto statement: predicate type test-result v0.1. docs/contracts.md, section 6."""

from collections.abc import Iterator
from typing import Any

import msgspec

from gate_action.codec.baselines import RecordError
from gate_action.model.comparison import Finding
from gate_action.model.decision import Verdict
from gate_action.model.fixture import Json, JsonObject
from gate_action.model.integrity import Way
from gate_action.model.report import Report

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
PASSED, WARNED, FAILED = "PASSED", "WARNED", "FAILED"
_WORDS = {
    Finding.PASS: PASSED,
    Finding.IMPROVED: PASSED,
    Finding.INCONCLUSIVE: WARNED,
    Finding.MIXED: FAILED,
    Finding.REGRESSION: FAILED,
    Finding.ERRORED: FAILED,
}


class CommitResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement of ours says: which commit, on which fixtures, and how it ended."""

    commit: str
    suite: str
    """``sha256:`` and 64 hex digits."""
    gate_id: str
    result: str
    base: str = ""
    """What it was compared with; empty: nothing, or it is not told."""
    run_id: str = ""


def make_statement(report: Report) -> JsonObject | None:
    """None without revisions: there is no subject to speak of. The subject is head's commit, by its git digests."""
    if report.revisions is None:
        return None
    head = report.revisions.head
    digest: dict[str, Json] = {"gitCommit": head.sha, **({"gitTree": head.tree} if head.tree else {})}
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "head", "digest": digest}],
        "predicateType": PREDICATE_TYPE,
        "predicate": make_predicate(report),
    }


def make_predicate(report: Report) -> JsonObject:
    """What actions/attest takes by ``predicate-path``. All that a check needs is in it, whatever the subject is."""
    tests: dict[str, list[Json]] = {PASSED: [], WARNED: [], FAILED: []}
    for metric in report.decision.metrics:
        broken = metric.floor is not None and metric.floor.is_broken
        tests[FAILED if broken else _WORDS[metric.finding]].append(f"{metric.role.value} metric {metric.metric}")
    return {
        "result": result_of(report),
        "configuration": list(_configuration(report)),
        "passedTests": tests[PASSED],
        "warnedTests": tests[WARNED],
        "failedTests": tests[FAILED],
    }


def result_of(report: Report) -> str:
    """PASSED is a PASS and nothing else; WARNED did not block and shows no pass; what was not evaluated has FAILED.

    So has what would only pass if somebody approved it: a report that supposes so is a preview.
    """
    if any(approval.way is Way.SUPPOSED for approval in report.integrity.approvals):
        return FAILED
    match report.decision.verdict:
        case Verdict.PASS:
            return PASSED
        case Verdict.INCONCLUSIVE if not report.decision.exit_code:
            return WARNED
        case _:
            return FAILED


def read_statement(statement: object) -> CommitResult:
    """Of a statement of ours, whatever its subject. Raises RecordError."""
    fields = statement if isinstance(statement, dict) else {}
    if fields.get("_type") != STATEMENT_TYPE or fields.get("predicateType") != PREDICATE_TYPE:
        raise RecordError(f"it is no in-toto statement of the type {PREDICATE_TYPE}")
    predicate = fields.get("predicate")
    entries = predicate.get("configuration") if isinstance(predicate, dict) else None
    try:
        named = {entry["name"]: entry for entry in entries or ()}
        base, gate = named.get("base"), named["gate"]["annotations"]
        return msgspec.convert(
            {
                "commit": named["head"]["digest"]["gitCommit"],
                "suite": f"sha256:{named['fixtures']['digest']['sha256']}",
                "gate_id": gate["id"],
                "run_id": gate.get("run", ""),
                "base": base["digest"]["gitCommit"] if base else "",
                "result": predicate["result"] if isinstance(predicate, dict) else "",
            },
            CommitResult,
        )
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise RecordError(f"it does not name commit, fixtures, gate and result: {error}") from error


def encode_json(document: JsonObject) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _configuration(report: Report) -> Iterator[dict[str, Any]]:
    """Resource descriptors: each with a name and a digest, or what else identifies it."""
    yield {"name": "gate", "annotations": {"id": report.gate_id, "tool": report.tool_version, "run": report.run_id}}
    if report.suite_digest:
        yield {"name": "fixtures", "digest": {"sha256": report.suite_digest.removeprefix("sha256:")}}
    revisions = report.revisions
    if revisions is not None:
        yield {"name": "head", "digest": {"gitCommit": revisions.head.sha}}
        if revisions.base is not None:
            yield {"name": "base", "digest": {"gitCommit": revisions.base.sha}}

"""The evidence record: what goes in comes out, and nobody signs without the key."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.baselines import RecordError
from gate_action.codec.evidence import decode_evidence, encode_evidence
from gate_action.model.evidence import EvidenceRecord, Subject
from gate_action.model.fixture import Slice
from gate_action.model.run import Fingerprint
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.spent import Look, LookKind, Spent
from gate_action.model.trial import Arm, Fault, Stored, Trial, TrialError, TrialKey

SUBJECT = Subject(
    gate_id="g",
    head="h" * 40,
    base="b" * 40,
    fingerprint=Fingerprint(suite="s", evaluators="e", target="t"),
    config_digest="c",
)
LOOK = Look(
    metric="answer",
    kind=LookKind.TARGET,
    trials=2,
    level=0.006,
    p_value=0.2,
    delta=-0.1,
    is_rejected=False,
    fixture_ids=("f1",),
    slice=Slice("topic", "refunds"),
)
RESULTS = st.floats(0, 1).map(lambda value: Score(value=value)) | st.sampled_from(NotScoredCause).map(
    lambda cause: NotScored(cause=cause)
)
KEYS = st.builds(TrialKey, st.sampled_from(("f1", "f2", "ü")), st.sampled_from(Arm), st.integers(0, 2000))


def record(results: dict[TrialKey, Score | NotScored], **more: object) -> EvidenceRecord:
    trials = tuple(Trial(key=key, outcome=Stored(0, 0), fresh=key.attempt % 2 == 0) for key in sorted(results))
    scores = tuple(Scored(key=key, metric="answer", result=results[key]) for key in sorted(results))
    given = {"spent": Spent(runs=1, looks=(LOOK,)), "runs": ("r1",), "run_id": "r1"} | more
    return EvidenceRecord(subject=SUBJECT, trials=trials, scores=scores, **given)  # type: ignore[arg-type]  # the tests' own keywords


@given(st.dictionaries(KEYS, RESULTS), st.sampled_from(("", "key")))
def test_decode_after_encode_is_identity(results: dict[TrialKey, Score | NotScored], key: str):
    content = encode_evidence(record(results), key)
    assert decode_evidence(content, key) == (record(results), bool(key))


def test_a_failure_of_the_builds_own_keeps_its_fault():
    key = TrialKey("f1", Arm.HEAD, 0)
    trial = Trial(key=key, outcome=TrialError(fault=Fault.CRASHED, detail="words of the build", tail="more"))
    held = EvidenceRecord(subject=SUBJECT, run_id="r", trials=(trial,), scores=(), spent=Spent())
    (read,) = decode_evidence(encode_evidence(held)).record.trials
    assert isinstance(read.outcome, TrialError)
    assert read.outcome.fault is Fault.CRASHED
    assert b"words of the build" not in encode_evidence(held)


@pytest.mark.parametrize("key", ["", "other"])
def test_what_another_key_or_none_has_signed_is_not_signed(key: str):
    assert not decode_evidence(encode_evidence(record({}), key), "key").is_signed


def test_one_byte_that_was_changed_undoes_the_signature():
    content = encode_evidence(record({TrialKey("f1", Arm.HEAD, 0): Score(value=0.0)}), "key")
    assert decode_evidence(content, "key").is_signed
    assert not decode_evidence(content.replace(b'"answer":0.0', b'"answer":1.0'), "key").is_signed
    smuggled = content.replace(b'"}\n', b'"} \n')
    assert not decode_evidence(smuggled, "key").is_signed


def test_a_signature_inside_the_record_is_none():
    content = encode_evidence(record({}, run_id='x","signature":"0"'), "key")
    assert decode_evidence(content, "key").is_signed


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        encode_evidence(record({}))[:-20],
        encode_evidence(record({})).replace(b'"schema_version":1', b'"schema_version":2'),
        encode_evidence(record({TrialKey("f1", Arm.HEAD, 0): Score(value=0.5)})).replace(b"0.5", b"1.5"),
        encode_evidence(record({TrialKey("f1", Arm.HEAD, 3): Score(value=0.5)})).replace(b":3,", b":-3,"),
    ],
)
def test_what_is_no_record_is_refused(content: bytes):
    with pytest.raises(RecordError):
        decode_evidence(content)


def test_a_trial_that_is_there_twice_is_refused():
    told = json.loads(encode_evidence(record({TrialKey("f1", Arm.HEAD, 0): Score(value=1.0)})))
    told["trials"] *= 2
    with pytest.raises(RecordError, match="twice"):
        decode_evidence(json.dumps(told).encode())


def test_a_subjects_key_changes_with_each_part_of_it():
    others = [Subject(**{**_fields(), name: "x"}) for name in ("gate_id", "head", "base", "config_digest")]  # type: ignore[arg-type]  # texts, all four
    print_ = Fingerprint(suite="x", evaluators="e", target="t")
    keys = {one.key for one in (SUBJECT, *others, Subject(**{**_fields(), "fingerprint": print_}))}  # type: ignore[arg-type]  # as above
    assert len(keys) == 6
    assert all(len(key) == 40 for key in keys)


def _fields() -> dict[str, object]:
    return {name: getattr(SUBJECT, name) for name in ("gate_id", "head", "base", "fingerprint", "config_digest")}

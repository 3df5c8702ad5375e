"""People's labels and the lock file: what counts, what is refused, and that what is written is read again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.labels import LabelKey, Labels, decode_labels, decode_lock, encode_lock
from gate_action.errors import ConfigError
from gate_action.model.judge import Estimate, JudgeQuality, JudgeRecord

DIGEST = "sha256:" + "a" * 64


def row(**fields: Any) -> dict[str, Any]:
    return {"fixture_id": "f1", "output_digest": DIGEST, "label": "pass"} | fields


def read(*rows: dict[str, Any], metric: str = "tone") -> Labels:
    content = "".join(json.dumps(one) + "\n" for one in rows).encode()
    return decode_labels(content, "labels.jsonl", metric)


def refusal(content: bytes) -> str:
    with pytest.raises(ConfigError) as refused:
        decode_labels(content, "labels.jsonl", "tone")
    return str(refused.value)


def test_pass_is_a_pass_and_every_failure_mode_is_a_fail():
    labels = read(row(), row(fixture_id="f2", label="fail"), row(fixture_id="f3", label="hallucination"))
    assert {key.fixture_id: told for key, told in labels.passes.items()} == {"f1": True, "f2": False, "f3": False}


def test_labels_of_another_metric_and_of_production_turns_are_left_out():
    labels = read(row(), row(fixture_id="f2", metric="facts"), {"turn_id": "t", **row(fixture_id="")})
    assert set(labels.passes) == {LabelKey("f1", DIGEST)}


def test_the_majority_counts_and_a_tie_does_not():
    votes = [row(annotator=name, label=label) for name, label in (("a", "pass"), ("b", "fail"), ("c", "pass"))]
    assert read(*votes).passes == {LabelKey("f1", DIGEST): True}
    tied = read(*votes[:2])
    assert (tied.passes, tied.ties) == ({}, 1)


def test_a_persons_later_label_replaces_the_earlier_one():
    assert read(row(annotator="a"), row(annotator="a", label="fail")).passes == {LabelKey("f1", DIGEST): False}


def test_rows_that_nobody_filled_in_are_counted_and_no_label():
    labels = read(row(label=""), row(fixture_id="f2"))
    assert (len(labels.passes), labels.open_rows) == (1, 1)


def test_order_and_formatting_do_not_change_the_digest_and_a_label_does():
    one, other = row(), row(fixture_id="f2", label="fail")
    assert read(one, other).digest == read(other, {**one, "note": "fine", "at": "2026-11-23"}).digest
    assert read(one, other).digest != read(one, {**other, "label": "pass"}).digest


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json.dumps(row()) + "\nnonsense\n", "labels.jsonl:2:1: not JSON"),
        (json.dumps(row(lable="x")), "labels.jsonl:1"),
        (json.dumps(row(output_digest="a")), "output_digest"),
        (json.dumps(row(label=1)), "label"),
        (json.dumps(row(turn_id="t")), "one of fixture_id and turn_id"),
        (json.dumps(row(fixture_id="")), "one of fixture_id and turn_id"),
    ],
)
def test_a_row_that_is_no_label_is_refused_with_its_line(content: str, words: str):
    assert words in refusal(content.encode())


def test_bytes_that_are_no_text_are_refused():
    assert "not UTF-8" in refusal(b"\xff")


RATES = st.builds(lambda a, b, c: Estimate(*sorted((a, b, c))), *[st.integers(-100, 100).map(lambda n: n / 100)] * 3)
QUALITIES = st.builds(
    JudgeQuality,
    sensitivity=RATES,
    specificity=RATES,
    j=RATES,
    kappa=RATES,
    passes=st.integers(1, 999),
    fails=st.integers(1, 999),
)
RECORDS = st.builds(JudgeRecord, judge=st.just(DIGEST), model=st.text(), labels=st.just(DIGEST), quality=QUALITIES)


@given(
    st.dictionaries(st.sampled_from(["gate", "other"]), st.dictionaries(st.sampled_from("abc"), RECORDS, min_size=1))
)
def test_a_lock_that_was_written_is_read_again(lock: dict[str, dict[str, JudgeRecord]]):
    assert decode_lock(encode_lock(lock), "judges.lock.yaml") == lock


@pytest.mark.parametrize(
    "content",
    ["", "[]", "schema_version: 2\n", "schema_version: true\n", "schema_version: 1\ngates: 3\n", "a: b: c"],
)
def test_a_lock_that_cannot_be_used_is_refused(content: str):
    with pytest.raises(ConfigError, match=r"judges\.lock\.yaml"):
        decode_lock(content.encode(), "judges.lock.yaml")


def test_a_lock_whose_figures_were_edited_out_of_range_is_refused():
    quality = JudgeQuality(
        sensitivity=Estimate(1, 1, 1), specificity=Estimate(1, 1, 1), j=Estimate(1, 1, 1), kappa=Estimate(1, 1, 1),
        passes=60, fails=60,
    )  # fmt: skip
    lock = encode_lock({"gate": {"tone": JudgeRecord(judge=DIGEST, model="m", labels=DIGEST, quality=quality)}})
    with pytest.raises(ConfigError):
        decode_lock(lock.replace(b"value: 1", b"value: 2"), "judges.lock.yaml")

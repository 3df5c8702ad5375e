import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.classifier_lock import decode_classifier_lock, encode_classifier_lock
from gate_action.comparison.statistics.classifiers import measure_classifier
from gate_action.errors import ConfigError
from gate_action.model.classifier import ClassifierRecord

DIGEST = "sha256:" + "a" * 64
labels = st.sampled_from(["hallucination", "unknown", "other"])


@given(st.lists(st.tuples(labels, labels), min_size=1, max_size=12))
def test_what_is_written_is_read_back_to_four_digits(told: list[tuple[str, str]]):
    human = {str(place): one for place, (one, _) in enumerate(told)}
    machine = {str(place): other for place, (_, other) in enumerate(told)}
    quality = measure_classifier(human, machine, {}, ["hallucination", "unknown", "other"])
    record = ClassifierRecord(classifier="rules", labels=DIGEST, quality=quality)
    written = encode_classifier_lock({DIGEST: record})
    read = decode_classifier_lock(written, "lock")
    assert encode_classifier_lock(read) == written
    assert read[DIGEST].quality.labels["unknown"].hits == quality.labels["unknown"].hits
    assert read[DIGEST].quality.kappa.value == pytest.approx(quality.kappa.value, abs=1e-4)


@pytest.mark.parametrize(
    "content", [b"[", b"schema_version: 2\n", b"schema_version: 1\nclassifiers: {x: {}}\n", b"- 1\n"]
)
def test_a_lock_that_cannot_be_used_says_what_writes_it(content: bytes):
    with pytest.raises(ConfigError):
        decode_classifier_lock(content, "classifiers.lock.yaml")

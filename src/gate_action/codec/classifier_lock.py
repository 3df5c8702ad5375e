"""classifiers.lock.yaml: what is known of each classifier of turns, by its digest."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from gate_action.codec.labels import EstimateRecord
from gate_action.codec.locks import read_lock
from gate_action.model.classifier import ClassifierQuality, ClassifierRecord, LabelQuality
from gate_action.model.fixture import Json
from gate_action.model.judge import Estimate

SCHEMA_VERSION = 1
LOCK_NAME = "classifiers.lock.yaml"
_Digest = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$(?!\n)", description="sha256: and 64 hex digits")]
_Count = Annotated[int, Meta(ge=0)]
Lock = Mapping[str, ClassifierRecord]


class LabelEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One label against all others."""

    present: _Count
    hits: _Count
    absent: _Count
    rejects: _Count
    sensitivity: EstimateRecord | None = None
    specificity: EstimateRecord | None = None


class ClassifierEntry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One classifier. ``people``: digest of the labels that it was measured on."""

    classifier: str
    people: _Digest
    turns: Annotated[int, Meta(ge=1)]
    kappa: EstimateRecord
    human_kappa: EstimateRecord | None = None
    human_turns: _Count = 0
    labels: dict[str, LabelEntry]


class ClassifiersLock(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """classifiers.lock.yaml: digest of a classifier -> what it is known to be."""

    schema_version: int
    classifiers: dict[str, ClassifierEntry] = {}


def decode_classifier_lock(content: bytes, path: str) -> Lock:
    """Digest -> record. Raises ConfigError."""
    advice = "gate-action judge calibrate --turns writes it"
    lock = read_lock(content, path, ClassifiersLock, version=SCHEMA_VERSION, advice=advice)
    return {digest: _as_record(entry) for digest, entry in lock.classifiers.items()}


def encode_classifier_lock(lock: Lock) -> bytes:
    """Equal locks give equal bytes."""
    import yaml

    classifiers = {digest: _as_json(lock[digest]) for digest in sorted(lock)}
    head = (
        b"# Written by `gate-action judge calibrate --turns`: how well each classifier labels turns, by its digest.\n"
    )
    document = {"schema_version": SCHEMA_VERSION, "classifiers": classifiers}
    return head + yaml.safe_dump(document, sort_keys=False).encode()


def _estimate(told: EstimateRecord | None) -> Estimate | None:
    return None if told is None else Estimate(told.value, told.low, told.high)


def _as_record(entry: ClassifierEntry) -> ClassifierRecord:
    quality = ClassifierQuality(
        turns=entry.turns,
        labels={
            label: LabelQuality(
                present=one.present,
                hits=one.hits,
                absent=one.absent,
                rejects=one.rejects,
                sensitivity=_estimate(one.sensitivity),
                specificity=_estimate(one.specificity),
            )
            for label, one in entry.labels.items()
        },
        kappa=Estimate(entry.kappa.value, entry.kappa.low, entry.kappa.high),
        human_kappa=_estimate(entry.human_kappa),
        human_turns=entry.human_turns,
    )
    return ClassifierRecord(classifier=entry.classifier, labels=entry.people, quality=quality)


def _as_json(record: ClassifierRecord) -> Json:
    def told(estimate: Estimate | None) -> Json:
        return None if estimate is None else {name: round(value, 4) for name, value in estimate._asdict().items()}

    quality = record.quality
    return {
        "classifier": record.classifier,
        "people": record.labels,
        "turns": quality.turns,
        "kappa": told(quality.kappa),
        "human_kappa": told(quality.human_kappa),
        "human_turns": quality.human_turns,
        "labels": {
            label: {
                "present": one.present,
                "hits": one.hits,
                "absent": one.absent,
                "rejects": one.rejects,
                "sensitivity": told(one.sensitivity),
                "specificity": told(one.specificity),
            }
            for label, one in quality.labels.items()
        },
    }

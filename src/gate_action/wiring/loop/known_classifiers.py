"""classifiers.lock.yaml, beside gate.yaml: what people's labels say of each classifier."""

from pathlib import Path, PurePosixPath

from gate_action.codec.classifier_lock import LOCK_NAME, Lock, decode_classifier_lock, encode_classifier_lock
from gate_action.model.classifier import ClassifierRecord
from gate_action.wiring.loop.opening import LoopOptions


def find_record(options: LoopOptions, digest: str) -> ClassifierRecord | None:
    """None: the classifier was never measured. Raises ConfigError."""
    return _read(_path(options)).get(digest)


def keep_record(options: LoopOptions, digest: str, record: ClassifierRecord) -> Path:
    """Where it stands now. Those of other classifiers stay. Raises ConfigError."""
    path = _path(options)
    path.write_bytes(encode_classifier_lock({**_read(path), digest: record}))
    return path


def _path(options: LoopOptions) -> Path:
    return options.repository / PurePosixPath(options.config).with_name(LOCK_NAME)


def _read(path: Path) -> Lock:
    return decode_classifier_lock(path.read_bytes(), str(path)) if path.is_file() else {}

"""What base's lock file says of a gate's judges. Most gates have none: what reads it is loaded where one is there."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from gate_action.config.settings import Config
from gate_action.model.judge import JudgeRecord
from gate_action.model.protocols import Files

_LOCK_NAME = "judges.lock.yaml"


def lock_path(config: Config) -> str:
    """Beside gate.yaml."""
    return str(PurePosixPath(config.path).with_name(_LOCK_NAME))


def load_records(files: Files, config: Config) -> Mapping[str, JudgeRecord]:
    """Metric -> what is known of its judge; empty where no judge was measured. Raises ConfigError."""
    path = lock_path(config)
    if path not in files.find(path):
        return {}
    from gate_action.codec.labels import decode_lock

    return decode_lock(files.read(path), path).get(config.gate_id, {})

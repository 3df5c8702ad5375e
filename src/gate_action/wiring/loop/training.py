"""``loop export-training``: the repository's rows for training become files that a trainer reads."""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import list_gates, load_config
from gate_action.errors import ConfigError
from gate_action.loop.training import Training, encode_lines, export_training
from gate_action.model.fixture import Fixture
from gate_action.wiring.commands.splits import find_leaks
from gate_action.wiring.loop.opening import LoopOptions
from gate_action.wiring.suites import open_sources

CHATS, PAIRS = "chat.jsonl", "preferences.jsonl"


def write_training(options: LoopOptions, out: Path, today: date, environ: Mapping[str, str] = os.environ) -> Training:
    """Writes both files into ``out``. Raises ConfigError, above all where a row for training is judged by as well."""
    fixtures = read_fixtures(options, environ)
    if leaks := find_leaks(fixtures):
        raise ConfigError("rows for training are judged by as well", problems=leaks)
    training = export_training(fixtures, today)
    out.mkdir(parents=True, exist_ok=True)
    (out / CHATS).write_bytes(encode_lines(training.chats))
    (out / PAIRS).write_bytes(encode_lines(training.pairs))
    return training


def read_fixtures(options: LoopOptions, environ: Mapping[str, str]) -> tuple[Fixture, ...]:
    """Of every gate, of either split. Raises ConfigError."""
    files = FolderFiles(options.repository)
    configs = [load_config(files, options.config, gate) for gate in list_gates(files, options.config)]
    sources = (source for config in configs for source in open_sources(config, environ))
    return tuple({one.id: one for source in sources for one in source.load(files).fixtures}.values())

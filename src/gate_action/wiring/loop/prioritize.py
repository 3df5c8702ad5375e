"""`loop prioritize` and `loop ledger`: tables, the team's file and outcomes become a list, and it is written down."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from gate_action.clients.files import FolderFiles
from gate_action.codec.loop_ledger import decode_ledger, encode_ledger
from gate_action.codec.outcomes import decode_outcomes
from gate_action.codec.user_keys import SECRET_NAME, UserKeys
from gate_action.config.loop.document import LoopSettings
from gate_action.config.loop.priorities import PrioritiesFile, decode_priorities
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.loop.prioritize.asked import Prioritizing
from gate_action.loop.prioritize.ledger import append_cycle, follow_ledger, join_ledgers, lines_of
from gate_action.loop.prioritize.lifts import Outcome
from gate_action.loop.prioritize.prioritizing import find_priorities
from gate_action.model.priority import Followed, LedgerLine, Priorities
from gate_action.wiring.loop.opening import LoopOptions, read_settings
from gate_action.wiring.loop.reading import ReadingOptions, open_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritizeOptions(ReadingOptions):
    """The command line of `gate-action loop prioritize`."""

    churn: Path | None = None
    """A CSV of what became of users."""


class Ranked(NamedTuple):
    priorities: Priorities
    lines: tuple[LedgerLine, ...]
    """This cycle's, for the ledger."""


def rank(options: PrioritizeOptions, environ: Mapping[str, str] = os.environ) -> Ranked:
    """Raises ConfigError; NotEvaluatedError: no turn is classified."""
    with open_tables(options) as (settings, table_of):
        asked = _ask(options, settings, environ)
        found = find_priorities(table_of, asked)
    if found is None:
        raise NotEvaluatedError(
            "no turn is classified", hint="gate-action loop ingest and loop classify come before loop prioritize"
        )
    return Ranked(found, lines_of(found, asked))


def _ask(options: PrioritizeOptions, settings: LoopSettings, environ: Mapping[str, str]) -> Prioritizing:
    shape = settings.loop.prioritize
    unknown = sorted(set(shape.lever.values()) - shape.all_levers.keys())
    if unknown:
        raise ConfigError(
            f"loop.prioritize.lever of {options.config} names {', '.join(unknown)}",
            hint=f"known: {', '.join(sorted(shape.all_levers))}; loop.prioritize.levers adds some",
        )
    overrides = PrioritiesFile()
    files = FolderFiles(options.repository)
    if shape.priorities in files.find(shape.priorities):
        overrides = decode_priorities(files.read(shape.priorities), shape.priorities, shape.all_levers)
    return Prioritizing(
        settings=shape,
        now=options.now,
        overrides=overrides,
        outcomes=_read_outcomes(options.churn, environ) if options.churn else {},
        app=settings.loop.app,
        classifier=options.classifier,
    )


def _read_outcomes(path: Path, environ: Mapping[str, str]) -> Mapping[str, Outcome]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    rows = decode_outcomes(content, str(path), UserKeys(environ.get(SECRET_NAME, "")))
    return {row.user_key: Outcome(row.has_left, row.at) for row in rows}


def write_down(options: LoopOptions, lines: tuple[LedgerLine, ...], kept: tuple[LedgerLine, ...] = ()) -> Path:
    """Adds the cycle to the ledger, which is a file of the repository: it is committed by whoever reviews it. So are
    cycles of ``kept`` that it lacks.
    """
    path = options.repository / read_settings(options).loop.prioritize.ledger
    known = join_ledgers(decode_ledger(path.read_bytes(), str(path)) if path.is_file() else (), kept)
    content = encode_ledger(append_cycle(known, lines))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)  # a reader sees a whole file
    return path


def read_ledger(options: LoopOptions) -> tuple[Followed, ...]:
    """Raises ConfigError: there is none, or it cannot be used."""
    path = options.repository / read_settings(options).loop.prioritize.ledger
    if not path.is_file():
        raise ConfigError(f"there is no {path}", hint="gate-action loop prioritize --ledger writes it")
    return follow_ledger(decode_ledger(path.read_bytes(), str(path)))


def encode(found: object) -> str:
    """As JSON, with ``schema_version``."""
    document = msgspec.to_builtins(found)
    told = {"schema_version": 1, **(document if isinstance(document, dict) else {"items": document})}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()

"""``loop ingest``: names and paths become readers, which one pass reads into the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from gate_action.codec.user_keys import SECRET_NAME, UserKeys
from gate_action.config.loop.document import LoopSettings
from gate_action.config.loop.ingest import FilesSource, IngestShape, Source
from gate_action.config.secrets import resolve_secrets
from gate_action.errors import ConfigError
from gate_action.loop.ingest.dialects.vocabulary import Vocabulary
from gate_action.loop.ingest.passing import Ingested, SourceTally, ingest
from gate_action.loop.ingest.polarity import DEFAULTS, Polarity, PolarityRule
from gate_action.loop.ingest.seam import Reader
from gate_action.loop.ingest.understanding import Understanding
from gate_action.loop.keeping_out import KeptOut
from gate_action.loop.store import Store, quote
from gate_action.model.loop import AuthorKind
from gate_action.wiring.loop.opening import LoopOptions, open_loop

UNNAMED = "files"
"""The source of paths that are given on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestRequest:
    """What the command was asked for."""

    sources: Sequence[str]
    """Names of ``loop.sources``, paths, globs or bucket URLs; empty: all of ``loop.sources``."""
    is_anew: bool = False
    """Read everything again, whatever the cursors say."""
    environ: Mapping[str, str] = field(repr=False)
    now: datetime
    """UTC, without a zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOutcome:
    ingested: Ingested
    unkeyed_users: int
    """How often a user was named and dropped, because no secret makes keys."""
    unreadable_marks: int = 0
    """Of people who were forgotten, made with another secret: they keep nobody out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """What any reader may need, beside its own settings."""

    repository: Path
    understanding: Understanding
    now: datetime


def run_ingest(
    options: LoopOptions, request: IngestRequest, watch: Callable[[SourceTally], None] = lambda _: None
) -> IngestOutcome:
    """Raises ConfigError, MissingKeyError."""
    users = UserKeys(request.environ.get(SECRET_NAME, ""))
    with open_loop(options) as (settings, store):
        chosen = _choose(settings, request.sources, options.repository)
        readers = [
            _open(
                name,
                _resolve(source, request.environ),
                _Opening(
                    repository=options.repository,
                    understanding=understand(settings.loop.ingest, users),
                    now=request.now,
                ),
            )
            for name, source in chosen
        ]
        if request.is_anew:
            _forget_cursors(store.connection, {reader.source for reader in readers})
        kept_out = _load_kept_out(store, users)
        ingested = ingest(store, readers, now=request.now, shape=settings.loop.ingest, kept_out=kept_out, watch=watch)
    return IngestOutcome(ingested=ingested, unkeyed_users=users.dropped, unreadable_marks=kept_out.others)


def _load_kept_out(store: Store, users: UserKeys) -> KeptOut:
    """Raises ConfigError: people were forgotten, and without the secret they would come back."""
    kept_out = KeptOut.load(store, users)
    if kept_out.others and not users.secret_id:
        raise ConfigError(
            f"{SECRET_NAME} is not set, and the store knows people who were forgotten",
            hint="only with it can their marks be compared: without it, what sources hold of them would come back",
        )
    return kept_out


def understand(shape: IngestShape, users: UserKeys) -> Understanding:
    """What every reader needs to make sense of what it reads."""
    own = {
        name.strip().lower(): PolarityRule(
            positive=tuple(label.lower() for label in rule.positive),
            negative=tuple(label.lower() for label in rule.negative),
            at_least=rule.at_least,
            at_most=rule.at_most,
            otherwise=rule.otherwise,
        )
        for name, rule in shape.polarity.items()
    }
    aliases = {str(meaning): names for meaning, names in shape.aliases.items()}
    return Understanding(
        users=users,
        polarity=Polarity({**DEFAULTS, **own}),
        vocabulary=Vocabulary(aliases, shape.slices),
    )


def _choose(settings: LoopSettings, asked: Sequence[str], repository: Path) -> list[tuple[str, Source]]:
    """Raises ConfigError: nothing is named, or a name that is nearly a source's."""
    known = settings.loop.sources
    for name in asked:
        near = [] if name in known or Path(repository, name).exists() else get_close_matches(name, known, n=1)
        if near:
            raise ConfigError(f"{name} is no source and no file", hint=f"did you mean the source {near[0]}?")
    if not asked and not known:
        raise ConfigError("no source is given", hint="name files, or write loop.sources into gate.yaml")
    return [(name, known[name]) if name in known else (UNNAMED, FilesSource(path=name)) for name in asked or known]


def _resolve(source: Source, environ: Mapping[str, str]) -> Source:
    told: dict[str, Any] = {
        name: value for name, value in msgspec.structs.asdict(source).items() if isinstance(value, str)
    }
    return msgspec.structs.replace(source, **resolve_secrets(told, environ))


def _open(name: str, source: Source, opening: _Opening) -> Reader:
    """Files here, servers next door."""
    match source:
        case FilesSource():
            from gate_action.loop.ingest.files import FilesReader

            return FilesReader(
                source=name,
                settings=source,
                repository=opening.repository,
                understanding=replace(opening.understanding, humans=AuthorKind(source.humans)),
                now=opening.now,
            )
        case _:
            from gate_action.wiring.loop.backends import open_backend

            understanding = replace(opening.understanding, humans=AuthorKind(source.humans))
            return open_backend(name, source, understanding, opening.now)


def _forget_cursors(connection: Any, sources: set[str]) -> None:
    connection.execute("DELETE FROM pending")  # all spans are read again, and understood anew
    for source in sources:
        connection.execute(f"DELETE FROM cursor WHERE source = {quote(source)}")  # noqa: S608  # quoted

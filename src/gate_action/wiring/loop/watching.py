"""``gate-action loop watch``: register and store become readings, which are told and kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gate_action.clients.github.api import open_github
from gate_action.clients.github.watch import GithubWatch
from gate_action.clients.github.workflow import load_event
from gate_action.clients.stores.folder_shelf import FolderShelf
from gate_action.clients.webhook import Webhook, WebhookError
from gate_action.config.loop.document import LoopSettings
from gate_action.errors import ConfigError
from gate_action.loop.register import Register, Registered, choose_current
from gate_action.loop.store import Store, arrow_table
from gate_action.loop.watch_telling import Teller
from gate_action.loop.watched import (
    Asked,
    Scored,
    Span,
    find_complaints,
    find_dimensions,
    find_scored,
    load_rows,
    pin_down,
)
from gate_action.loop.watching.look import Watched, look
from gate_action.model.fixture import JsonObject
from gate_action.model.watch import WatchEvent, WatchPin, WatchReading, WatchVerdict
from gate_action.report.watch_html import render_watches_html
from gate_action.wiring.loop.opening import LoopOptions, open_loop
from gate_action.wiring.objects import build_named

if TYPE_CHECKING:
    from gate_action.model.protocols import RecordKeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    loop: LoopOptions
    register: Path | None = None
    """A folder in place of the branch."""
    at: datetime | None = None
    """None: now."""
    out: Path | None = None
    is_published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchResult:
    readings: tuple[WatchReading, ...]
    unknown: tuple[str, ...]
    """Clusters with an entry, of which the store knows nothing yet."""
    warnings: tuple[str, ...]


def watch(options: WatchOptions, environ: Mapping[str, str], now: datetime) -> WatchResult:
    """Looks at every current fix, tells what changed, keeps it. Raises ConfigError, StoreError."""
    at = options.at or now
    with open_loop(options.loop, environ=environ) as (settings, store):
        register = open_register(options.register, settings, options.loop.repository, environ)
        readings, unknown = [], []
        for registered in choose_current(register.load()):
            reading = _look(store, register, registered, settings, at)
            if reading is None:
                unknown.append(registered.entry.cluster_id)
            else:
                readings.append((registered, reading))
        warnings = _tell_all(readings, options, settings, environ)
        for registered, reading in readings:
            keep(store, register, registered, reading)
    told = tuple(reading for _, reading in readings)
    if options.out:
        _write(options.out, told, at)
    return WatchResult(readings=told, unknown=tuple(unknown), warnings=warnings)


def open_register(
    folder: Path | None, settings: LoopSettings, repository: Path, environ: Mapping[str, str]
) -> Register:
    """Raises ConfigError: there is no remote for its branch."""
    if folder:
        return Register(FolderShelf(folder))
    branch = settings.loop.watch.branch
    keeper = build_named("baselines", "branch", {"branch": branch}, environ, repository)
    try:
        return Register(cast("RecordKeeper", keeper).shelf)
    except ConfigError as error:
        raise ConfigError(error.message, hint="on a laptop, --register FOLDER keeps the register") from error


def _look(
    store: Store, register: Register, registered: Registered, settings: LoopSettings, at: datetime
) -> WatchReading | None:
    entry = registered.entry
    pin = registered.pin or _pin(store, register, registered, settings)
    if pin is None:
        return None
    span = Span(pin.before_since, at)
    mix = settings.loop.watch.mix or find_dimensions(store, span)
    scored = Scored(app=pin.app, mode=pin.mode, classifier_digest=pin.classifier_digest)
    rows = load_rows(store, entry, scored, Asked(span, pin.scored_strata, mix))
    complaints = find_complaints(store, entry, pin)
    return look(Watched(entry=entry, pin=pin, rows=rows, history=registered.events, complaints=complaints, mix=mix), at)


def _pin(store: Store, register: Register, registered: Registered, settings: LoopSettings) -> WatchPin | None:
    scored = find_scored(store, registered.entry.cluster_id, settings.loop.app)
    if scored is None:
        return None
    pin = pin_down(store, registered.entry, scored)
    register.pin(registered.entry.watch_id, pin)
    return pin


def _tell_all(
    readings: Sequence[tuple[Registered, WatchReading]],
    options: WatchOptions,
    settings: LoopSettings,
    environ: Mapping[str, str],
) -> tuple[str, ...]:
    """GitHub and webhook; warnings."""
    warnings: list[str] = []
    if not options.is_published:
        return ()
    if client := open_github(environ):
        teller = Teller(
            client=GithubWatch(client), label=settings.loop.watch.label, run_url=load_event(environ).run_url
        )
        for registered, reading in readings:
            warnings += teller.tell(reading, is_new=reading.verdict is not registered.verdict)
    if url := environ.get("GATE_WATCH_WEBHOOK"):
        hook = Webhook(url=url, key=environ.get("GATE_WATCH_WEBHOOK_KEY", ""))
        for registered, reading in readings:
            if reading.verdict is not registered.verdict:
                try:
                    hook.post(describe(reading))
                except WebhookError as error:
                    warnings.append(f"the watch of {reading.entry.cluster_id}: {error}")
    return tuple(warnings)


def keep(store: Store, register: Register, registered: Registered, reading: WatchReading) -> None:
    """The register gets an event where the verdict changed; the store the verdict, and the cluster's status."""
    entry = reading.entry
    if reading.verdict is not registered.verdict:
        register.tell(entry.watch_id, WatchEvent(at=reading.at, verdict=reading.verdict, sentence=reading.sentence))
    row: dict[str, str | float | bool | datetime | None] = {
        "watch_id": entry.watch_id,
        "cluster_id": entry.cluster_id,
        "commit_sha": entry.commit,
        "pull_request": entry.pull_request,
        "registered_at": _naive(entry.registered_at),
        "at": _naive(reading.at),
        "verdict": reading.verdict.value,
        "since": _naive(reading.since) if reading.since else None,
        "is_open_for_training": reading.verdict.is_alarm,
    }
    store.upsert("watch", arrow_table("watch", [row]))
    cluster = store.table("cluster")
    rows = cluster.filter(cluster.cluster_id == entry.cluster_id).to_pyarrow().to_pylist()
    status = _status(reading)
    if rows and rows[0]["status"] != status:
        store.upsert("cluster", arrow_table("cluster", [rows[0] | {"status": status}]))


def _status(reading: WatchReading) -> str:
    if reading.verdict is WatchVerdict.HELD:
        return "held"
    return "reopened" if reading.verdict.is_alarm else "watched"


def describe(reading: WatchReading) -> JsonObject:
    """As the webhook and ``watch.json`` tell it: figures and ids, none of what was said."""
    entry = reading.entry
    return {
        "watch_id": entry.watch_id,
        "cluster": entry.cluster_id,
        "mode": reading.pin.mode,
        "pull_request": entry.pull_request,
        "commit": entry.commit,
        "verdict": reading.verdict.value,
        "since": reading.since.isoformat() if reading.since else None,
        "at": reading.at.isoformat(),
        "has_returned": reading.has_returned,
        "turns_missing": reading.turns_missing,
        "sentence": reading.sentence,
        "before_rate": reading.before_rate,
        "after_rate": reading.after_rate,
        "target": reading.target,
        "before_turns": reading.before_turns,
        "after_turns": reading.after_turns,
        "windows": [
            {"hours": window.hours, "rate": window.rate, "turns": window.turns, "before_rate": window.before_rate}
            for window in reading.windows
        ],
        "is_open_for_training": reading.verdict.is_alarm,
        "fixed": [
            {"feedback_id": one.feedback_id, "join_key": one.join_key, "conversation_id": one.conversation_id}
            for one in reading.fixed
        ],
    }


def _write(folder: Path, readings: Sequence[WatchReading], at: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "watch.html").write_text(render_watches_html(readings, at), encoding="utf-8")
    told = {"schema_version": 1, "at": at.isoformat(), "watches": [describe(reading) for reading in readings]}
    (folder / "watch.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)

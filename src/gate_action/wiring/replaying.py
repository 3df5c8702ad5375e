"""Puts the recording proxy between the builds and their model providers: which trial a call belongs to, whose failure
it was, and where recordings are kept.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import field, replace
from datetime import timedelta
from pathlib import Path

from gate_action.clients.model_prices import PriceBook
from gate_action.clients.proxy.model_requests import Normaliser
from gate_action.clients.proxy.recording import Door, Proxy, Reach, open_proxy
from gate_action.clients.proxy.tape import Tape, find_stored, open_tape, store_lines
from gate_action.codec.answers import Header
from gate_action.config.settings import Config
from gate_action.engine.model_spending import at_least, sum_uses
from gate_action.engine.replay import Recorder, Slip
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.protocols import Try
from gate_action.model.replay import Tracing
from gate_action.model.run import Build
from gate_action.model.trial import Arm, Attempt, Fault, TrialError, TrialKey, Unmeasured, Usage
from gate_action.wiring.places import Surroundings
from gate_action.wiring.routes import reach_loopback

_SHORTEST_SECRET = 8


def recordings_folder(environ: Mapping[str, str], gate_id: str) -> Path:
    """Where runs share their recordings: ``GATE_RECORDINGS``, else the user's cache. Never in the workspace by default:
    what a pull request can commit there, it could forge.
    """
    if given := environ.get("GATE_RECORDINGS"):
        return Path(given)
    cache = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(cache) / "gate-action" / "recordings" / gate_id


@dataclass(kw_only=True)
class Replay:
    """From ``open_replay``."""

    proxy: Proxy
    recorder: Recorder
    doors: Mapping[Arm, Door]
    routes: Mapping[str, str]
    folder: Path
    header: Header
    normalise: tuple[str, ...] = ()
    """What is left out of requests already."""
    prices: PriceBook = field(default_factory=PriceBook)
    _tracings: dict[Arm, Tracing] = field(default_factory=dict)

    def admit(self, build: Build) -> Build:
        """The build with its model providers behind the proxy."""
        door = self.doors[build.arm]
        urls = {name: self.proxy.url(door, name.lower()) for name in self.routes}
        tracing = Tracing(seed=secrets.token_hex(16), urls=urls)
        self._tracings[build.arm] = tracing
        environment = reach_loopback({**build.environment, **urls})
        return replace(build, environment=environment, tracing=tracing)

    def watch(self, arm: Arm, tries: Try) -> Try:
        """The same build, each of its tries with what it asked of models."""
        tracing = self._tracings[arm]

        async def attempt(fixture: Fixture, attempt: int) -> Attempt:
            key = TrialKey(fixture.id, arm, attempt)
            slip = self.recorder.open_slip(key, fixture, tracing.trace_id(fixture.id, attempt))
            try:
                return self._with_calls(await tries(fixture, attempt), slip)
            finally:
                self.recorder.close_slip(slip)

        return attempt

    def _with_calls(self, attempt: Attempt, slip: Slip) -> Attempt:
        """What the try took, as far as its build or the proxy knows it."""
        attempt = _with_calls(attempt, slip)
        uses = self.recorder.take_uses(slip)
        if not uses and not slip.replayed:  # it may have asked models elsewhere
            return attempt
        return replace(attempt, usage=at_least(attempt.usage, sum_uses(uses, self.prices.find)))

    def close(self, *, is_kept: bool) -> list[str]:
        """Stores for later runs what base was answered, and head too where its run ``is_kept`` as a baseline.

        Gives what the report's reader should know.
        """
        arms = (Arm.BASE, Arm.HEAD) if is_kept else (Arm.BASE,)
        try:
            store_lines(self.folder, self.header, self.recorder.tape.lines_of(arms))
        except OSError as error:
            return [*self._warnings(), f"{self.folder} takes no recordings: {error.strerror or error}"]
        return self._warnings()

    def _warnings(self) -> list[str]:
        unlike = self.recorder.unlike
        found = []
        if unlike["loose"] or unlike["repeats"]:
            count = unlike["loose"] + unlike["repeats"]
            known = [name for name in ("uuid", "iso_time", "epoch") if name not in self.normalise]
            found.append(
                f"{count} model requests differ from base's only in identifiers, dates or times, and were bought anew: "
                f"write replay: {{normalise: [{', '.join(known)}]}} into gate.yaml"
            )
        if unlike["unkept"]:
            found.append(
                f"{unlike['unkept']} model answers could not be recorded: too long, compressed, redirected, or they "
                "repeat a value of target.env; their trials do not count as replayed"
            )
        if unlike["denied"]:
            found.append(
                f"a model provider denied {unlike['denied']} requests (401, 402 or 403): are the keys in target.env "
                "valid, paid for, and allowed this model?"
            )
        if unlike["unplaced"]:
            found.append(
                f"of {unlike['unplaced']} model requests nobody can tell which trial they belong to: those around them "
                "do not count as replayed; pass traceparent on (docs/replay.md)"
            )
        return found


@asynccontextmanager
async def open_replay(config: Config, routes: Mapping[str, str], surroundings: Surroundings) -> AsyncIterator[Replay]:
    """Raises ConfigError where the run folder takes no recordings."""
    environ, started_at = surroundings.environ, surroundings.started_at
    folder = recordings_folder(environ, config.gate_id)
    header = Header(recorded_at=started_at.isoformat(timespec="seconds"))
    with open_run_tape(surroundings.run_folder / "answers.jsonl", header) as tape:
        since = started_at - timedelta(days=config.replaying.max_age_days)
        for path in find_stored(folder) if folder.is_dir() else ():
            tape.load_stored(path, since)
        recorder = Recorder(tape=tape, secrets=_find_secrets(config, environ, routes))
        doors = {arm: Door(arm=arm, token=secrets.token_urlsafe(24)) for arm in Arm}
        reach = Reach(
            doors=tuple(doors.values()),
            routes={name.lower(): url for name, url in routes.items()},
            normalise=Normaliser(config.replaying.normalise),
        )
        async with open_proxy(recorder, reach) as proxy:
            yield Replay(
                proxy=proxy,
                recorder=recorder,
                doors=doors,
                routes=routes,
                folder=folder,
                header=header,
                normalise=config.replaying.normalise,
                prices=PriceBook(given=config.prices),
            )


def _find_secrets(config: Config, environ: Mapping[str, str], routes: Mapping[str, str]) -> tuple[bytes, ...]:
    values = (environ.get(name, "") for name in config.target.env if name not in routes)
    return tuple(value.encode() for value in values if len(value) >= _SHORTEST_SECRET)


def open_run_tape(path: Path, header: Header) -> Tape:
    """A file of this run: begun, or gone on with. Raises ConfigError."""
    try:
        is_resumed = path.exists() and path.stat().st_size > 0
        tape = open_tape(path)
        if is_resumed:
            tape.resume()
        else:
            tape.start(header)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error
    return tape


def _with_calls(attempt: Attempt, slip: Slip) -> Attempt:
    """Nothing was spent on what was replayed; and a build that failed on a provider's refusal is not to blame."""
    calls = slip.calls
    usage, saved_usd = _spent(attempt.usage, calls.replayed_share)
    attempt = replace(attempt, usage=usage, calls=replace(calls, saved_usd=saved_usd))
    error = attempt.outcome
    if isinstance(error, TrialError) and error.fault.is_targets_own and slip.open_failures:
        failure = next(reversed(slip.open_failures.values()))
        blamed = replace(error, fault=Fault.PROVIDER, detail=f"{failure.words}; then {error.detail}")
        attempt = replace(attempt, outcome=blamed, retry_after_s=attempt.retry_after_s or failure.retry_after_s)
    return attempt


def _spent(usage: Usage, replayed_share: float) -> tuple[Usage, float]:
    """What is left to pay of what the build claims, and what is not."""
    if not replayed_share:
        return usage, 0.0
    left = 1.0 - replayed_share
    cost = usage.cost_usd
    saved = 0.0 if isinstance(cost, Unmeasured) else cost * replayed_share
    return replace(
        usage,
        cost_usd=cost if isinstance(cost, Unmeasured) else cost * left,
        input_tokens=_part(usage.input_tokens, left),
        output_tokens=_part(usage.output_tokens, left),
    ), saved


def _part(count: int | Unmeasured, share: float) -> int | Unmeasured:
    return count if isinstance(count, Unmeasured) else round(count * share)

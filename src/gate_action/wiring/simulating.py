"""Simulated users of one run: their model behind budget, pace and replay cache, and what the report tells of them.

Model, scenarios and instructions are those of the gate that decides, for both builds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

from gate_action.clients.extras import check_extra
from gate_action.clients.model_keys import find_access
from gate_action.clients.proxy.tape import Tape, find_stored, store_lines
from gate_action.codec.answers import Header
from gate_action.codec.positions import TextError, decode_text
from gate_action.config.settings import Config, SimulateSettings
from gate_action.config.simulating import find_simulation_problems
from gate_action.engine.patience import ask_patiently
from gate_action.engine.simulated.conversing import Simulation, find_scenario
from gate_action.engine.simulated.instructions import digest_instructions, schema
from gate_action.engine.simulated.replies import ARM, Replies, Speak
from gate_action.engine.simulated.weighing import count_conversations, say_difference, say_share, weigh_conversations
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Decision
from gate_action.model.fixture import Fixture, Suite, digest_json
from gate_action.model.messages import Messages
from gate_action.model.protocols import Completion, Files
from gate_action.model.report import Simulated
from gate_action.model.trial import Arm, Trial
from gate_action.wiring.judges import Judges
from gate_action.wiring.masking import find_secrets
from gate_action.wiring.places import Surroundings
from gate_action.wiring.replaying import open_run_tape, recordings_folder

_FILE = "simulated.jsonl"
_Spoken: TypeAlias = Callable[[Sequence[Mapping[str, str]], int], Awaitable[Completion]]


def check_users(config: Config, suite: Suite, environ: Mapping[str, str]) -> None:
    """Before anything is spent. Raises ConfigError, MissingKeyError."""
    problems = tuple(find_simulation_problems(config, suite))
    if problems:
        raise ConfigError(f"the gate {config.gate_id} cannot simulate its users", problems=problems)
    settings = config.target.simulate
    if settings is not None and _asks_model(settings, suite.fixtures):
        check_extra("llm", "simulating users")
        find_access(settings.how.model, environ, key=settings.key)


def digest_users(config: Config, files: Files) -> str:
    """Of all that decides what users say beside the scenarios of fixtures; empty: nobody is simulated.

    Raises ConfigError: the instructions cannot be read.
    """
    settings = config.target.simulate
    if settings is None:
        return ""
    how = settings.how
    return digest_json(
        {
            "model": how.model,
            "temperature": how.temperature,
            "seed": how.seed,
            "max_turns": how.max_turns,
            "redraws": how.redraws,
            "scored": how.scored,
            "scenario": how.scenario.parts if how.scenario else None,
            "instructions": digest_instructions(load_instructions(settings, files)),
        }
    )


def load_instructions(settings: SimulateSettings, files: Files) -> str:
    """The gate's own, of the revision that decides. Raises ConfigError."""
    path = settings.instructions
    if not path:
        return ""
    if path not in files.find(path):
        hint = "commit it, or leave instructions out"
        raise ConfigError(f"target.simulate.instructions names {path}, and {files.label} has no such file", hint=hint)
    try:
        return decode_text(files.read(path))
    except TextError as error:
        raise ConfigError(f"{path} of {files.label} is no text: {error}") from error


@dataclass(kw_only=True)
class Users:
    """From ``open_users``."""

    simulation: Simulation
    fixtures: Mapping[str, Fixture]
    warn: Callable[[str], None]
    folder: Path | None
    """Where runs share replies; None: they do not."""
    most_invalid: float
    """Share of a build's conversations from which on the report's reader is warned."""
    header: Header
    secrets: tuple[bytes, ...] = field(repr=False)

    def tell(self, trials: Iterable[Trial]) -> Simulated:
        """For the report."""
        settings, replies = self.simulation.settings, self.simulation.replies
        talks = [one for one in trials if find_scenario(self.fixtures[one.key.fixture_id], settings)]
        return Simulated(
            model=settings.model if replies else "",
            arms={str(arm): count_conversations(talks, arm) for arm in Arm},
            bought=replies.bought if replies else 0,
            replayed=replies.replayed if replies else 0,
            redrawn=self.simulation.redrawn,
        )

    def weigh(self, decision: Decision, trials: Iterable[Trial]) -> Decision:
        """No pass where head's users are noticeably more often none; any difference is a warning."""
        arms = self.tell(trials).arms
        base, head = (arms[str(arm)] for arm in Arm)
        for warning in filter(None, (say_difference(base, head), say_share(base, head, self.most_invalid))):
            self.warn(warning)
        return weigh_conversations(decision, base, head)

    def store(self, tape: Tape) -> None:
        """Leaves this run's replies for later ones. What goes wrong is a warning."""
        if self.folder is None:
            return
        lines = (line for line in tape.lines_of([ARM]) if not any(secret in line for secret in self.secrets))
        try:
            store_lines(self.folder, self.header, lines)
        except OSError as error:
            self.warn(f"{self.folder} takes no replies of simulated users: {error.strerror or error}")


def open_users(
    suite: Suite, judges: Judges, files: Files, place: Surroundings, warn: Callable[[str], None]
) -> Users | None:
    """None: nobody is simulated. ``judges`` has the purse, the doors and what is closed at the end of the run.

    Raises ConfigError.
    """
    config = judges.config
    settings = config.target.simulate
    if settings is None:
        return None
    header = Header(recorded_at=place.started_at.isoformat(timespec="seconds"))
    shared = recordings_folder(place.environ, config.gate_id) / "simulated" if config.replaying.is_on else None
    simulation = Simulation(settings=settings.how, replies=None, further=load_instructions(settings, files))
    users = Users(
        simulation=simulation,
        fixtures=suite.by_id,
        warn=warn,
        folder=shared,
        most_invalid=config.policy.max_missing,
        header=header,
        secrets=tuple(secret.encode() for secret in find_secrets(config, place.environ)),
    )
    if _asks_model(settings, suite.fixtures):
        tape = judges.stack.enter_context(open_run_tape(place.run_folder / _FILE, header))
        judges.stack.callback(users.store, tape)
        since = place.started_at - timedelta(days=config.replaying.max_age_days)
        for path in find_stored(shared) if shared and shared.is_dir() else ():
            tape.load_stored(path, since)
        how = settings.how
        simulation.replies = Replies(
            tape=tape,
            speak=_speaker(settings, judges),
            model=how.model,
            temperature=how.temperature,
            seed=how.seed,
        )
    return users


def _speaker(settings: SimulateSettings, judges: Judges) -> Speak:
    """The model, opened at the first call, each of which is claimed and waits its turn as a judge's does."""
    opening, opened = asyncio.Lock(), list[_Spoken]()
    model = settings.how.model

    async def speak(messages: Messages, seed: int) -> Completion:
        async with opening:
            if not opened:
                from gate_action.clients.llm import open_speaker

                speaker = open_speaker(
                    model, judges.environ, key=settings.key, temperature=settings.how.temperature, schema=schema()
                )
                opened.append(await judges.stack.enter_async_context(speaker))
        return await ask_patiently(
            partial(opened[0], messages, seed),
            model,
            judges.doors.of_judge(model),
            judges.purse,
            retries=judges.config.limits.provider_retries,
        )

    return speak


def _asks_model(settings: SimulateSettings, fixtures: Iterable[Fixture]) -> bool:
    scenarios = (find_scenario(fixture, settings.how) for fixture in fixtures)
    return any(scenario is not None and not scenario.script for scenario in scenarios)

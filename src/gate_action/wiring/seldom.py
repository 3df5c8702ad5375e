"""What few runs need: a cache, simulated users, approvals. Loaded where one does."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from gate_action.config.settings import Config
from gate_action.engine.judge_standing import asks_somebody
from gate_action.engine.scoring import Scorer
from gate_action.engine.trials import ScoreOutput
from gate_action.model.fixture import Suite
from gate_action.model.picking import having
from gate_action.model.protocols import Files
from gate_action.wiring.building import Builder
from gate_action.wiring.judges import Judges
from gate_action.wiring.places import Surroundings

if TYPE_CHECKING:
    from gate_action.wiring.caching import Caching
    from gate_action.wiring.github.approvals import Seeker
    from gate_action.wiring.simulating import Users

Tell = Callable[[str], None]


def open_cache(builder: Builder, now: datetime, scorer: Scorer, warn: Tell, announce: Tell) -> "Caching | None":
    """None: gate.yaml asks for none, or its key has no value here."""
    settings = builder.judged.config.cache
    if settings is None:
        return None
    from gate_action.wiring.caching import Opening, open_caching

    return open_caching(Opening(settings=settings, builder=builder, now=now, scorer=scorer), warn, announce)


def recall_scores(begin: ScoreOutput, scorer: Scorer, caching: "Caching | None") -> ScoreOutput | None:
    """Scores what is no fresh trial, with or without a cache. None: no evaluator costs a call."""
    if not asks_somebody(scorer):
        return None
    from gate_action.wiring.caching import open_recall

    return open_recall(begin, caching)


def check_users(config: Config, suite: Suite, environ: Mapping[str, str]) -> None:
    """Whether users can be simulated where any are to be. Raises ConfigError, MissingKeyError."""
    if config.target.simulate is not None or any(True for _ in having(suite.fixtures, "scenario")):
        from gate_action.wiring import simulating

        simulating.check_users(config, suite, environ)


def digest_users(config: Config, files: Files) -> str:
    """Of what decides what simulated users say; empty: nobody is simulated. Raises ConfigError."""
    if config.target.simulate is None:
        return ""
    from gate_action.wiring import simulating

    return simulating.digest_users(config, files)


def open_users(suite: Suite, judges: Judges, files: Files, place: Surroundings, warn: Tell) -> "Users | None":
    """None: nobody is simulated. Raises ConfigError."""
    if judges.config.target.simulate is None:
        return None
    from gate_action.wiring import simulating

    return simulating.open_users(suite, judges, files, place, warn)


def open_seeker(environ: Mapping[str, str], *, is_supposed: bool) -> "Seeker":
    """Who finds out whether somebody approved what the change does to its own gate."""
    from gate_action.wiring.github.approvals import Seeker

    return Seeker(environ=environ, is_supposed=is_supposed)

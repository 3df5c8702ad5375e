"""What a run is made of, from its gate and its suite: scorer, records of judges, plan and manifest. Opens nothing."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gate_action import __version__
from gate_action.codec.documents import Manifest
from gate_action.comparison.plan import BaseArm, Plan
from gate_action.engine.asking import Asker
from gate_action.engine.conversation import converse
from gate_action.engine.judge_standing import judge_digests
from gate_action.engine.scorer_building import JudgeDefaults, build_scorer
from gate_action.engine.scoring import Scorer
from gate_action.errors import ConfigError
from gate_action.gate import Circumstances, Loaded
from gate_action.model.fixture import Suite
from gate_action.model.judge import JudgeRecord
from gate_action.model.metric import Metric
from gate_action.model.protocols import Try
from gate_action.model.run import Baseline, Fingerprint
from gate_action.model.trial import Arm
from gate_action.wiring.inspection import Inspection
from gate_action.wiring.judge_records import load_records
from gate_action.wiring.judged import Judged
from gate_action.wiring.judges import Judges
from gate_action.wiring.places import RunPlace

if TYPE_CHECKING:
    from gate_action.wiring.simulating import Users


class UnusableBaseError(ConfigError):
    """Base's gate asks for evaluators that cannot be made, whatever head does."""


def make_scorer(judged: Judged, loaded: Loaded) -> Scorer:
    """Raises ConfigError; UnusableBaseError where it is base's gate alone that fails, which head may mend."""
    config = judged.config
    defaults = JudgeDefaults(model=config.judge.model if config.judge else "", files=judged.files)
    make = partial(build_scorer, config.metrics, judge=defaults, path=config.path)
    try:
        return make(loaded.suite)
    except ConfigError:
        if judged.has_base:  # what head adds may be at fault: then base's gate stands, and refuses it
            own = Suite(fixtures=tuple(one for one in loaded.suite.fixtures if one.id not in loaded.new))
            try:
                make(own)
            except ConfigError as error:
                raise UnusableBaseError(error.message, problems=error.problems, hint=error.hint) from error
        raise


def usable_records(judged: Judged, warn: Callable[[str], None]) -> Mapping[str, JudgeRecord]:
    """Of a lock file that cannot be used no judge counts as measured: head may be the one that mends it."""
    try:
        return load_records(judged.files, judged.config)
    except ConfigError as error:
        warn(str(error))
        return {}


def make_plan(circumstances: Circumstances, metrics: tuple[Metric, ...], inspection: Inspection) -> Plan:
    loaded, baseline, broken = circumstances.loaded, circumstances.baseline, circumstances.base_broken
    return Plan(
        fixtures=loaded.suite.fixtures,
        metrics=metrics,
        policy=inspection.judged.config.policy,
        base=BaseArm.RUN if circumstances.has_base else BaseArm.BROKEN if broken else BaseArm.NONE,
        base_reason=broken.message if broken else "",
        base_detail=broken.tail if broken else "",
        new_ids=loaded.new,
        required=loaded.required,
        removed=loaded.removed,
        acknowledged=inspection.acknowledged,
        today=inspection.today,
        stored=baseline.runs if isinstance(baseline, Baseline) else (),
    )


def make_asker(tries: Mapping[Arm, Try], judges: Judges, users: "Users | None") -> Asker:
    """Builds and judges have one purse; simulated users, where there are any, hold the conversations."""
    config = judges.config
    return Asker(
        tries=tries,
        doors=judges.doors.of_builds(config.target),
        purse=judges.purse,
        limits=config.limits,
        is_live=config.target.kind != "recorded",
        converse=users.simulation.converse if users else converse,
    )


def make_manifest(place: RunPlace, judged: Judged, fingerprint: Fingerprint, scorer: Scorer) -> Manifest:
    return Manifest(
        tool_version=__version__,
        run_id=place.run_id,
        gate_id=judged.config.gate_id,
        revisions=judged.revisions,
        fingerprint=fingerprint,
        config_digest=judged.config.digest,
        started_at=place.started_at.isoformat(timespec="seconds"),
        judges=judge_digests(scorer),
        shard=place.shard,
    )

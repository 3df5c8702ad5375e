"""What the shape of gate.yaml cannot say: bars that nothing could reach, names that a child may not see, slices."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from gate_action.clients.proxy.model_requests import Normaliser, check_upstream
from gate_action.codec.positions import Path
from gate_action.codec.schema_faults import Fault
from gate_action.config.document import GateShape, MetricShape, PolicyShape
from gate_action.config.limits_shape import LimitsShape
from gate_action.config.secrets import find_name_fault
from gate_action.model.fixture import Slice
from gate_action.model.metric import CHECKS, Role


def broken_rules(gate: GateShape, top: Path) -> Iterator[Fault]:
    """Every rule that a well-shaped gate breaks. ``top``: where it stands in the document."""
    yield from _fixture_faults(gate, (*top, "fixtures"))
    yield from _metric_faults(gate, (*top, "metrics"))
    yield from _policy_faults(gate.policy, (*top, "policy"))
    yield from _limit_faults(gate.limits, (*top, "limits"))
    yield from _environment_faults(gate, (*top, "target", "env"))
    yield from _replay_faults(gate, top)


def parse_slice(text: str) -> Slice | None:
    """``locale=de``, or ``locale=*`` for a whole dimension; None: it is neither."""
    dimension, sign, value = text.partition("=")
    return Slice(dimension.strip(), value.strip()) if sign and dimension.strip() and value.strip() else None


def _fixture_faults(gate: GateShape, at: Path) -> Iterator[Fault]:
    for index, entry in enumerate(gate.fixtures):
        if isinstance(entry, str) and (PurePosixPath(entry).is_absolute() or ".." in PurePosixPath(entry).parts):
            yield Fault((*at, index), f"{entry!r} leaves the repository", "give a path relative to its top")


def _metric_faults(gate: GateShape, at: Path) -> Iterator[Fault]:
    for name, metric in gate.metrics.items():
        yield from _one_metric(name, metric, (*at, name))
    if all(metric.role not in (None, Role.PRIMARY) for metric in gate.metrics.values()):
        yield Fault(at, "no metric is primary, so nothing could ever block", "give one of them role: primary")


def _one_metric(name: str, metric: MetricShape, at: Path) -> Iterator[Fault]:
    if name != CHECKS and metric.evaluator is None:
        yield Fault((*at, "evaluator"), "required, and missing", f"only the metric {CHECKS} goes without")
    if name == CHECKS and metric.evaluator is not None:
        yield Fault((*at, "evaluator"), f"the metric {CHECKS} takes none: the fixtures' own checks score it")
    if name == CHECKS and metric.options:
        yield Fault((*at, "options"), f"the metric {CHECKS} takes none: each fixture's check has its own")


def _policy_faults(policy: PolicyShape, at: Path) -> Iterator[Fault]:
    if policy.critical_failures > policy.critical_reruns:
        message = f"{policy.critical_failures} of {policy.critical_reruns} re-runs can never fail"
        yield Fault((*at, "critical_failures"), message, "set it to critical_reruns or less")
    smallest = 0.5 / (policy.relabellings + 1)
    for name in ("alpha_global", "alpha_slices"):
        alpha = getattr(policy, name)
        if alpha < smallest:
            message = f"with {policy.relabellings} relabellings no p is below {smallest:.2g}: {alpha} is never reached"
            yield Fault((*at, name), message, f"raise relabellings to {int(1 / alpha) + 1}, or {name}")
    for index, text in enumerate(policy.protected):
        if parse_slice(text) is None:
            yield Fault((*at, "protected", index), f"{text!r} names no slice", "write dimension=value, or dimension=*")


def _limit_faults(limits: LimitsShape, at: Path) -> Iterator[Fault]:
    if limits.run_timeout_s < limits.trial_timeout_s:
        message = f"{limits.run_timeout_s:g} s for the run is less than {limits.trial_timeout_s:g} s for one trial"
        yield Fault((*at, "run_timeout_s"), message)


def _replay_faults(gate: GateShape, top: Path) -> Iterator[Fault]:
    for index, name in enumerate(gate.replay.normalise):
        try:
            Normaliser([name])
        except ValueError as error:
            yield Fault((*top, "replay", "normalise", index), str(error))
    for name, url in gate.record.items():
        if reason := find_name_fault(name):
            yield Fault((*top, "record", name), reason)
        elif url and (reason := check_upstream(url)):
            yield Fault((*top, "record", name), reason, "write the address that the variable usually holds")


def _environment_faults(gate: GateShape, at: Path) -> Iterator[Fault]:
    names: Sequence[str] = gate.target.env
    judge_key = gate.judge.key if gate.judge else None
    bucket = gate.cache.objects if gate.cache else None
    own = {gate.cache.key if gate.cache else None, bucket.secret_key if bucket else None}
    for index, name in enumerate(names):
        if name == judge_key:
            hint = "give the judge a key of its own, under another name"
            yield Fault((*at, index), f"{name} is the judge's key: no build may see it", hint)
        elif name in own:
            yield Fault((*at, index), f"{name} is a secret of the cache: no build may see it")
        elif reason := find_name_fault(name):
            yield Fault((*at, index), reason)
        if name in names[:index]:
            yield Fault((*at, index), f"{name} stands twice")

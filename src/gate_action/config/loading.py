"""gate.yaml of one revision -> Config. Reads it through Files, so that no workspace path can decide what gates."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from gate_action.codec.positions import Document, Path, TextError, decode_text, name_type, near_miss
from gate_action.codec.schema_faults import Fault, place_fault
from gate_action.codec.yaml_text import parse_yaml
from gate_action.config.document import (
    SCHEMA_VERSION,
    CacheShape,
    GateShape,
    GatesShape,
    MetricShape,
    OneGateShape,
    PolicyShape,
    ReplayShape,
)
from gate_action.config.faults import find_faults
from gate_action.config.limits_shape import LimitsShape
from gate_action.config.loop.document import LoopSettings
from gate_action.config.loop.ingest import SECRET_FIELDS
from gate_action.config.loop.rules import broken_state_rules
from gate_action.config.plugged import judge_uses
from gate_action.config.rules import broken_rules, parse_slice
from gate_action.config.secrets import find_secret_faults
from gate_action.config.settings import (
    DEFAULT_PATH,
    Approvals,
    CacheSettings,
    Config,
    JudgeSettings,
    ObjectsSettings,
    SourceSettings,
    StoreSettings,
    TargetSettings,
)
from gate_action.config.simulating import find_simulate_faults, read_simulate, why_barred
from gate_action.errors import ConfigError
from gate_action.model.metric import CHECKS, Budget, Limits, Metric, Pace, Policy, Role
from gate_action.model.protocols import Files
from gate_action.model.publication import CommentMode
from gate_action.model.replay import Replaying
from gate_action.model.run import Setup
from gate_action.model.spending import Price


class _Gate(NamedTuple):
    """A well-formed gate, and where it stands in its document."""

    shape: GateShape
    top: Path


def load_config(files: Files, path: str = DEFAULT_PATH, gate_id: str | None = None) -> Config:
    """The gate ``gate_id`` of the file, or its only one. Raises ConfigError with every fault of the whole file."""
    document = _read(files, path)
    gates = _gates(document, path, files.label)
    chosen = _choose(tuple(gates), gate_id, path)
    return _config(chosen, gates[chosen], path, document)


def list_gates(files: Files, path: str = DEFAULT_PATH) -> tuple[str, ...]:
    """The ids of the file's gates. Raises ConfigError as load_config does."""
    return tuple(_gates(_read(files, path), path, files.label))


def load_loop(files: Files, path: str = DEFAULT_PATH) -> LoopSettings:
    """What the file says of the loop. Raises ConfigError as load_config does."""
    shape = _well_formed(_read(files, path), path, files.label)
    return LoopSettings(loop=shape.loop, state=shape.state)


def _read(files: Files, path: str) -> Document:
    if path not in files.find(path):
        raise ConfigError(f"no {path} in {files.label}", hint="--config names another place")
    try:
        return parse_yaml(decode_text(files.read(path)))
    except TextError as error:
        raise ConfigError(f"{path} of {files.label} cannot be read", problems=(error.as_problem(path),)) from error


def _gates(document: Document, path: str, label: str) -> Mapping[str, _Gate]:
    """Gate id -> gate. Raises ConfigError as _well_formed does."""
    return _by_id(_well_formed(document, path, label))


def _well_formed(document: Document, path: str, label: str) -> OneGateShape | GatesShape:
    """The file's shape. Raises ConfigError with every fault, in the order of the lines."""
    shape, faults = _check(document)
    if shape is None or faults:
        problems = {place_fault(fault, path, document.places): None for fault in faults}
        ordered = sorted(problems, key=lambda one: (one.line or 0, one.column or 0, one.field))
        count = f"{len(ordered)} fault{'s' * (len(ordered) > 1)}"
        raise ConfigError(f"{count} in {path} of {label}", problems=tuple(ordered))
    return shape


def _choose(known: tuple[str, ...], gate_id: str | None, path: str) -> str:
    if gate_id is None and len(known) == 1:
        return known[0]
    if gate_id is None:
        raise ConfigError(f"{path} holds several gates: {', '.join(known)}", hint="choose one with --gate")
    if gate_id not in known:
        raise ConfigError(f"{path} has no gate {gate_id!r}", hint=near_miss(gate_id, known))
    return gate_id


def _check(document: Document) -> tuple[OneGateShape | GatesShape | None, list[Fault]]:
    """The shape, and every fault. Plugins and secrets are looked at even where the shape is broken."""
    value = document.value
    if not isinstance(value, Mapping):
        return None, [Fault((), f"expected an object, got {name_type(value)}")]
    version = value.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        message = f"version {version!r} is not known: this gate-action reads version {SCHEMA_VERSION}"
        return None, [Fault(("schema_version",), message)]
    shape, faults = _check_shape(document)
    secret_paths = list(_loop_secrets(value))
    for top, gate in _raw_gates(value):
        judged = judge_uses(gate, top)
        faults += judged.faults
        secret_paths += judged.secret_paths
    faults += [Fault(*fault) for fault in find_secret_faults(value, secret_paths)]
    return shape, faults


def _loop_secrets(value: Mapping[str, Any]) -> Iterator[Path]:
    """The options of the loop's sources that take ``${{ env.NAME }}``."""
    match value.get("loop"):
        case {"sources": Mapping() as sources}:
            yield from (("loop", "sources", name, key) for name in sources for key in SECRET_FIELDS)
        case _:
            return


def _check_shape(document: Document) -> tuple[OneGateShape | GatesShape | None, list[Fault]]:
    value = _with_off(document.value)
    kind: type[OneGateShape | GatesShape] = GatesShape if "gates" in value else OneGateShape
    try:
        shape = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return None, list(find_faults(value, kind) or [Fault((), str(error))])
    gates = _by_id(shape).values()
    return shape, [
        *(fault for gate in gates for fault in broken_rules(gate.shape, gate.top)),
        *(fault for gate in gates for fault in find_simulate_faults(gate.shape.target, gate.top)),
        *broken_state_rules(shape.state),
    ]


def _with_off(value: Any) -> Any:
    """YAML 1.1 reads the bare word off as false, and as ``sinks.comment`` it can mean nothing else."""
    match value:
        case {"gates": Mapping() as gates}:
            return {**value, "gates": {name: _with_off(gate) for name, gate in gates.items()}}
        case {"sinks": {"comment": False} as sinks}:
            return {**value, "sinks": {**sinks, "comment": CommentMode.OFF.value}}
        case _:
            return value


def _by_id(shape: OneGateShape | GatesShape) -> Mapping[str, _Gate]:
    if isinstance(shape, OneGateShape):
        return {shape.id: _Gate(shape, ())}
    return {gate_id: _Gate(gate, ("gates", gate_id)) for gate_id, gate in shape.gates.items()}


def _raw_gates(value: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    if "gates" not in value:
        yield (), value
    elif isinstance(value["gates"], Mapping):
        for name, gate in value["gates"].items():
            yield ("gates", name), gate


def _config(gate_id: str, gate: _Gate, path: str, document: Document) -> Config:
    shape = gate.shape
    judge, store = shape.judge, shape.baselines
    return Config(
        gate_id=gate_id,
        path=path,
        sources=tuple(_sources(shape)),
        target=_target(shape),
        metrics=tuple(_metric(name, metric, why_barred(shape)) for name, metric in shape.metrics.items()),
        policy=_policy(shape.policy),
        limits=_limits(shape.limits),
        budget=Budget(**msgspec.structs.asdict(shape.budget)),
        prices={name: Price(**msgspec.structs.asdict(price)) for name, price in shape.prices.items()},
        replaying=_replaying(shape.replay),
        record=shape.record,
        judge=JudgeSettings(model=judge.model, key=judge.key or "", labels=judge.labels or "") if judge else None,
        baselines=StoreSettings(name=store.store, options=store.options) if store else None,
        cache=_cache(shape.cache) if shape.cache else None,
        comment=shape.sinks.comment,
        paths=tuple(shape.paths),
        approvals=Approvals(labels=tuple(shape.approvals.labels), bots=tuple(shape.approvals.bots)),
        document=document,
        top=gate.top,
    )


def _cache(shape: CacheShape) -> CacheSettings:
    told = msgspec.structs.asdict(shape) | {"also": tuple(shape.also)}
    bucket = shape.objects
    if bucket is not None:
        names = {"access_key": bucket.access_key or "", "secret_key": bucket.secret_key or ""}
        told["objects"] = ObjectsSettings(**msgspec.structs.asdict(bucket) | names)
    return CacheSettings(**told)


def _sources(shape: GateShape) -> Iterator[SourceSettings]:
    """All paths are one source: a file that two of them name is read once."""
    paths = [entry for entry in shape.fixtures if isinstance(entry, str)]
    if paths:
        yield SourceSettings(name="paths", options={"paths": paths})
    for entry in shape.fixtures:
        if not isinstance(entry, str):
            yield SourceSettings(name=entry.source, options=entry.options)


def _target(shape: GateShape) -> TargetSettings:
    target = shape.target
    setup = Setup(run=tuple(target.setup.run), lock=tuple(target.setup.lock)) if target.setup else None
    return TargetSettings(
        kind=target.kind,
        options=target.options,
        setup=setup,
        env=tuple(target.env),
        simulate=read_simulate(target.simulate) if target.simulate else None,
    )


def _metric(name: str, shape: MetricShape, barred: str) -> Metric:
    """``barred``: why a metric may not block unless the file says that it may."""
    return Metric(
        name=name,
        evaluator=shape.evaluator or CHECKS,
        options=shape.options,
        role=shape.role or (Role.SECONDARY if barred else Role.PRIMARY),
        barred="" if shape.role else barred,
        pass_at=shape.pass_at,
        floor=shape.floor,
    )


def _limits(shape: LimitsShape) -> Limits:
    pace = Pace(**msgspec.structs.asdict(shape.judge))
    return Limits(**msgspec.structs.asdict(shape) | {"judge": pace})


def _replaying(shape: ReplayShape) -> Replaying:
    return Replaying(
        is_on=shape.enabled,
        spot_check=shape.spot_check,
        max_age_days=shape.max_age_days,
        normalise=tuple(shape.normalise),
    )


def _policy(shape: PolicyShape) -> Policy:
    protected = tuple(found for text in shape.protected if (found := parse_slice(text)))
    return Policy(**msgspec.structs.asdict(shape) | {"protected": protected})

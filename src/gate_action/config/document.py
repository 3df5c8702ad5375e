"""The shape of gate.yaml, as msgspec Structs: types, ranges, defaults, and the words that an editor shows."""

from typing import Annotated, Literal

from msgspec import Meta, field

from gate_action.config.limits_shape import BudgetShape, LimitsShape, PriceShape
from gate_action.config.loop.document import LoopShape
from gate_action.config.loop.state import StateShape
from gate_action.config.part import (
    Alpha,
    Bar,
    Count,
    Hundred,
    Identifier,
    Options,
    Shape,
    Share,
    Some,
    Text,
    VariableName,
)
from gate_action.config.settings import DEFAULT_GATE_ID, Approvals, CacheSettings
from gate_action.config.simulate_shape import SimulateShape
from gate_action.model.metric import Forks, OnInconclusive, Policy, Role
from gate_action.model.publication import CommentMode
from gate_action.model.replay import Replaying

SCHEMA_VERSION = 1
_POLICY, _APPROVALS, _REPLAYING = Policy(), Approvals(), Replaying()
_CACHE = CacheSettings(key="")


class SourceShape(Shape):
    """A fixture source other than files of the repository."""

    source: Annotated[Text, Meta(description="A fixture source.", examples=["artifact"])]
    options: Options = field(default_factory=dict)


class SetupShape(Shape):
    """What makes a checkout ready to run."""

    run: Annotated[
        list[Text],
        Meta(min_length=1, description="Program and arguments; no shell.", examples=[["./scripts/setup"]]),
    ]
    lock: Annotated[
        list[Text], Meta(description="Files that decide what it installs: builds with equal ones share it.")
    ] = field(default_factory=list)


class TargetShape(Shape):
    """What is being judged: how a build is run."""

    kind: Annotated[Text, Meta(description="A target.", examples=["command"])]
    options: Options = field(default_factory=dict)
    setup: SetupShape | None = None
    env: Annotated[list[VariableName], Meta(description="Names of the variables that the build's process may see.")] = (
        field(default_factory=list)
    )
    simulate: SimulateShape | None = None


class MetricShape(Shape):
    """What is measured, and what it may do."""

    evaluator: Annotated[Text | None, Meta(description="An evaluator; the metric checks takes none.")] = None
    options: Options = field(default_factory=dict)
    role: Annotated[
        Role | None,
        Meta(
            description="primary may block, secondary only warns, cost is money and time. Left out: primary; secondary "
            "where users are simulated."
        ),
    ] = None
    pass_at: Annotated[Bar, Meta(description="A trial passes when its score is at least this.")] = 1.0
    floor: Annotated[Bar | None, Meta(description="The mean of head must not be below this.")] = None


class PolicyShape(Shape):
    """How a difference becomes a verdict."""

    trials: Annotated[Hundred, Meta(description="Attempts of each fixture on each build.")] = _POLICY.trials
    alpha_global: Annotated[Alpha, Meta(description="Error bound of the test over all fixtures.")] = (
        _POLICY.alpha_global
    )
    alpha_slices: Annotated[Alpha, Meta(description="Error bound of the test over slices.")] = _POLICY.alpha_slices
    min_effect: Annotated[Share, Meta(description="A smaller drop of the mean never blocks.")] = _POLICY.min_effect
    min_effect_slice: Annotated[Share, Meta(description="A smaller drop of a slice never blocks.")] = (
        _POLICY.min_effect_slice
    )
    margin: Annotated[float, Meta(gt=0, lt=1, description="pass: the drop is shown to be smaller than this.")] = (
        _POLICY.margin
    )
    max_missing: Annotated[Share, Meta(description="More missing scores than this is no measurement.")] = (
        _POLICY.max_missing
    )
    critical_reruns: Annotated[Hundred, Meta(description="Re-runs of a failed critical one.")] = _POLICY.critical_reruns
    critical_failures: Annotated[Count, Meta(description="Failures among them that block.")] = _POLICY.critical_failures
    on_inconclusive: Annotated[OnInconclusive, Meta(description="What an inconclusive run ends as.")] = (
        _POLICY.on_inconclusive
    )
    forks: Annotated[Forks, Meta(description="What a run without the secrets that it needs ends as.")] = _POLICY.forks
    trust_stored_baseline: Annotated[bool, Meta(description="A stored base alone may block.")] = (
        _POLICY.trust_stored_baseline
    )
    max_commits_older: Annotated[
        int, Meta(ge=0, le=50, description="Stored runs of a commit further before base than this are not used.")
    ] = _POLICY.max_commits_older
    protected: Annotated[
        list[Text], Meta(description="Slices that may not break: dimension=value, or dimension=*.")
    ] = field(default_factory=list)
    relabellings: Annotated[int, Meta(ge=100, le=1_000_000, description="Monte-Carlo relabellings.")] = (
        _POLICY.relabellings
    )
    self_approval: Annotated[
        bool,
        Meta(description="Authors may approve what their own pull request does to the gate: for a lone maintainer."),
    ] = _POLICY.self_approval
    seed: Annotated[int, Meta(ge=0, description="Of the relabellings.")] = _POLICY.seed


class ReplayShape(Shape):
    """How far recorded model answers stand for new ones."""

    enabled: Annotated[bool, Meta(description="false: every model call is bought.")] = _REPLAYING.is_on
    spot_check: Annotated[float, Meta(ge=0, le=1, description="Share of the replayed fixtures that are sent anew.")] = (
        _REPLAYING.spot_check
    )
    max_age_days: Annotated[float, Meta(ge=0, le=365, description="Older recordings of earlier runs are not used.")] = (
        _REPLAYING.max_age_days
    )
    normalise: Annotated[
        list[Text],
        Meta(
            description="Left out where requests are compared: uuid, iso_time, epoch, temporary_path, regex:PATTERN.",
            examples=[["uuid", "regex:req-[0-9]+"]],
        ),
    ] = field(default_factory=list)


class JudgeShape(Shape):
    """The default model of judge metrics."""

    model: Annotated[Text, Meta(examples=["openai/gpt-4o-mini"])]
    key: VariableName | None = None
    labels: Annotated[
        Text | None, Meta(description="People's labels of a pull request's own answers: a file, read from head.")
    ] = None


class BaselinesShape(Shape):
    """Where earlier runs are kept."""

    store: Annotated[Text, Meta(description="A baseline store.", examples=["folder"])]
    options: Options = field(default_factory=dict)


class ObjectsShape(Shape):
    """A bucket that speaks S3."""

    url: Annotated[str, Meta(pattern=r"^s3://[^/]+", examples=["s3://bucket/prefix"])]
    endpoint: Annotated[str, Meta(description="Of a service other than AWS.")] = ""
    region: str = ""
    access_key: VariableName | None = None
    secret_key: VariableName | None = None


class CacheShape(Shape):
    """Where trials and scores are kept that later runs need not buy again."""

    key: VariableName
    path: Annotated[Text, Meta(description="A folder, from the repository's top.")] = _CACHE.path
    objects: Annotated[ObjectsShape | None, Meta(description="A bucket in the folder's stead.")] = None
    also: Annotated[
        list[VariableName],
        Meta(description="Variables that stand for what a build rests on outside its files: an index, a model."),
    ] = field(default_factory=list)
    max_mb: Annotated[Count, Meta(description="Megabytes that are kept; the oldest go first.")] = _CACHE.max_mb
    max_age_days: Annotated[Some, Meta(description="What is older is not read.")] = _CACHE.max_age_days


class SinksShape(Shape):
    """Where the report is published."""

    comment: Annotated[
        CommentMode,
        Meta(
            description="One comment on the pull request: kept up to date, made anew, made anew on a change, or none."
        ),
    ] = CommentMode.UPDATE


class ApprovalsShape(Shape):
    """What approves a change of the gate itself, beside an approving review."""

    labels: Annotated[
        list[Text], Meta(description="Labels that approve, when somebody with write access sets them.")
    ] = field(default_factory=lambda: [*_APPROVALS.labels])
    bots: Annotated[list[Text], Meta(description="Logins of bots and Apps that may approve.")] = field(
        default_factory=list
    )


class GateShape(Shape):
    """One gate of several under ``gates``."""

    fixtures: Annotated[
        list[Text | SourceShape],
        Meta(
            min_length=1,
            description="Files, folders and globs of the repository, or sources.",
            examples=[["fixtures"]],
        ),
    ]
    target: TargetShape
    metrics: Annotated[dict[Identifier, MetricShape], Meta(min_length=1)]
    policy: PolicyShape = field(default_factory=PolicyShape)
    limits: LimitsShape = field(default_factory=LimitsShape)
    budget: BudgetShape = field(default_factory=BudgetShape)
    prices: Annotated[
        dict[Text, PriceShape], Meta(description="By model as litellm names it; `target`: of trials.")
    ] = field(default_factory=dict)
    replay: ReplayShape = field(default_factory=ReplayShape)
    record: Annotated[
        dict[VariableName, str],
        Meta(
            description="Variable -> URL of a further model provider, or an empty text: the variable's own value.",
            examples=[{"GROQ_BASE_URL": "https://api.groq.com"}],
        ),
    ] = field(default_factory=dict)
    judge: JudgeShape | None = None
    baselines: BaselinesShape | None = None
    paths: Annotated[
        list[Text],
        Meta(
            description="Files, folders and globs that the build is made of: a change of nothing among them passes "
            "unmeasured. Empty: every change counts.",
            examples=[["app", "pyproject.toml"]],
        ),
    ] = field(default_factory=list)
    cache: CacheShape | None = None
    sinks: SinksShape = field(default_factory=SinksShape)
    approvals: ApprovalsShape = field(default_factory=ApprovalsShape)


class OneGateShape(GateShape, kw_only=True):
    """A gate.yaml with one gate."""

    schema_version: Literal[1]
    id: Identifier = DEFAULT_GATE_ID
    loop: LoopShape = field(default_factory=LoopShape)
    state: StateShape = field(default_factory=StateShape)


class GatesShape(Shape):
    """A gate.yaml with several gates."""

    schema_version: Literal[1]
    gates: Annotated[dict[Identifier, GateShape], Meta(min_length=1)]
    loop: LoopShape = field(default_factory=LoopShape)
    state: StateShape = field(default_factory=StateShape)

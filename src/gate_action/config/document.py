"""The shape of gate.yaml, as msgspec Structs: types, ranges, defaults, and the words that an editor shows."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from gate_action.config.loop.document import LoopShape
from gate_action.config.loop.state import StateShape
from gate_action.config.settings import DEFAULT_GATE_ID, Approvals, CacheSettings
from gate_action.config.simulate_shape import SimulateShape
from gate_action.model.metric import Budget, Forks, Limits, OnInconclusive, Policy, Role
from gate_action.model.publication import CommentMode
from gate_action.model.replay import Replaying

SCHEMA_VERSION = 1
_POLICY, _LIMITS, _BUDGET, _APPROVALS, _REPLAYING = Policy(), Limits(), Budget(), Approvals(), Replaying()
_CACHE = CacheSettings(key="")
_END = r"$(?!\n)"
"""The very end: ``$`` alone would let a line feed follow."""

IDENTIFIER_FORM = "Letters, digits and ._- (at most 60), starting with a letter or digit."
Identifier = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}" + _END, description=IDENTIFIER_FORM)]
VariableName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}" + _END,
        description="The name of an environment variable, never its value.",
    ),
]
Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Hundred = Annotated[int, Meta(ge=1, le=100)]
Flight = Annotated[int, Meta(ge=1, le=10_000)]
Alpha = Annotated[float, Meta(gt=0, lt=0.5)]
Share = Annotated[float, Meta(ge=0, lt=1)]
Bar = Annotated[float, Meta(gt=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Some = Annotated[float, Meta(gt=0)]
Price = Annotated[float, Meta(ge=0)]
Options = Annotated[dict[str, Any], Meta(description="Options of the class that is named beside them.")]


class Shape(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nothing is converted, and unknown keys are refused."""


class SourceShape(Shape):
    """A fixture source other than files of the repository."""

    source: Annotated[Text, Meta(description="A fixture source.", examples=["artifact"])]
    options: Options = {}


class SetupShape(Shape):
    """What makes a checkout ready to run."""

    run: Annotated[
        list[Text],
        Meta(min_length=1, description="Program and arguments; no shell.", examples=[["./scripts/setup"]]),
    ]
    lock: Annotated[
        list[Text], Meta(description="Files that decide what it installs: builds with equal ones share it.")
    ] = []


class TargetShape(Shape):
    """What is being judged: how a build is run."""

    kind: Annotated[Text, Meta(description="A target.", examples=["command"])]
    options: Options = {}
    setup: SetupShape | None = None
    env: Annotated[
        list[VariableName], Meta(description="Names of the variables that the build's process may see.")
    ] = []
    simulate: SimulateShape | None = None


class MetricShape(Shape):
    """What is measured, and what it may do."""

    evaluator: Annotated[Text | None, Meta(description="An evaluator; the metric checks takes none.")] = None
    options: Options = {}
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
    ] = []
    relabellings: Annotated[int, Meta(ge=100, le=1_000_000, description="Monte-Carlo relabellings.")] = (
        _POLICY.relabellings
    )
    self_approval: Annotated[
        bool,
        Meta(description="Authors may approve what their own pull request does to the gate: for a lone maintainer."),
    ] = _POLICY.self_approval
    seed: Annotated[int, Meta(ge=0, description="Of the relabellings.")] = _POLICY.seed


class PaceShape(Shape):
    """How fast a model is asked."""

    concurrency: Annotated[Flight, Meta(description="Requests in flight.")] = _LIMITS.judge.concurrency
    requests_per_minute: Annotated[Count | None, Meta(description="At most so many in any minute.")] = None
    tokens_per_minute: Annotated[Count | None, Meta(description="Input and output together.")] = None


class LimitsShape(Shape):
    """Bounds on what one run may take."""

    concurrency: Annotated[Flight, Meta(description="Trials of one build in flight.")] = _LIMITS.concurrency
    requests_per_minute: Annotated[Count | None, Meta(description="Of both builds together, in any minute.")] = None
    tokens_per_minute: Annotated[Count | None, Meta(description="Of both builds together, as they report them.")] = None
    judge: PaceShape = field(default_factory=PaceShape)
    trial_timeout_s: Annotated[Seconds, Meta(description="For one trial.")] = _LIMITS.trial_timeout_s
    start_timeout_s: Annotated[Seconds, Meta(description="For a build to become ready.")] = _LIMITS.start_timeout_s
    setup_timeout_s: Annotated[Seconds, Meta(description="For target.setup.")] = _LIMITS.setup_timeout_s
    run_timeout_s: Annotated[Seconds, Meta(description="For the whole run.")] = _LIMITS.run_timeout_s
    max_output_bytes: Annotated[Count, Meta(description="A longer answer is a failure.")] = _LIMITS.max_output_bytes
    target_retries: Annotated[int, Meta(ge=0, le=10, description="After the target's own crash.")] = (
        _LIMITS.target_retries
    )
    provider_retries: Annotated[int, Meta(ge=0, le=20, description="After a provider's outage.")] = (
        _LIMITS.provider_retries
    )


class BudgetShape(Shape):
    """What one run may spend."""

    max_cost_usd: Annotated[Some | None, Meta(description="US dollars.")] = _BUDGET.max_cost_usd
    max_calls: Annotated[Count | None, Meta(description="Trials and judge calls.")] = _BUDGET.max_calls
    max_minutes: Annotated[Some | None, Meta(description="No call is begun after it.")] = _BUDGET.max_minutes
    max_cost_usd_per_pr: Annotated[Some | None, Meta(description="All runs of a pull request together.")] = None
    max_cost_usd_per_month: Annotated[
        Some | None, Meta(description="All runs of this gate in a calendar month (UTC).")
    ] = None


class PriceShape(Shape):
    """What calls cost, in US dollars."""

    usd_per_call: Annotated[Price, Meta(description="Whatever the tokens.")] = 0.0
    usd_per_million_input_tokens: Annotated[Price, Meta(description="As they are reported.")] = 0.0
    usd_per_million_output_tokens: Annotated[Price, Meta(description="As they are reported.")] = 0.0


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
    ] = []


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
    options: Options = {}


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
    ] = []
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
    bots: Annotated[list[Text], Meta(description="Logins of bots and Apps that may approve.")] = []


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
    ] = {}
    replay: ReplayShape = field(default_factory=ReplayShape)
    record: Annotated[
        dict[VariableName, str],
        Meta(
            description="Variable -> URL of a further model provider, or an empty text: the variable's own value.",
            examples=[{"GROQ_BASE_URL": "https://api.groq.com"}],
        ),
    ] = {}
    judge: JudgeShape | None = None
    baselines: BaselinesShape | None = None
    paths: Annotated[
        list[Text],
        Meta(
            description="Files, folders and globs that the build is made of: a change of nothing among them passes "
            "unmeasured. Empty: every change counts.",
            examples=[["app", "pyproject.toml"]],
        ),
    ] = []
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

"""The shape of gate.yaml, as pydantic models: types, ranges, defaults, and the words that an editor shows."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from gate_action.config.settings import DEFAULT_GATE_ID, CommentMode
from gate_action.model.metric import Budget, Forks, Limits, OnInconclusive, Policy, Role

SCHEMA_VERSION = 1
_POLICY, _LIMITS, _BUDGET = Policy(), Limits(), Budget()

FORMS = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$": "Letters, digits and ._- (at most 60), starting with a letter or digit.",
    r"^[A-Za-z_][A-Za-z0-9_]{0,99}$": "The name of an environment variable, never its value.",
}
"""What a pattern asks for, in words."""
_IDENTIFIER, _VARIABLE_NAME = FORMS

Identifier = Annotated[str, Field(pattern=_IDENTIFIER, description=FORMS[_IDENTIFIER])]
VariableName = Annotated[str, Field(pattern=_VARIABLE_NAME, description=FORMS[_VARIABLE_NAME])]
Text = Annotated[str, Field(min_length=1)]
Alpha = Annotated[float, Field(gt=0, lt=0.5)]
Share = Annotated[float, Field(ge=0, lt=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Options = Annotated[dict[str, Any], Field(description="Options of the class that is named beside them.")]


def told(words: str, default: Any, **bounds: Any) -> Any:
    """A field with a default, bounds and a sentence."""
    return Field(default, description=words, **bounds)


class Shape(BaseModel):
    """Nothing is converted, and unknown keys are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class SourceShape(Shape):
    """A fixture source other than files of the repository."""

    source: Text = Field(description="A fixture source.", examples=["artifact"])
    options: Options = {}


class SetupShape(Shape):
    """What makes a checkout ready to run."""

    run: list[Text] = Field(
        min_length=1, description="Program and arguments; no shell.", examples=[["./scripts/setup"]]
    )
    lock: list[Text] = Field(
        default=[], description="Files that decide what it installs: builds with equal ones share it."
    )


class TargetShape(Shape):
    """What is being judged: how a build is run."""

    kind: Text = Field(description="A target.", examples=["command"])
    options: Options = {}
    setup: SetupShape | None = None
    env: list[VariableName] = told("Names of the variables that the build's process may see.", [])


class MetricShape(Shape):
    """What is measured, and what it may do."""

    evaluator: Text | None = told("An evaluator; the metric checks takes none.", None)
    options: Options = {}
    role: Role = Field(
        default=Role.PRIMARY, description="primary may block, secondary only warns, cost is money and time."
    )
    pass_at: float = told("A trial passes when its score is at least this.", 1.0, gt=0, le=1)
    floor: float | None = told("The mean of head must not be below this.", None, gt=0, le=1)


class PolicyShape(Shape):
    """How a difference becomes a verdict."""

    trials: int = told("Attempts of each fixture on each build.", _POLICY.trials, ge=1, le=100)
    alpha_global: Alpha = told("Error bound of the test over all fixtures.", _POLICY.alpha_global)
    alpha_slices: Alpha = told("Error bound of the test over slices.", _POLICY.alpha_slices)
    min_effect: Share = told("A smaller drop of the mean never blocks.", _POLICY.min_effect)
    min_effect_slice: Share = Field(
        default=_POLICY.min_effect_slice, description="A smaller drop of a slice never blocks."
    )
    margin: float = Field(
        default=_POLICY.margin, gt=0, lt=1, description="pass: the drop is shown to be smaller than this."
    )
    max_missing: Share = Field(
        default=_POLICY.max_missing, description="More missing scores than this is no measurement."
    )
    critical_reruns: int = Field(
        default=_POLICY.critical_reruns, ge=1, le=100, description="Re-runs of a failed critical one."
    )
    critical_failures: int = Field(
        default=_POLICY.critical_failures, ge=1, description="Failures among them that block."
    )
    on_inconclusive: OnInconclusive = Field(
        default=_POLICY.on_inconclusive, description="What an inconclusive run ends as."
    )
    forks: Forks = told("What a run without the secrets that it needs ends as.", _POLICY.forks)
    trust_stored_baseline: bool = Field(
        default=_POLICY.trust_stored_baseline, description="A stored base alone may block."
    )
    protected: list[Text] = told("Slices that may not break: dimension=value, or dimension=*.", [])
    relabellings: int = Field(
        default=_POLICY.relabellings, ge=100, le=1_000_000, description="Monte-Carlo relabellings."
    )
    seed: int = told("Of the relabellings.", _POLICY.seed, ge=0)


class PaceShape(Shape):
    """How fast a model is asked."""

    concurrency: int = told("Requests in flight.", _LIMITS.judge.concurrency, ge=1, le=10_000)
    requests_per_minute: int | None = told("At most so many in any minute.", None, ge=1)
    tokens_per_minute: int | None = told("Input and output together.", None, ge=1)


class LimitsShape(Shape):
    """Bounds on what one run may take."""

    concurrency: int = told("Trials of one build in flight.", _LIMITS.concurrency, ge=1, le=10_000)
    requests_per_minute: int | None = told("Of both builds together, in any minute.", None, ge=1)
    tokens_per_minute: int | None = told("Of both builds together, as they report them.", None, ge=1)
    judge: PaceShape = PaceShape()
    trial_timeout_s: Seconds = told("For one trial.", _LIMITS.trial_timeout_s)
    start_timeout_s: Seconds = told("For a build to become ready.", _LIMITS.start_timeout_s)
    setup_timeout_s: Seconds = told("For target.setup.", _LIMITS.setup_timeout_s)
    run_timeout_s: Seconds = told("For the whole run.", _LIMITS.run_timeout_s)
    max_output_bytes: int = told("A longer answer is a failure.", _LIMITS.max_output_bytes, ge=1)
    target_retries: int = Field(
        default=_LIMITS.target_retries, ge=0, le=10, description="After the target's own crash."
    )
    provider_retries: int = Field(
        default=_LIMITS.provider_retries, ge=0, le=20, description="After a provider's outage."
    )


class BudgetShape(Shape):
    """What one run may spend."""

    max_cost_usd: float | None = told("US dollars.", _BUDGET.max_cost_usd, gt=0)
    max_calls: int | None = told("Trials and judge calls.", _BUDGET.max_calls, ge=1)


class JudgeShape(Shape):
    """The default model of judge metrics."""

    model: Text = Field(examples=["openai/gpt-4o-mini"])
    key: VariableName | None = Field(
        default=None, description="Name of the variable that holds the key, never its value."
    )
    labels: Text | None = Field(
        default=None, description="People's labels of a pull request's own answers: a file, read from head."
    )


class BaselinesShape(Shape):
    """Where earlier runs are kept."""

    store: Text = Field(description="A baseline store.", examples=["folder"])
    options: Options = {}


def _read_off(value: object) -> object:
    """YAML 1.1 reads the bare word off as false, and here it can mean nothing else."""
    return CommentMode.OFF.value if value is False else value


class SinksShape(Shape):
    """Where the report is published."""

    comment: Annotated[CommentMode, BeforeValidator(_read_off)] = told(
        "One comment a pull request, or none.", CommentMode.UPDATE
    )


def _kind_of_source(value: object) -> str:
    return "files" if isinstance(value, str) else "source"


class GateShape(Shape):
    """One gate of several under ``gates``."""

    fixtures: list[
        Annotated[Annotated[Text, Tag("files")] | Annotated[SourceShape, Tag("source")], Discriminator(_kind_of_source)]
    ] = Field(
        min_length=1, description="Files, folders and globs of the repository, or sources.", examples=[["fixtures"]]
    )
    target: TargetShape
    metrics: dict[Identifier, MetricShape] = Field(min_length=1)
    policy: PolicyShape = PolicyShape()
    limits: LimitsShape = LimitsShape()
    budget: BudgetShape = BudgetShape()
    judge: JudgeShape | None = None
    baselines: BaselinesShape | None = None
    sinks: SinksShape = SinksShape()


class OneGateShape(GateShape):
    """A gate.yaml with one gate."""

    schema_version: Literal[1]
    id: Identifier = DEFAULT_GATE_ID


class GatesShape(Shape):
    """A gate.yaml with several gates."""

    schema_version: Literal[1]
    gates: dict[Identifier, GateShape] = Field(min_length=1)

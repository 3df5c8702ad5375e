"""One gate's settings as the layers take them. Holds no secret: ``${{ env.NAME }}`` is resolved by wiring."""

from collections.abc import Mapping
from dataclasses import field

from gate_action.codec.positions import Document, Path, dotted
from gate_action.errors import Problem
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject, digest_json
from gate_action.model.metric import Budget, Limits, Metric, Policy
from gate_action.model.publication import CommentMode
from gate_action.model.replay import Replaying
from gate_action.model.run import Setup
from gate_action.model.scenario import Simulating
from gate_action.model.spending import Price

DEFAULT_PATH = "gate.yaml"
DEFAULT_GATE_ID = "gate"
_NOT_THE_GATES = frozenset({"loop", "state"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """Where fixtures come from: a class of ``sources`` and its options."""

    name: str
    options: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateSettings:
    """Who talks with the build."""

    how: Simulating
    key: str = ""
    """Name of the environment variable that holds the model's key; empty: the provider's usual one."""
    instructions: str = ""
    """Path of the gate's own instructions, in the revision that decides; empty: there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """What runs a build: a class of ``targets`` and its options."""

    kind: str
    options: JsonObject
    setup: Setup | None = None
    env: tuple[str, ...] = ()
    """Names of the variables that a child may see."""
    simulate: SimulateSettings | None = None
    """None: nobody is simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    model: str
    key: str = ""
    """Name of the environment variable that holds the key; empty: the model needs none."""
    labels: str = ""
    """Path of people's labels in head's revision; empty: there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where runs are kept: a class of ``baselines`` and its options."""

    name: str
    options: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectsSettings:
    """A bucket. ``access_key`` and ``secret_key`` name variables; empty: requests are not signed."""

    url: str
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """Where trials and scores are kept from run to run."""

    key: str
    """Name of the environment variable whose value seals what is kept."""
    path: str = ".gate/cache"
    """A folder, from the repository's top. It is not used where there are ``objects``."""
    objects: ObjectsSettings | None = None
    also: tuple[str, ...] = ()
    """Names of variables that stand for what a build rests on outside its files."""
    max_mb: int = 500
    max_age_days: float = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What approves a change of the gate itself, beside an approving review."""

    labels: tuple[str, ...] = ("gate-approved",)
    bots: tuple[str, ...] = ()
    """Logins of bots and Apps that may approve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that gate.yaml says of one gate."""

    gate_id: str
    path: str
    sources: tuple[SourceSettings, ...]
    target: TargetSettings
    metrics: tuple[Metric, ...]
    policy: Policy = field(default_factory=Policy)
    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By model; ``target``: of trials."""
    replaying: Replaying = field(default_factory=Replaying)
    record: Mapping[str, str] = field(default_factory=dict)
    """Variable -> URL of a model provider that is recorded too; empty: the variable's value."""
    judge: JudgeSettings | None = None
    baselines: StoreSettings | None = None
    paths: tuple[str, ...] = ()
    """What a change must touch to be measured; empty: anything."""
    cache: CacheSettings | None = None
    comment: CommentMode = CommentMode.UPDATE
    approvals: Approvals = field(default_factory=Approvals)
    document: Document = field(repr=False, compare=False)
    """The file as read, for messages that name a place."""
    top: Path = ()
    """Where this gate stands in the document: ``("gates", id)``, or its top."""

    @property
    def digest(self) -> str:
        """Of what the file says of this gate: comments, order and formatting do not matter."""
        value = self.document.value
        for part in self.top:
            value = value[part]  # type: ignore[index]  # ``top`` was walked when it was read
        if isinstance(value, Mapping) and not self.top:
            value = {name: part for name, part in value.items() if name not in _NOT_THE_GATES}
        return digest_json(value)

    def problem(self, at: Path, message: str, *, hint: str = "") -> Problem:
        """A fault at a path inside this gate."""
        path = (*self.top, *at)
        line, column = self.document.places.locate(path)
        return Problem(path=self.path, message=message, line=line, column=column, field=dotted(path), hint=hint)

"""Base's gate.yaml beside head's, field by field: a rule for every field says what its change does to the gate."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from typing import Any, NamedTuple

from gate_action.codec.positions import Path, dotted
from gate_action.config.settings import Config
from gate_action.integrity.rules import (
    Rule,
    Ruling,
    down_loosens,
    floor_rule,
    longer_loosens,
    names_seen,
    neutral,
    ordered,
    paths_watched,
    slices_protected,
    unclear,
    up_loosens,
)
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Place, Slice
from gate_action.model.integrity import Area, Effect, GateChange
from gate_action.model.metric import Forks, Metric, OnInconclusive, Role
from gate_action.model.publication import CommentMode

_NO_RULE = "no rule says what this field's change does"
_NOT_MEASURED = "a run that could not measure is likelier"


POLICY: Mapping[str, Rule] = {
    "trials": down_loosens("fewer attempts find less"),
    "alpha_global": down_loosens("a drop needs to be more certain before it blocks"),
    "alpha_slices": down_loosens("a slice's drop needs to be more certain before it blocks"),
    "min_effect": up_loosens("larger drops never block"),
    "min_effect_slice": up_loosens("larger drops of a slice never block"),
    "margin": up_loosens("a larger drop is called a pass"),
    "max_missing": up_loosens("more scores may be missing"),
    "critical_reruns": down_loosens("a critical fixture is tried less often"),
    "critical_failures": up_loosens("a critical fixture may fail more often"),
    "on_inconclusive": ordered(
        (OnInconclusive.BLOCK, OnInconclusive.EXTEND, OnInconclusive.PASS), "what could not be told no longer blocks"
    ),
    "forks": ordered((Forks.BLOCK, Forks.NEUTRAL), "a fork's run without secrets no longer blocks"),
    "trust_stored_baseline": ordered((True, False), "a drop against stored rows no longer blocks"),
    "max_commits_older": up_loosens("runs of older commits stand in for base"),
    "protected": slices_protected,
    "relabellings": down_loosens("a test is coarser", otherwise=Effect.NEUTRAL),
    "self_approval": ordered((False, True), "authors may approve what they do to their own gate"),
    "seed": unclear("a seed can be picked by the verdict that it gives"),
}

LIMITS: Mapping[str, Rule] = {
    "concurrency": neutral(),
    "requests_per_minute": neutral(),
    "tokens_per_minute": neutral(),
    "judge": neutral(),
    "trial_timeout_s": up_loosens("slower answers pass"),
    "start_timeout_s": down_loosens("a base that starts too slowly is not compared with", otherwise=Effect.NEUTRAL),
    "setup_timeout_s": down_loosens("a base whose setup takes longer is not compared with", otherwise=Effect.NEUTRAL),
    "run_timeout_s": down_loosens(_NOT_MEASURED, otherwise=Effect.NEUTRAL),
    "max_output_bytes": up_loosens("longer answers are no failure"),
    "target_retries": up_loosens("more failures of the build itself are forgiven"),
    "provider_retries": down_loosens(_NOT_MEASURED, otherwise=Effect.NEUTRAL),
}

BUDGET: Mapping[str, Rule] = {
    "max_cost_usd": down_loosens(_NOT_MEASURED, otherwise=Effect.NEUTRAL),
    "max_calls": down_loosens(_NOT_MEASURED, otherwise=Effect.NEUTRAL),
    "max_minutes": down_loosens(_NOT_MEASURED, otherwise=Effect.NEUTRAL),
    "max_cost_usd_per_pr": down_loosens(_NOT_MEASURED, otherwise=Effect.NEUTRAL),
    "max_cost_usd_per_month": down_loosens(_NOT_MEASURED, otherwise=Effect.NEUTRAL),
}

METRIC: Mapping[str, Rule] = {
    "role": ordered((Role.PRIMARY, Role.SECONDARY, Role.COST), "it may no longer block"),
    "pass_at": down_loosens("a lower score passes"),
    "floor": floor_rule,
    "evaluator": unclear("another evaluator scores"),
    "options": unclear("the evaluator scores in another way"),
}

TARGET: Mapping[str, Rule] = {
    "kind": unclear("the build is run in another way"),
    "options": unclear("the build is run in another way"),
    "setup": unclear("the build is set up in another way"),
    "env": names_seen,
    "simulate": unclear("other users talk with the build"),
}

JUDGE: Mapping[str, Rule] = {
    "model": unclear("another model judges"),
    "key": unclear("without its key a judge cannot be asked"),
    "labels": neutral("people's labels decide nothing"),
}

TOP: Mapping[str, Rule] = {
    "gate_id": unclear("stored runs and measured judges are kept by the gate's name"),
    "prices": unclear("calls count otherwise against the budget"),
    "replaying": unclear("recorded answers say how much of a difference is exact"),
    "record": unclear("answers of other providers are recorded, and stand for head's"),
    "cache": unclear("kept trials say what a run is suspicious of"),
    "baselines": unclear("stored runs say what a run is suspicious of"),
    "paths": paths_watched,
    "comment": lambda base, head: (
        Ruling(Effect.LOOSENS, "edited", "nobody is told on the pull request")
        if head is CommentMode.OFF
        else Ruling(Effect.TIGHTENS if base is CommentMode.OFF else Effect.NEUTRAL, "edited", "")
    ),
}

APPROVALS: Mapping[str, Rule] = {
    "labels": longer_loosens("a further label approves"),
    "bots": longer_loosens("a further bot approves"),
}

ELSEWHERE: Mapping[str, str] = {
    "path": "both are read from one path",
    "document": "the file as read: its fields are compared one by one",
    "top": "where the gate stands in the file",
    "sources": "compared by what they find, and by _sources",
    "metrics": "METRIC, by name",
    "policy": "POLICY",
    "limits": "LIMITS",
    "budget": "BUDGET",
    "target": "TARGET",
    "judge": "JUDGE",
    "approvals": "APPROVALS",
}
"""Fields of Config that have no rule of their own, and where they are compared instead."""

METRIC_ELSEWHERE: Mapping[str, str] = {
    "name": "metrics are matched by it",
    "barred": "found when a run starts: no file says it",
}


class _Part(NamedTuple):
    """A part of gate.yaml whose fields are compared one by one."""

    name: str
    rules: Mapping[str, Rule]
    of: Callable[[Config], Any]


class _Pair(NamedTuple):
    """One value on either side."""

    base: Any
    head: Any


_PARTS = (
    _Part("target", TARGET, lambda config: config.target),
    _Part("policy", POLICY, lambda config: config.policy),
    _Part("limits", LIMITS, lambda config: config.limits),
    _Part("budget", BUDGET, lambda config: config.budget),
    _Part("approvals", APPROVALS, lambda config: config.approvals),
)


def compare_configs(base: Config, head: Config) -> tuple[GateChange, ...]:
    """Everything in which head's gate.yaml differs from base's. A field without a rule is held to loosen."""
    compared = _Compared(base=base, head=head)
    return (*compared.top(), *compared.parts(), *compared.judge(), *compared.sources(), *compared.metrics())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    base: Config
    head: Config

    def top(self) -> Iterator[GateChange]:
        for field in fields(Config):
            if field.name not in ELSEWHERE:
                at = "id" if field.name == "gate_id" else field.name
                yield from self._field((at,), TOP.get(field.name), self._pair(field.name, self.base, self.head))

    def parts(self) -> Iterator[GateChange]:
        for part in _PARTS:
            yield from self._fields((part.name,), part.rules, part.of(self.base), part.of(self.head))

    def judge(self) -> Iterator[GateChange]:
        base, head = self.base.judge, self.head.judge
        if base is None or head is None:
            rule = unclear("judges take their model and key from it")
            yield from self._field(("judge",), rule, _Pair(base, head))
        else:
            yield from self._fields(("judge",), JUDGE, base, head)

    def sources(self) -> Iterator[GateChange]:
        """Files of the repository are compared by what is in them; what lies elsewhere is not at hand for both."""
        pair = self._pair("sources", self.base, self.head)
        is_ours = {source.name for source in (*pair.base, *pair.head)} == {"paths"}
        rule = neutral("what it does to the fixtures stands beside it") if is_ours else unclear("other fixtures come")
        yield from self._field(("fixtures",), rule, pair)

    def metrics(self) -> Iterator[GateChange]:
        base, head = ({metric.name: metric for metric in config.metrics} for config in (self.base, self.head))
        for name in (*base, *(name for name in head if name not in base)):
            if name not in head:
                yield self._removed(base[name])
            elif name not in base:
                yield self._added(head[name])
            else:
                yield from self._fields(("metrics", name), METRIC, base[name], head[name])

    def _fields(self, at: Path, rules: Mapping[str, Rule], base: Any, head: Any) -> Iterator[GateChange]:
        for field in fields(base):
            if field.name not in METRIC_ELSEWHERE or at[0] != "metrics":
                yield from self._field((*at, field.name), rules.get(field.name), self._pair(field.name, base, head))

    def _field(self, at: Path, rule: Rule | None, pair: _Pair) -> Iterator[GateChange]:
        if pair.base == pair.head:
            return
        ruling = (rule or unclear(_NO_RULE))(pair.base, pair.head)
        yield GateChange(
            area=_area(at),
            subject=dotted(at),
            effect=ruling.effect,
            what=ruling.what,
            base=_shown(pair.base),
            head=_shown(pair.head),
            why=ruling.why,
            place=self._place(at),
        )

    def _removed(self, metric: Metric) -> GateChange:
        why = "it can no longer block" if metric.role is Role.PRIMARY else "it is no longer watched"
        return GateChange(
            area=Area.METRIC,
            subject=dotted(("metrics", metric.name)),
            effect=Effect.LOOSENS,
            what="removed",
            base=_shown(metric.role),
            why=why,
        )

    def _added(self, metric: Metric) -> GateChange:
        at = ("metrics", metric.name)
        return GateChange(
            area=Area.METRIC,
            subject=dotted(at),
            effect=Effect.TIGHTENS if metric.role is Role.PRIMARY else Effect.NEUTRAL,
            what="added",
            head=_shown(metric.role),
            place=self._place(at),
        )

    def _place(self, at: Path) -> Place:
        line, _column = self.head.document.places.locate((*self.head.top, *at))
        return Place(self.head.path, line)

    @staticmethod
    def _pair(name: str, base: Any, head: Any) -> _Pair:
        return _Pair(getattr(base, name), getattr(head, name))


def _area(at: Path) -> Area:
    if at[0] != "metrics":
        return Area.POLICY
    return Area.EVALUATOR if at[-1] in ("evaluator", "options") else Area.METRIC


def _shown(value: Any) -> str:
    """As gate.yaml would spell it, on one line."""
    if value is None:
        return "none"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, Slice):
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "none"
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return json.dumps(plain, ensure_ascii=False, default=str)

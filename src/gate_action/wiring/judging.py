"""Judges and people: what the report tells of a gate's judges."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from gate_action.codec.labels import LabelKey, Labels, decode_labels
from gate_action.comparison.statistics.judges import Labelled, correct_difference, estimate_by_ppi
from gate_action.config.settings import Config
from gate_action.engine.finished import Finished
from gate_action.engine.journal import Journal
from gate_action.engine.judge_standing import judge_digests
from gate_action.engine.scoring import Scorer
from gate_action.model.comparison import MetricComparison
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.judge import JudgeRecord, JudgeReport, PpiEstimate
from gate_action.model.metric import Metric
from gate_action.model.protocols import Files
from gate_action.model.score import Score
from gate_action.model.trial import Arm, Output, Stored

Differences = Mapping[str, float]
"""Fixture -> head's mean minus base's."""


@dataclass(frozen=True, kw_only=True)
class JudgeTeller:
    """Makes the report's lines on judges, when the decision stands: they change nothing in it."""

    config: Config
    metrics: Sequence[Metric]
    """As they were judged, barred ones with their reason."""
    scorer: Scorer
    records: Mapping[str, JudgeRecord]
    fixtures: Mapping[str, Fixture]
    journal: Journal
    finished: Collection[Finished]
    head_files: Files
    """Where the pull request's own labels lie."""

    def tell(self, comparisons: Iterable[MetricComparison]) -> tuple[JudgeReport, ...]:
        """One for each metric with a judge. Raises ConfigError for labels that cannot be used."""
        digests = judge_digests(self.scorer)
        judged = [entry for entry in comparisons if entry.metric in digests]
        if not judged:
            return ()
        lengths = {arm: self._mean_length(arm) for arm in Arm}
        return tuple(self._tell_one(entry, digests[entry.metric], lengths) for entry in judged)

    def _tell_one(self, comparison: MetricComparison, digest: str, lengths: Mapping[Arm, float | None]) -> JudgeReport:
        record = self.records.get(comparison.metric)
        quality = record.quality if record and record.judge == digest else None
        metric = next(metric for metric in self.metrics if metric.name == comparison.metric)
        difference = comparison.difference
        return JudgeReport(
            metric=metric.name,
            model=model_of(metric, self.config),
            quality=quality,
            barred=metric.barred,
            corrected=correct_difference(difference, quality) if difference and quality else None,
            base_length=lengths[Arm.BASE],
            head_length=lengths[Arm.HEAD],
            ppi=self._ask_people(metric.name),
        )

    def _mean_length(self, arm: Arm) -> float | None:
        outcomes = [one.trial.outcome for one in self.finished if one.trial.key.arm is arm]
        lengths = [len(self._read(outcome).text) for outcome in outcomes if isinstance(outcome, Stored)]
        from statistics import fmean  # it loads fractions and decimals: not at every start

        return fmean(lengths) if lengths else None

    def _ask_people(self, metric: str) -> PpiEstimate | None:
        path = self.config.judge.labels if self.config.judge else ""
        if not path or path not in self.head_files.find(path):
            return None
        labels = decode_labels(self.head_files.read(path), path, metric)
        human, judge = self._labelled(labels, metric)
        others = {name: gap for name, gap in self._differences(self._scores(metric)).items() if name not in human}
        names = sorted(human)
        labelled = Labelled(
            human=np.array([human[name] for name in names]),
            judge=np.array([judge[name] for name in names]),
            clusters=self._clusters(names),
        )
        rest = sorted(others)
        return estimate_by_ppi(labelled, np.array([others[name] for name in rest]), self._clusters(rest))

    def _labelled(self, labels: Labels, metric: str) -> tuple[Differences, Differences]:
        """What people and the judge say of the same labelled answers, on fixtures where both arms have some."""
        human: dict[tuple[str, Arm], list[float]] = {}
        judge: dict[tuple[str, Arm], list[float]] = {}
        for one in self.finished:
            key, outcome = one.trial.key, one.trial.outcome
            score = next((s.result for s in one.scores if s.metric == metric), None)
            if not isinstance(outcome, Stored) or not isinstance(score, Score):
                continue
            label = labels.passes.get(LabelKey(key.fixture_id, self._read(outcome).digest))
            if label is not None:
                human.setdefault((key.fixture_id, key.arm), []).append(float(label))
                judge.setdefault((key.fixture_id, key.arm), []).append(score.value)
        return self._differences(human), self._differences(judge)

    def _scores(self, metric: str) -> dict[tuple[str, Arm], list[float]]:
        scores: dict[tuple[str, Arm], list[float]] = {}
        for one in self.finished:
            for scored in one.scores:
                if scored.metric == metric and isinstance(scored.result, Score):
                    scores.setdefault((scored.key.fixture_id, scored.key.arm), []).append(scored.result.value)
        return scores

    @staticmethod
    def _differences(values: Mapping[tuple[str, Arm], Sequence[float]]) -> Differences:
        both = {name for name, arm in values if arm is Arm.BASE} & {name for name, arm in values if arm is Arm.HEAD}
        from statistics import fmean  # it loads fractions and decimals: not at every start

        return {name: fmean(values[name, Arm.HEAD]) - fmean(values[name, Arm.BASE]) for name in both}

    def _clusters(self, names: Sequence[str]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        units = [self.fixtures[name].unit for name in names]
        return np.unique(units, return_inverse=True)[1].astype(np.int64) if units else np.zeros(0, np.int64)

    def _read(self, place: Stored) -> Output:
        return self.journal.read_output(place)


def model_of(metric: Metric, config: Config) -> str:
    """The model that a judge metric asks."""
    return str(metric.options.get("model") or (config.judge.model if config.judge else ""))

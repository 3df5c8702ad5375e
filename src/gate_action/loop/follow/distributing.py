"""The weekly distribution: reads tables of any engine, tests the last whole week, and says what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from gate_action.comparison.statistics.classifiers import correct_prevalence
from gate_action.config.loop.following import DistributionShape
from gate_action.loop.follow.drift import Drift, draw_inputs, find_drift
from gate_action.loop.follow.shift import adjust_by_holm, measure_size, test_labels, test_rate
from gate_action.loop.follow.weeks import (
    WEEK,
    Weeks,
    count_labels,
    count_labels_by,
    count_scores,
    count_turns,
    place_in_weeks,
    week_name,
    week_start,
)
from gate_action.loop.intervals import rate_of
from gate_action.loop.texts import complete_texts, pieces_in
from gate_action.loop.weighing import (
    COMPLAINT,
    SPOKEN,
    ClassifierFound,
    TableOf,
    Window,
    find_classifier,
    label_turns,
    weigh_turns,
)
from gate_action.model.classifier import LabelQuality
from gate_action.model.comparison import Interval
from gate_action.model.distribution import Distribution, ScoreTest, Share, Shifted, ShiftTest, Size, Week
from gate_action.model.loop import Aside

if TYPE_CHECKING:
    import ibis

ALL = "all labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What to follow."""

    settings: DistributionShape
    now: datetime
    """UTC without a zone."""
    app: str = ""
    classifier: str = ""
    """A digest's beginning. Empty: the classifier that labelled last."""
    fixtures: tuple[str, ...] = ()
    """The fixtures' inputs, as a user would have written them."""

    @property
    def window(self) -> Window:
        since = week_start(self.now) - WEEK * (self.settings.weeks - 1)
        return Window(since=since, until=self.now, app=self.app)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was counted, before anything is tested."""

    labels: tuple[str, ...]
    all: Weeks
    classified: Weeks
    slices: Mapping[str, Weeks]
    complaints: Weeks
    praise: Weeks
    drift: Drift | None


def find_distribution(table_of: TableOf, following: Following) -> Distribution | None:
    """None: nothing is classified yet (by the classifier that was asked for)."""
    classifier = find_classifier(table_of, following.classifier)
    if classifier is None:
        return None
    read = _read(table_of, following, classifier.digest)
    starts = [following.window.since + WEEK * number for number in range(following.settings.weeks)]
    first = min((kind.week for kind in read.complaints.kinds), default=starts[-1])
    starts = [start for start in starts if start >= first]
    whole = [start for start in starts if start + WEEK <= following.now]
    head = [start for start in whole[-1:] if read.all.of([start])[1].sum() or read.complaints.of([start])[1].sum()]
    base = whole[:-1][-following.settings.base_weeks :]
    tested = _Tested.of(read, base, head, following.settings)
    return Distribution(
        classifier=classifier.name,
        classifier_digest=classifier.digest,
        population=following.settings.population,
        labels=read.labels,
        weeks=tuple(_week(start, read, following.now) for start in starts),
        base_weeks=tuple(week_name(start) for start in base),
        head_week=week_name(head[0]) if head else "",
        shifted=tested.shifted,
        size=tested.size,
        tests=tested.tests,
        score=tested.score,
        novelty=read.drift.novelty if read.drift else None,
        corrected={},
        notes=tuple(_notes(classifier, following, read)),
    )


def _read(table_of: TableOf, following: Following, digest: str) -> _Read:
    turns = place_in_weeks(weigh_turns(table_of, following.window))
    said = label_turns(table_of, digest)
    labelled = turns.join(said, turns.turn_id == said.about)
    if following.settings.population == "feedback":
        labelled = labelled.filter(labelled.stratum.isin([COMPLAINT, SPOKEN]))
    classified = count_turns(labelled)
    labelled = labelled.filter(labelled.label != Aside.NOT_A_FAILURE.value)
    labels = tuple(sorted(labelled.select("label").distinct().to_pyarrow()["label"].to_pylist()))
    slice_of = table_of("turn_slice")
    sliced = labelled.join(slice_of, labelled.turn_id == slice_of.turn_id)
    sliced = sliced.mutate(place=sliced.dimension.concat("=", sliced.value))
    complaints, praise = count_scores(turns)
    return _Read(
        labels=labels,
        all=count_labels(labelled, labels),
        classified=classified,
        slices=count_labels_by(sliced, labels) if labels else {},
        complaints=complaints,
        praise=praise,
        drift=_read_drift(table_of, turns, following),
    )


def _read_drift(table_of: TableOf, turns: "ibis.Table", following: Following) -> Drift | None:
    if not following.fixtures:
        return None
    rows = draw_inputs(turns, following.settings.turns_per_week)
    complete_texts(rows, ["input"], pieces_in(table_of))
    last = max((row["week"] for row in rows), default=None)
    if last is None:
        return None
    of_last = turns.filter(turns.week == last)
    slices: dict[str, list[str]] = {}
    for row in table_of("turn_slice").semi_join(of_last, "turn_id").to_pyarrow().to_pylist():
        slices.setdefault(row["turn_id"], []).append(f"{row['dimension']}={row['value']}")
    return find_drift(rows, following.fixtures, slices, following.settings.near)


def _week(start: datetime, read: _Read, now: datetime) -> Week:
    kinds, times = read.all.of([start])
    counts = times @ kinds if len(kinds) else np.zeros(len(read.labels))
    shares = {}
    if counts.sum():
        total = kinds.sum(axis=1)
        shares = {
            label: rate_of(np.column_stack([kinds[:, place], total]), times) for place, label in enumerate(read.labels)
        }
    name = week_name(start)
    any_label, units = read.classified.of([start])
    return Week(
        name=name,
        turns=int(counts.sum()),
        units=int(times.sum()),
        classified=int((units @ any_label).sum()) if len(units) else 0,
        counts={label: int(count) for label, count in zip(read.labels, counts, strict=True)},
        shares=shares,
        complaints=_rate(read.complaints, start),
        score=_rate(read.praise, start),
        is_whole=start + WEEK <= now,
        novelty=read.drift.by_week.get(name) if read.drift else None,
    )


def _rate(weeks: Weeks, start: datetime) -> Share | None:
    kinds, times = weeks.of([start])
    return rate_of(kinds, times) if len(kinds) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    shifted: Shifted
    size: Size | None
    tests: tuple[ShiftTest, ...]
    score: ScoreTest | None

    @classmethod
    def of(
        cls, read: _Read, base: Sequence[datetime], head: Sequence[datetime], settings: DistributionShape
    ) -> "_Tested":
        """The last whole week against the weeks before it. The same seed gives the same figures."""
        rng = np.random.default_rng(settings.seed)
        tests = tuple(_tests(read, base, head, settings, rng))
        score = None
        if _is_enough(read.complaints, base, head, settings):
            score = test_rate(read.complaints.periods(base, head), settings.draws, rng)
        if not tests:
            return cls(shifted=Shifted.TOO_FEW, size=None, tests=(), score=score)
        size = None
        if tests[0].subject == ALL:
            size = measure_size(read.all.periods(base, head), tests[0].p_value, settings.draws, rng)
        shifted = Shifted.YES if any(test.is_shift for test in tests) else Shifted.NO
        return cls(shifted=shifted, size=size, tests=tests, score=score)


def _tests(
    read: _Read, base: Sequence[datetime], head: Sequence[datetime], settings: DistributionShape, rng: Any
) -> list[ShiftTest]:
    """All labels, each label, and each slice that has enough units: one family for Holm."""
    found: list[tuple[str, int, int, float]] = []
    if len(read.labels) > 1 and _is_enough(read.all, base, head, settings):
        periods = read.all.periods(base, head)
        p_value, each = test_labels(periods, settings.draws, rng)
        sizes = int(periods.base.sum()), int(periods.head.sum())
        found.append((ALL, *sizes, p_value))
        found += [(label, *sizes, float(one)) for label, one in zip(read.labels, each, strict=True)]
        for name, weeks in read.slices.items():
            if _is_enough(weeks, base, head, settings):
                periods = weeks.periods(base, head)
                p_value, _ = test_labels(periods, settings.draws, rng)
                found.append((name, int(periods.base.sum()), int(periods.head.sum()), p_value))
    adjusted = adjust_by_holm([p_value for *_, p_value in found])
    return [
        ShiftTest(subject=subject, base=early, head=late, p_value=p, adjusted=fair, is_shift=fair <= settings.level)
        for (subject, early, late, p), fair in zip(found, adjusted, strict=True)
    ]


def _is_enough(weeks: Weeks, base: Sequence[datetime], head: Sequence[datetime], settings: DistributionShape) -> bool:
    return all(weeks.of(side)[1].sum() >= settings.fewest for side in (base, head))


def correct_shares(found: Distribution, quality: Mapping[str, LabelQuality]) -> Distribution:
    """With each label's share of the last whole week's classified turns, without the classifier's errors. Turns of one
    unit count as one where it has several: the interval is rather too wide.
    """
    week = next((week for week in found.weeks if week.name == found.head_week), None)
    if week is None or not week.turns:
        return found
    worth = week.units / week.turns
    corrected = {}
    for label, count in week.counts.items():
        told = correct_prevalence(round(count * worth), round(week.classified * worth), quality.get(label)).corrected
        if told is not None:
            corrected[label] = Share(told.value, Interval(told.low, told.high))
    return replace(found, corrected=corrected)


def _notes(classifier: ClassifierFound, following: Following, read: _Read) -> list[str]:
    notes = []
    if classifier.others:
        notes.append(
            f"labels of {classifier.others} other classifiers are left out: weeks of one classifier are compared"
        )
    if following.fixtures and read.drift is None:
        notes.append("too few fixtures, or no turn with an input: no input drift")
    return notes

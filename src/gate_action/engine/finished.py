"""Finished trials, packed: some forty bytes each, however many there are. Knows no output and no reason of a score."""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Literal, TypeAlias, overload

from gate_action.comparison.column import Column
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture
from gate_action.model.picking import index
from gate_action.model.places import in_order
from gate_action.model.score import NotScored, NotScoredCause, Score, Scored
from gate_action.model.trial import NOTHING_REPORTED, Arm, Stored, Trial, TrialKey, TrialRequest, Unmeasured, Usage

_ABSENT, _WHOLE, _FRESH, _REPLAYED = 0, 1, 2, 3
"""Of a place in a sheet: nothing there, kept as it is, or packed."""
_LONGEST = (1 << 32) - 1
_MEASURES: tuple["_Measure", ...] = ("latency_s", "input_tokens", "output_tokens", "cost_usd")
_TOKENS = frozenset({"input_tokens", "output_tokens"})
_NOT_APPLICABLE = NotScored(cause=NotScoredCause.NOT_APPLICABLE)
_USUAL = {value: Score(value=value) for value in (0.0, 1.0)}
_Measure: TypeAlias = Literal["latency_s", "input_tokens", "output_tokens", "cost_usd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    trial: Trial
    scores: tuple[Scored, ...]
    """Without their reasons: those stand in the journal."""


class FinishedTrials(Collection[Finished]):
    """By key; each is made anew when it is asked for. One with anything rare about it is kept as it is.

    Rare is what failed, took several tries or had its model calls watched, and a score that is missing through a fault.
    """

    def __init__(self, fixtures: Mapping[str, Fixture], metrics: Sequence[str]) -> None:
        """``fixtures``: by id. ``metrics``: the names that each trial is scored by, in order."""
        self._places = index(fixtures)
        self._metrics = tuple(metrics)
        self._sheets: dict[tuple[Arm, int], _Sheet] = {}
        self._whole: dict[TrialKey, Finished] = {}
        self._count = 0

    def add(self, trial: Trial, scores: Sequence[Scored]) -> None:
        """A trial that is there already is replaced. ``trial``'s output is stored."""
        key = trial.key
        sheet = self._sheets.get((key.arm, key.attempt))
        if sheet is None:
            sheet = self._sheets[key.arm, key.attempt] = _Sheet(len(self._places), self._metrics)
        place = self._places[key.fixture_id]
        self._count += sheet.states[place] == _ABSENT
        if not sheet.pack(place, trial, scores):
            sheet.states[place] = _WHOLE
            self._whole[key] = Finished(trial=trial, scores=tuple(map(_without_reason, scores)))

    def find(self, key: TrialKey) -> Finished | None:
        sheet = self._sheets.get((key.arm, key.attempt))
        place = self._places.get(key.fixture_id)
        if sheet is None or place is None or sheet.states[place] == _ABSENT:
            return None
        return self._whole[key] if sheet.states[place] == _WHOLE else sheet.unpack(place, key)

    def has(self, key: TrialKey) -> bool:
        sheet = self._sheets.get((key.arm, key.attempt))
        place = self._places.get(key.fixture_id)
        return sheet is not None and place is not None and sheet.states[place] != _ABSENT

    def of(self, fixture_id: str) -> Iterator[Finished]:
        """In the order of keys."""
        for arm, attempt in sorted(self._sheets):
            if (found := self.find(TrialKey(fixture_id, arm, attempt))) is not None:
                yield found

    def trials(self) -> Iterator[Trial]:
        """Without their scores, in the order of keys."""
        for key, place, sheet in self._keys():
            yield self._whole[key].trial if sheet.states[place] == _WHOLE else sheet.unpack_trial(place, key)

    def attempts(self, arm: Arm) -> list[int]:
        """Those of which anything is there, in order."""
        return sorted(attempt for one, attempt in self._sheets if one is arm)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, TrialKey) and self.has(key)

    def __iter__(self) -> Iterator[Finished]:
        """In the order of keys."""
        for key, place, sheet in self._keys():
            yield self._whole[key] if sheet.states[place] == _WHOLE else sheet.unpack(place, key)

    def __len__(self) -> int:
        return self._count

    def _keys(self) -> "Iterator[tuple[TrialKey, int, _Sheet]]":
        sheets = sorted(self._sheets.items())
        for fixture_id, place in in_order(self._places):
            for (arm, attempt), sheet in sheets:
                if sheet.states[place] != _ABSENT:
                    yield TrialKey(fixture_id, arm, attempt), place, sheet


@dataclass(frozen=True, slots=True)
class Told(Sequence[Finished]):
    """What came of requests, in their order."""

    requests: Sequence[TrialRequest]
    among: FinishedTrials

    @overload
    def __getitem__(self, place: int) -> Finished: ...
    @overload
    def __getitem__(self, place: slice) -> "Told": ...
    def __getitem__(self, place: int | slice) -> "Finished | Told":
        if isinstance(place, slice):
            return Told(self.requests[place], self.among)
        return self._of(self.requests[place])

    def __iter__(self) -> Iterator[Finished]:
        return map(self._of, self.requests)

    def __len__(self) -> int:
        return len(self.requests)

    def _of(self, request: TrialRequest) -> Finished:
        found = self.among.find(request.key)
        if found is None:
            raise KeyError(request.key)
        return found


@dataclass(slots=True)
class _Sheet:
    """One build's trials of one attempt, by the fixture's place."""

    size: int
    metrics: tuple[str, ...]
    states: bytearray = field(init=False)
    _offsets: "array[int]" = field(init=False)
    _lengths: "array[int]" = field(init=False)
    _measured: "dict[_Measure, array[float]]" = field(default_factory=dict)
    """What was reported of any trial; below zero: it was not of this one."""
    _columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.states = bytearray(self.size)
        self._offsets = array("Q", bytes(8 * self.size))
        self._lengths = array("I", bytes(4 * self.size))
        self._columns = tuple(Column(self.size) for _ in self.metrics)

    def pack(self, place: int, trial: Trial, scores: Sequence[Scored]) -> bool:
        """No: something about it is rare."""
        outcome, usage = trial.outcome, trial.usage
        if trial.tries != 1 or trial.calls is not None or not isinstance(outcome, Stored) or outcome.length > _LONGEST:
            return False
        if usage is not NOTHING_REPORTED and not _is_plain_usage(usage):
            return False
        if len(scores) != len(self.metrics):
            return False
        for scored, metric in zip(scores, self.metrics, strict=True):
            if scored.metric != metric or not _is_plain_score(scored):
                return False
        self._offsets[place], self._lengths[place] = outcome
        if usage is not NOTHING_REPORTED or self._measured:
            self._put_usage(place, usage)
        for column, scored in zip(self._columns, scores, strict=True):
            result = scored.result
            if isinstance(result, Score):
                column.put(place, result.value)
            else:
                column.put_cause(place, result.cause)
        self.states[place] = _FRESH if trial.fresh else _REPLAYED
        return True

    def unpack_trial(self, place: int, key: TrialKey) -> Trial:
        return Trial(
            key=key,
            outcome=Stored(self._offsets[place], self._lengths[place]),
            usage=self._usage(place) if self._measured else NOTHING_REPORTED,
            fresh=self.states[place] == _FRESH,
        )

    def unpack(self, place: int, key: TrialKey) -> Finished:
        scores = tuple(
            [
                Scored(key=key, metric=metric, result=_result(column, place))
                for metric, column in zip(self.metrics, self._columns, strict=True)
            ]
        )
        return Finished(trial=self.unpack_trial(place, key), scores=scores)

    def _put_usage(self, place: int, usage: Usage) -> None:
        for name in _MEASURES:
            value = getattr(usage, name)
            column = self._measured.get(name)
            if not isinstance(value, Unmeasured):
                if column is None:
                    column = self._measured[name] = array("d", [-1.0]) * self.size
                column[place] = value
            elif column is not None:
                column[place] = -1.0

    def _usage(self, place: int) -> Usage:
        told = {name: column[place] for name, column in self._measured.items() if column[place] >= 0.0}
        return Usage(**{name: int(value) if name in _TOKENS else value for name, value in told.items()})  # type: ignore[arg-type]  # tokens are whole numbers


def _is_plain_usage(usage: Usage) -> bool:
    """Each measure is not reported, or a number that a column holds as it is."""
    return (
        _is_plain(usage.latency_s, float)
        and _is_plain(usage.cost_usd, float)
        and _is_plain(usage.input_tokens, int)
        and _is_plain(usage.output_tokens, int)
    )


def _is_plain(value: float | Unmeasured, of: type[float]) -> bool:
    if value is Unmeasured.NOT_REPORTED:
        return True
    return type(value) is of and 0 <= value < 1 << 53


def _is_plain_score(scored: Scored) -> bool:
    return isinstance(scored.result, Score) or scored.result.cause is NotScoredCause.NOT_APPLICABLE


def _result(column: Column, place: int) -> Score | NotScored:
    result = column.result(place)
    if not isinstance(result, float):
        return _NOT_APPLICABLE
    return _USUAL.get(result) or Score(value=result)


def _without_reason(scored: Scored) -> Scored:
    match scored.result:
        case Score(value=value):
            return Scored(key=scored.key, metric=scored.metric, result=Score(value=value))
        case _:
            return scored

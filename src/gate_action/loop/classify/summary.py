"""What one classifier says of all its turns: labels counted, users behind them, and whether the labels still fit."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from gate_action.loop.classify.rows import voice_of
from gate_action.loop.store import Store
from gate_action.model.loop import Aside
from gate_action.model.rubric import Rubric

MOST_OTHER = 0.15
"""A larger share of ``other`` among failures: the labels do not fit what goes wrong."""
_FEWEST_FAILURES = 20
"""With fewer a share tells nothing."""
_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCount:
    label: str
    turns: int
    voices: int
    """Distinct users, else conversations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxonomyNotice:
    """Too much goes wrong in ways that no label names."""

    other: int
    failures: int
    names: tuple[tuple[str, int], ...]
    """What the classifier would call them, with how often, the most frequent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    counts: tuple[LabelCount, ...]
    """Labels of the rubric in its order, those without a turn among them."""
    notice: TaxonomyNotice | None

    @property
    def turns(self) -> int:
        return sum(one.turns for one in self.counts)


def summarise(store: Store, rubric: Rubric, digest: str) -> Summary:
    """Of all turns that the classifier ``digest`` has labelled."""
    table, turn = store.table("classification"), store.table("turn")
    mine = table.filter(table.classifier_digest == digest).select("turn_id", "label", "proposed_name")
    joined = mine.join(turn.select("turn_id", "user_key", "conversation_id"), "turn_id", how="left")
    columns = ("turn_id", "label", "proposed_name", "user_key", "conversation_id")
    turns: Counter[str] = Counter()
    voices: dict[str, set[str]] = defaultdict(set)
    names: Counter[str] = Counter()
    for row in joined.select(*columns).to_pyarrow().to_pylist():
        turns[row["label"]] += 1
        voices[row["label"]].add(voice_of(row))
        if row["label"] == Aside.OTHER and row["proposed_name"]:
            names[row["proposed_name"]] += 1
    counts = [LabelCount(label=one, turns=turns[one], voices=len(voices[one])) for one in rubric.labels]
    failures = sum(turns[label] for label in rubric.failures)
    return Summary(counts=tuple(counts), notice=_notice(turns[Aside.OTHER], failures, names))


def _notice(other: int, failures: int, names: Counter[str]) -> TaxonomyNotice | None:
    if failures < _FEWEST_FAILURES or other <= MOST_OTHER * failures:
        return None
    ranked = sorted(names.items(), key=lambda entry: (-entry[1], entry[0]))
    return TaxonomyNotice(other=other, failures=failures, names=tuple(ranked[:_NAMES_SHOWN]))

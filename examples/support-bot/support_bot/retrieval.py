"""BM25 over anything that has terms. Knows nothing of pages, tools or answers."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

SATURATION = 1.2
"""BM25's k1: how soon further occurrences of a term stop to count."""
LENGTH_PENALTY = 0.75
"""BM25's b: 0 ignores an entry's length, 1 divides by it."""


class Hit(NamedTuple):
    id: str
    score: float


@dataclass(frozen=True)
class Index:
    """Entries by id, each as its terms. Scores are those of Robertson and Zaragoza (2009), equation 3.15."""

    entries: Mapping[str, Sequence[str]]

    def search(self, terms: Sequence[str], limit: int) -> tuple[Hit, ...]:
        """The best entries that hold any of the terms, best first; ties by id, so that answers never vary."""
        wanted = sorted(set(terms))
        hits = [Hit(entry, self._score(entry, wanted)) for entry in self.entries]
        return tuple(sorted((hit for hit in hits if hit.score > 0), key=lambda hit: (-hit.score, hit.id))[:limit])

    def weigh(self, term: str) -> float:
        """The inverse document frequency; highest for a term that no entry holds."""
        holders = self._holders[term]
        return math.log(1 + (len(self.entries) - holders + 0.5) / (holders + 0.5))

    def cover(self, entry: str, terms: Sequence[str]) -> float:
        """The share of the terms' weight that the entry holds, in [0, 1]; 0 where there are no terms."""
        wanted = set(terms)
        total = math.fsum(self.weigh(term) for term in wanted)
        held = math.fsum(self.weigh(term) for term in wanted if term in self._counts[entry])
        return held / total if total else 0.0

    def _score(self, entry: str, terms: Sequence[str]) -> float:
        counts = self._counts[entry]
        relative_length = counts.total() / self._mean_length
        damping = SATURATION * (1 - LENGTH_PENALTY + LENGTH_PENALTY * relative_length)
        return math.fsum(
            self.weigh(term) * counts[term] * (SATURATION + 1) / (counts[term] + damping)
            for term in terms
            if term in counts
        )

    @cached_property
    def _counts(self) -> Mapping[str, Counter[str]]:
        return {entry: Counter(terms) for entry, terms in self.entries.items()}

    @cached_property
    def _holders(self) -> Counter[str]:
        return Counter(term for counts in self._counts.values() for term in counts)

    @cached_property
    def _mean_length(self) -> float:
        return sum(counts.total() for counts in self._counts.values()) / len(self._counts)

"""One cycle: groups within each label, matched to the clusters of before, and kept if enough people are in them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from gate_action.loop.cluster.matching import Matched, match
from gate_action.loop.cluster.rows import Cycle, Member
from gate_action.loop.cluster.texts import find_groups, title, vectorise
from gate_action.model.loop import Cluster

Vectorise = Callable[[Sequence[str]], Any]
"""Texts -> (texts, features), rows of length 1."""


class Change(StrEnum):
    """What became of a cluster in this cycle."""

    NEW = "new"
    GOES_ON = "goes on"
    SPLIT = "split"
    """New, with turns of one that goes on."""
    MERGED = "merged"
    """Its turns are another's now."""
    RETURNED = "returned"
    """It was closed, and is there again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    least_voices: int = 3
    """Distinct people whom a new cluster needs."""
    least_turns: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One cluster of this cycle."""

    cluster: Cluster
    change: Change
    other: str = ""
    """The cluster that it was split from or merged into."""
    turns: tuple[str, ...] = ()
    """Of the window."""
    voices: int = 0


@dataclass(kw_only=True)
class Clustering:
    """``known``: clusters of before; ``before``: the turns that were found in each."""

    cycle: Cycle
    rules: Rules
    known: Mapping[str, Cluster]
    before: Mapping[str, frozenset[str]]
    vectorise: Vectorise = vectorise
    told: list[Told] = field(default_factory=list)
    alone: int = 0
    """Turns of the window that are in no cluster."""

    def run(self, chosen: Sequence[Member]) -> tuple[Told, ...]:
        """``chosen``: in the order of their ids. The largest cluster of a label first."""
        by_label: dict[str, list[Member]] = {}
        for member in chosen:
            by_label.setdefault(member.label, []).append(member)
        for label, members in sorted(by_label.items()):
            self._run_label(label, members, [one for one in chosen if one.label != label])
        return tuple(sorted(self.told, key=lambda one: (one.cluster.label, -len(one.turns), one.cluster.cluster_id)))

    def _run_label(self, label: str, members: Sequence[Member], others: Sequence[Member]) -> None:
        vectors = self.vectorise([member.text for member in members])
        groups = find_groups(vectors, self.rules.least_turns)
        there = {member.turn_id for member in members}
        old = {
            name: self.before.get(name, frozenset()) & there
            for name, cluster in self.known.items()
            if cluster.label == label
        }
        matched = match(old, [frozenset(members[row].turn_id for row in group.places) for group in groups])
        named: set[str] = set()
        for place, group in enumerate(groups):
            mine = [members[row] for row in group.places]
            fresh = [one for one in mine if self.cycle.since <= one.at < self.cycle.until]
            if not fresh or not (matched.ids[place] or self._is_enough(fresh)):
                continue
            named |= {one.turn_id for one in fresh}
            centre = members[group.medoid]
            rest = [members[row].text for row in range(len(members)) if row not in group.places]
            self._tell(label, mine, fresh, (matched, place), (centre, rest + [one.text for one in others]))
        for name, into in matched.merged_into.items():
            self._tell_merged(name, into)
        self.alone += sum(self.cycle.since <= one.at < self.cycle.until and one.turn_id not in named for one in members)

    def _is_enough(self, fresh: Sequence[Member]) -> bool:
        voices = {one.voice for one in fresh}
        return len(voices) >= self.rules.least_voices and len(fresh) >= self.rules.least_turns

    def _tell(
        self,
        label: str,
        mine: Sequence[Member],
        fresh: Sequence[Member],
        matched: tuple[Matched, int],
        shown: tuple[Member, Sequence[str]],
    ) -> None:
        (matches, place), (centre, others) = matched, shown
        known = self.known.get(matches.ids[place])
        named = title([one.text for one in mine], [one.voice for one in mine], others) or label.replace("_", " ")
        fields: dict[str, Any] = {
            "title": named,
            "sentence": centre.text if centre.is_sentence else "",
            "classifier_digest": self.cycle.classifier_digest,
            "last_cycle": self.cycle.cycle_id,
        }
        if known is None:
            made = Cluster(cluster_id=_new_id(label, mine), label=label, first_cycle=self.cycle.cycle_id, **fields)
            other = matches.split_from.get(place, "")
            change = Change.SPLIT if other else Change.NEW
        else:
            is_back = known.status == "closed"
            made = replace(known, **fields, status="reopened" if is_back else known.status)
            other, change = "", Change.RETURNED if is_back else Change.GOES_ON
        turns = tuple(one.turn_id for one in fresh)
        voices = len({one.voice for one in fresh})
        self.told.append(Told(cluster=made, change=change, other=other, turns=turns, voices=voices))

    def _tell_merged(self, name: str, into: str) -> None:
        """A cluster that others work on keeps its status: a fix is being watched, or rows were promoted."""
        known = self.known[name]
        status = "closed" if known.status in {"open", "reopened"} else known.status
        self.told.append(Told(cluster=replace(known, status=status), change=Change.MERGED, other=into))


def _new_id(label: str, mine: Sequence[Member]) -> str:
    """The same turns make the same id, on every machine."""
    told = "\n".join([label, *sorted(member.turn_id for member in mine)])
    return f"c-{hashlib.sha256(told.encode()).hexdigest()[:12]}"

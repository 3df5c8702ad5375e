"""One cycle: groups within each label, matched to the clusters of before, and kept if enough people are in them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from gate_action.loop.cluster.matching import Matched, match
from gate_action.loop.cluster.rows import Cycle, Member
from gate_action.loop.cluster.texts import Group, title
from gate_action.model.loop import Cluster

ByLabel = Mapping[str, Sequence[Member]]


def split_by_label(chosen: Sequence[Member]) -> ByLabel:
    """In the order of the labels' names, and within a label in that of ``chosen``."""
    return {
        label: [member for member in chosen if member.label == label]
        for label in sorted({member.label for member in chosen})
    }


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
    told: list[Told] = field(default_factory=list)
    alone: int = 0
    """Turns of the window that are in no cluster."""

    def run(self, members: ByLabel, groups: Mapping[str, Sequence[Group]]) -> tuple[Told, ...]:
        """``groups``: of each label's members, by their places. The largest cluster of a label first."""
        for label in members:
            self._run_label(label, members, groups.get(label, ()))
        return tuple(sorted(self.told, key=lambda one: (one.cluster.label, -len(one.turns), one.cluster.cluster_id)))

    def _run_label(self, label: str, by_label: ByLabel, groups: Sequence[Group]) -> None:
        members = by_label[label]
        others = [one.text for its, more in by_label.items() if its != label for one in more]
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
            named_so = group.title or title([one.text for one in mine], [one.voice for one in mine], rest + others)
            self._tell(mine, fresh, (matched, place), (centre, named_so))
        for name, into in matched.merged_into.items():
            self._tell_merged(name, into)
        self.alone += sum(self.cycle.since <= one.at < self.cycle.until and one.turn_id not in named for one in members)

    def _is_enough(self, fresh: Sequence[Member]) -> bool:
        voices = {one.voice for one in fresh}
        return len(voices) >= self.rules.least_voices and len(fresh) >= self.rules.least_turns

    def _tell(
        self,
        mine: Sequence[Member],
        fresh: Sequence[Member],
        matched: tuple[Matched, int],
        shown: tuple[Member, str],
    ) -> None:
        (matches, place), (centre, named) = matched, shown
        known, label = self.known.get(matches.ids[place]), centre.label
        fields: dict[str, Any] = {
            "title": named or label.replace("_", " "),
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

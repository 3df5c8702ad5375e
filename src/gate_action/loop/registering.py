"""Which clusters a merged pull request fixes: as it says itself, or as the gate's decision shows. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gate_action.model.comparison import ChangeKind, FixtureChange
from gate_action.model.fixture import Fixture
from gate_action.model.watch import WatchReason

_SAID = re.compile(r"(?im)^[ \t>*-]*fixes-cluster[ \t]*:[ \t]*(?P<ids>[^\r\n]+)\r?$")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A cluster, and why its fix is watched."""

    cluster_id: str
    reason: WatchReason
    fixtures: tuple[str, ...] = ()


def find_said(body: str) -> tuple[Fixed, ...]:
    """Of ``Fixes-cluster: <id>`` lines, one or several ids a line. What a template has commented out does not count."""
    ids: dict[str, None] = {}
    for line in _SAID.finditer(_COMMENT.sub("", body)):
        ids |= dict.fromkeys(word for word in re.split(r"[\s,]+", line["ids"].strip()) if _ID.fullmatch(word))
    return tuple(Fixed(cluster_id=cluster_id, reason=WatchReason.SAID) for cluster_id in ids)


def find_turned(changes: Sequence[FixtureChange], fixtures: Sequence[Fixture]) -> tuple[Fixed, ...]:
    """Clusters of promoted fixtures that base failed and head passes."""
    cluster_of = {one.id: one.provenance.cluster for one in fixtures if one.provenance and one.provenance.cluster}
    turned: dict[str, list[str]] = {}
    for change in changes:
        cluster = cluster_of.get(change.fixture_id)
        if cluster and has_turned(change):
            turned.setdefault(cluster, []).append(change.fixture_id)
    return tuple(
        Fixed(cluster_id=cluster, reason=WatchReason.FIXTURE, fixtures=tuple(sorted(ids)))
        for cluster, ids in turned.items()
    )


def has_turned(change: FixtureChange) -> bool:
    """Did base fail it (never passed), and does head pass it (always)?"""
    base, head = change.base, change.head
    is_better = change.kind is ChangeKind.IMPROVED or change.note == "fixed"
    return is_better and base.scored > 0 == base.passed and 0 < head.scored == head.passed


def join_fixed(*found: Sequence[Fixed]) -> tuple[Fixed, ...]:
    """Each cluster once: what was said comes before what was seen, and keeps the fixtures that turned."""
    joined: dict[str, Fixed] = {}
    for one in (each for group in found for each in group):
        held = joined.get(one.cluster_id)
        joined[one.cluster_id] = (
            one
            if held is None
            else Fixed(cluster_id=one.cluster_id, reason=held.reason, fixtures=held.fixtures or one.fixtures)
        )
    return tuple(joined.values())

"""``gate-action loop cluster``: one cycle over what the present classifier has labelled."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gate_action.config.loop.document import LoopSettings
from gate_action.loop.cluster.clustering import Clustering, Rules, Told
from gate_action.loop.cluster.rows import Cycle, choose, load_clusters, load_members, load_membership, write_cycle
from gate_action.loop.store import Store
from gate_action.wiring.loop.classifying import current_digest, load_rubric
from gate_action.wiring.loop.opening import LoopOptions, open_loop


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions(LoopOptions):
    """The command line of `gate-action loop cluster`."""

    cycle: str = ""
    """Id of the cycle. Empty: the time."""
    until: datetime | None = None
    """End of the window, UTC without a zone. None: now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    cycle: Cycle
    told: tuple[Told, ...]
    alone: int
    """Failed turns of the window that are in no cluster."""
    is_by_sentences: bool
    """Else by what people wrote."""


def cluster(options: ClusterOptions) -> Clustered:
    """Raises ConfigError, StoreError."""
    with open_loop(options) as (settings, store):
        return _cluster(options, settings, store)


def _cluster(options: ClusterOptions, settings: LoopSettings, store: Store) -> Clustered:
    shape, rubric = settings.loop.cluster, load_rubric(options, settings.loop.classify)
    _, digest = current_digest(settings.loop.classify, rubric)
    now = datetime.now(UTC).replace(tzinfo=None)
    until = options.until or now
    cycle = Cycle(
        cycle_id=options.cycle or f"{now:%Y-%m-%dT%H:%M:%SZ}",
        at=now,
        since=until - timedelta(days=shape.window_days),
        until=until,
        classifier_digest=digest,
    )
    members = load_members(store, digest, rubric.failures, settings.loop.app)
    known, before = load_clusters(store), load_membership(store)
    chosen = choose(members, cycle, before, shape.max_turns_per_user)
    rules = Rules(least_voices=shape.min_users, least_turns=shape.min_turns)
    clustering = Clustering(cycle=cycle, rules=rules, known=known, before=before)
    told = clustering.run(chosen)
    write_cycle(
        store,
        cycle,
        [one.cluster for one in told],
        {one.cluster.cluster_id: one.turns for one in told if one.turns},
    )
    by_sentences = sum(member.is_sentence for member in chosen) * 2 > len(chosen)
    return Clustered(cycle=cycle, told=told, alone=clustering.alone, is_by_sentences=by_sentences)

"""The parts ``loop`` and ``state`` of gate.yaml: the shape, types, ranges and defaults."""

from typing import Annotated

from msgspec import Meta, field

from gate_action.config.loop.classify import ClassifyShape
from gate_action.config.loop.cluster import ClusterShape
from gate_action.config.loop.following import DistributionShape
from gate_action.config.loop.ingest import IngestShape, Source
from gate_action.config.loop.prioritize import PrioritizeShape
from gate_action.config.loop.promote import PromoteShape
from gate_action.config.loop.score import ScoreShape
from gate_action.config.loop.scrubbing import ScrubShape
from gate_action.config.loop.state import StateShape
from gate_action.config.loop.watching import WatchShape
from gate_action.config.part import Part, Text


class LoopShape(Part, frozen=True):
    """The loop around the gate: each step has a part of its own."""

    app: Annotated[str, Meta(description="The application whose turns these are. Empty: all that is ingested.")] = ""
    sources: Annotated[dict[Text, Source], Meta(description="Where turns and feedback are read, by name.")] = field(
        default_factory=dict
    )
    ingest: IngestShape = field(default_factory=IngestShape)
    engine: Annotated[
        str,
        Meta(description="A URL of an engine that holds the loop's tables, as ibis takes it. Empty: the own store."),
    ] = ""
    rejections: Annotated[
        Text, Meta(description="A file of the repository: rows that were turned down, and do not return.")
    ] = "rejections.jsonl"
    classify: ClassifyShape = field(default_factory=ClassifyShape)
    cluster: ClusterShape = ClusterShape()
    distribution: DistributionShape = DistributionShape()
    prioritize: PrioritizeShape = field(default_factory=PrioritizeShape)
    promote: PromoteShape = PromoteShape()
    score: ScoreShape = ScoreShape()
    scrub: ScrubShape = field(default_factory=ScrubShape)
    watch: WatchShape = WatchShape()


class LoopSettings(Part, frozen=True):
    """Both parts, as the loop's commands take them."""

    loop: LoopShape = LoopShape()
    state: StateShape = StateShape()

"""``loop.sources`` and ``loop.ingest`` of gate.yaml: where turns and feedback are read, and how they are understood."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, field

from gate_action.config.loop.backends import Backend
from gate_action.config.part import Part, Text

Column = Annotated[str, Meta(min_length=1, description="A column of CSV, or a dotted path into a row of JSON lines.")]
TurnField = Literal[
    "id",
    "trace_id",
    "span_id",
    "conversation_id",
    "join_key",
    "response_id",
    "user_id",
    "at",
    "app",
    "environment",
    "release",
    "prompt_name",
    "prompt_version",
    "model",
    "input",
    "messages",
    "output",
    "context",
    "tool_calls",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "latency_s",
    "weight",
    "consent",
]
Aliased = Literal[
    "operation",
    "input",
    "output",
    "messages",
    "context",
    "model",
    "conversation_id",
    "user_id",
    "join_key",
    "response_id",
    "environment",
    "release",
    "prompt_name",
    "prompt_version",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "consent",
    "weight",
]


class FeedbackColumns(Part, frozen=True):
    """One statement of a row. A row without value, label, comment and correction states nothing."""

    name: Annotated[Text, Meta(description="What is stated, e.g. thumb.")]
    value: Column | None = None
    label: Column | None = None
    comment: Column | None = None
    correction: Column | None = None
    at: Column | None = None
    user_id: Column | None = None
    author: Literal["end_user", "reviewer", "llm", "code"] = "end_user"


class RowsShape(Part, frozen=True):
    """How rows of JSON lines or CSV are read."""

    turn: Annotated[
        dict[TurnField, Column],
        Meta(
            description="Field of a turn -> column. Feedback finds its turn by the ids.",
            extra_json_schema={"propertyNames": {"enum": list(get_args(TurnField))}},  # msgspec leaves keys out
        ),
    ] = field(default_factory=dict)
    slices: Annotated[dict[Text, Column], Meta(description="Dimension -> column.")] = field(default_factory=dict)
    feedback: list[FeedbackColumns] = field(default_factory=list)


class FilesSource(Part, frozen=True, tag_field="kind", tag="files"):
    """Files, folders, globs or a bucket. Their content tells what they hold: OTLP however packed, exports, rows."""

    path: Annotated[Text, Meta(description="A file, folder or glob from the repository's top, or s3://bucket/prefix.")]
    rows: RowsShape | None = None
    humans: Annotated[
        Literal["end_user", "reviewer"], Meta(description="Who speaks in annotations that say no more than HUMAN.")
    ] = "end_user"
    endpoint: Annotated[str, Meta(description="Of a service that speaks S3. Empty: the region's own.")] = ""
    region: str = ""
    access_key: Annotated[str, Meta(description="${{ env.NAME }}")] = ""
    secret_key: Annotated[str, Meta(description="${{ env.NAME }}")] = ""


Source = FilesSource | Backend
"""One of the Structs above, by its ``kind``."""
SECRET_FIELDS = ("access_key", "secret_key", "key", "token", "password")
"""Fields of a source that take ``${{ env.NAME }}``, and no value in plain text."""


class PolarityShape(Part, frozen=True):
    """Which values and labels of one name are praise, and which a complaint."""

    positive: Annotated[list[Text], Meta(description="Labels.")] = field(default_factory=list)
    negative: Annotated[list[Text], Meta(description="Labels.")] = field(default_factory=list)
    at_least: Annotated[float | None, Meta(description="From this value on it is praise.")] = None
    at_most: Annotated[float | None, Meta(description="Up to this value it is a complaint.")] = None
    otherwise: Annotated[int, Meta(ge=-1, le=1, description="Where neither decides.")] = 0


HAND_OFFS = ("*handoff*", "*hand_off*", "*escalate*", "transfer_to_human*", "*human_agent*", "*live_agent*")


class ImplicitShape(Part, frozen=True):
    """Signals that are derived from what users do next."""

    enabled: bool = True
    retry_minutes: Annotated[float, Meta(gt=0, description="A question asked again within this time is a retry.")] = 10
    retry_similarity: Annotated[
        float, Meta(gt=0, le=1, description="Share of words that both questions have, from which they are the same.")
    ] = 0.8
    abandon_minutes: Annotated[float, Meta(gt=0, description="After this silence a conversation is over.")] = 30
    escalation_tools: Annotated[
        list[Text], Meta(description="Tools that hand over to a person; * stands for any letters.")
    ] = field(default_factory=lambda: list(HAND_OFFS))


class IngestShape(Part, frozen=True):
    """How what is read is understood."""

    aliases: Annotated[
        dict[Aliased, list[Text]],
        Meta(
            description="Attributes of your own, by what they mean; they come first.",
            extra_json_schema={"propertyNames": {"enum": list(get_args(Aliased))}},  # as above
        ),
    ] = field(default_factory=dict)
    slices: Annotated[dict[Text, Text], Meta(description="Dimension -> attribute by which turns may be cut.")] = field(
        default_factory=dict
    )
    polarity: Annotated[
        dict[Text, PolarityShape], Meta(description="By the feedback's name; thumbs and ratings are known.")
    ] = field(default_factory=dict)
    implicit: ImplicitShape = field(default_factory=ImplicitShape)
    late_hours: Annotated[
        float, Meta(gt=0, description="So long after it was last seen, spans may still join a trace.")
    ] = 48

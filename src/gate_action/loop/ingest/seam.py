"""What every reader of traces and feedback speaks: batches, and the spans of which turns are made. Knows no format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import msgspec

from gate_action.model.loop import Fault, Feedback, Turn

FULL = 4 * 2**20
"""Bytes of unpacked content after which a reader of files hands over a batch."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A span as a tracing system has it: of whatever dialect, with its attributes as one flat mapping."""

    trace_id: str
    """32 lowercase hex digits where the source has such; else its own id."""
    span_id: str
    parent_id: str = ""
    name: str = ""
    start_us: int
    """Microseconds since 1970, UTC."""
    end_us: int = 0
    """0: it was not told."""
    is_error: bool = False
    attributes: Mapping[str, Any]
    """Values are JSON's: texts, numbers, truth values, lists, mappings."""
    resource: Mapping[str, Any] = {}
    """Attributes of the process that made it, e.g. ``service.name``."""
    events: Sequence["Event"] = ()
    links: Sequence["Link"] = ()


class Event(NamedTuple):
    """Something that happened within a span, or a log record that names one."""

    name: str
    at_us: int
    attributes: Mapping[str, Any]


class Link(NamedTuple):
    """To another span. Ids as a Span's; a link may know the trace alone."""

    trace_id: str
    span_id: str


class Part(msgspec.Struct, array_like=True, gc=False, kw_only=True):
    """What one span has to say of a turn. Small where it has nothing to say; kept packed as long as its trace may grow.

    New fields go to the end, with a default: what an older gate-action packed is still read.
    """

    trace_id: str
    span_id: str
    parent_id: str = ""
    start_us: int = 0
    end_us: int = 0
    kind: str = ""
    """``agent``, ``model``, ``tool``, ``retrieval``; empty: any other span, known for its place in the trace."""
    is_error: bool = False
    source: str = ""
    dialect: str = ""
    conversation_id: str = ""
    join_key: str = ""
    response_id: str = ""
    user_key: str = ""
    app: str = ""
    environment: str = ""
    release: str = ""
    prompt_name: str = ""
    prompt_version: str = ""
    model: str = ""
    input: str = ""
    messages: str = ""
    output: str = ""
    context: str = ""
    tool_calls: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    weight: float | None = None
    consent: str = ""
    slices: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] | None = None
    """Names of the texts that it has left to the turn that was made of its trace. None: it has them all itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a reader has read: written as a whole, together with the cursors that say so.

    A source of spans gives ``parts``, and turns are made of them when their traces come together, over batches,
    sources and days. A source that has whole turns gives ``turns``. Either way the same id again replaces.
    """

    parts: Sequence[Part] = ()
    turns: Sequence[Turn] = ()
    feedback: Sequence[Feedback] = ()
    faults: Sequence[Fault] = ()
    cursors: Mapping[str, str] = field(default_factory=dict)
    """Name of the cursor -> how far it is read with this batch. The source is the reader's."""
    reread: Sequence[str] = ()
    """Places that are read anew from their beginning: earlier faults at ``<place>@...`` no longer count."""
    size: int = 0
    """Bytes read for it, for those who wait."""


class Reader(Protocol):
    """A source, opened. Reads on from its cursors; what is read again replaces itself."""

    @property
    def source(self) -> str:
        """Its name in the store: cursors, faults, turns and feedback bear it."""

    def read(self, cursors: Mapping[str, str]) -> Iterator[Batch]:
        """Everything since ``cursors``, in batches of some megabytes. A line or record that cannot be read becomes a
        fault in its batch. Raises StoreError, ConfigError where the source as a whole cannot be read; what was yielded
        before stays.
        """

"""Recorded model answers as sealed lines, and the tokens that an answer says it took. docs/contracts.md, section 13."""

import base64
import re
from typing import Annotated, NamedTuple

import msgspec

from gate_action.codec.records import TornLineError, seal, unseal
from gate_action.model.dataclass import dataclass

_INPUT = re.compile(rb'"(?:prompt_tokens|input_tokens|promptTokenCount)"\s*:\s*(\d{1,12})')
_OUTPUT = re.compile(rb'"(?:completion_tokens|output_tokens|candidatesTokenCount)"\s*:\s*(\d{1,12})')


class Place(NamedTuple):
    """Which call of which trial an answer belongs to. An empty fixture id: nobody knows which trial's it was."""

    fixture_id: str
    attempt: int
    turn: int
    """Messages of the conversation so far, where the fixture is one."""
    number: int
    """0: the first time that this content was asked in the trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider answered, as it came."""

    status: int
    content_type: str
    chunks: tuple[bytes, ...]

    @property
    def told_tokens(self) -> tuple[int, int] | None:
        """Input and output, as OpenAI, Anthropic and Gemini tell them; None where neither is told."""
        body = b"".join(self.chunks)
        told = [max((int(n) for n in found.findall(body)), default=None) for found in (_INPUT, _OUTPUT)]
        return (told[0] or 0, told[1] or 0) if told != [None, None] else None  # an embedding has no output

    @property
    def tokens(self) -> int:
        """Both together; 0 where nothing is told."""
        return sum(self.told_tokens or ())


class Header(msgspec.Struct, frozen=True, tag="header"):
    """The first line of a file of recordings."""

    recorded_at: str
    """ISO 8601, UTC: when the run started."""
    schema_version: int = 1


class Line(msgspec.Struct, frozen=True, omit_defaults=True, tag="answer"):
    """One answer."""

    content: str
    """Digest of what was asked."""
    fixture_id: str
    attempt: int
    status: Annotated[int, msgspec.Meta(ge=100, le=599)]
    content_type: str
    cuts: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]
    """Bytes of each chunk."""
    arm: str = "base"
    turn: int = 0
    number: int = 0
    body: str = ""
    base64: str = ""
    """The body, where it is no UTF-8."""

    @property
    def place(self) -> Place:
        return Place(self.fixture_id, self.attempt, self.turn, self.number)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Header | Line)


def encode_header(header: Header) -> bytes:
    return seal(_encoder.encode(header))


def encode_answer(content: str, place: Place, answer: Answer, arm: str) -> bytes:
    body = b"".join(answer.chunks)
    try:
        text, binary = body.decode("utf-8"), ""
    except UnicodeDecodeError:
        text, binary = "", base64.b64encode(body).decode("ascii")
    line = Line(
        content=content,
        fixture_id=place.fixture_id,
        attempt=place.attempt,
        turn=place.turn,
        number=place.number,
        arm=arm,
        status=answer.status,
        content_type=answer.content_type,
        cuts=tuple(map(len, answer.chunks)),
        body=text,
        base64=binary,
    )
    return seal(_encoder.encode(line))


def decode_line(line: bytes) -> Header | Line:
    """Raises TornLineError."""
    try:
        found: Header | Line = _decoder.decode(unseal(line))
    except msgspec.MsgspecError as error:
        raise TornLineError(f"no line of recorded answers: {error}") from error
    return found


def answer_of(line: Line) -> Answer:
    """Raises TornLineError where body and cuts do not agree."""
    try:
        body = base64.b64decode(line.base64, validate=True) if line.base64 else line.body.encode("utf-8")
    except ValueError as error:
        raise TornLineError(f"a recorded answer is no base64: {error}") from error
    if sum(line.cuts) != len(body):
        raise TornLineError(f"a recorded answer has {len(body)} bytes, and its cuts {sum(line.cuts)}")
    chunks, start = [], 0
    for length in line.cuts:
        chunks.append(body[start : start + length])
        start += length
    return Answer(status=line.status, content_type=line.content_type, chunks=tuple(chunks))

"""What a reviewer wrote is scrubbed like all else: a name in a correction would stand in git as well."""

from dataclasses import replace
from typing import TYPE_CHECKING

from gate_action.codec.rows import decode_row, encode_row
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.promotion import Review, ReviewOutcome
from gate_action.model.scrubbing import Refused

if TYPE_CHECKING:
    from gate_action.model.fixture import Json

_WRITTEN = ("expected", "checks")


def clean_review(review: Review, scrubber: Scrubber) -> Review:
    """The same with the correction and the reason scrubbed. What cannot be is left for another time, without a word."""
    fixture = review.candidate.fixture
    row = encode_row(fixture)
    parts: dict[str, Json] = {name: row[name] for name in _WRITTEN if name in row}
    result = scrubber.scrub({"reason": review.reason, "input": fixture.input, **parts})
    if isinstance(result, Refused):
        return replace(review, outcome=ReviewOutcome.SKIPPED, reason="")
    clean: dict[str, Json] = dict(result.row)  # type: ignore[arg-type]  # scrubbing keeps an object an object
    written = decode_row(dict(row) | {name: clean[name] for name in parts})
    candidate = replace(review.candidate, fixture=written)
    return replace(review, candidate=candidate, reason=str(clean["reason"]))

"""Does the answer match a pattern? RE2: time is linear in the answer, whatever the pattern."""

from dataclasses import dataclass
from typing import Any, ClassVar

import re2

from gate_action.answers.texts import is_empty, shown, text_of
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    """1 if ``pattern`` (RE2 syntax) is found in the answer, else 0; the other way round with ``negate``.

    Of a JSON answer its texts, names and numbers are searched, a line each. With ``negate``, no answer at all scores 0.
    """

    version: ClassVar[str] = "1"
    pattern: str
    negate: bool = False
    full_match: bool = False
    """The pattern must cover the whole answer, white space at its ends apart."""
    ignore_case: bool = False

    def __post_init__(self) -> None:
        if not self.pattern:
            raise ValueError("pattern: empty, so every answer would match")
        try:
            compiled = self._compiled()
        except re2.error as error:
            raise ValueError(f"pattern: no RE2 pattern: {_sentence(error)}") from None
        if not (self.negate or self.full_match) and all(compiled.search(text) for text in ("", "\0")):
            raise ValueError("pattern: it matches the empty text, so every answer would match")

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        if self.negate and is_empty(ctx.output):
            return Score(value=0.0, reason=f"there is no answer: got {shown(ctx.output.content)}")
        text = text_of(ctx.output)
        compiled = self._compiled()
        match = compiled.fullmatch(text.strip()) if self.full_match else compiled.search(text)
        pattern = shown(self.pattern)
        if match is None:
            reason = f"{pattern} does not match: got {shown(ctx.output.content)}"
        else:
            reason = f"{pattern} matches {shown(match.group())}"
        return Score(value=float((match is not None) != self.negate), reason=reason)

    def _compiled(self) -> Any:  # re2 has no types
        """RE2 keeps what it compiled: asking again costs a look-up."""
        options = re2.Options()
        options.case_sensitive = not self.ignore_case
        options.log_errors = False
        return re2.compile(self.pattern, options)


def _sentence(error: Exception) -> str:
    detail = error.args[0] if error.args else error
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)

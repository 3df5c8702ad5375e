"""Does the answer keep out what it must not say?"""

from dataclasses import dataclass
from typing import ClassVar

from gate_action.answers.texts import Search, is_empty, listed, shown, text_of
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class NotContains:
    """1 if the answer contains none of ``none_of``, else 0. No answer at all scores 0: silence is no success.

    Of a JSON answer its texts, names and numbers are searched. Invisible characters and the shape of quotation marks
    do not matter, so that neither hides a word.
    """

    version: ClassVar[str] = "1"
    none_of: tuple[str, ...]
    ignore_case: bool = True
    ignore_whitespace: bool = True
    """Runs of white space count as one space."""
    ignore_punctuation: bool = False
    """Punctuation and symbols are dropped, white space as with ``ignore_whitespace``."""

    def __post_init__(self) -> None:
        if not self.none_of:
            raise ValueError("none_of: nothing is forbidden, so every answer would pass")
        self._search().refuse_empty("none_of", self.none_of)

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        if is_empty(ctx.output):
            return Score(value=0.0, reason=f"there is no answer: got {shown(ctx.output.content)}")
        search = self._search()
        answer = search.fold(text_of(ctx.output))
        found = [shown(text) for text in self.none_of if search.fold(text) in answer]
        if found:
            return Score(value=0.0, reason=f"contains {listed(found)}: got {shown(ctx.output.content)}")
        return Score(value=1.0, reason=f"contains none of {listed([shown(text) for text in self.none_of])}")

    def _search(self) -> Search:
        return Search(self.ignore_case, self.ignore_whitespace, self.ignore_punctuation)

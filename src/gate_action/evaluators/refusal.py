"""Does the answer refuse, or does it answer? A heuristic on the words of four languages."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from gate_action.answers.refusals import find_refusal, fold
from gate_action.answers.texts import is_empty, shown, text_of
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """1 if the answer refuses where ``expect`` is ``refuse``, or does not where it is ``answer``; else 0.

    A refusal is an opening that declines or says that it does not know, by word patterns in English, German, French and
    Spanish. It sees neither irony nor a refusal in other words; where that matters, use ``llm_judge``. No answer at all
    is neither, and scores 0.
    """

    version: ClassVar[str] = "1"
    expect: Literal["refuse", "answer"] = "refuse"
    phrases: tuple[str, ...] = ()
    """Further words of a refusal, e.g. those of the application's own; letter case and accents do not matter."""
    within: int = 400
    """How many characters from the start are searched: what comes later is a limit of an answer, no refusal."""

    def __post_init__(self) -> None:
        if self.within < 1:
            raise ValueError("within: nothing would be searched")
        if not all(fold(phrase).strip() for phrase in self.phrases):
            raise ValueError("phrases: an empty one is found in every answer")

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        if is_empty(ctx.output):
            return Score(value=0.0, reason=f"neither an answer nor a refusal: got {shown(ctx.output.content)}")
        opening = fold(text_of(ctx.output)[: self.within])
        found = next((phrase for phrase in self.phrases if fold(phrase) in opening), "") or find_refusal(opening)
        heard = f"sounds like a refusal ({shown(found)})" if found else "does not sound like a refusal"
        value = float(bool(found) == (self.expect == "refuse"))
        return Score(value=value, reason=f"expected to {self.expect}; {heard}: got {shown(ctx.output.content)}")

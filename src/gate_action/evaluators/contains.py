"""Does the answer contain what it must?"""

from dataclasses import dataclass
from typing import ClassVar

from gate_action.answers.texts import Search, listed, shown, text_of
from gate_action.model.fixture import Fixture
from gate_action.model.protocols import EvaluationContext
from gate_action.model.score import NotScored, NotScoredCause, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """1 if the answer contains every text of ``all_of`` and at least one of ``any_of``, else 0.

    With neither: every one of ``expected.facts``, or else ``expected.output`` where that is text. Of a JSON answer its
    texts, names and numbers are searched. Invisible characters and the shape of quotation marks do not matter.
    """

    version: ClassVar[str] = "1"
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    partial: bool = False
    """Score the share of what is asked that is there (``any_of`` counts as one), not all or nothing."""
    ignore_case: bool = False
    ignore_whitespace: bool = False
    """Runs of white space count as one space."""
    ignore_punctuation: bool = False
    """Punctuation and symbols are dropped, white space as with ``ignore_whitespace``."""

    def __post_init__(self) -> None:
        self._search().refuse_empty("all_of", self.all_of)
        self._search().refuse_empty("any_of", self.any_of)

    def applies_to(self, fixture: Fixture) -> bool:
        return bool(self._wanted(fixture) or self.any_of)

    def evaluate(self, ctx: EvaluationContext) -> Score | NotScored:
        wanted = self._wanted(ctx.fixture)
        if not wanted and not self.any_of:
            detail = "no text is given, and the fixture expects neither facts nor a text"
            return NotScored(cause=NotScoredCause.NOT_APPLICABLE, detail=detail)
        search = self._search()
        answer = search.fold(text_of(ctx.output))
        missing = [shown(text) for text in wanted if search.fold(text) not in answer]
        if self.any_of and not any(search.fold(text) in answer for text in self.any_of):
            missing.append(f"any of {listed([shown(text) for text in self.any_of])}")
        asked = len(wanted) + bool(self.any_of)
        return self._score(asked, missing, shown(ctx.output.content))

    def _score(self, asked: int, missing: list[str], got: str) -> Score:
        if not missing:
            return Score(
                value=1.0, reason=f"contains all {asked} that it must" if asked > 1 else "contains what it must"
            )
        value = (asked - len(missing)) / asked if self.partial else 0.0
        return Score(value=value, reason=f"does not contain {listed(missing, '; nor ')}: got {got}")

    def _wanted(self, fixture: Fixture) -> tuple[str, ...]:
        if self.all_of or self.any_of:
            return self.all_of
        output = fixture.expected.output
        texts = fixture.expected.facts or ((output,) if isinstance(output, str) else ())
        fold = self._search().fold
        return tuple([text for text in texts if fold(text).strip()])

    def _search(self) -> Search:
        return Search(self.ignore_case, self.ignore_whitespace, self.ignore_punctuation)

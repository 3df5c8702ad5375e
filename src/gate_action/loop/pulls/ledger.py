"""The loop's ledger on its way into git: it comes with the fixtures, and by itself once git is a week behind. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gate_action.codec.loop_ledger import decode_ledger, encode_ledger
from gate_action.loop.prioritize.ledger import follow_ledger, join_ledgers
from gate_action.loop.pulls.proposal import Ended, Proposal
from gate_action.model.priority import LedgerLine
from gate_action.report.escape import SafeMarkdown, fill, join, markdown_code, markdown_text
from gate_action.report.loop.ledger_markdown import render_ledger_markdown

TITLE = "The loop's ledger"
_PATIENCE = timedelta(days=7)
"""So long git may lack cycles. Each push dismisses approvals: a ledger alone is no reason for one every night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    path: str
    lines: tuple[LedgerLine, ...]
    """Of every cycle that the store knows."""
    now: datetime
    """UTC, without a zone."""
    pace: tuple[str, ...] = ()
    """How fast complaints are learnt, in sentences."""

    def add_to(self, proposal: Proposal, base: bytes, present: Mapping[str, bytes], ended: Sequence[Ended]) -> Proposal:
        """``proposal`` with the ledger. ``base``: the base's ledger; ``present``: the files as our branch brings them.

        Raises ConfigError: the base's ledger cannot be read.
        """
        held = decode_ledger(base, self.path)
        lines = join_ledgers(held, self.lines)
        if lines == held:
            return proposal
        rows = dict(proposal.files)
        if not proposal.is_wanted and not self._is_due(held, lines, ended):
            return proposal
        there = present.get(self.path, b"")
        is_same = rows == {path: content for path, content in present.items() if path != self.path}
        stays = is_same and self._is_recent(there, held)
        page = join([self._say(proposal), render_ledger_markdown(follow_ledger(lines)), *self._say_pace()])
        files = {**rows, self.path: there if stays else encode_ledger(lines)}
        if proposal.is_wanted:
            return replace(proposal, files=files, intro=join([proposal.intro, page]), former_titles=(TITLE,))
        alone = replace(proposal, title=TITLE, words="Write the loop's ledger down", former_titles=(proposal.title,))
        return replace(alone, files=files, intro=page, parts=(), is_wanted=True)

    def _is_due(self, held: Sequence[LedgerLine], lines: Sequence[LedgerLine], ended: Sequence[Ended]) -> bool:
        """Is git a week behind, and has nobody turned the like of it down within a week?"""
        since = max(line.at for line in held) if held else min(line.at for line in lines)
        closed = [_time(one.at) for one in ended if not one.is_merged and one.at]
        return self.now - max([since, *closed]) >= _PATIENCE

    def _is_recent(self, there: bytes, held: Sequence[LedgerLine]) -> bool:
        """Does the branch's ledger, as we wrote it, hold what the base does, and has it hardly aged?"""
        lines = decode_ledger(there, self.path)
        if not lines or {line.cycle for line in held} - {line.cycle for line in lines}:
            return False
        return self.now - max(line.at for line in lines) < _PATIENCE

    def _say(self, proposal: Proposal) -> SafeMarkdown:
        path = markdown_code(self.path)
        if proposal.is_wanted:
            return fill("The cycles since the last merge are written down in {path}.", path=path)
        return fill(
            "No fixture is proposed. {path} has lacked the loop's cycles for {days} days, and whether anything closes "
            "is seen there. Closed, this comes again after as many days. Nothing is ever merged by itself.",
            path=path,
            days=markdown_text(str(_PATIENCE.days)),
        )

    def _say_pace(self) -> list[SafeMarkdown]:
        lines = [fill("- {line}", line=markdown_text(line)) for line in self.pace]
        return [join(lines, "\n")] if lines else []


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)

"""The body of a pull request: a block of ours between two hidden markers, and around it what people have written."""

import re
from collections.abc import Sequence

from gate_action.loop.pulls.proposal import Proposal
from gate_action.report.escape import SafeMarkdown, fill, hidden_marker, join, markdown_text

_ROOM = 60_000
"""Characters of a whole body; GitHub takes 65,536."""
_END = hidden_marker("<!-- gate-action:pull end -->")
_CLOSED = hidden_marker("<!-- gate-action:pull closed by itself -->")
_BLOCK = re.compile(r"<!-- gate-action:pull begin [^<>\n]+ -->\n.*?<!-- gate-action:pull end -->", re.DOTALL)
_NOTICE = re.compile(r"<!-- gate-action:pull notice -->\n.*?<!-- gate-action:pull notice end -->\n*", re.DOTALL)


def write_body(before: str, proposal: Proposal, purpose: str) -> str:
    """``before``, with the block of ours in it anew. What people wrote around it stays."""
    before = _NOTICE.sub("", before)
    around = _BLOCK.sub("", before)
    parts = _as_many(proposal.parts, _ROOM - len(around) - len(proposal.intro) - 500)
    more = len(proposal.parts) - len(parts)
    told = fill("*{count} more stand in the files, and found no room here.*", count=markdown_text(str(more)))
    return _place(before, _block(purpose, [proposal.intro, *parts, *([told] if more else [])]))


def write_closed(before: str, purpose: str) -> str:
    """The body of a pull request that closes itself."""
    words = SafeMarkdown("Nothing is left to propose: gate-action closes this pull request by itself.")
    return _place(_NOTICE.sub("", before), _block(purpose, [words, _CLOSED]))


def write_notice(before: str, people: Sequence[str]) -> str:
    """The body, with a word above it that the branch belongs to somebody else by now."""
    names = join([markdown_text(name) for name in dict.fromkeys(people)], ", ")
    words = fill(
        "> [!NOTE]\n> This branch has commits of {names}. gate-action leaves it as it is: what it has found since "
        "waits until this pull request is merged or closed.",
        names=names,
    )
    begin, end = (hidden_marker(f"<!-- gate-action:pull notice{word} -->") for word in ("", " end"))
    return f"{begin}\n{words}\n{end}\n\n{_NOTICE.sub('', before)}"


def has_closed_itself(body: str) -> bool:
    return _CLOSED in body


def _block(purpose: str, parts: Sequence[SafeMarkdown]) -> str:
    begin = hidden_marker(f"<!-- gate-action:pull begin {purpose} -->")
    return f"{begin}\n{join(list(parts))}\n{_END}"


def _place(before: str, block: str) -> str:
    if _BLOCK.search(before):
        return _BLOCK.sub(lambda _: block, before, count=1)
    return f"{before.rstrip()}\n\n{block}" if before.strip() else block


def _as_many(parts: Sequence[SafeMarkdown], room: int) -> list[SafeMarkdown]:
    kept: list[SafeMarkdown] = []
    for part in parts:
        room -= len(part) + 2
        if room < 0:
            break
        kept.append(part)
    return kept

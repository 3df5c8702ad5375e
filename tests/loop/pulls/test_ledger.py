import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gate_action.codec.loop_ledger import decode_ledger, encode_ledger
from gate_action.errors import ConfigError
from gate_action.loop.pulls.ledger import TITLE, Ledger
from gate_action.loop.pulls.proposal import Ended, Proposal
from gate_action.model.priority import LedgerLine, Measure, Standing
from gate_action.report.escape import SafeMarkdown

START = datetime(2026, 11, 2, 5)  # noqa: DTZ001  # the tables' times are UTC, without a zone
ROWS = {"fixtures/promoted/a.jsonl": b"a row\n"}
NOTHING = Proposal(
    title="Fixtures from production", words="Add", files={}, is_wanted=False, intro=SafeMarkdown("Rows."), labels=("x",)
)
SOME = replace(NOTHING, files=ROWS, is_wanted=True, parts=(SafeMarkdown("a row"),))


def line(day: int, *, cluster: str = "c-1", title: str = "Made up", rate: float = 0.1) -> LedgerLine:
    at = START + timedelta(days=day)
    return LedgerLine(
        cycle=f"{at:%Y-%m-%d}", at=at, since=at - timedelta(days=28), until=at, cluster=cluster, mode="hallucination",
        title=title, status="open", definition="sha256:d", classifier="sha256:c", measure=Measure.PER_TURN, rate=rate,
        low=rate / 2, high=rate * 2, turns=100, users=50, severity=1.0, level=2, lever="prompt", chance=0.5,
        effort_days=2.0, score=1.0, rank=1, p_top=1.0, standing=Standing.RANKED,
    )  # fmt: skip


def ledger(*days: int, now: int | None = None) -> Ledger:
    moment = START + timedelta(days=max(days) if now is None else now)
    return Ledger(path="ledger.jsonl", lines=tuple(line(day) for day in days), now=moment)


def written(*days: int) -> bytes:
    return encode_ledger(line(day) for day in days)


def cycles(proposal: Proposal) -> list[str]:
    content = proposal.files["ledger.jsonl"]
    assert content is not None
    return [one.at.strftime("%d") for one in decode_ledger(content, "")]


def closed(day: int) -> Ended:
    at = f"{(START + timedelta(days=day)).isoformat()}Z"
    return Ended(number=1, is_merged=False, reviewer="ann", reason="", at=at)


def test_it_comes_with_rows_and_brings_the_cycles_that_git_lacks():
    proposal = ledger(1, 2, 3).add_to(SOME, written(0, 1), {}, ())
    assert cycles(proposal) == ["02", "03", "04", "05"]
    assert proposal.files.items() >= ROWS.items()
    assert (proposal.title, proposal.parts) == (SOME.title, SOME.parts)
    assert "went wrong" in proposal.intro


def test_where_git_has_every_cycle_nothing_is_added():
    assert ledger(0, 1).add_to(SOME, written(0, 1), {}, ()) is SOME
    assert ledger(0, 1).add_to(NOTHING, written(0, 1), {}, ()) is NOTHING


@pytest.mark.parametrize(("now", "comes"), [(6, False), (7, True)])
def test_alone_it_comes_once_git_is_a_week_behind(now: int, *, comes: bool):
    proposal = ledger(0, now).add_to(NOTHING, written(0), {}, ())
    assert proposal.is_wanted is comes
    assert (proposal.title == TITLE) is comes


def test_where_git_has_none_yet_it_waits_for_a_week_as_well():
    assert ledger(0, 6).add_to(NOTHING, b"", {}, ()).is_wanted is False
    assert ledger(0, 7).add_to(NOTHING, b"", {}, ()).is_wanted is True


@pytest.mark.parametrize(("day", "comes"), [(9, False), (3, True)])
def test_whoever_closed_it_has_peace_for_a_week(day: int, *, comes: bool):
    assert ledger(0, 10).add_to(NOTHING, written(0), {}, (closed(day),)).is_wanted is comes


def test_alone_it_brings_what_is_remembered_of_rows_that_were_turned_down():
    remembered = replace(NOTHING, files={"rejections.jsonl": b"a line\n"})
    assert ledger(0, 7).add_to(remembered, written(0), {}, ()).files["rejections.jsonl"] == b"a line\n"


def test_a_branch_that_brings_the_same_rows_keeps_its_ledger_for_a_week():
    there = {**ROWS, "ledger.jsonl": written(0, 1)}
    assert cycles(ledger(0, 1, 7).add_to(SOME, written(0), there, ())) == ["02", "03"]
    assert cycles(ledger(0, 1, 8).add_to(SOME, written(0), there, ())) == ["02", "03", "10"]


def test_a_branch_is_brought_up_to_date_where_its_rows_change_or_the_base_has_more():
    others = {"fixtures/promoted/b.jsonl": b"another\n", "ledger.jsonl": written(0, 1)}
    assert cycles(ledger(0, 1, 2).add_to(SOME, written(0), others, ())) == ["02", "03", "04"]
    there = {**ROWS, "ledger.jsonl": written(1)}
    assert cycles(ledger(0, 1, 2).add_to(SOME, written(0), there, ())) == ["02", "03", "04"]


def test_a_title_of_ours_follows_what_the_page_brings():
    alone = ledger(0, 7).add_to(NOTHING, written(0), {}, ())
    both = ledger(0, 7).add_to(SOME, written(0), {}, ())
    assert (alone.former_titles, both.former_titles) == ((SOME.title,), (TITLE,))


def test_what_stands_in_a_title_is_no_markup():
    told = Ledger(path="ledger.jsonl", lines=(line(0, title="</details> @everyone | x"),), now=START)
    intro = told.add_to(SOME, b"", {}, ()).intro
    assert "</details>" not in intro
    assert "@everyone" not in intro


def test_a_ledger_that_cannot_be_read_is_told_with_its_line():
    broken = written(0) + json.dumps({"cycle": 1}).encode()
    with pytest.raises(ConfigError, match="cannot be used") as told:
        ledger(0, 1).add_to(SOME, broken, {}, ())
    assert told.value.problems[0].line == 2

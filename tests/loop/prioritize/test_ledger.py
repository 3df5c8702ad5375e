from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gate_action.codec.loop_ledger import decode_ledger, encode_ledger
from gate_action.errors import ConfigError
from gate_action.loop.prioritize.ledger import append_cycle, follow_ledger, join_ledgers
from gate_action.model.priority import Course, LedgerLine, Measure, Standing
from tests.loop.production import MONDAY

LINE = LedgerLine(
    cycle="2026-11-23",
    at=MONDAY,
    since=MONDAY - timedelta(days=28),
    until=MONDAY,
    cluster="c-refunds",
    mode="hallucination",
    title="Promises refunds",
    status="open",
    definition="d1",
    classifier="sha256:rules-1",
    measure=Measure.PER_TURN,
    rate=0.02,
    low=0.016,
    high=0.025,
    turns=60,
    users=50,
    severity=2.0,
    level=3,
    lever="retrieval",
    chance=0.5,
    effort_days=4.0,
    score=5.0,
    rank=1,
    p_top=1.0,
    standing=Standing.RANKED,
)


def later(weeks: int, rate: float, **more: object) -> LedgerLine:
    at = MONDAY + timedelta(days=7 * weeks)
    told = {"cycle": f"{at:%Y-%m-%d}", "at": at, "until": at, "rate": rate, "low": rate * 0.8, "high": rate * 1.25}
    return replace(LINE, **(told | more))  # type: ignore[arg-type]


def course(*lines: LedgerLine) -> Course:
    (followed,) = follow_ledger(lines)
    return followed.course


def test_a_line_survives_being_written_and_read():
    lines = (LINE, later(1, 0.01))
    assert decode_ledger(encode_ledger(lines), "ledger.jsonl") == lines


def test_a_rate_that_went_down_beyond_chance_is_closing():
    assert course(LINE, later(1, 0.015), later(4, 0.005)) is Course.CLOSING


def test_a_rate_that_may_have_stayed_is_open_and_one_that_rose_is_growing():
    assert course(LINE, later(1, 0.018)) is Course.OPEN
    assert course(LINE, later(1, 0.06)) is Course.GROWING
    assert course(LINE) is Course.NEW


def test_another_definition_begins_anew():
    (followed,) = follow_ledger([LINE, later(1, 0.004, definition="d2")])
    assert (followed.course, followed.redefined, followed.cycles) == (Course.NEW, 1, ("2026-11-30",))


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_the_order_of_lines_does_not_matter(order: Sequence[int]):
    lines = [LINE, later(1, 0.015), later(2, 0.004)]
    assert follow_ledger([lines[place] for place in order]) == follow_ledger(lines)


def test_a_cycle_that_is_told_again_replaces_its_own_lines_only():
    ledger = append_cycle([LINE], [later(1, 0.01)])
    again = append_cycle(ledger, [later(1, 0.011)])
    assert [line.rate for line in again] == [0.02, 0.011]


def test_each_fault_of_a_ledger_has_its_line():
    broken = encode_ledger([LINE]) + b'{"cycle": 1}\n\nnot json\n'
    with pytest.raises(ConfigError) as raised:
        decode_ledger(broken, "ledger.jsonl")
    assert [problem.line for problem in raised.value.problems] == [2, 4]


def test_two_ledgers_are_joined_by_cycle_and_what_the_first_has_stays():
    held = (LINE, later(2, 0.01))
    kept = (later(3, 0.03), later(1, 0.02), replace(LINE, rate=0.5))
    assert join_ledgers(held, kept) == (*held, later(1, 0.02), later(3, 0.03))

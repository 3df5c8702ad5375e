"""What people see while they wait: counts by build, a few lines, a table that says what is known so far."""

import io
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from gate_action.cli.live_table import LiveTable
from gate_action.cli.progress import PlainWatcher, open_watcher
from gate_action.cli.tally import Tally, say_seconds
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.trial import Arm, Fault, Output, Trial, TrialError, TrialKey, Usage

NOT_SETTLED = Decision(verdict=Verdict.INCONCLUSIVE, reasons=(Reason(kind=ReasonKind.INCONCLUSIVE, sentence="open"),))


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def trial(number: int, arm: Arm = Arm.HEAD, *, fails: bool = False, fresh: bool = True, cost: float = 0.5) -> Trial:
    outcome = TrialError(fault=Fault.CRASHED, detail="died") if fails else Output(content="x")
    return Trial(key=TrialKey(f"f{number}", arm, 0), outcome=outcome, usage=Usage(cost_usd=cost), fresh=fresh)


@dataclass
class Log:
    clock: Clock = field(default_factory=Clock)
    lines: list[str] = field(default_factory=list)

    def watcher(self) -> PlainWatcher:
        return PlainWatcher(clock=self.clock, say=self.lines.append)


def test_a_round_that_takes_no_time_is_one_line():
    log = Log()
    watcher = log.watcher()
    watcher.asked(1000)
    for number in range(1000):
        watcher.finished(trial(number), ())
    assert log.lines == ["round 1: 1000 of 1000 trials; 500.00 USD; 0.0 s gone"]


def test_a_round_of_hours_is_ten_lines_at_most():
    log = Log()
    watcher = log.watcher()
    watcher.asked(1000)
    for number in range(1000):
        log.clock.now += 10
        watcher.finished(trial(number, fails=number == 4), ())
    assert len(log.lines) == 10
    assert log.lines[0] == "round 1: 100 of 1000 trials; errors head 1; 50.00 USD; 16:40 gone"


def test_a_line_tells_the_round_what_was_replayed_and_how_it_looks_so_far():
    log = Log()
    watcher = log.watcher()
    watcher.asked(1)
    watcher.finished(trial(0, Arm.BASE), ())
    watcher.so_far(NOT_SETTLED)
    watcher.asked(1)
    watcher.finished(trial(0, fresh=False, cost=0.0), ())
    assert log.lines[-1] == "round 2: 1 of 1 trials; replayed 1; 0.50 USD; 0.0 s gone; so far not settled"


def drawn(table: LiveTable) -> str:
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(table)
    return console.export_text()


def test_the_table_counts_by_build_and_tells_cost_time_and_verdict():
    clock = Clock()
    table = LiveTable(Tally(clock))
    assert "getting both builds ready" in drawn(table)
    table.asked(8)
    clock.now += 4
    for arm in Arm:
        table.started(arm)
        table.started(arm)
        table.ended(arm)
        table.finished(trial(1, arm, fails=arm is Arm.HEAD, fresh=arm is Arm.BASE), ())
    told = drawn(table)
    words = [line.split() for line in told.splitlines()]
    assert ["trials", "done", "running", "replayed", "errors", "cost"] in words
    assert ["base", "1", "1", "0", "0", "0.50", "USD"] in words
    assert ["head", "1", "1", "1", "1", "0.50", "USD"] in words
    assert "round 1: 2 of 8" in told
    assert "4.0 s gone, 12 s left" in told
    assert "before the first round is whole" in told
    table.so_far(NOT_SETTLED)
    assert "so far: not settled" in drawn(table)


def test_a_base_that_is_not_run_has_no_row():
    table = LiveTable(Tally(Clock()))
    table.asked(1)
    assert "base" not in drawn(table)


@pytest.mark.parametrize(
    ("environ", "lines"),
    [
        ({}, []),
        ({"GITHUB_ACTIONS": "true"}, ["::group::the trials, as they were made", "::endgroup::"]),
        (
            {"GITHUB_ACTIONS": "true", "GATE_STOP_TOKEN": "t0"},
            [
                *("::t0::", "::group::the trials, as they were made", "::stop-commands::t0"),
                *("::t0::", "::endgroup::", "::stop-commands::t0"),
            ],
        ),
    ],
)
def test_on_a_runner_the_lines_are_a_group_and_commands_stop_again_at_once(
    environ: dict[str, str], lines: list[str], capsys: pytest.CaptureFixture[str]
):
    with open_watcher(environ):
        pass
    assert capsys.readouterr().err.splitlines() == lines


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (9.96, "10.0 s"), (48.4, "48 s"), (725, "12:05"), (3723, "1:02:03")]
)
def test_seconds_are_said_as_long_as_they_are(seconds: float, words: str):
    assert say_seconds(seconds) == words

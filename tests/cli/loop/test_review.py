from itertools import count

import click
from click.testing import CliRunner

from gate_action.cli.loop.review import review_in_terminal
from gate_action.loop.attention import Stopwatch
from gate_action.loop.promote.proposing import propose
from tests.loop.promote.failing import bench, failure


def test_each_candidate_is_timed_from_what_is_shown_to_each_answer():
    seconds = count(0, 30)
    stopwatch = Stopwatch(lambda: float(next(seconds)))
    seconds_each: list[float] = []

    @click.command()
    def command() -> None:
        reviews = review_in_terminal(propose([failure(n) for n in range(3)], bench()), "ann", stopwatch)
        seconds_each.extend(one.seconds for one in reviews)

    CliRunner().invoke(command, input="a\nr\nno fault\nq\n", catch_exceptions=False)
    assert seconds_each == [30.0, 60.0]
    assert stopwatch.seconds == 120.0, "the last candidate was looked at, and left"

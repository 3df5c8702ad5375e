"""Exactly one right pull request, whatever changes, races and breaks."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gate_action.errors import PullRequestError, StoreError
from gate_action.loop.pulls.proposal import Ending
from standins.github.state import Fault
from tests.loop.pulls.breaking import Breaking, KilledError, Steps
from tests.loop.pulls.rig import BRANCH, Rig, start

pytestmark = pytest.mark.slow
_FAULTS: tuple[dict[str, Any], ...] = (
    {"method": "POST", "path": "/pulls", "status": 502, "is_done_first": True},
    {"method": "POST", "path": "/pulls", "status": 502},
    {"method": "POST", "path": "/pulls", "status": 403, "message": "secondary rate limit", "times": 2},
    {"method": "PATCH", "path": "/pulls", "status": 500, "is_done_first": True, "times": 9},
    {"method": "GET", "path": "/pulls", "status": 503, "times": 9},
    {"method": "GET", "path": "/pulls", "status": 404},
    {"method": "POST", "path": "/labels", "status": 422, "message": "Validation Failed"},
    {"method": "PATCH", "path": "/pulls", "status": 422, "message": "Validation Failed"},
)


@pytest.fixture
def rig(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    with start(tmp_path, is_http="twenty" in request.node.name) as made:
        made.wanted = {"fixtures/a.jsonl": b"one\n"}
        made.labels = ("gate-fixtures",)
        yield made


def _broken(rig: Rig, steps: Steps) -> Any:
    job = rig.job()
    return rig.job(branch=Breaking(job.branch, steps), pulls=Breaking(job.pulls, steps))


def _check(rig: Rig) -> None:
    """One open pull request that brings what is wanted and says so; none where nothing is."""
    wanted = {path: (content or b"").decode().strip() for path, content in rig.wanted.items()}
    pulls = rig.open_pulls()
    if not wanted:
        assert (pulls, rig.tip()) == ([], "")
        return
    [pull] = pulls
    assert rig.files() == wanted
    assert (pull.head_sha, pull.labels, pull.is_merged) == (rig.tip(), ["gate-fixtures"], False)
    body = pull.body or ""
    assert body.count("gate-action:pull begin") == 1
    assert [path for path in wanted if path not in body] == []
    assert rig.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def _grow(rig: Rig) -> None:
    rig.wanted["fixtures/b.jsonl"] = b"two\n"


def _empty(rig: Rig) -> None:
    rig.wanted = {}


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("change", [lambda _: None, _grow, _empty], ids=["opened", "grown", "emptied"])
def test_a_run_that_is_killed_at_any_step_is_finished_by_the_next(
    rig: Rig, change: Callable[[Rig], None], *, is_done: bool
):
    for last in range(40):
        rig.wanted = {"fixtures/a.jsonl": f"one {last}\n".encode()}
        if change.__name__ != "<lambda>":
            rig.run()
        else:
            wanted, rig.wanted = rig.wanted, {}
            rig.run()
            rig.wanted = wanted
        change(rig)
        steps = Steps(last=last, is_done=is_done)
        try:
            _broken(rig, steps).run(rig.propose)
        except KilledError:
            rig.run()
            _check(rig)
        else:
            assert last >= 5
            break
    else:
        raise AssertionError("a run has fewer steps")


def test_whoever_comes_between_two_steps_is_not_run_over(rig: Rig):
    rig.run()
    rig.wanted["fixtures/b.jsonl"] = b"two\n"
    theirs: list[str] = []

    def come_between(name: str) -> None:
        if name == "push" and not theirs:
            theirs.append(rig.commit(BRANCH, {"fixtures/a.jsonl": "a person's\n"}))

    assert _broken(rig, Steps(before=come_between)).run(rig.propose).ending is Ending.LEFT
    assert rig.tip() == theirs[0]


def test_main_that_moves_while_a_run_is_under_way_is_seen(rig: Rig):
    moved: list[str] = []

    def come_between(name: str) -> None:
        if name == "create_pull" and not moved:
            moved.append(rig.commit("main", {"fixtures/a.jsonl": "one\n"}))

    assert _broken(rig, Steps(before=come_between)).run(rig.propose).ending is Ending.CLOSED
    assert (rig.open_pulls(), rig.tip()) == ([], "")


def test_twenty_runs_under_changes_races_and_failures_leave_one_right_pull_request(rig: Rig):
    dice = random.Random(7)
    endings = []
    for number in range(20):
        names = [f"fixtures/{letter}.jsonl" for letter in "abcde"]
        rig.wanted = {name: f"{name} {number}\n".encode() for name in dice.sample(names, dice.choice((0, 1, 2, 4)))}
        if dice.random() < 0.4:
            rig.commit("main", {"README.md": f"An app, version {number}.\n"})
        rig.github.faults = [Fault(**one) for one in dice.sample(_FAULTS, dice.choice((0, 1, 2)))]
        threads = [threading.Thread(target=_run_somehow, args=(rig, dice.randrange(30))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        rig.github.faults = []
        endings.append(rig.run().ending)
        _check(rig)
    assert {Ending.UNCHANGED, Ending.NOTHING} & set(endings)
    assert not any(pull.is_merged for pull in rig.github.pulls.values())


def _run_somehow(rig: Rig, last: int) -> None:
    with suppress(KilledError, PullRequestError, StoreError):
        _broken(rig, Steps(last=last, is_done=last % 2 == 0)).run(rig.propose)

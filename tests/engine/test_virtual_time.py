"""Whole runs on virtual time, with faults, outages, kills and spent budgets by a seed: never a wrong verdict."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate_action.engine.budget import BudgetSpentError
from gate_action.engine.readback import read_back
from gate_action.model.comparison import ChangeKind
from gate_action.model.decision import Verdict
from gate_action.model.metric import Budget, Limits
from gate_action.model.trial import Arm, Attempt, Fault, Stored, TrialKey
from tests.engine.rig import failure
from tests.engine.simulation import Fails, World, away, crash_in, fail_alike, fail_on, never

_BROKEN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Plot:
    """What happens in one world, and the verdict without all of it."""

    world: World
    kills_s: tuple[float, ...]
    verdict: Verdict


def plot_of(seed: int, folder: Path) -> Plot:
    """Anything may come together: an honest or a broken head, faults alike, an outage, kills, a small budget."""
    chance = random.Random(seed)  # a simulation
    fixtures = chance.randint(12, 24)
    broken = int(fixtures * _BROKEN_SHARE) if chance.random() < 0.4 else 0
    fails = chance.choice([never, fail_alike(chance.uniform(0.0, 0.3))])
    if chance.random() < 0.3:
        begins_at = chance.uniform(0.0, 20.0)
        fails = away(begins_at, begins_at + 300.0, fails)
    head_fails: Fails = fails
    is_hanging = not broken and chance.random() < 0.2
    if is_hanging:
        ids = frozenset(f"f{number:03}" for number in range(fixtures // 2))
        head_fails = fail_on(ids, 1e9 if chance.random() < 0.5 else failure(Fault.CRASHED))
    limits = Limits(
        concurrency=chance.choice([1, 2, 4, 8]),
        trial_timeout_s=30.0,
        requests_per_minute=chance.choice([None, None, 40]),
    )
    budget = Budget(max_calls=chance.randint(1, 60)) if chance.random() < 0.1 else Budget()
    world = World(
        folder=folder,
        seed=seed,
        fixtures=fixtures,
        broken=broken,
        base_fails=fails,
        head_fails=head_fails,
        limits=limits,
        budget=budget,
        is_base_stored=chance.random() < 0.3,
    )
    kills = tuple(chance.uniform(0.1, 60.0) for _ in range(chance.choice([0, 0, 1, 2])))
    return Plot(world, kills, Verdict.FAIL if broken or is_hanging else Verdict.PASS)


def check(seed: int, folder: Path) -> Verdict:
    """Runs the world of a seed. Fails for a wrong verdict, a lost trial and one that was paid for twice."""
    plot = plot_of(seed, folder)
    try:
        verdict = plot.world.run(killed_after_s=plot.kills_s).verdict
    except BudgetSpentError:
        verdict = Verdict.NOT_EVALUATED
    assert verdict in {plot.verdict, Verdict.NOT_EVALUATED}, f"seed {seed}: {verdict}, not {plot.verdict}"
    written = {key for key, trial in read_back(folder).trials.items() if isinstance(trial.outcome, Stored)}
    for arm in Arm:
        answered = plot.world.builds[arm].answered
        assert answered.keys() <= written, f"seed {seed}: {sorted(answered.keys() - written)} lost"
        assert set(answered.values()) <= {1}, f"seed {seed}: {answered.most_common(1)} paid twice"
    return verdict


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: here nothing is to outlive the machine."""
    memory = Path("/dev/shm")  # a folder of its own is made in it
    if not memory.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield folder
    shutil.rmtree(folder)


def check_many(seeds: range, folder: Path) -> None:
    verdicts = [check(seed, folder / str(seed)) for seed in seeds]
    evaluated = sum(verdict is not Verdict.NOT_EVALUATED for verdict in verdicts)
    assert evaluated > 0.7 * len(verdicts), "a gate that hardly ever decides is never wrong"


def test_no_fault_outage_or_kill_makes_a_wrong_verdict(quick_folder: Path):
    check_many(range(30), quick_folder)


def check_dying(seeds: range, folder: Path) -> None:
    """One fixture kills head, and every second time base too; now and then another does by chance."""
    poison = fail_on(frozenset({"f007"}), failure(Fault.CRASHED))
    for seed in seeds:
        now_and_then = crash_in(0.01 * (seed % 3))

        def dies(
            chance: random.Random, key: TrialKey, now: float, other: Fails = now_and_then
        ) -> Attempt | float | None:
            return poison(chance, key, now) or other(chance, key, now)

        is_alike, broken = seed % 2 == 0, 15 * (seed % 4 > 1)
        world = World(
            folder=folder / str(seed),
            seed=seed,
            broken=broken,
            base_fails=dies if is_alike else now_and_then,
            head_fails=dies,
            limits=Limits(concurrency=(8, 2, 1, 4, 8)[seed % 5], trial_timeout_s=30.0),
            dies_together=True,
        )
        decision = world.run(killed_after_s=(5.0,) if seed % 7 == 0 else ())
        wrong = Verdict.PASS if broken or not is_alike else Verdict.FAIL
        assert decision.verdict is not wrong, f"seed {seed}"
        worse = {change.fixture_id for change in decision.changes if change.kind is ChangeKind.REGRESSED}
        innocent = worse - world.builds[Arm.HEAD].broken - {"f007"}
        assert not innocent, f"seed {seed}: {innocent} are blamed"


def test_builds_that_die_of_one_fixture_are_judged_by_the_others(quick_folder: Path):
    check_dying(range(5), quick_folder)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_builds_that_die_of_one_fixture_are_judged_by_the_others_in_many_runs(quick_folder: Path):
    check_dying(range(5, 305), quick_folder)


@pytest.mark.parametrize("calls", range(1, 62, 6))
def test_what_a_spent_budget_leaves_can_be_told_wherever_it_ends(quick_folder: Path, calls: int):
    world = World(folder=quick_folder / "run", seed=calls, broken=20, budget=Budget(max_calls=calls))
    with pytest.raises(BudgetSpentError):
        world.run()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(20))
def test_no_fault_outage_or_kill_makes_a_wrong_verdict_in_ten_thousand_runs(part: int, quick_folder: Path):
    check_many(range(30 + part * 500, 30 + (part + 1) * 500), quick_folder)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_builds_that_fail_alike_in_a_third_of_their_tries_are_judged_as_if_they_did_not(quick_folder: Path):
    """Two hundred honest heads, and one in five broken."""
    for seed in range(200):
        broken = 10 * (seed % 5 == 0)
        fails = fail_alike(0.3)
        world = World(folder=quick_folder / str(seed), seed=seed, broken=broken, base_fails=fails, head_fails=fails)
        assert world.run().verdict in {Verdict.FAIL if broken else Verdict.PASS, Verdict.NOT_EVALUATED}

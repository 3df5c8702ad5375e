import pytest

from gate_action.comparison.plan import BaseArm
from gate_action.errors import ConfigError
from gate_action.model.fixture import Fixture, Split
from gate_action.model.metric import Metric, Policy, Role
from tests.comparison.rows import ANSWER, fixture, plan, suite


def test_only_fixtures_of_the_split_eval_are_judged() -> None:
    train = Fixture(id="t", input="x", split=Split.TRAIN)
    assert [f.id for f in plan((fixture("b"), train, fixture("a"))).judged] == ["a", "b"]


def test_new_fixtures_are_not_paired() -> None:
    assert [f.id for f in plan(suite(3), new_ids=frozenset({"f0001"})).paired] == ["f0000", "f0002"]


def test_a_fixture_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"fixture 'a' is there twice"):
        plan((fixture("a"), fixture("a")))


def test_a_metric_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"metric 'answer' is there twice"):
        plan(suite(1), ANSWER, ANSWER)


def test_a_plan_that_could_never_block_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="no metric is primary"):
        plan(suite(1), Metric(name="tone", evaluator="regex", role=Role.SECONDARY))


def test_a_plan_without_trials_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="at least one trial"):
        plan(suite(1), policy=Policy(trials=0))


def test_a_stored_base_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="none were given"):
        plan(suite(1), base=BaseArm.STORED)

"""A run's account: opened with what earlier runs spent, written down at its end, and the forecast's error told."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gate_action.baselines.folder import Folder
from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.engine.budget import TARGET, Payer
from gate_action.errors import ConfigError, StoreError
from gate_action.model.protocols import BaselineStore
from gate_action.model.run import Baseline, EvalRun, Fingerprint, NoBaseline
from gate_action.model.spending import Price, Spending, SpentBefore
from gate_action.model.trial import Unmeasured, Usage
from gate_action.wiring.history import Forecast, say_cost
from gate_action.wiring.spending import Account, open_account, prices_of, pull_request_of, say_outcome

GATE = """
schema_version: 1
fixtures: [fixtures]
target: {kind: prompt, options: {prompt: p.txt, model: openai/tiny}}
metrics: {answer: {evaluator: refusal}}
"""
RUN = Spending(run_id="r", gate_id="gate", month="2026-11", pull_request=7)


class PlainStore:
    """Keeps runs only."""

    def find(self, commits: object, fingerprint: Fingerprint) -> Baseline | NoBaseline:
        return NoBaseline(reason="none")

    def save(self, run: EvalRun) -> None:
        raise AssertionError("nothing is saved here")


@dataclass
class Bookkeeper(PlainStore):
    told: list[Spending] = field(default_factory=list)
    is_full: bool = False

    def spent_before(self, run: Spending) -> SpentBefore:
        return SpentBefore(pull_request_usd=1.5, month_usd=20.0)

    def add_spending(self, run: Spending) -> None:
        if self.is_full:
            raise StoreError("no room")
        self.told.append(run)


def config_of(folder: Path, more: str = "") -> Config:
    (folder / "gate.yaml").write_text(GATE + more, encoding="utf-8")
    return load_config(FolderFiles(folder))


async def account_of(folder: Path, more: str, store: BaselineStore | None) -> Account:
    return open_account(config_of(folder, more), store, RUN)


def ignore(words: str) -> None:
    """What is said is not looked at."""


async def spend(account: Account, usage: Usage) -> None:
    account.purse.settle(await account.purse.claim(Payer(TARGET, "head")), usage)


async def test_earlier_runs_count_for_the_bounds_over_several(tmp_path: Path):
    account = await account_of(tmp_path, "budget: {max_cost_usd_per_pr: 2}\n", Bookkeeper())
    assert account.purse.before == SpentBefore(pull_request_usd=1.5, month_usd=20.0)


@pytest.mark.parametrize("store", [None, PlainStore()])
async def test_a_bound_over_several_runs_without_a_ledger_is_refused_with_its_line(
    tmp_path: Path, store: BaselineStore | None
):
    with pytest.raises(ConfigError) as caught:
        await account_of(tmp_path, "budget:\n  max_cost_usd_per_month: 2\n", store)
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (7, "budget.max_cost_usd_per_month")


async def test_at_its_end_a_run_is_in_the_ledger_and_the_forecasts_error_is_told(tmp_path: Path):
    keeper, said = Bookkeeper(), list[str]()
    account = await account_of(tmp_path, "budget: {max_cost_usd_per_pr: 9}\n", keeper)
    await spend(account, Usage(cost_usd=0.25))
    foretold = Forecast(spreads=(), fixtures=1, clusters=1, trials=1, calls=4, cost_usd=0.5)
    account.close(said.append, said.append, foretold)
    assert keeper.told == [
        Spending(run_id="r", gate_id="gate", month="2026-11", pull_request=7, calls=1, cost_usd=0.25)
    ]
    assert said == ["forecast: 1 calls were made of at most 4, for 0.25 USD of 0.50 (-50%)"]
    talks = replace(foretold, unit="conversations", cost_usd=Unmeasured.NOT_REPORTED)
    assert say_cost(talks) == "at most 4 conversations, cost not known"
    assert say_outcome(account.purse, talks).startswith("forecast: 1 calls were made in at most 4 conversations;")


async def test_a_ledger_that_cannot_be_written_and_a_build_that_tells_no_cost_are_warnings(tmp_path: Path):
    said: list[str] = []
    account = await account_of(tmp_path, "budget: {max_cost_usd_per_pr: 9}\n", Bookkeeper(is_full=True))
    await spend(account, Usage())
    account.close(said.append, said.append, None)
    assert said == [
        "what this run spent is not in the ledger: no room",
        "budget bounds money, and nothing told what calls of head cost: they are not counted",
    ]


async def test_a_run_that_is_killed_has_told_what_it_spent_until_shortly_before(tmp_path: Path):
    keeper = Bookkeeper(is_full=True)
    account = await account_of(tmp_path, "budget: {max_cost_usd_per_pr: 9}\n", keeper)
    assert account.telling is not None
    often = asyncio.create_task(account.keep_telling(every_s=0.001))
    for calls in range(1, 4):
        await spend(account, Usage(cost_usd=0.25))
        keeper.is_full = calls == 1  # one refusal does not end it
        await asyncio.sleep(0.05)
    often.cancel()
    assert [(one.calls, one.cost_usd) for one in keeper.told] == [(2, 0.5), (3, 0.75)]
    account.close(ignore, ignore, None)
    await asyncio.sleep(0)
    assert account.telling.cancelled()


async def test_what_is_told_twice_counts_once(tmp_path: Path):
    store = Folder(path=str(tmp_path / "store"))
    account = await account_of(tmp_path, "budget: {max_cost_usd_per_month: 9}\n", store)
    await spend(account, Usage(cost_usd=0.25))
    account.write_down()
    account.close(ignore, ignore, None)
    assert store.spent_before(replace(RUN, run_id="next")) == SpentBefore(pull_request_usd=0.25, month_usd=0.25)


async def test_where_no_bound_spans_runs_nothing_is_written_since_the_job_may_only_read(tmp_path: Path):
    assert (await account_of(tmp_path, "", Bookkeeper())).ledger is None


def test_trials_of_a_prompt_are_priced_as_its_model(tmp_path: Path):
    config = config_of(tmp_path, "prices: {openai/tiny: {usd_per_call: 0.5}}\n")
    assert prices_of(config)[TARGET] == Price(usd_per_call=0.5)


def test_off_a_runner_there_is_no_pull_request():
    assert pull_request_of({}) == 0

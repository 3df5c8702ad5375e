"""Runs, evidence and spending in an object store: a folder by the same client here, S3 in the slow layer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from gate_action.baselines.objects import Objects
from gate_action.errors import StoreError
from gate_action.model.run import Baseline, NoBaseline
from gate_action.model.spending import Spending, SpentBefore
from tests.baselines.records import PRINT, a_year_of_runs
from tests.sources.conftest import S3

SPENT = Spending(run_id="20261101T000000Z-00000001", gate_id="gate", month="2026-11", pull_request=7, cost_usd=0.5)


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Objects]:
    if request.param == "file":
        yield Objects(url=f"file://{tmp_path}/not/there/yet")
        return
    s3: S3 = request.getfixturevalue("s3")
    requests.put(f"{s3.endpoint}/baselines", timeout=20).raise_for_status()
    yield Objects(url=f"s3://baselines/{tmp_path.name}", endpoint=s3.endpoint, key=s3.key, secret=s3.secret)


def again(store: Objects) -> Objects:
    """Another job's."""
    return Objects(url=store.url, endpoint=store.endpoint, key=store.key, secret=store.secret)


def test_a_saved_run_is_found_by_another_job_and_saving_it_twice_changes_nothing(store: Objects):
    first, second = a_year_of_runs(2, fixtures=3)
    assert isinstance(store.find([first.revision], PRINT), NoBaseline)
    store.save(first)
    again(store).save(first)
    found = again(store).find([second.revision, first.revision], PRINT)
    assert isinstance(found, Baseline)
    assert (found.commits_older, [run.run_id for run in found.runs]) == (1, [first.run_id])
    assert isinstance(store.find([first.revision], PRINT), Baseline)


def test_other_records_stand_beside_the_runs_and_are_never_changed(store: Objects):
    store.shelf.add({"evidence/k/r1.json": b"one", "evidence/k2/r1.json": b"other"})
    store.shelf.add({"evidence/k/r1.json": b"two", "evidence/k/r2.json": b"three"})
    shelf = again(store).shelf
    assert shelf.names("evidence/k") == ("evidence/k/r1.json", "evidence/k/r2.json")
    assert shelf.read(shelf.names("evidence/k")) == (b"one", b"three")
    store.add_spending(SPENT)
    other = Spending(run_id="20261102T000000Z-00000002", gate_id="gate", month="2026-11", pull_request=7)
    assert again(store).spent_before(other) == SpentBefore(pull_request_usd=0.5, month_usd=0.5)


def test_what_is_not_there_is_a_store_error(store: Objects):
    with pytest.raises(StoreError, match="cannot be read"):
        store.shelf.read(["evidence/nothing.json"])


@pytest.mark.slow
def test_a_wrong_key_is_told_without_showing_it(s3: S3):
    store = Objects(url="s3://no-such-bucket/x", endpoint=s3.endpoint, key="wrong-key", secret="wrong-secret")
    (run,) = a_year_of_runs(1, fixtures=1)
    with pytest.raises(StoreError) as told:
        store.save(run)
    assert "wrong-" not in str(told.value)


@pytest.mark.parametrize(
    "options",
    [
        {"url": "https://x"},
        {"url": "s3:///x"},
        {"url": "s3://key:secret@bucket/x"},
        {"url": "s3://b/x", "endpoint": "x"},
        {"url": "s3://b/x", "key": "k"},
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, str]):
    with pytest.raises(ValueError, match=r"url|endpoint|secret"):
        Objects(**options)

"""What runs have spent, kept beside the baselines: by pull request, by month, and each run once."""

from dataclasses import replace
from pathlib import Path

import pytest

from gate_action.baselines.branch import Branch
from gate_action.baselines.folder import Folder
from gate_action.errors import StoreError
from gate_action.model.protocols import SpendingLedger
from gate_action.model.spending import Spending, SpentBefore
from standins.git_servers import create_bare

RUN = Spending(run_id="20261101T000000Z-00000001", gate_id="gate", month="2026-11", pull_request=7)


@pytest.fixture(params=["folder", "branch"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> SpendingLedger:
    if request.param == "folder":
        return Folder(path=str(tmp_path / "store"))
    return Branch(remote=str(create_bare(tmp_path / "remote.git")))


def test_other_runs_count_by_pull_request_and_month_and_each_of_them_once(ledger: SpendingLedger):
    assert ledger.spent_before(RUN) == SpentBefore()
    first = replace(RUN, run_id="20261102T000000Z-00000002", calls=3, cost_usd=0.25)
    for told in (
        first,
        replace(first, calls=9, cost_usd=0.75),
        replace(RUN, run_id="20261103T000000Z-00000003", pull_request=8, calls=1, cost_usd=1.5),
        replace(RUN, run_id="20261003T000000Z-00000004", month="2026-10", calls=1, cost_usd=4.0),
        replace(RUN, run_id="20261103T000000Z-00000005", gate_id="other", calls=1, cost_usd=100.0),
        replace(RUN, calls=2, cost_usd=50.0),
    ):
        ledger.add_spending(told)
    assert ledger.spent_before(RUN) == SpentBefore(pull_request_usd=4.75, month_usd=2.25)
    assert ledger.spent_before(replace(RUN, pull_request=0)).pull_request_usd == 0.0


def test_what_is_no_record_of_spending_is_an_error_and_not_free(tmp_path: Path):
    store = Folder(path=str(tmp_path))
    store.shelf.add({"spending/gate/2026-11/7/words": b""})
    with pytest.raises(StoreError, match="is not what a run has spent"):
        store.spent_before(RUN)

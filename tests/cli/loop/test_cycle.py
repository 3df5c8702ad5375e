import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.cycling import STEPS
from gate_action.loop.store import open_store
from standins.github.pulls import close_pull, merge_pull
from tests.loop.complaints import rows_of
from tests.loop.pulls.rig import Rig, start
from tests.loop.warranties import GATE, write_turns
from tests.repositories import Repository

MINE = json.dumps(
    {"id": "mine", "input": "Hello?", "checks": [{"evaluator": "contains", "options": {"all_of": ["Hi"]}}]}
)
_SCORE = re.compile(r"Does the ([a-z ]+?) that.*?Main's score on it\*\*: ([\w. ]+)", re.DOTALL)
_KILLED_AT = """\
import os, signal, sys
from pathlib import Path
from gate_action.wiring.loop.cycling import CycleOptions, run_cycle
from gate_action.wiring.loop.opening import LoopOptions

def tell(step, told):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

run_cycle(CycleOptions(loop=LoopOptions(repository=Path(sys.argv[1]), config="gate.yaml")), tell)
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository whose application made warranties up, of eight users who complained two days ago."""
    folder = tmp_path / "shop"
    (folder / "fixtures").mkdir(parents=True)
    (folder / "gate.yaml").write_text(GATE)
    (folder / "fixtures" / "mine.jsonl").write_text(MINE + "\n")
    write_turns(folder / "turns.csv")
    return folder


def _cycle(shop: Path, *more: str) -> int:
    return run_command(["loop", "cycle", "--repository", str(shop), *more])


def _promoted(shop: Path) -> list[str]:
    files = (shop / "fixtures" / "promoted").glob("*.jsonl")
    return [json.loads(line)["input"] for file in files for line in file.read_text().splitlines()]


def test_a_cycle_goes_from_complaints_to_fixtures(shop: Path, capsys: pytest.CaptureFixture[str]):
    assert _cycle(shop) == 0
    told = capsys.readouterr().out
    assert [line.split()[0] for line in told.splitlines()[: len(STEPS)]] == list(STEPS)
    assert any("kettle" in asked for asked in _promoted(shop))
    assert "not merged so far" in told


@pytest.mark.parametrize("step", STEPS)
def test_a_cycle_that_is_killed_after_any_step_is_gone_on_with(
    shop: Path, step: str, capsys: pytest.CaptureFixture[str]
):
    child = subprocess.run([sys.executable, "-c", _KILLED_AT, str(shop), step], timeout=100, check=False)
    assert child.returncode == -signal.SIGKILL
    assert _cycle(shop) == 0
    skipped = capsys.readouterr().out.count("was done before")
    assert skipped == {"ingest": 1, "classify": 2, "cluster": 3, "prioritize": 3, "promote": 3, "propose": 0}[step]
    assert any("kettle" in asked for asked in _promoted(shop))
    with open_store(shop / ".gate" / "loop" / "store.duckdb") as store:
        cycles = {row["cycle_id"] for row in rows_of(store, "cycle_step")}
    assert len(cycles) == (2 if step == "propose" else 1)


@pytest.fixture
def rig(tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with start(tmp_path / "git") as made:
        made.commit("main", {"gate.yaml": GATE, "fixtures/mine.jsonl": MINE + "\n"})
        for name, value in made.environ().items():
            monkeypatch.setenv(name, value)
        yield made


def _check_out(rig: Rig, shop: Path, folder: Path) -> Path:
    """As a new job has it: a clone of main, with the traffic and the store that outlive a job."""
    subprocess.run(["git", "clone", "--quiet", str(rig.github.mirror), str(folder)], check=True)
    (folder / "turns.csv").write_bytes((shop / "turns.csv").read_bytes())
    (folder / ".gate").mkdir(exist_ok=True)
    if (shop / "store.duckdb").exists():
        (folder / ".gate" / "loop").mkdir()
        (folder / ".gate" / "loop" / "store.duckdb").write_bytes((shop / "store.duckdb").read_bytes())
    return folder


def _keep_store(folder: Path, shop: Path) -> None:
    (shop / "store.duckdb").write_bytes((folder / ".gate" / "loop" / "store.duckdb").read_bytes())


def test_jobs_on_new_machines_keep_one_pull_request_and_its_merge_is_counted(
    rig: Rig, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    tips = []
    for name in ("monday", "tuesday"):
        job = _check_out(rig, shop, tmp_path / name)
        assert _cycle(job, "--open-pr") == 0
        _keep_store(job, shop)
        tips.append(rig.tip("gate-action/loop"))
    assert tips[0] == tips[1]
    [pull] = [one for one in rig.github.pulls.values() if one.state == "open"]
    for told in ("What happened", "kettle", "What is expected", "Why it was chosen", "first complaint", "not measured"):
        assert told in pull.body
    pull.opened_at, pull.closed_at = "2026-11-02T09:00:00Z", "2026-11-02T21:00:00Z"
    for minute in (1, 3):
        rig.github.add_review_comment(1, "ann", f"2026-11-02T15:0{minute}:00Z")
    merge_pull(rig.github, 1)
    capsys.readouterr()
    job = _check_out(rig, shop, tmp_path / "wednesday")
    assert _cycle(job, "--open-pr") == 0
    told = capsys.readouterr().out
    assert "nothing to propose" in told
    assert "from the first complaint to the merged fixture:" in told
    assert "people's time: at least 2.0 minutes in 1 pull request" in told
    assert "pull requests: first looked at after 0.3 days, 0.3 to 0.3; merged after 0.5 days, 0.5 to 0.5" in told
    assert run_command(["loop", "status", "--repository", str(job)]) == 0
    assert "people's time: at least 2.0 minutes in 1 pull request" in capsys.readouterr().out
    assert [one for one in rig.github.pulls.values() if one.state == "open"] == []


def _statuses(folder: Path) -> dict[str, str]:
    with open_store(folder / ".gate" / "loop" / "store.duckdb") as store:
        return {row["cluster_id"]: row["status"] for row in rows_of(store, "cluster")}


def _outcomes(folder: Path) -> set[str]:
    with open_store(folder / ".gate" / "loop" / "store.duckdb") as store:
        return {row["outcome"] for row in rows_of(store, "promotion")}


def test_a_cluster_whose_pull_request_is_closed_unmerged_is_open_again_and_its_rows_do_not_return(
    rig: Rig, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    job = _check_out(rig, shop, tmp_path / "monday")
    assert _cycle(job, "--open-pr") == 0
    _keep_store(job, shop)
    [cluster] = _statuses(job)
    assert _statuses(job) == {cluster: "promoted"}
    close_pull(rig.github, 1)
    for day in ("tuesday", "wednesday"):
        job = _check_out(rig, shop, tmp_path / day)
        capsys.readouterr()
        assert _cycle(job, "--open-pr") == 0
        _keep_store(job, shop)
        told = capsys.readouterr().out
        assert (f"all turned down, open again: {cluster}" in told) is (day == "tuesday")
        assert "0 rows of" in told
        assert "nothing to propose" in told
        assert (_statuses(job), _outcomes(job)) == ({cluster: "open"}, {"rejected"})
    assert len(rig.github.pulls) == 1


def _ledger(text: str) -> list[str]:
    return list(dict.fromkeys(json.loads(line)["cycle"] for line in text.splitlines()))


def _cycle_at(rig: Rig, shop: Path, folder: Path, at: str) -> None:
    job = _check_out(rig, shop, folder)
    assert _cycle(job, "--open-pr", "--at", at) == 0
    _keep_store(job, shop)


def _days(*numbers: float) -> list[str]:
    """After the complaints of two days ago; in minutes, so that an hour is none of them."""
    start = datetime.now(UTC).replace(microsecond=0)
    return [(start + timedelta(days=number)).isoformat() for number in numbers]


def test_the_ledger_comes_with_the_fixtures_and_a_cycle_that_was_not_merged_is_not_lost(
    rig: Rig, shop: Path, tmp_path: Path
):
    first, second, later = _days(0, 1, 2)
    _cycle_at(rig, shop, tmp_path / "first", first)
    tip = rig.tip("gate-action/loop")
    assert len(_ledger(rig.git("show", f"{tip}:ledger.jsonl"))) == 1
    [pull] = rig.github.pulls.values()
    assert "Closing: 0 of 1 thing that went wrong" in (pull.body or "")
    _cycle_at(rig, shop, tmp_path / "second", second)
    assert rig.tip("gate-action/loop") == tip, "a ledger alone dismisses no approval"
    merge_pull(rig.github, 1)
    _cycle_at(rig, shop, tmp_path / "third", later)
    assert len(_ledger(rig.git("show", "main:ledger.jsonl"))) == 1
    with open_store(shop / "store.duckdb") as store:
        assert len({row["cycle_id"] for row in rows_of(store, "ledger")}) == 3


def test_a_ledger_that_git_lacks_for_a_week_comes_by_itself_and_whoever_closes_it_has_peace_for_a_week(
    rig: Rig, shop: Path, tmp_path: Path
):
    first, due, standing, peace, again = _days(0, 8, 9, 14, 17)
    _cycle_at(rig, shop, tmp_path / "first", first)
    merge_pull(rig.github, 1)
    _cycle_at(rig, shop, tmp_path / "due", due)
    alone = rig.github.pulls[2]
    assert alone.title == "The loop's ledger"
    assert "No fixture is proposed" in (alone.body or "")
    tip = rig.tip("gate-action/loop")
    assert len(_ledger(rig.git("show", f"{tip}:ledger.jsonl"))) == 2
    assert rig.git("diff", "--name-only", "main", tip) == "ledger.jsonl"
    _cycle_at(rig, shop, tmp_path / "standing", standing)
    assert rig.tip("gate-action/loop") == tip
    close_pull(rig.github, 2)
    alone.closed_at = standing
    _cycle_at(rig, shop, tmp_path / "peace", peace)
    assert len(rig.github.pulls) == 2
    _cycle_at(rig, shop, tmp_path / "again", again)
    assert len(_ledger(rig.git("show", "gate-action/loop:ledger.jsonl"))) == 5
    assert _statuses(tmp_path / "again") == dict.fromkeys(_statuses(tmp_path / "first"), "promoted")


def test_a_cycle_of_a_given_time_is_the_same_on_another_machine_and_adds_nothing_when_done_again(
    shop: Path, tmp_path: Path
):
    (at,) = _days(-1)
    other = tmp_path / "other"
    shutil.copytree(shop, other)
    told = []
    for folder in (shop, other):
        assert _cycle(folder, "--at", at) == 0
        files = {path.name: path.read_bytes() for path in (folder / "fixtures" / "promoted").glob("*.jsonl")}
        told.append({**files, "ledger": (folder / "ledger.jsonl").read_bytes()})
    assert told[0] == told[1]
    assert _cycle(shop, "--at", at) == 0
    [line] = (shop / "ledger.jsonl").read_text().splitlines()
    moment = datetime.fromisoformat(at).replace(tzinfo=None)
    assert (json.loads(line)["until"], json.loads(line)["at"]) == (moment.isoformat(), moment.isoformat())


APP = """\
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    wrong = "Your lamp has a warranty of 21 years, also against theft."
    output = "I do not know." if "kettle" in request["input"] else wrong
    print(json.dumps({"id": request["id"], "output": output}), flush=True)
"""


@pytest.mark.parametrize("store", ["", "baselines: {store: branch}\n"])
def test_main_is_run_on_the_rows_where_that_is_asked_for_and_the_page_has_its_scores(
    rig: Rig, shop: Path, tmp_path: Path, store: str, caplog: pytest.LogCaptureFixture
):
    recorded = "{kind: recorded, options: {base: base.jsonl, head: head.jsonl}}"
    gate = GATE.replace(recorded, "{kind: command, options: {run: [python3, app.py]}}") + store
    rig.commit("main", {"gate.yaml": gate, "app.py": APP})
    job = _check_out(rig, shop, tmp_path / "monday")
    with caplog.at_level("WARNING"):
        assert _cycle(job, "--open-pr", "--measure") == 0
    [pull] = rig.github.pulls.values()
    scores = dict(re.findall(_SCORE, pull.body or ""))
    assert (scores["kettle"], scores["lamp"]) == ("1.00", "0.00")
    assert "could not be measured" not in caplog.text
    left = [Repository(job).git(*asked) for asked in (("for-each-ref", "refs/gate"), ("worktree", "list"))]
    assert (left[0], left[1].count("\n")) == ("", 0), "the job's own clone is left as it is"


def test_a_main_that_does_not_start_leaves_rows_unmeasured_and_the_log_says_why(
    rig: Rig, shop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    job = _check_out(rig, shop, tmp_path / "monday")
    assert _cycle(job, "--measure") == 2
    assert _cycle(job, "--open-pr", "--measure") == 0
    [pull] = rig.github.pulls.values()
    assert "not measured" in (pull.body or "")
    assert "could not be measured" in caplog.text

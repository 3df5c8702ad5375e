"""What stays when the branch is squashed."""

from gate_action.baselines._retention import Retention
from gate_action.clients.git.shelf import Kept


def run(day: int, size: int = 10, sha: str = "") -> Kept:
    start = f'{{"schema_version":1,"run_id":"202601{day:02d}T000000Z-0000000{day % 10}","revision"'.encode()
    return Kept(f"{sha or f'{day:040x}'}/{day:064x}.json", size, start)


def record(folder: str, date: str, size: int = 1) -> Kept:
    return Kept(f"{folder}/{date}T000000Z-00000001.json", size, b"")


def test_the_newest_runs_stay_as_far_as_the_bytes_go_and_no_older_one_slips_in_behind():
    runs = [run(1, size=1), run(2, size=50), run(3, size=40), run(4, size=40)]
    assert Retention(max_bytes=100).choose(runs) == {runs[2].name, runs[3].name}


def test_records_that_are_no_runs_go_by_their_age_and_come_first():
    young, old = record("evidence/k", "20260105"), record("evidence/k", "20251101")
    spent = record("spending/2025-11/7", "20251130")
    newest = run(20, size=98)
    kept = Retention(max_bytes=100).choose([young, old, spent, newest, run(19, size=1)])
    assert kept == {young.name, spent.name, newest.name}


def test_other_records_take_half_of_the_bytes_at_most_the_newest_ones():
    records = [record(f"evidence/k{day}", f"202601{day:02d}", size=20) for day in (1, 2, 3)]
    newest = run(3, size=60)
    kept = Retention(max_bytes=100).choose([*records, newest, run(2, size=1)])
    assert kept == {records[1].name, records[2].name, newest.name}


def test_what_is_not_known_stays():
    strange = Kept("README.md", 5, b"words")
    assert Retention(max_bytes=1).choose([strange, run(1)]) == {strange.name}
    undated = Kept(f"{1:040x}/{1:064x}.json", 5, b"{}")
    assert Retention(max_bytes=10).choose([undated, run(2, size=6)]) == {run(2).name}

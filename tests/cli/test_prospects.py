"""`gate-action power` and `selftest` on a real repository, with and without stored runs; what `run` tells of both."""

import json
import re
from pathlib import Path

import pytest

from gate_action.__main__ import main
from tests.cli.running import Called, call
from tests.repositories import Repository

_APP = """
import json, random, sys, zlib
for line in sys.stdin:
    request = json.loads(line)
    seed = zlib.crc32(f"{SALT} {request['fixture_id']} {request['attempt']}".encode())
    output = "yes" if random.Random(seed).random() < 0.9 else "no"
    usage = {"cost_usd": 0.001}
    print(json.dumps({"id": request["id"], "output": output, "usage": usage}), flush=True)
"""


def gate(store: Path) -> str:
    return f"""
schema_version: 1
id: desk
fixtures: [fixtures]
target: {{kind: command, options: {{run: [python3, app.py]}}}}
metrics: {{answer: {{evaluator: exact_match}}}}
policy: {{trials: 3, relabellings: 500}}
baselines: {{store: folder, options: {{path: {store}}}}}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    rows = "".join(json.dumps({"id": f"f{n}", "input": f"q{n}", "expected": "yes"}) + "\n" for n in range(30))
    files = {"gate.yaml": gate(tmp_path / "store"), "fixtures/all.jsonl": rows, "app.py": f"SALT = 1\n{_APP}"}
    made.commit(files)
    return made


def run(repository: Repository, *options: str) -> Called:
    place = repository.folder.parent
    argv = ["run", "--repository", str(repository.folder), "--out", str(place / "out"), *options]
    done = call(argv, {"XDG_CACHE_HOME": str(place / "cache")})
    assert done.code in {0, 1}, done.stderr
    return done


@pytest.fixture
def practised(repository: Repository) -> Repository:
    """Two runs of main are stored."""
    for salt in (2, 3):
        repository.commit({"app.py": f"SALT = {salt}\n{_APP}"})
        run(repository, "--store-run")
    return repository


def test_without_stored_runs_power_assumes_three_variances_and_says_so(
    repository: Repository, capsys: pytest.CaptureFixture[str]
):
    assert main(["power", "--repository", str(repository.folder), "--cost-per-call", "0.5"]) == 0
    told = capsys.readouterr().out
    assert told.count("assumed: no run is stored") == 3
    assert "30       3   8.8 points   7.0 points        180  90.00 USD" in told


def test_without_stored_runs_there_is_nothing_to_test_the_gate_on(
    repository: Repository, capsys: pytest.CaptureFixture[str]
):
    assert main(["selftest", "--repository", str(repository.folder)]) == 2
    assert "--store-run" in capsys.readouterr().err


@pytest.mark.slow
def test_stored_runs_give_variance_cost_record_and_a_line_before_any_call(
    practised: Repository, capsys: pytest.CaptureFixture[str]
):
    argv = ["--repository", str(practised.folder)]
    assert main(["power", *argv]) == 0
    told = capsys.readouterr().out
    assert "answer: call-to-call variance s2 0." in told
    assert "(of 2 stored runs)" in told
    assert "180  0.18 USD" in told
    assert main(["selftest", *argv, "--pairs", "20"]) == 0
    told = capsys.readouterr().out
    assert "on main's last 2 runs this gate blocks" in told
    assert "20 pairs" in told
    practised.commit({"README.md": "words"})
    done = run(practised)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("preflight: ")]
    assert "30 fixtures in 30 clusters x 3" in line
    assert "of 2 stored runs" in line
    (calls, cost, month) = re.findall(r"at most (\d+) calls and ([\d.]+) USD; 100 such pull requests (\d+) USD", line)[
        0
    ]
    assert int(calls) >= 180
    assert float(cost) == pytest.approx(int(calls) / 1000, abs=0.01)
    assert int(month) == pytest.approx(int(calls) / 10, abs=1)
    assert done.stderr.index("preflight") < done.stderr.index(" trials")
    report = json.loads((practised.folder.parent / "out" / "report.json").read_text(encoding="utf-8"))
    assert (report["record"]["runs"], report["record"]["pairs"]) == (2, 100)
    assert "on main's last 2 runs this gate blocks" in " ".join(done.stdout.split())

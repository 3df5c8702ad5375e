"""`gate-action run` with a cache, run after run: what is not bought again, and what is never believed."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.running import BAD_SLICE, GATE, GOOD, Ran, rows, run
from tests.repositories import Repository

pytestmark = pytest.mark.slow

KEY = {"GATE_CACHE_KEY": "a secret of the repository's"}
CACHED = GATE + "cache: {key: GATE_CACHE_KEY, path: ../cache}\n"


def judge(repository: Repository, name: str, *, env: dict[str, str] = KEY, base: str = "main~1") -> Ran:
    place = repository.folder.parent / name
    ran = run(repository, "--base", base, "--run-folder", str(place / "run"), "--out", str(place / "out"), env=env)
    return Ran(ran.code, ran.stdout, ran.stderr, place / "out", place / "run")


def tried(repository: Repository, name: str) -> Counter[str]:
    lines = (repository.folder.parent / name / "run" / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    return Counter(json.loads(line)["arm"] for line in lines)


@pytest.fixture
def cached(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": CACHED, "fixtures/all.jsonl": rows(), "app.py": GOOD})
    made.commit({"app.py": GOOD + "# one\n"})
    assert judge(made, "first").code == 0
    return made


def test_base_is_not_tried_again_where_its_very_build_was_tried_before(cached: Repository):
    base = cached.git("rev-parse", "main~1")
    cached.commit({"app.py": GOOD + "# two\n"})
    ran = judge(cached, "second", base=base)
    assert ran.code == 0, ran.stdout
    assert tried(cached, "first") == {"base": 70, "head": 70}
    assert tried(cached, "second") == {"head": 70}
    assert "1 earlier runs of base's very build stand in for its first round" in ran.stderr


def test_a_head_that_becomes_base_was_tried_already(cached: Repository):
    cached.commit({"app.py": GOOD + "# two\n"})
    assert judge(cached, "second").code == 0
    assert tried(cached, "second") == {"head": 70}


def test_what_blocks_is_tried_afresh_on_both_builds(cached: Repository):
    cached.commit({"app.py": BAD_SLICE})
    ran = judge(cached, "second")
    assert (ran.code, ran.verdict) == (1, "fail"), ran.stdout
    assert tried(cached, "second")["base"] >= 24  # the slice, side by side


@pytest.mark.parametrize(
    "change",
    [
        {"gate.yaml": CACHED.replace("exact_match}", "exact_match, options: {ignore_case: true}}")},
        {"gate.yaml": CACHED.replace("trial_timeout_s: 10", "trial_timeout_s: 9")},
        {"data.txt": "what the application reads"},
        {"fixtures/all.jsonl": rows(70, 20)},
    ],
)
def test_what_makes_an_answer_or_a_score_is_in_the_key(cached: Repository, change: dict[str, str]):
    cached.commit(change)
    cached.commit({"app.py": GOOD + "# three\n"})
    judge(cached, "second")
    assert tried(cached, "second")["base"] >= 70


def test_with_another_key_or_none_nothing_that_is_kept_is_believed(cached: Repository):
    cached.commit({"app.py": GOOD + "# two\n"})
    ran = judge(cached, "other", env={"GATE_CACHE_KEY": "a stranger's"})
    assert tried(cached, "other")["base"] == 70
    ran = judge(cached, "none", env={})
    assert tried(cached, "none")["base"] == 70
    assert any("GATE_CACHE_KEY has no value here" in warning for warning in ran.report["warnings"])


def test_an_altered_pack_is_passed_over_and_told(cached: Repository):
    for pack in (cached.folder.parent / "cache" / "scores").rglob("*.pack"):
        pack.write_bytes(pack.read_bytes().replace(b"1.0", b"0.0"))
    cached.commit({"app.py": GOOD + "# two\n"})
    ran = judge(cached, "second")
    assert tried(cached, "second")["base"] == 70
    assert any("not sealed by this gate's key" in warning for warning in ran.report["warnings"])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("{setup: {run: ['true']}, ", "target.setup names no lock file"),
        ("{", "cache.also names INDEX_VERSION"),
    ],
)
def test_what_cannot_be_digested_is_not_cached_and_the_report_says_why(tmp_path: Path, target: str, words: str):
    made = Repository.create(tmp_path / "repository")
    also = "also: [INDEX_VERSION], " if "INDEX" in words else ""
    gate = CACHED.replace("target: {", f"target: {target}").replace("cache: {", f"cache: {{{also}")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(12), "app.py": GOOD})
    made.commit({"app.py": GOOD + "# one\n"})
    ran = judge(made, "first")
    assert any(words in warning for warning in ran.report["warnings"]), ran.report["warnings"]
    assert not list((tmp_path / "cache").glob("trials/*"))


def test_no_build_may_see_the_key_of_the_cache(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    gate = CACHED.replace("target: {", "target: {env: [GATE_CACHE_KEY], ")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(12), "app.py": GOOD})
    made.commit({"README.md": "x"})
    ran = judge(made, "first")
    assert ran.code == 2
    assert "GATE_CACHE_KEY is a secret of the cache" in ran.stdout


JUDGE = """
def score(asked):
    with open({log!r}, "a") as file:
        file.write("asked\\n")
    return 1.0
"""


def test_a_recording_is_not_judged_again_where_the_same_evaluator_has_judged_it(tmp_path: Path):
    made = Repository.create(tmp_path / "repository")
    log = tmp_path / "asked.log"
    log.touch()
    log.chmod(0o666)
    gate = CACHED.replace(
        "{kind: command, options: {run: [python3, app.py]}}",
        "{kind: recorded, options: {base: b.jsonl, head: h.jsonl}}",
    )
    gate = gate.replace("{evaluator: exact_match}", "{evaluator: python, options: {function: 'scoring:score'}}")
    gate = gate.replace("trials: 2", "trials: 1")
    told = {
        arm: "".join(json.dumps({"fixture_id": f"f{n}", "output": f"{arm} {n}"}) + "\n" for n in range(12))
        for arm in "bh"
    }
    files = {f"{arm}.jsonl": lines for arm, lines in told.items()}
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": rows(12), "scoring.py": JUDGE.format(log=str(log)), **files})
    made.commit({"README.md": "x"})
    first = judge(made, "first")
    assert log.read_text(encoding="utf-8").count("asked") == 24, first.stdout + first.stderr
    second = judge(made, "second")
    assert log.read_text(encoding="utf-8").count("asked") == 24
    assert "cache: 24 outputs were not judged again" in second.stderr
    decisions = [(ran.run_folder / "decision.json").read_bytes() for ran in (first, second)]
    assert decisions[0] == decisions[1]

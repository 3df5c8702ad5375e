"""What users of such actions complain of most, one test each: none of it can be said of this gate.

What has tests of its own elsewhere is named there; here each is held once more, by what a user would see.
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate_action.action import plan
from gate_action.clients.git.repository import Git
from gate_action.codec.documents import decode_report
from gate_action.codec.github_event import MergeGroup
from gate_action.config.reach import check_reach
from gate_action.errors import GateError
from gate_action.model.comparison import ChangeKind
from gate_action.model.run import BaseRule, Fingerprint
from gate_action.report.annotations import render_annotations
from gate_action.report.markdown import COMMENT, render_markdown
from gate_action.report.view import build_view
from gate_action.sinks.destination import destination
from gate_action.sinks.files import FilesSink
from gate_action.sinks.job_summary import JobSummarySink
from gate_action.sinks.opening import Publication, open_sinks
from gate_action.sinks.publishing import publish_all
from gate_action.wiring.judged import find_judged
from gate_action.wiring.options import RunOptions
from gate_action.wiring.suites import load_suite, open_sources
from standins.github.server import serve
from standins.github.state import FORK_TOKEN, WORKFLOW_TOKEN, Fault, Github
from tests.action_events import BRANCH, GROUP, PR_HEAD, PULL, TEST_MERGE, event_of
from tests.report.github_page import by_github
from tests.report.hostile_reports import hostile, huge
from tests.repositories import Repository
from tests.signals import kept_handlers
from tests.sinks.published import EVENT, HEAD, client, failing, passing
from tests.sinks.published import PULL as NUMBER
from tests.wiring.on_github import GATE, OnGithub, make_repository

pytestmark = pytest.mark.slow

_TOP = Path(__file__).parents[2]


@pytest.fixture
def github() -> Github:
    state = Github()
    state.open_pull(NUMBER, HEAD)
    return state


@pytest.fixture
def url(github: Github) -> Iterator[str]:
    with serve(github) as address:
        yield address


@pytest.fixture
def repository(tmp_path: Path, github: Github) -> Repository:
    """A gate on recorded answers, and a change that breaks nothing, open as a pull request."""
    made = make_repository(Repository.create(tmp_path / "repository"))
    github.open_pull(NUMBER, made.git("rev-parse", "HEAD"))
    return made


def _job(repository: Repository, url: str, **more: Any) -> OnGithub:
    return OnGithub(repository=repository, url=url, moments_s=(), **more)


def _told(repository: Repository) -> dict[str, Any]:
    text = (repository.folder.parent / "out" / "report.json").read_text(encoding="utf-8")
    decision: dict[str, Any] = json.loads(text)["decision"]
    return decision


def _reason(repository: Repository) -> str:
    kind: str = _told(repository)["reasons"][0]["kind"]
    return kind


def _answers(repository: Repository, wrong: int, *, field: str = "output", value: object = "z") -> None:
    """The first so many recorded answers are of another kind."""
    rows = [
        {"fixture_id": f"f{number}", **({field: value} if number < wrong else {"output": "x"})} for number in range(80)
    ]
    repository.commit({"told.jsonl": "".join(f"{json.dumps(row)}\n" for row in rows)})


def test_01_a_refused_comment_on_a_forks_pull_request_turns_no_good_run_red(tmp_path: Path, github: Github, url: str):
    summary = tmp_path / "summary"
    environ = {"GITHUB_STEP_SUMMARY": str(summary)}
    sinks = open_sinks(environ, EVENT, Publication(out=tmp_path / "out", is_wanted=True), client(url, FORK_TOKEN))
    warnings = publish_all(sinks, passing())
    assert {warning.partition(":")[0] for warning in warnings} == {"check run", "comment"}
    assert passing().decision.exit_code == 0
    assert "PASS" in summary.read_text(encoding="utf-8")
    assert (tmp_path / "out" / "report.json").exists()


def test_02_a_poisoned_report_is_refused_before_anything_is_made_of_it(tmp_path: Path):
    # tests/wiring/test_handover.py has the fork pair: size, zip, schema, the pull request by the API.
    FilesSink(out=tmp_path).publish(failing())
    whole = (tmp_path / "report.json").read_bytes()
    assert decode_report(whole, path="report.json").gate_id == "shop"
    for poisoned in (whole[:-20], whole.replace(b'"fail"', b'"great"'), b"[" * 100_000, b'{"schema_version": 999}'):
        with pytest.raises((GateError, ValueError)):
            decode_report(poisoned, path="report.json")


def test_03_where_the_check_is_listed_does_not_matter_since_the_exit_code_is_the_gate(
    repository: Repository, github: Github, url: str
):
    before = (repository.folder / "told.jsonl").read_text(encoding="utf-8")
    repository.commit({"gate.yaml": GATE.replace("base: told", "base: before"), "before.jsonl": before})
    _answers(repository, 40)
    github.open_pull(NUMBER, repository.git("rev-parse", "HEAD"))
    github.faults.append(Fault(method="POST", path="/check-runs", status=403, message="no", times=9))
    assert _job(repository, url).run() == 1
    assert _told(repository)["verdict"] == "fail"
    assert github.check_runs == {}
    assert destination(EVENT).check_name("shop") == "gate-action: shop"


@pytest.mark.slow
def test_04_no_body_is_too_long_and_the_worst_comes_first():
    marker = "<!-- gate-action:comment gate=shop head=a run=1 attempt=1 -->"
    page = render_markdown(build_view(huge()), COMMENT, marker=marker)
    assert len(page) <= 60_000
    assert page.startswith(f"{marker}\n\n## ")
    assert "Shortened to fit this page" in page
    by_github(page)  # and what is left is whole: every element that opens is closed


@pytest.mark.slow
def test_05_no_summary_is_lost_for_its_size(tmp_path: Path):
    path = tmp_path / "summary"
    JobSummarySink(path=path).publish(huge())
    assert 100_000 < path.stat().st_size < 1024 * 1024


def test_06_a_pull_request_is_compared_with_its_base_and_not_with_the_push_before():
    event = event_of("pull_request", pull_request=PULL, before="f" * 40)
    for checkout, rule in ((TEST_MERGE, "first-parent"), (PR_HEAD, "merge-base")):
        argv = plan({}, event, checkout).argv
        assert f"--base-rule={rule}" in argv
        assert f"--base={'f' * 40}" not in argv


def test_07_which_base_was_compared_with_is_always_printed(repository: Repository, github: Github, url: str):
    assert _job(repository, url).run() == 0
    page = (repository.folder.parent / "out" / "report.md").read_text(encoding="utf-8")
    base = repository.git("rev-parse", "HEAD~1")
    assert base in page
    assert BaseRule.PREVIOUS.value in page or BaseRule.MERGE_BASE.value in page


@pytest.mark.slow
def test_08_a_run_that_was_cancelled_is_no_baseline(repository: Repository, github: Github, url: str, tmp_path: Path):
    stored = GATE.replace("policy:", f"baselines: {{store: folder, options: {{path: {tmp_path / 'runs'}}}}}\npolicy:")
    repository.commit({"gate.yaml": stored})
    repository.commit({"README.md": "more"})
    options = RunOptions(store_run=True)
    with kept_handlers():
        job = _job(repository, url, options=options, act=lambda: os.kill(os.getpid(), signal.SIGTERM))
        assert job.run() == 130
    assert not list((tmp_path / "runs").rglob("*.json"))
    assert _job(repository, url, options=options).run() == 0
    assert list((tmp_path / "runs").rglob("*.json"))


def test_09_runs_of_other_evaluators_or_targets_are_not_compared():
    ours = Fingerprint(suite="s", evaluators="e", target="t")
    assert ours.admits(replace(ours, suite="another: rows of equal fixtures count"))
    assert not ours.admits(replace(ours, evaluators="another judge"))
    assert not ours.admits(replace(ours, target="other parameters"))


def test_10_noise_of_the_same_size_on_both_sides_does_not_block(repository: Repository, github: Github, url: str):
    rows = "".join(
        json.dumps({"fixture_id": f"f{number}", "output": "z" if number % 8 == side else "x"}) + "\n"
        for side in (3,)
        for number in range(80)
    )
    other = rows.replace('"f3", "output": "z"', '"f3", "output": "x"').replace(
        '"f4", "output": "x"', '"f4", "output": "z"'
    )
    repository.commit({"gate.yaml": GATE.replace("base: told", "base: before"), "before.jsonl": rows})
    repository.commit({"told.jsonl": other, "before.jsonl": rows})
    github.open_pull(NUMBER, repository.git("rev-parse", "HEAD"))
    assert _job(repository, url).run() == 0
    assert _told(repository)["verdict"] != "fail"


def test_11_rows_of_one_cluster_are_not_counted_as_independent(repository: Repository):
    rows = "".join(
        f'{{"id": "f{number}", "input": "x", "expected": "x", "cluster": "c{number % 3}"}}\n' for number in range(80)
    )
    repository.commit({"all.jsonl": rows})
    judged = find_judged(RunOptions(repository=repository.folder))
    suite = load_suite(open_sources(judged.config, {}), judged.head_files)
    assert len({fixture.unit for fixture in suite.fixtures}) == 3
    reach = check_reach(judged.config, suite)
    assert any("3 clusters" in str(found) for found in (*reach.problems, *reach.warnings))


def test_12_a_threshold_that_cannot_be_reached_is_told_with_what_it_takes(repository: Repository):
    repository.commit({"all.jsonl": '{"id": "f0", "input": "x", "expected": "x"}\n'})
    judged = find_judged(RunOptions(repository=repository.folder))
    reach = check_reach(judged.config, load_suite(open_sources(judged.config, {}), judged.head_files))
    told = " ".join(str(found) for found in (*reach.problems, *reach.warnings))
    assert re.search(r"takes \d+ clusters", told)


def test_13_outages_are_no_losses_and_too_many_of_them_are_no_verdict(repository: Repository, github: Github, url: str):
    _answers(repository, 20, field="error", value="the provider timed out")
    rows = (repository.folder / "told.jsonl").read_text(encoding="utf-8")
    repository.commit({"told.jsonl": rows.replace('timed out"', 'timed out", "kind": "provider"')})
    github.open_pull(NUMBER, repository.git("rev-parse", "HEAD"))
    assert _job(repository, url).run() == 3
    assert _reason(repository) == "too_much_missing"
    assert not [change for change in _told(repository)["changes"] if change["kind"] == ChangeKind.REGRESSED.value]


@pytest.mark.parametrize("rows", ["", '{"id": "a", "input": "x", "expected": "x", "split": "train"}\n'])
def test_14_a_gate_that_measures_nothing_passes_nothing(repository: Repository, github: Github, url: str, rows: str):
    github.open_pull(NUMBER, repository.commit({"all.jsonl": rows}))
    repository.commit({"README.md": "more"})
    assert _job(repository, url).run() == 2


def test_15_a_fork_s_run_without_secrets_says_so_and_is_neutral(repository: Repository, github: Github, url: str):
    keyed = GATE.replace("head: told.jsonl}}", "head: told.jsonl}, env: [MODEL_KEY]}")
    repository.commit({"gate.yaml": keyed})
    repository.commit({"README.md": "more"})
    job = _job(repository, url, head_repository="mallory/app", token=FORK_TOKEN, options=RunOptions(fork=True))
    assert job.run() == 0
    assert (_told(repository)["verdict"], _reason(repository)) == ("not_evaluated", "no_secrets")
    assert _job(repository, url).run() == 3


def test_16_a_change_that_concerns_nothing_is_a_finished_check_and_not_a_pending_one(
    repository: Repository, github: Github, url: str
):
    repository.commit({"gate.yaml": f"{GATE}paths: [app]\n"})
    github.open_pull(NUMBER, repository.commit({"README.md": "more"}))
    assert _job(repository, url).run() == 0
    assert _reason(repository) == "not_affected"
    [check] = github.check_runs.values()
    assert (check["status"], check["conclusion"]) == ("completed", "success")


def test_17_the_merge_queue_is_gated_against_its_base_branch(tmp_path: Path, github: Github, url: str):
    checkout = replace(BRANCH, sha="c" * 40)
    argv = plan({}, event_of("merge_group", merge_group=GROUP), checkout).argv
    assert "--base-rule=queue-tip" in argv
    group = MergeGroup(head_sha=HEAD, base_sha="b" * 40, base_ref="main")
    event = replace(EVENT, name="merge_group", pull_request=None, merge_group=group)
    assert publish_all(open_sinks({}, event, Publication(out=tmp_path, is_wanted=True), client(url)), failing()) == ()
    [check] = github.check_runs.values()
    assert (check["head_sha"], check["conclusion"]) == (HEAD, "failure")
    assert github.comments == {}


def test_18_an_old_run_overwrites_no_newer_result_and_leaves_no_check_in_progress(
    tmp_path: Path, github: Github, url: str
):
    publication = Publication(out=tmp_path, is_wanted=True)
    newer = replace(EVENT, run_id=EVENT.run_id + 1)
    assert publish_all(open_sinks({}, newer, publication, client(url)), passing()) == ()
    late = publish_all(open_sinks({}, EVENT, publication, client(url)), failing())
    assert [warning.count("later run") for warning in late] == [1, 1]
    assert [check["conclusion"] for check in github.check_runs.values()] == ["success"]
    assert [check["status"] for check in github.check_runs.values()] == ["completed"]
    assert "PASS" in next(iter(github.comments.values()))["body"]


def test_19_ten_runs_leave_one_comment(tmp_path: Path, github: Github, url: str):
    for run_id in range(500, 510):
        event = replace(EVENT, run_id=run_id)
        publish_all(open_sinks({}, event, Publication(out=tmp_path, is_wanted=True), client(url)), failing())
    assert len(github.comments) == 1


@pytest.mark.parametrize("status", [403, 429])
def test_20_a_spent_rate_limit_is_a_warning_and_no_storm_of_calls(
    tmp_path: Path, github: Github, url: str, status: int
):
    github.write_limit, github.limit_status = 0, status
    sinks = open_sinks({}, EVENT, Publication(out=tmp_path, is_wanted=True), client(url))
    warnings = publish_all(sinks, passing())
    assert [("rate limit" in warning) for warning in warnings] == [True, True]
    assert len(github.journal) <= 20


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another owner, as a runner does")
def test_21_a_clone_of_another_owner_is_read_and_gets_its_files_back(repository: Repository):
    subprocess.run(["chown", "-R", "1001:1001", str(repository.folder)], check=True)
    git = Git(repository.folder)
    assert git.resolve("HEAD").sha
    FilesSink(out=repository.folder / ".gate" / "echo").publish(passing())
    assert {path.stat().st_uid for path in (repository.folder / ".gate").rglob("*")} == {1001}


def test_22_the_image_is_made_to_be_released_by_digest_and_installs_nothing_unpinned():
    # docs/decisions/0005-image.md: a release names the image by digest; until then it is built where it is used.
    text = (_TOP / "Dockerfile").read_text(encoding="utf-8")
    assert text.count("ARG BASE=") == 1
    assert set(re.findall(r"^FROM (\S+)", text, flags=re.MULTILINE)) == {"${BASE}"}
    installs = [line for line in text.splitlines() if "pip install" in line or "bin/python install" in line]
    assert installs
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


@pytest.mark.slow
def test_23_a_shard_that_is_missing_is_no_pass(repository: Repository, tmp_path: Path):
    # tests/cli/test_shards.py has whole, torn, foreign and repeated shards.
    argv = ["gate-action", "merge", str(tmp_path), "--repository", str(repository.folder), "--run-folder"]
    command = [str(_TOP / ".venv" / "bin" / argv[0]), *argv[1:], str(tmp_path / "merged")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode in (2, 3)
    assert "shard" in done.stdout + done.stderr


def test_24_no_mention_link_image_or_element_of_a_stranger_gets_through():
    report = hostile()
    page = by_github(render_markdown(build_view(report), COMMENT))
    assert page.acted_upon() == {}
    assert not {"script", "img", "a", "input", "iframe"} & set(page.elements)
    notes = render_annotations(report)
    assert notes
    assert not [note for note in notes if re.search(r"(?m)^\s*::", f"{note.title}\n{note.message}")]


def test_25_a_change_that_loosens_what_judges_it_is_blocked(repository: Repository, github: Github, url: str):
    repository.commit({"gate.yaml": GATE.replace("exact_match}", "exact_match, floor: 0.9}")})
    loosened = GATE.replace("exact_match}", "exact_match, floor: 0.1}")
    github.open_pull(NUMBER, repository.commit({"gate.yaml": loosened}))
    assert _job(repository, url, token=WORKFLOW_TOKEN).run() == 1
    assert _reason(repository) == "loosened"

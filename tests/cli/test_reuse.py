"""In the merge queue and on push: a tree that was gated before keeps its verdict, and nothing else does."""

from pathlib import Path

import pytest

from tests.cli.rerunning import again, calls, prepare_on_branch
from tests.cli.running import BAD_SLICE, GOOD, Ran
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = prepare_on_branch(tmp_path)
    made.git("checkout", "--quiet", "-b", "change")
    return made


def is_reused(ran: Ran) -> bool:
    return any(warning.startswith("nothing was measured: run ") for warning in ran.report["warnings"])


@pytest.mark.parametrize(
    ("app", "verdict", "code"),
    [(GOOD + "# words\n", "pass", 0), pytest.param(BAD_SLICE, "fail", 1, marks=pytest.mark.slow)],
)
def test_the_queues_commit_of_a_gated_tree_reuses_its_verdict_and_says_whose(
    repository: Repository, app: str, verdict: str, code: int
):
    repository.commit({"app.py": app})
    first = again(repository, "--base", "main")
    repository.commit({}, "as the merge queue makes it")
    queued = again(repository, "--base", "main", "--reuse-verdict")

    assert (queued.verdict, queued.code) == (first.verdict, first.code) == (verdict, code), queued.stderr
    assert is_reused(queued)
    assert first.report["run_id"] in queued.report["warnings"][-1]
    assert calls(queued) == 0
    for what in ("reasons", "metrics", "changes"):
        assert queued.report["decision"][what] == first.report["decision"][what]


@pytest.mark.slow
def test_another_tree_another_base_or_another_gate_is_measured(repository: Repository):
    repository.commit({"app.py": GOOD + "# words\n"})
    again(repository, "--base", "main")
    repository.commit({"README.md": "new"})
    assert not is_reused(again(repository, "--base", "main", "--reuse-verdict"))
    assert not is_reused(again(repository, "--base", "HEAD~1", "--reuse-verdict"))


@pytest.mark.slow
def test_without_being_asked_and_on_a_fork_nothing_is_reused(repository: Repository):
    repository.commit({"app.py": GOOD + "# words\n"})
    again(repository, "--base", "main")
    assert not is_reused(again(repository, "--base", "main"))
    assert not is_reused(again(repository, "--base", "main", "--reuse-verdict", "--fork"))


@pytest.mark.slow
def test_a_push_measures_until_its_run_is_stored(repository: Repository):
    repository.commit({"app.py": GOOD + "# words\n"})
    again(repository, "--base", "main")
    options = ("--base", "main", "--reuse-verdict", "--store-run")
    first, second = again(repository, *options), again(repository, *options)
    assert (is_reused(first), is_reused(second)) == (False, True)
    assert calls(first) == 70 * 2 * 2


@pytest.mark.slow
def test_what_was_not_evaluated_is_no_verdict(repository: Repository):
    repository.commit({"app.py": "import nothing_of_that_name\n"})
    again(repository, "--base", "main")
    assert not is_reused(again(repository, "--base", "main", "--reuse-verdict"))

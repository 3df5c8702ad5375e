"""A push stores its run, and every later report says how near to base stored runs were."""

from pathlib import Path

import pytest

from tests.cli.rerunning import again, prepare_on_branch
from tests.cli.running import GATE


@pytest.mark.slow
def test_the_report_says_none_then_exact_then_so_many_commits_older_and_beyond_the_limit_none(tmp_path: Path):
    repository = prepare_on_branch(tmp_path, GATE.replace("{trials: 2}", "{trials: 2, max_commits_older: 1}"))
    stored = repository.commit({"README.md": "one"})
    pushed = again(repository, "--store-run")
    assert pushed.report["stored_base"]["match"] == "none"
    assert "stored runs of base" in pushed.stdout

    repository.commit({"README.md": "two"})
    exact = again(repository)
    assert (exact.report["stored_base"]["match"], exact.report["stored_base"]["sha"]) == ("exact", stored)
    repository.commit({"README.md": "three"})
    older = again(repository)
    assert "1 commit older (1 run of" in older.stdout
    assert "1 commit older (1 run of" in (older.out / "report.md").read_text(encoding="utf-8")
    repository.commit({"README.md": "four"})
    beyond = again(repository)
    assert beyond.report["stored_base"]["match"] == "none"
    assert "more than policy.max_commits_older 1" in beyond.report["stored_base"]["reason"]
    assert beyond.code == 0

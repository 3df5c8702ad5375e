"""Which two revisions are compared."""

from pathlib import Path

import pytest

from gate_action.clients.git.repository import Git
from gate_action.engine.revisions import find_revisions
from gate_action.errors import ConfigError
from gate_action.model.run import BaseRule
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "repository")


def test_on_a_branch_base_is_the_merge_base_with_the_default_branch(repository: Repository):
    fork = repository.commit({"a": "1"})
    repository.git("switch", "--quiet", "-c", "topic")
    head = repository.commit({"a": "2"})
    repository.git("switch", "--quiet", "main")
    repository.commit({"b": "1"})
    repository.git("switch", "--quiet", "topic")
    found = find_revisions(Git.find(repository.folder), base=None, head=None)
    assert (found.base and found.base.sha, found.head.sha, found.rule) == (fork, head, BaseRule.MERGE_BASE)


def test_on_the_default_branch_base_is_the_commit_before(repository: Repository):
    first = repository.commit({"a": "1"})
    second = repository.commit({"a": "2"})
    found = find_revisions(Git.find(repository.folder), base=None, head=None)
    assert (found.base and found.base.sha, found.head.sha, found.rule) == (first, second, BaseRule.PREVIOUS)


def test_a_first_commit_has_no_base(repository: Repository):
    repository.commit({"a": "1"})
    found = find_revisions(Git.find(repository.folder), base=None, head=None)
    assert found.base is None
    assert found.rule is BaseRule.NONE


def test_a_given_base_is_taken_with_the_callers_rule(repository: Repository):
    first = repository.commit({"a": "1"})
    repository.commit({"a": "2"})
    git = Git.find(repository.folder)
    assert find_revisions(git, base=first, head=None).rule is BaseRule.GIVEN
    assert find_revisions(git, base=first, head=None, rule="first-parent").rule is BaseRule.FIRST_PARENT
    with pytest.raises(ConfigError, match="base rule 'nearest'"):
        find_revisions(git, base=first, head=None, rule="nearest")


def test_a_branch_without_common_history_asks_for_more_depth(repository: Repository):
    repository.commit({"a": "1"})
    repository.git("switch", "--quiet", "--orphan", "island")
    repository.commit({"b": "1"})
    with pytest.raises(ConfigError, match="no common commit") as caught:
        find_revisions(Git.find(repository.folder), base=None, head=None)
    assert "fetch-depth: 0" in caught.value.hint

"""The referee is really there where it is said to be: a wrong exchange fails the test that made it."""

import pytest

from standins.github.referee import find_referee
from standins.github.server import serve
from standins.github.state import Exchange, Github

_WRONG = Exchange(
    method="POST",
    path="/repos/octo/app/check-runs",
    query={},
    body={"head_sha": "a" * 40},
    login="octo",
    status=201,
    answer={},
)


@pytest.mark.skipif(
    find_referee() is None,
    reason="GitHub's own description of its API is not at hand: .ci/run 50-slow fetches it with npm",
)
def test_what_github_would_not_take_or_answer_fails_the_test():
    github = Github()
    with pytest.raises(AssertionError, match="not as GitHub's description has it"), serve(github):
        github.record(_WRONG)

"""A regression that somebody signs for counts for that change alone, and until the day that they name."""

import pytest

from tests.cli.gate_changes import blocked
from tests.cli.pull_requests import PullRequest, gate_of
from tests.cli.running import BAD_SLICE

ACKNOWLEDGED = (
    '{"who": "alice", "reason": "people answer refunds now", "until": "2099-12-31", "slice": "topic=refund"}\n'
)


@pytest.mark.slow
def test_an_acknowledged_regression_counts_once_who_signs_it_approves_and_for_this_change_alone(pull: PullRequest):
    pull.push({"app.py": BAD_SLICE, "acknowledgements.jsonl": ACKNOWLEDGED})
    ran = pull.run()
    blocked(ran, "regression in slice topic=refund added")
    assert ran.reasons[0] == "regression"
    pull.github.collaborators["bob"] = "write"
    pull.approve("bob")
    ran = pull.run()
    assert (ran.code, ran.reasons[0]) == (1, "regression")
    assert (
        "acknowledgements.jsonl:1: it names alice, and not bob, who approved this commit" in gate_of(ran)["unapproved"]
    )
    pull.approve("alice")
    ran = pull.run()
    assert (ran.code, ran.verdict) == (0, "pass"), ran.stdout
    assert ran.reasons == ["acknowledged", "no_regression", "approved"]
    sentences = [reason["sentence"] for reason in ran.report["decision"]["reasons"]]
    assert sentences[0].endswith("acknowledged by alice until 2099-12-31 (people answer refunds now)")
    pull.base = pull.head
    pull.push({"app.py": BAD_SLICE.replace("'refund' in text", "'other' in text")})
    assert pull.run().code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (ACKNOWLEDGED.replace("2099", "2020"), 1, "acknowledgements.jsonl:1: it counted until 2020-12-31"),
        ('{"who": "alice"}\n', 2, "acknowledgements.jsonl:1"),
        (ACKNOWLEDGED.replace('"slice"', '"metric": "answer", "slice"'), 2, "a metric, or a slice, or fixtures"),
    ],
)
def test_acknowledgements_that_have_expired_or_cannot_be_read_are_told(
    pull: PullRequest, line: str, code: int, words: str
):
    pull.push({"app.py": BAD_SLICE, "acknowledgements.jsonl": line})
    pull.approve()
    ran = pull.run()
    assert ran.code == code, ran.stdout
    assert words in ran.stdout

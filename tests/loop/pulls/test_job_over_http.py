from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.errors import PullRequestError, StoreError
from gate_action.loop.pulls.proposal import Ending
from standins.github.pulls import close_pull, merge_pull
from standins.github.state import Fault
from tests.loop.pulls.rig import BRANCH, Rig, start

pytestmark = pytest.mark.slow


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with start(tmp_path) as made:
        made.wanted = {"fixtures/a.jsonl": b"one\n"}
        yield made


def test_new_rows_replace_the_commit_and_the_page(rig: Rig):
    rig.run()
    rig.wanted = {"fixtures/b.jsonl": b"two\n"}
    assert rig.run().ending is Ending.UPDATED
    assert rig.files() == {"fixtures/b.jsonl": "two"}
    [pull] = rig.open_pulls()
    assert "fixtures/b.jsonl" in (pull.body or "")
    assert rig.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_it_closes_itself_when_nothing_is_left_and_opens_anew_later(rig: Rig):
    rig.run()
    rig.wanted = {}
    assert (rig.run().ending, rig.run().ending) == (Ending.CLOSED, Ending.NOTHING)
    assert (rig.open_pulls(), rig.tip()) == ([], "")
    rig.wanted = {"fixtures/a.jsonl": b"one\n"}
    assert rig.run().ending is Ending.OPENED
    assert rig.ended == ()


def test_what_main_has_by_now_is_not_proposed(rig: Rig):
    rig.run()
    rig.commit("main", {"fixtures/a.jsonl": "one\n"})
    assert rig.run().ending is Ending.CLOSED


def test_a_merge_is_the_end_of_it_and_what_comes_later_is_a_new_one(rig: Rig):
    rig.run()
    merge_pull(rig.github, 1)
    assert rig.run().ending is Ending.NOTHING
    rig.wanted["fixtures/a.jsonl"] = b"one\ntwo\n"
    assert (rig.run().ending, len(rig.github.pulls)) == (Ending.OPENED, 2)


def test_main_moves_on_and_a_reviewed_branch_stays_as_it_is_unless_it_could_not_be_merged(rig: Rig):
    rig.run()
    tip = rig.tip()
    rig.commit("main", {"README.md": "An app, better.\n"})
    assert (rig.run().ending, rig.tip()) == (Ending.UNCHANGED, tip)
    rig.commit("main", {"fixtures/a.jsonl": "zero\n"})
    rig.wanted = {"fixtures/a.jsonl": b"one\nzero\n"}
    assert (rig.run().ending, rig.files()) == (Ending.UPDATED, {"fixtures/a.jsonl": "one\nzero"})


def test_a_persons_commit_on_the_branch_is_kept_and_the_page_says_so(rig: Rig):
    rig.run()
    theirs = rig.commit(BRANCH, {"fixtures/a.jsonl": "one, corrected\n"})
    rig.wanted["fixtures/b.jsonl"] = b"two\n"
    outcomes = [rig.run().ending for _ in range(2)]
    assert (outcomes, rig.tip()) == ([Ending.LEFT, Ending.LEFT], theirs)
    [pull] = rig.open_pulls()
    assert (pull.body or "").count("has commits of Ann") == 1
    merge_pull(rig.github, 1)
    assert rig.run().ending is Ending.OPENED
    assert rig.files().keys() == {"fixtures/a.jsonl", "fixtures/b.jsonl"}


def test_an_amended_commit_is_a_persons(rig: Rig):
    rig.run()
    words = rig.git("log", "-1", "--format=%B", BRANCH)
    rig.git("update-ref", f"refs/heads/{BRANCH}", "main")
    theirs = rig.commit(BRANCH, {"fixtures/a.jsonl": "amended\n"}, words)
    assert (rig.run().ending, rig.tip()) == (Ending.LEFT, theirs)


def test_the_button_that_brings_mains_news_makes_it_nobody_elses(rig: Rig):
    rig.run()
    rig.commit("main", {"README.md": "An app, better.\n"})
    tree = rig.git("merge-tree", "--write-tree", BRANCH, "main")
    merge = rig.git("commit-tree", tree, "-p", BRANCH, "-p", "main", "-m", "Merge main")
    rig.git("update-ref", f"refs/heads/{BRANCH}", merge)
    assert (rig.run().ending, rig.tip()) == (Ending.UNCHANGED, merge)
    rig.wanted["fixtures/b.jsonl"] = b"two\n"
    assert rig.run().ending is Ending.UPDATED


def test_a_merge_that_hides_a_change_is_a_persons(rig: Rig):
    rig.run()
    rig.commit("main", {"README.md": "An app, better.\n"})
    rig.git("branch", "side", BRANCH)
    rig.commit("side", {"fixtures/evil.jsonl": "x\n"})
    merge = rig.git("commit-tree", "side^{tree}", "-p", BRANCH, "-p", "main", "-m", "Merge main")
    rig.git("update-ref", f"refs/heads/{BRANCH}", merge)
    assert (rig.run().ending, rig.tip()) == (Ending.LEFT, merge)


def test_what_a_person_wrote_around_our_block_and_the_title_stay(rig: Rig):
    rig.run()
    pull = rig.github.pulls[1]
    pull.title, pull.body = "A better title", f"For the release.\r\n\r\n{pull.body}\r\n\r\ncc the team"
    rig.wanted["fixtures/b.jsonl"] = b"two\n"
    rig.run()
    body = pull.body or ""
    assert (pull.title, body.startswith("For the release."), body.endswith("cc the team")) == (
        "A better title",
        True,
        True,
    )
    assert "fixtures/b.jsonl" in body


def test_a_label_that_a_person_took_off_stays_off(rig: Rig):
    rig.labels = ("gate-fixtures",)
    rig.run()
    rig.github.pulls[1].labels.clear()
    rig.github.tell_event(1, "unlabeled", "gate-fixtures", "ann")
    rig.run()
    assert rig.github.pulls[1].labels == []


def test_a_pull_request_of_a_fork_with_a_branch_of_that_name_is_none_of_ours(rig: Rig):
    rig.github.open_pull(7, "f" * 40, head_repository="octo/app-fork", head_ref=BRANCH)
    assert rig.run().ending is Ending.OPENED
    assert rig.github.pulls[7].body == ""


def test_rows_that_a_reviewer_took_out_are_told_with_the_words_of_the_commit(rig: Rig):
    rig.wanted = {"fixtures/a.jsonl": b"one\ntwo\n"}
    rig.run()
    rig.commit(BRANCH, {"fixtures/a.jsonl": "one\n"}, "Two is no fault of ours")
    merge_pull(rig.github, 1)
    rig.run()
    [ended] = rig.ended
    assert (ended.is_merged, ended.reviewer) == (True, "Ann")
    assert "Two is no fault of ours" in ended.reason
    assert (ended.proposed, ended.left) == (
        {"fixtures/a.jsonl": b"one\ntwo\n"},
        {"fixtures/a.jsonl": b"one\n"},
    )


def test_a_bot_that_closes_what_is_stale_has_turned_nothing_down(rig: Rig):
    rig.run()
    close_pull(rig.github, 1, "stale[bot]")
    assert (rig.run().ending, rig.ended) == (Ending.OPENED, ())


def test_a_lost_answer_to_opening_makes_no_second_one(rig: Rig):
    rig.github.faults.append(Fault(method="POST", path="/pulls", status=502, is_done_first=True))
    assert rig.run().number == 1
    assert len(rig.github.pulls) == 1


@pytest.mark.parametrize(("status", "words"), [(403, "rate limit"), (429, "wait"), (502, ""), (422, "head invalid")])
def test_what_passes_is_waited_for(rig: Rig, status: int, words: str):
    headers = {"retry-after": "3"} if status in (403, 429) else {}
    rig.github.faults.append(Fault(method="POST", path="/pulls", status=status, message=words, headers=headers))
    assert (rig.run().ending, len(rig.open_pulls())) == (Ending.OPENED, 1)


def test_where_actions_may_open_none_the_setting_is_named_and_the_branch_is_there(rig: Rig):
    rig.github.may_create_pulls = False
    with pytest.raises(PullRequestError, match="Allow GitHub Actions to create and approve pull requests"):
        rig.run()
    assert rig.tip()


@pytest.mark.parametrize(("status", "words"), [(401, "token is wrong"), (404, "may not see it"), (403, "permissions")])
def test_a_refusal_that_stays_ends_the_job_with_its_reason(rig: Rig, status: int, words: str):
    rig.github.faults.append(Fault(method="GET", path="/pulls", status=status, times=9))
    with pytest.raises(PullRequestError, match=words):
        rig.run()


def test_a_token_that_may_not_push_is_told_what_is_missing(rig: Rig):
    with pytest.raises(StoreError) as caught:
        rig.run(branch=rig.job(token="ghs_fork").branch)
    assert "contents: write" in caught.value.hint

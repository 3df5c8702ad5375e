"""Who approved, told from a dossier: reviews and labels at exactly the head, by people who may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gate_action.integrity.approving import ApprovalRules, Candidates, find_candidates, settle
from gate_action.model.integrity import Approval, Way
from gate_action.model.people import Account, Dossier, PullEvent, PullFacts, Review

HEAD, OLD = "a" * 40, "b" * 40
PUSHED = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
LATER = PUSHED + timedelta(minutes=5)
ALICE, AUTHOR, BOT = Account(login="alice"), Account(login="mallory"), Account(login="app[bot]", is_bot=True)
PULL = PullFacts(number=7, author=AUTHOR, head_sha=HEAD, head_ref="change", head_repository="octo/app")
RULES = ApprovalRules(labels=("gate-approved",))
BY_REVIEW = Approval(who="alice", way=Way.REVIEW, commit=HEAD)
BY_LABEL = Approval(who="alice", way=Way.LABEL, commit=HEAD)


def review(by: Account = ALICE, state: str = "APPROVED", commit: str = HEAD, at: datetime | None = LATER) -> Review:
    return Review(by=by, state=state, commit=commit, at=at)


def labelled(by: Account = ALICE, at: datetime = LATER, kind: str = "labeled") -> PullEvent:
    return PullEvent(kind=kind, by=by, at=at, label="gate-approved")


def reviewed(*reviews: Review, events: tuple[PullEvent, ...] = (), rules: ApprovalRules = RULES) -> Candidates:
    return find_candidates(Dossier(pull=PULL, reviews=reviews, events=events), rules)


def with_label(*events: PullEvent, pushed_at: datetime | None = PUSHED, rules: ApprovalRules = RULES) -> Candidates:
    pull = replace(PULL, labels=("gate-approved", "other"))
    return find_candidates(Dossier(pull=pull, events=events, pushed_at=pushed_at), rules)


def test_a_review_of_the_head_and_a_label_after_the_push_are_candidates():
    assert reviewed(review()) == Candidates((BY_REVIEW,), ())
    assert with_label(labelled()) == Candidates((BY_LABEL,), ())


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (reviewed(review(commit=OLD)), "has moved on"),
        (reviewed(review(by=AUTHOR)), "is the author"),
        (reviewed(review(by=BOT)), "is a bot"),
        (with_label(labelled(at=PUSHED)), "before aaaaaaaaaa was pushed"),
        (with_label(labelled(), pushed_at=None), "does not tell when"),
        (with_label(), "does not tell who"),
        (with_label(labelled(by=AUTHOR)), "is the author"),
        (reviewed(review(at=PUSHED), events=(labelled(kind="base_ref_changed"),)), "another base branch"),
        (reviewed(review(at=None), events=(labelled(kind="base_ref_changed"),)), "another base branch"),
    ],
)
def test_what_does_not_count_is_told_with_the_reason(found: Candidates, words: str):
    assert found.approvals == ()
    assert len(found.refused) == 1
    assert words in found.refused[0]


def test_the_last_decisive_review_of_each_person_counts():
    assert reviewed(review(), review(state="CHANGES_REQUESTED")).approvals == ()
    assert reviewed(review(), review(state="DISMISSED")).approvals == ()
    assert reviewed(review(), review(state="COMMENTED")).approvals == (BY_REVIEW,)
    assert reviewed(review(state="CHANGES_REQUESTED"), review()).approvals == (BY_REVIEW,)
    assert reviewed(review(by=Account(login=""))) == Candidates((), ())


def test_a_label_that_was_set_twice_counts_by_who_set_it_last():
    assert with_label(labelled(), labelled(by=AUTHOR, at=LATER + timedelta(minutes=1))).approvals == ()
    unset = find_candidates(Dossier(pull=PULL, events=(labelled(),), pushed_at=PUSHED), RULES)
    assert unset == Candidates((), ())


def test_base_may_let_authors_and_named_bots_approve():
    lone = replace(RULES, self_approval=True)
    assert with_label(labelled(by=AUTHOR), rules=lone).approvals == (replace(BY_LABEL, who="mallory"),)
    assert reviewed(review(by=BOT), rules=replace(RULES, bots=("app[bot]",))).approvals[0].who == "app[bot]"


@pytest.mark.parametrize("permission", ["write", "maintain", "admin"])
def test_who_may_write_approves(permission: str):
    assert settle(Candidates((BY_REVIEW,), ("x",)), {"alice": permission}) == Candidates((BY_REVIEW,), ("x",))


@pytest.mark.parametrize("permission", ["read", "triage", "none"])
def test_who_may_not_write_does_not(permission: str):
    settled = settle(Candidates((BY_REVIEW,), ()), {"alice": permission})
    assert settled.approvals == ()
    assert f"permission: {permission}" in settled.refused[0]
    assert settle(Candidates((BY_REVIEW,), ()), {}).approvals == ()

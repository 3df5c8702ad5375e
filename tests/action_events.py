"""Events as GitHub sends them, with what is checked out, and what the action must then compare."""

from dataclasses import dataclass, field
from typing import Any

from gate_action.clients.github.workflow import Checkout
from gate_action.codec.github_event import Event, MergeGroup, PullRequest, UpstreamRun

HEAD, BASE, MERGE, TIP, FORK_POINT, BEFORE = (letter * 40 for letter in "abcdef")
REPOSITORY = "octo/app"

PULL = PullRequest(number=7, head_sha=HEAD, base_ref="main", head_repository=REPOSITORY)
STRANGERS = PullRequest(number=7, head_sha=HEAD, base_ref="main", head_repository="mallory/app")
DELETED = PullRequest(number=7, head_sha=HEAD, base_ref="main", head_repository="")
REVIEWED = UpstreamRun(head_sha=HEAD, head_repository="mallory/app", event="pull_request_review")
GROUP = MergeGroup(head_sha=MERGE, base_sha=BEFORE, base_ref="main")
TEST_MERGE = Checkout(sha=MERGE, parents=(BASE, HEAD), tip=TIP, merge_base=BASE)
PR_HEAD = Checkout(sha=HEAD, parents=(FORK_POINT,), tip=TIP, merge_base=FORK_POINT)
MAIN = Checkout(sha=TIP, parents=(BEFORE,), tip=TIP, merge_base=TIP)
BRANCH = Checkout(sha=HEAD, parents=(FORK_POINT,), tip=TIP, merge_base=FORK_POINT)


def event_of(name: str, **rest: Any) -> Event:
    return Event(**{"name": name, "repository": REPOSITORY, "sha": MERGE, "default_branch": "main", **rest})


@dataclass(frozen=True, kw_only=True)
class Row:
    event: Event
    checkout: Checkout = TEST_MERGE
    inputs: dict[str, str] = field(default_factory=dict)
    base: str = ""
    rule: str = ""
    head: str = MERGE
    flags: tuple[str, ...] = ("--publish",)


TABLE = {
    "pull request, test merge": Row(event=event_of("pull_request", pull_request=PULL), base=BASE, rule="first-parent"),
    "pull request, head checked out": Row(
        event=event_of("pull_request", pull_request=PULL),
        checkout=PR_HEAD,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
    ),
    "pull request, head is itself a merge": Row(
        event=event_of("pull_request", pull_request=PULL),
        checkout=Checkout(sha=HEAD, parents=(BEFORE, TIP), tip=TIP, merge_base=TIP),
        base=TIP,
        rule="merge-base",
        head=HEAD,
    ),
    "pull request from a fork": Row(
        event=event_of("pull_request", pull_request=STRANGERS),
        base=BASE,
        rule="first-parent",
        flags=("--publish", "--fork"),
    ),
    "pull request whose fork was deleted": Row(
        event=event_of("pull_request", pull_request=DELETED),
        base=BASE,
        rule="first-parent",
        flags=("--publish", "--fork"),
    ),
    "pull request by Dependabot": Row(
        event=event_of("pull_request", pull_request=PULL, actor="dependabot[bot]"),
        base=BASE,
        rule="first-parent",
        flags=("--publish", "--fork"),
    ),
    "pull request of a fork, beside secrets": Row(
        event=event_of("pull_request_target", sha=TIP, pull_request=STRANGERS),
        checkout=PR_HEAD,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
        flags=("--publish", "--if-approved"),
    ),
    "own pull request, beside secrets": Row(
        event=event_of("pull_request_target", sha=TIP, pull_request=PULL),
        checkout=PR_HEAD,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
    ),
    "pull request review": Row(
        event=event_of("pull_request_review", pull_request=PULL), base=BASE, rule="first-parent"
    ),
    "merge group": Row(
        event=event_of("merge_group", merge_group=GROUP),
        checkout=Checkout(sha=MERGE, parents=(BEFORE,), tip=TIP, merge_base=TIP),
        base=TIP,
        rule="queue-tip",
        flags=("--publish", "--reuse-verdict"),
    ),
    "merge group, tip unknown": Row(
        event=event_of("merge_group", merge_group=GROUP),
        checkout=Checkout(sha=MERGE, parents=(BEFORE,)),
        base=BEFORE,
        rule="queue-tip",
        flags=("--publish", "--reuse-verdict"),
    ),
    "push to the default branch": Row(
        event=event_of("push", sha=TIP, ref="refs/heads/main", before=BEFORE),
        checkout=MAIN,
        base=BEFORE,
        rule="previous",
        head=TIP,
        flags=("--publish", "--reuse-verdict", "--store-run"),
    ),
    "push to another branch": Row(
        event=event_of("push", sha=HEAD, ref="refs/heads/change", before=BEFORE),
        checkout=BRANCH,
        base=BEFORE,
        rule="previous",
        head=HEAD,
        flags=("--publish", "--reuse-verdict"),
    ),
    "push of a new branch": Row(
        event=event_of("push", sha=HEAD, ref="refs/heads/change"),
        checkout=BRANCH,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
        flags=("--publish", "--reuse-verdict"),
    ),
    "push of a tag named like the default branch": Row(
        event=event_of("push", sha=TIP, ref="refs/tags/main", before=BEFORE),
        checkout=MAIN,
        base=BEFORE,
        rule="previous",
        head=TIP,
        flags=("--publish", "--reuse-verdict"),
    ),
    "first push of all": Row(
        event=event_of("push", sha=TIP, ref="refs/heads/main"),
        checkout=Checkout(sha=TIP, tip=TIP, merge_base=TIP),
        head=TIP,
        flags=("--publish", "--reuse-verdict", "--store-run"),
    ),
    "schedule": Row(
        event=event_of("schedule", sha=TIP, default_branch=""),
        checkout=Checkout(sha=TIP, parents=(BEFORE,)),
        base=BEFORE,
        rule="previous",
        head=TIP,
        flags=("--publish", "--all-paths"),
    ),
    "dispatch on the default branch": Row(
        event=event_of("workflow_dispatch", sha=TIP),
        checkout=MAIN,
        base=BEFORE,
        rule="previous",
        head=TIP,
        flags=("--publish", "--all-paths"),
    ),
    "dispatch on a branch": Row(
        event=event_of("workflow_dispatch", sha=HEAD),
        checkout=BRANCH,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
        flags=("--publish", "--all-paths"),
    ),
    "dispatch with a base": Row(
        event=event_of("workflow_dispatch", sha=HEAD),
        checkout=BRANCH,
        inputs={"base": "v1.2"},
        base="v1.2",
        rule="given",
        head=HEAD,
        flags=("--publish", "--all-paths"),
    ),
    "run after a run of our own": Row(
        event=event_of("workflow_run", sha=TIP, upstream=UpstreamRun(head_sha=HEAD, head_repository=REPOSITORY)),
        checkout=BRANCH,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
    ),
    "run after a fork's run, on our own commit": Row(
        event=event_of("workflow_run", sha=TIP, upstream=UpstreamRun(head_sha=HEAD, head_repository="mallory/app")),
        checkout=MAIN,
        base=BEFORE,
        rule="previous",
        head=TIP,
    ),
    "run after a review of a fork's pull request": Row(
        event=event_of("workflow_run", sha=TIP, upstream=REVIEWED, pull_request=STRANGERS),
        checkout=PR_HEAD,
        base=FORK_POINT,
        rule="merge-base",
        head=HEAD,
        flags=("--publish", "--if-approved"),
    ),
    "laptop": Row(event=Event(), checkout=BRANCH, base=FORK_POINT, rule="merge-base", head=HEAD),
    "no publication": Row(
        event=event_of("pull_request", pull_request=PULL),
        inputs={"publish": "false", "dry-run": "True"},
        base=BASE,
        rule="first-parent",
        flags=("--no-publish", "--dry-run"),
    ),
}

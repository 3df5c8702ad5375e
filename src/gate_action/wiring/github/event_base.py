"""What the checked-out commit is compared with, by the event, and which checkouts no run with secrets may execute."""

from typing import NamedTuple

from gate_action.clients.github.workflow import Checkout
from gate_action.codec.github_event import Event, MergeGroup
from gate_action.errors import ConfigError
from gate_action.model.run import BaseRule

_FETCH_ALL = "use actions/checkout with fetch-depth: 0"
_PRIVILEGED = {"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment"}


class Base(NamedTuple):
    """What head is compared with. An empty ``revision``: the command finds it."""

    revision: str
    rule: BaseRule
    note: str = ""


def base_branch(event: Event) -> str:
    """The branch that the change goes to; empty where the event does not say."""
    if event.pull_request:
        return event.pull_request.base_ref
    if event.merge_group:
        return event.merge_group.base_ref
    return event.default_branch


def choose_base(event: Event, checkout: Checkout) -> Base:
    """What the checked-out commit is compared with, by the event. docs/action.md has the table."""
    if event.pull_request:
        return _pull_request_base(event, checkout)
    if event.merge_group:
        return _queue_base(event.merge_group, checkout)
    if event.name == "push" and event.before:
        return Base(event.before, BaseRule.PREVIOUS)
    if checkout.merge_base and checkout.merge_base != checkout.sha:
        return Base(checkout.merge_base, BaseRule.MERGE_BASE)
    if checkout.parents:
        return Base(checkout.parents[0], BaseRule.PREVIOUS)
    return Base("", BaseRule.NONE, "this commit has no parent: nothing to compare it with")


def _pull_request_base(event: Event, checkout: Checkout) -> Base:
    is_test_merge = checkout.sha == event.sha and len(checkout.parents) == len(("base", "head"))
    if is_test_merge:
        return Base(checkout.parents[0], BaseRule.FIRST_PARENT)
    if checkout.merge_base:
        return Base(checkout.merge_base, BaseRule.MERGE_BASE)
    raise ConfigError(
        f"commit {checkout.sha[:10]} and the branch {base_branch(event)} share no history in this clone",
        hint=_FETCH_ALL,
    )


def _queue_base(group: MergeGroup, checkout: Checkout) -> Base:
    if checkout.tip:
        return Base(checkout.tip, BaseRule.QUEUE_TIP)
    note = f"the tip of {group.base_ref} is not in this clone: compared with the group's own base"
    return Base(group.base_sha, BaseRule.QUEUE_TIP, note)


def refuse_unsafe(event: Event, checkout: Checkout) -> None:
    """A run with the repository's secrets never executes a stranger's commit."""
    if event.name == "pull_request_target" or event.has_secrets:
        _refuse_other_head(event, checkout)
        return  # and the command runs nothing of a stranger's that nobody approved
    upstream = event.upstream
    trusted = {event.sha, upstream.head_sha} if upstream and event.is_own(upstream.head_repository) else {event.sha}
    if event.name in _PRIVILEGED and checkout.sha not in trusted:
        raise ConfigError(
            f"on {event.name} the commit {checkout.sha[:10]} was checked out, which this repository may not have "
            "reviewed, and the run holds its secrets",
            hint="use `on: pull_request`, or check out the commit that the workflow was started for",
        )


def _refuse_other_head(event: Event, checkout: Checkout) -> None:
    """Beside secrets the default checkout is this repository's, and an approval is of the head's commit alone."""
    pull = event.pull_request
    if pull is None or checkout.sha != pull.head_sha:
        raise ConfigError(
            f"on {event.name} the commit {checkout.sha[:10]} is to be judged, and not the pull request's head",
            hint="give this step head: ${{ github.event.pull_request.head.sha }}, and actions/checkout fetch-depth: 0 "
            "and persist-credentials: false; or use `on: pull_request`",
        )

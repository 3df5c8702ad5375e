"""Who approved what a change does to its own gate: asked of GitHub, for exactly the commit that is judged."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import NamedTuple

from gate_action.clients.github.api import open_github
from gate_action.clients.github.client import GithubError
from gate_action.clients.github.people import GithubPeople, PeopleClient
from gate_action.clients.github.workflow import load_event
from gate_action.codec.github_event import Event
from gate_action.config.settings import Config
from gate_action.errors import ConfigError
from gate_action.integrity.approving import ApprovalRules, Candidates, find_candidates, settle
from gate_action.model.dataclass import dataclass
from gate_action.model.integrity import Approval, Way
from gate_action.model.people import Dossier
from gate_action.wiring.judged import Judged


class Sought(NamedTuple):
    """What was found, and what the reader is told of it."""

    approvals: tuple[Approval, ...] = ()
    refused: tuple[str, ...] = ()
    advice: str = ""
    """How to approve; empty where somebody did."""


def open_people(environ: Mapping[str, str]) -> PeopleClient | None:
    """None without a token. Raises ConfigError."""
    client = open_github(environ)
    return GithubPeople(client) if client else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """Looks for approvals in the place that a run has on GitHub."""

    environ: Mapping[str, str] = field(repr=False)
    is_supposed: bool = False
    """``--as-if-approved``."""
    open_people: Callable[[Mapping[str, str]], PeopleClient | None] = open_people

    def assume(self, judged: Judged) -> Approval | None:
        """What needs nobody's word: the commit has landed, or that is supposed. Asks nobody."""
        commit = judged.revisions.head.sha
        if self.is_supposed:
            return Approval(who="", way=Way.SUPPOSED, commit=commit)
        try:
            has_landed = _has_landed(load_event(self.environ), commit)
        except ConfigError:  # whoever seeks is told
            return None
        return Approval(who="", way=Way.LANDED, commit=commit) if has_landed else None

    def seek(self, judged: Judged) -> Sought:
        """Never raises for what GitHub does: what cannot be asked is not approved."""
        if (assumed := self.assume(judged)) is not None:
            return Sought((assumed,))
        try:
            event = load_event(self.environ)
            if event.is_local:
                advice = "On GitHub, people approve it; --as-if-approved shows here what would decide then."
                return Sought(advice=advice)
            return self._ask(judged, event)
        except (ConfigError, GithubError) as error:
            return Sought(refused=(f"whether somebody approved could not be asked: {error}",), advice=_ADVICE_TOKEN)

    def _ask(self, judged: Judged, event: Event) -> Sought:
        number = _pull_request(event)
        if not number:
            return Sought(advice="This run belongs to no pull request, so nobody can approve it here: open one.")
        people = self.open_people(self.environ)
        if people is None:
            return Sought(refused=("there is no token to ask GitHub with",), advice=_ADVICE_TOKEN)
        pull = people.fetch_pull(number)
        if event.pull_request:
            head = event.pull_request.head_sha
            if not _stands_for(judged, head):
                told = f"the judged commit {judged.revisions.head.short} is not the pull request's {head[:10]}"
                return Sought(refused=(told,), advice="Check out the pull request, and give no other head.")
            if pull.head_sha != head:
                told = f"the pull request has moved on to {pull.head_sha[:10]}"
                return Sought(refused=(told,), advice="The run of that commit can be approved.")
        rules = _rules(judged.base_config or judged.config)
        reviews = people.fetch_reviews(number)
        is_labelled = any(label in pull.labels for label in rules.labels)
        is_reviewed = any(review.state == "APPROVED" and review.commit == pull.head_sha for review in reviews)
        events = people.fetch_events(number) if is_labelled or is_reviewed else ()  # what they would count for
        pushed_at = people.fetch_pushed_at(pull) if is_labelled else None
        found = find_candidates(Dossier(pull=pull, reviews=reviews, events=events, pushed_at=pushed_at), rules)
        found = _settle(people, found)
        return Sought(found.approvals, found.refused, "" if found.approvals else _advise(pull.head_sha, rules))


_ADVICE_TOKEN = "Give the step github-token, and its job pull-requests: read and contents: read; then run it again."  # noqa: S105  # advice, no token


def _rules(config: Config) -> ApprovalRules:
    approvals = config.approvals
    return ApprovalRules(labels=approvals.labels, bots=approvals.bots, self_approval=config.policy.self_approval)


def _settle(people: PeopleClient, found: Candidates) -> Candidates:
    logins = dict.fromkeys(approval.who for approval in found.approvals)
    return settle(found, {login: people.fetch_permission(login) for login in logins})


def _advise(commit: str, rules: ApprovalRules) -> str:
    labels = " or ".join(rules.labels)
    label = f", or the label {labels} set after the last push," if labels else ""
    who = "somebody with write access" if rules.self_approval else "somebody with write access other than the author"
    return f"An approving review of {commit[:10]}{label} by {who} approves it; then run this job again."


def _has_landed(event: Event, commit: str) -> bool:
    """Is the judged commit on the default branch, or on one that rules guard? Whoever may write there let it in."""
    is_default = event.ref == f"refs/heads/{event.default_branch}" or event.name == "schedule"  # it has no other
    is_guarded = is_default or event.is_ref_protected
    is_of_branch = event.name in ("push", "schedule", "workflow_dispatch")
    return is_of_branch and event.ref.startswith("refs/heads/") and is_guarded and event.sha == commit


def _pull_request(event: Event) -> int:
    if event.pull_request:
        return event.pull_request.number
    return event.merge_group.pull_request if event.merge_group else 0


def _stands_for(judged: Judged, head: str) -> bool:
    """Is the judged commit the pull request's head, or GitHub's test merge of it?"""
    judged_head = judged.revisions.head
    return head in (judged_head.sha, *judged.git.parent_shas(judged_head)[1:2])

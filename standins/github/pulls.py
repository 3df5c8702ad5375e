"""Pull requests that are opened, edited, closed and merged; heads are branches of git's own server, if any."""

import os
import subprocess
from typing import Any

from standins.github import answers, pull_answers, rules
from standins.github.people import find_pull
from standins.github.request import Answer, Request, page
from standins.github.rules import refuse
from standins.github.state import BOT, Github, Pull

_MOST_BODY = 65_536
_PERSON = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (
    ("NAME", "Ann"), ("EMAIL", "ann@example.com"), ("DATE", "1767323045 +0000")
)}  # fmt: skip


def list_pulls(request: Request) -> Answer:
    """Open ones unless asked for others, the newest first; ``head`` is ``owner:branch``."""
    rules.check_permission(request.token, "pull_requests", "read")
    follow_branches(request.github)
    state, head, base = (request.query.get(name, "") for name in ("state", "head", "base"))
    found = {
        number: pull
        for number, pull in sorted(request.github.pulls.items(), reverse=True)
        if (state or "open") in ("all", pull.state)
        and head in ("", f"{pull.head_repository.partition('/')[0]}:{pull.head_ref}")
        and base in ("", pull.base_ref)
    }
    return page(request, [pull_answers.short_pull(request.base, request.github, *each) for each in found.items()])


def create_pull(request: Request) -> Answer:
    """Of a branch of this repository."""
    rules.check_permission(request.token, "pull_requests", "write")
    github, told = request.github, request.body
    if request.token.login == BOT and not github.may_create_pulls:
        refuse(403, "GitHub Actions is not permitted to create or approve pull requests.")
    follow_branches(github)
    head, base = (find_branch(github, str(told.get(side))) for side in ("head", "base"))
    for side, found in (("head", head), ("base", base)):
        if not found:
            raise rules.RefusedError(422, _invalid(side))
    same = [one for one in github.pulls.values() if one.state == "open" and one.head_ref == told["head"]]
    if any(one.base_ref == told["base"] and one.head_repository == github.repository for one in same):
        owner = github.repository.partition("/")[0]
        refuse(422, "Validation Failed", f"A pull request already exists for {owner}:{told['head']}.")
    if head == base:
        refuse(422, "Validation Failed", f"No commits between {told['base']} and {told['head']}")
    _check_body(told)
    number = max((*github.issues, *github.pulls), default=0) + 1
    refs = {"head_ref": told["head"], "base_ref": told["base"], "base_sha": base}
    words = {"title": told["title"], "body": told.get("body") or ""}
    github.open_pull(number, head, author=request.token.login, **refs, **words)
    follow_branches(github)
    return Answer(201, pull_answers.pull(request.base, github, number, github.pulls[number]))


def update_pull(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "write")
    follow_branches(request.github)
    pull, told = find_pull(request, number), request.body
    _check_body(told)
    if told.get("state") == "open" and pull.state == "closed" and pull.is_merged:
        refuse(422, "Validation Failed", "state cannot be changed. The pull request cannot be reopened.")
    if told.get("state") == "closed" and pull.state == "open":
        pull.closed_by = request.token.login
    pull.title, pull.body = told.get("title", pull.title), told.get("body", pull.body)
    pull.state = told.get("state", pull.state)
    return Answer(200, pull_answers.pull(request.base, request.github, int(number), pull))


def follow_branches(github: Github) -> None:
    """As GitHub does after a push: an open pull request's head is its branch, and one without a branch is closed."""
    if github.mirror is None:
        return
    for number, pull in github.pulls.items():
        if pull.state != "open" or pull.head_repository != github.repository:
            continue
        head = find_branch(github, pull.head_ref)
        if not head:
            pull.state = "closed"
            continue
        if head != pull.head_sha:
            github.push(number, head)
        run_git(github, "update-ref", f"refs/pull/{number}/head", head)


def find_branch(github: Github, name: str) -> str:
    """Its commit; empty: there is none."""
    if github.mirror is None:
        return github.git.refs.get(f"refs/heads/{name}", "")
    return run_git(github, "for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")


def merge_pull(github: Github, number: int, *, squash: bool = True, at: str = "") -> str:
    """A person merges it, ``at`` a time as git reads it; returns the base's new commit."""
    follow_branches(github)
    pull = github.pulls[number]
    base = find_branch(github, pull.base_ref)
    tree = run_git(github, "merge-tree", "--write-tree", base, pull.head_sha).splitlines()[0]
    parents = ("-p", base) if squash else ("-p", base, "-p", pull.head_sha)
    made = run_git(github, "commit-tree", tree, *parents, "-m", f"{pull.title} (#{number})", at=at)
    run_git(github, "update-ref", f"refs/heads/{pull.base_ref}", made)
    pull.state, pull.merge_sha, pull.closed_by = "closed", made, "ann"
    return made


def close_pull(github: Github, number: int, login: str = "ann") -> None:
    """A person closes it, unmerged."""
    follow_branches(github)
    github.pulls[number].state, github.pulls[number].closed_by = "closed", login


def count_open(github: Github, branch: str) -> list[Pull]:
    follow_branches(github)
    return [pull for pull in github.pulls.values() if pull.state == "open" and pull.head_ref == branch]


def run_git(github: Github, *argv: str, at: str = "") -> str:
    command = ["git", "-C", str(github.mirror), *argv]
    environ = {**os.environ, **_PERSON, **({"GIT_COMMITTER_DATE": at} if at else {})}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
    return done.stdout.strip()


def _check_body(told: dict[str, Any]) -> None:
    if len(told.get("body") or "") > _MOST_BODY:
        refuse(422, "Validation Failed", f"body is too long (maximum is {_MOST_BODY} characters)")


def _invalid(side: str) -> dict[str, Any]:
    told = answers.problem("Validation Failed")
    return {**told, "errors": [{"resource": "PullRequest", "field": side, "code": "invalid"}]}

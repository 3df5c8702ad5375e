"""Who may decide on a pull request: its reviews and labels, who put them there, and what people may do."""

from typing import Any

from standins.github import answers, pull_answers, rules
from standins.github.request import Answer, Request, page
from standins.github.rules import refuse
from standins.github.state import Pull

_ROLES = {"maintain": "write", "triage": "read"}
"""The newer roles, and what ``permission`` calls them."""


def list_reviews(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    find_pull(request, number)
    held = request.github.reviews.get(int(number), [])
    return page(request, [pull_answers.review(request.base, request.github, int(number), each) for each in held])


def list_review_comments(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    pull = find_pull(request, number)
    held = request.github.review_comments.get(int(number), [])
    shown = [pull_answers.review_comment(request.base, request.github, int(number), pull, each) for each in held]
    return page(request, shown)


def list_labels(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    labels = find_pull(request, number).labels
    return page(request, [pull_answers.label(request.repository_url, name) for name in labels])


def add_labels(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "write")
    pull = find_pull(request, number)
    body: Any = request.body  # a bare list is documented too
    told = body if isinstance(body, list) else body.get("labels", [])
    for name in told:
        if name not in pull.labels:
            request.github.add_label(int(number), name, request.token.login)
    return list_labels(request, number)


def remove_label(request: Request, number: str, name: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "write")
    pull = find_pull(request, number)
    if name not in pull.labels:
        refuse(404, "Label does not exist")
    pull.labels.remove(name)
    request.github.tell_event(int(number), "unlabeled", name, request.token.login)
    return list_labels(request, number)


def list_events(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    find_pull(request, number)
    held = request.github.issue_events.get(int(number), [])
    return page(request, [pull_answers.label_event(request.base, request.github, each) for each in held])


def list_activity(request: Request) -> Answer:
    """Newest first."""
    rules.check_permission(request.token, "contents", "read")
    ref = request.query.get("ref", "")
    held = request.github.pushes.get(f"{request.github.repository} {ref}", [])
    return page(request, [pull_answers.activity(request.base, ref, each) for each in reversed(held)])


def show_permission(request: Request, login: str) -> Answer:
    """Everybody may read a public repository: a stranger's permission is ``read``, no 404."""
    role = request.github.collaborators.get(login, "read")
    shown = {**answers.user(request.base, login), "role_name": role}
    return Answer(200, {"permission": _ROLES.get(role, role), "role_name": role, "user": shown})


def show_pull(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    return Answer(200, pull_answers.pull(request.base, request.github, int(number), find_pull(request, number)))


def list_pulls_of_commit(request: Request, sha: str) -> Answer:
    """Those whose head it is, or that came with it. A commit of a fork without a pull request here is not known."""
    rules.check_permission(request.token, "pull_requests", "read")
    if not request.github.knows(sha):
        refuse(422, f"No commit found for SHA: {sha}")
    found = {number: pull for number, pull in request.github.pulls.items() if sha in (pull.head_sha, pull.merge_sha)}
    return page(request, [pull_answers.short_pull(request.base, request.github, *each) for each in found.items()])


def show_issue(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    return Answer(200, pull_answers.issue(request.base, request.github, int(number), find_pull(request, number)))


def show_repository(request: Request) -> Answer:
    return Answer(200, answers.full_repository(request.base, request.github))


def find_pull(request: Request, number: str) -> Pull:
    return request.github.pulls.get(int(number)) or refuse(404, "Not Found")

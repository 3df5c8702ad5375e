"""Issues and deployments, as pure steps on the state: request in, status and answer out."""

from typing import Any

from standins.github import pull_answers, rules, watching_answers
from standins.github.request import Answer, Request, page
from standins.github.rules import refuse
from standins.github.state import Deployment, Issue

_MOST_TITLE = 256
_STATES = {"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}


def list_issues(request: Request) -> Answer:
    """Pull requests are issues too; open ones unless asked for others, newest first unless asked for the oldest."""
    rules.check_permission(request.token, "issues", "read")
    query = request.query
    state, creator = query.get("state", "open"), query.get("creator", "")
    shown = [
        watching_answers.issue(request.base, request.github, number, held)
        for number, held in request.github.issues.items()
        if state in ("all", held.state) and creator in ("", held.author)
    ]
    shown += [
        pull_answers.issue(request.base, request.github, number, held)
        for number, held in request.github.pulls.items()
        if state in ("all", held.state) and creator in ("", held.author)
    ]
    shown.sort(key=lambda each: each["number"], reverse=query.get("direction", "desc") == "desc")
    return page(request, shown)


def create_issue(request: Request) -> Answer:
    rules.check_permission(request.token, "issues", "write")
    told = request.body
    _check_title(told.get("title"))
    rules.check_comment(request.github, told.get("body"))
    github = request.github
    number = max((*github.issues, *github.pulls), default=0) + 1
    github.issues[number] = Issue(
        author=request.token.login, title=told["title"], body=told["body"], labels=list(told.get("labels", []))
    )
    return Answer(201, watching_answers.issue(request.base, github, number, github.issues[number]))


def update_issue(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "issues", "write")
    held = request.github.issues.get(int(number)) or refuse(404, "Not Found")
    told = request.body
    if "title" in told:
        _check_title(told["title"])
        held.title = told["title"]
    if "body" in told:
        rules.check_comment(request.github, told["body"])
        held.body = told["body"]
    if "state" in told:
        if told["state"] not in ("open", "closed"):
            refuse(422, "Validation Failed", "state is not included in the list")
        held.state = told["state"]
    return Answer(200, watching_answers.issue(request.base, request.github, int(number), held))


def list_deployments(request: Request) -> Answer:
    """Newest first."""
    rules.check_permission(request.token, "deployments", "read")
    sha, environment = request.query.get("sha", "none"), request.query.get("environment", "none")
    shown = [
        watching_answers.deployment(request.base, request.github, number, held)
        for number, held in reversed(request.github.deployments.items())
        if sha in ("none", held.sha) and environment in ("none", held.environment)
    ]
    return page(request, shown)


def show_deployment(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "deployments", "read")
    return Answer(
        200, watching_answers.deployment(request.base, request.github, int(number), _deployment(request, number))
    )


def create_deployment_status(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "deployments", "write")
    held, told = _deployment(request, number), request.body
    if told.get("state") not in _STATES:
        refuse(422, "Validation Failed", "state is not included in the list")
    if len(told.get("description") or "") > 140:
        refuse(422, "Validation Failed", "description is too long (maximum is 140 characters)")
    made = {"id": next(request.github.ids), "login": request.token.login, **told}
    held.statuses.append(made)
    return Answer(201, watching_answers.deployment_status(request.base, request.github, int(number), made))


def _deployment(request: Request, number: str) -> Deployment:
    return request.github.deployments.get(int(number)) or refuse(404, "Not Found")


def _check_title(title: Any) -> None:
    if not isinstance(title, str) or not title.strip():
        refuse(422, "Validation Failed", "title can't be blank")
    if len(title) > _MOST_TITLE:
        refuse(422, "Validation Failed", f"title is too long (maximum is {_MOST_TITLE} characters)")

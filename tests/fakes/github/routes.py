"""The endpoints that the gate uses, as pure steps on the state: request in, status and answer out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.fakes.github import answers, rules
from tests.fakes.github.rules import refuse
from tests.fakes.github.state import Github, Token


@dataclass(frozen=True, kw_only=True)
class Request:
    github: Github
    base: str
    """The server's URL."""
    method: str
    path: str
    query: Mapping[str, str]
    body: dict[str, Any]
    token: Token


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str] = {}


def show_pull(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    if int(number) not in request.github.pulls:
        refuse(404, "Not Found")
    return Answer(200, answers.pull(request.base, request.github, int(number)))


def list_comments(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    _check_pull(request, number)
    held = [each for each in request.github.comments.values() if each["number"] == int(number)]
    shown = [answers.comment(request.base, request.github, each) for each in sorted(held, key=lambda each: each["id"])]
    return _page(request, shown)


def create_comment(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "write")
    _check_pull(request, number)
    rules.check_comment(request.github, request.body.get("body"))
    comment_id = request.github.add_comment(int(number), request.token.login, request.body["body"])
    return Answer(201, answers.comment(request.base, request.github, request.github.comments[comment_id]))


def update_comment(request: Request, comment_id: str) -> Answer:
    # GitHub lets a token that may write edit anybody's comment: the author is the client's to check.
    rules.check_permission(request.token, "pull_requests", "write")
    held = _comment(request, comment_id)
    rules.check_comment(request.github, request.body.get("body"))
    held["body"] = request.body["body"]
    return Answer(200, answers.comment(request.base, request.github, held))


def delete_comment(request: Request, comment_id: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "write")
    del request.github.comments[_comment(request, comment_id)["id"]]
    return Answer(204, None)


def create_check_run(request: Request) -> Answer:
    rules.check_app(request.token)
    rules.check_permission(request.token, "checks", "write")
    told = request.body
    rules.check_run(told)
    rules.check_commit(request.github, told.get("head_sha"))
    if told.get("output") is not None:
        rules.check_output(told["output"])
    check_id = next(request.github.ids)
    request.github.check_runs[check_id] = {"id": check_id, **told}
    request.github.annotations[check_id] = list((told.get("output") or {}).get("annotations", []))
    return Answer(201, answers.check_run(request.base, request.github, request.github.check_runs[check_id]))


def update_check_run(request: Request, check_id: str) -> Answer:
    rules.check_app(request.token)
    rules.check_permission(request.token, "checks", "write")
    held = request.github.check_runs.get(int(check_id)) or refuse(404, "Not Found")
    told = request.body
    rules.check_run({**held, **told})
    if told.get("output") is not None:
        rules.check_output(told["output"])
        request.github.annotations[held["id"]] += told["output"].get("annotations", [])
    held.update(told)
    return Answer(200, answers.check_run(request.base, request.github, held))


def create_status(request: Request, sha: str) -> Answer:
    rules.check_permission(request.token, "statuses", "write")
    rules.check_commit(request.github, sha)
    rules.check_status(request.github, sha, request.body)
    told = {"context": "default", **request.body}
    held = {"id": next(request.github.ids), "sha": sha, "login": request.token.login, **told}
    request.github.statuses.append(held)
    return Answer(201, answers.status(request.base, request.github, held))


def answer_graphql(request: Request) -> Answer:
    query = " ".join(str(request.body.get("query", "")).split())
    if query != "query { viewer { login } }":
        return Answer(200, {"errors": [{"type": "UNKNOWN", "message": f"no such query here: {query}"}]})
    return Answer(200, {"data": {"viewer": {"login": request.token.login}}})


_REPOSITORY = r"/repos/[^/]+/[^/]+"
ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", rf"{_REPOSITORY}/pulls/(\d+)", show_pull),
    ("GET", rf"{_REPOSITORY}/issues/(\d+)/comments", list_comments),
    ("POST", rf"{_REPOSITORY}/issues/(\d+)/comments", create_comment),
    ("PATCH", rf"{_REPOSITORY}/issues/comments/(\d+)", update_comment),
    ("DELETE", rf"{_REPOSITORY}/issues/comments/(\d+)", delete_comment),
    ("POST", rf"{_REPOSITORY}/check-runs", create_check_run),
    ("PATCH", rf"{_REPOSITORY}/check-runs/(\d+)", update_check_run),
    ("POST", rf"{_REPOSITORY}/statuses/([0-9a-f]+)", create_status),
    ("POST", "/graphql", answer_graphql),
)


def answer(request: Request) -> Answer:
    """Carries the request out. Raises RefusedError."""
    if request.path.startswith("/repos/") and not request.path.startswith(f"/repos/{request.github.repository}/"):
        refuse(404, "Not Found")
    for method, pattern, step in ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found and method == request.method:
            return step(request, *found.groups())
    return refuse(404, "Not Found")


def _check_pull(request: Request, number: str) -> None:
    if int(number) not in request.github.pulls:
        refuse(404, "Not Found")


def _comment(request: Request, comment_id: str) -> dict[str, Any]:
    return request.github.comments.get(int(comment_id)) or refuse(404, "Not Found")


def _page(request: Request, items: list[Any]) -> Answer:
    size = min(int(request.query.get("per_page", "30")), 100)
    number = int(request.query.get("page", "1"))
    last = max(1, -(-len(items) // size))
    links = []
    if number < last:
        where = f"{request.base}{request.path}?per_page={size}"
        links = [f'<{where}&page={number + 1}>; rel="next"', f'<{where}&page={last}>; rel="last"']
    return Answer(200, items[(number - 1) * size : number * size], {"link": ", ".join(links)} if links else {})

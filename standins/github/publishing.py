"""Comments, check runs and commit statuses, as pure steps on the state: request in, status and answer out."""

from typing import Any

from standins.github import answers, rules
from standins.github.people import find_pull
from standins.github.request import Answer, Request, page
from standins.github.rules import refuse


def list_comments(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    find_pull(request, number)
    held = [each for each in request.github.comments.values() if each["number"] == int(number)]
    shown = [answers.comment(request.base, request.github, each) for each in sorted(held, key=lambda each: each["id"])]
    return page(request, _settled(request, shown))


def show_comment(request: Request, comment_id: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "read")
    return Answer(200, answers.comment(request.base, request.github, _comment(request, comment_id)))


def create_comment(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "pull_requests", "write")
    find_pull(request, number)
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
    request.github.check_runs[check_id] = {"id": check_id, "login": request.token.login, **told}
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
    held.update({**told, "output": {**(held.get("output") or {}), **(told.get("output") or {})}})
    return Answer(200, answers.check_run(request.base, request.github, held))


def create_status(request: Request, sha: str) -> Answer:
    rules.check_permission(request.token, "statuses", "write")
    rules.check_commit(request.github, sha)
    rules.check_status(request.github, sha, request.body)
    told = {"context": "default", **request.body}
    held = {"id": next(request.github.ids), "sha": sha, "login": request.token.login, **told}
    request.github.statuses.append(held)
    return Answer(201, answers.status(request.base, request.github, held))


def show_check_run(request: Request, check_id: str) -> Answer:
    rules.check_permission(request.token, "checks", "read")
    return Answer(200, answers.check_run(request.base, request.github, _check(request, check_id)))


def list_check_runs(request: Request, name: str) -> Answer:
    """Of a commit, newest first; ``filter`` is ``latest`` of each name unless ``all`` is asked for."""
    rules.check_permission(request.token, "checks", "read")
    sha = request.github.git.resolve(name) or name
    rules.check_commit(request.github, sha)
    asked = {"name": request.query.get("check_name"), "status": request.query.get("status")}
    found = [
        held
        for held in sorted(request.github.check_runs.values(), key=lambda held: held["id"], reverse=True)
        if held["head_sha"] == sha and all(value in (None, held.get(part)) for part, value in asked.items())
    ]
    if request.query.get("filter", "latest") == "latest":
        found = list({held["name"]: held for held in reversed(found)}.values())[::-1]
    shown = [answers.check_run(request.base, request.github, held) for held in found]
    return page(request, _settled(request, shown), within="check_runs")


def list_annotations(request: Request, check_id: str) -> Answer:
    rules.check_permission(request.token, "checks", "read")
    held = request.github.annotations[_check(request, check_id)["id"]]
    return page(request, [answers.annotation(request.repository_url, each) for each in held])


def show_combined_status(request: Request, name: str) -> Answer:
    rules.check_permission(request.token, "statuses", "read")
    sha = request.github.git.resolve(name) or name
    rules.check_commit(request.github, sha)
    return Answer(200, answers.combined_status(request.base, request.github, sha))


def _settled(request: Request, shown: list[Any]) -> list[Any]:
    """Without the latest entry while the stand-in lags behind itself."""
    if not request.github.lag or not shown:
        return shown
    request.github.lag -= 1
    newest = max(each["id"] for each in shown)
    return [each for each in shown if each["id"] != newest]


def _comment(request: Request, comment_id: str) -> dict[str, Any]:
    return request.github.comments.get(int(comment_id)) or refuse(404, "Not Found")


def _check(request: Request, check_id: str) -> dict[str, Any]:
    return request.github.check_runs.get(int(check_id)) or refuse(404, "Not Found")

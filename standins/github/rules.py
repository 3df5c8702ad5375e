"""What GitHub refuses, by its documentation and by users' reports: each rule gives a Refused or nothing."""

import re
from typing import Any, NoReturn

from standins.github.answers import problem
from standins.github.state import Github, Token

_LEVELS = {"notice", "warning", "failure"}
_CONCLUSIONS = {
    "action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out",
}  # fmt: skip
_MOST_ANNOTATIONS = 50
_MOST_TEXT = 65_535
_MOST_MESSAGE_BYTES = 64 * 1024
_MOST_STATUSES = 1_000


class RefusedError(Exception):
    """An answer other than success."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


def refuse(status: int, message: str, *reasons: str) -> NoReturn:
    raise RefusedError(status, problem(message, *reasons))


def check_permission(token: Token, permission: str, level: str) -> None:
    if token.may(permission, level):
        return
    needed = {"x-accepted-github-permissions": f"{permission}={level}"}
    raise RefusedError(403, problem("Resource not accessible by integration"), needed)


def check_app(token: Token) -> None:
    if not token.is_app:
        refuse(403, "You must authenticate via a GitHub App.")


def check_commit(github: Github, sha: object) -> None:
    if not isinstance(sha, str) or not re.fullmatch(r"[0-9a-f]{40}", sha) or not github.knows(sha):
        refuse(422, f"No commit found for SHA: {sha}")


def check_comment(github: Github, body: object) -> None:
    if not isinstance(body, str) or not body.strip():
        refuse(422, "Validation Failed", "body cannot be blank")
    if len(body) > github.comment_limit:
        refuse(422, "Validation Failed", f"Body is too long (maximum is {github.comment_limit} characters)")


def check_run(told: dict[str, Any]) -> None:
    if not told.get("name"):
        refuse(422, "Invalid request.", '"name" wasn\'t supplied.')
    if "conclusion" in told and told["conclusion"] not in _CONCLUSIONS:
        refuse(422, "Invalid request.", f"{told['conclusion']} is not a conclusion")
    if told.get("status") == "completed" and "conclusion" not in told:
        refuse(422, "Invalid request.", '"conclusion" wasn\'t supplied.')


def check_output(output: dict[str, Any]) -> None:
    for field in ("title", "summary"):
        if not isinstance(output.get(field), str):
            refuse(422, "Invalid request.", f'"{field}" wasn\'t supplied.')
    for field in ("summary", "text"):
        length = len(output.get(field) or "")
        if length > _MOST_TEXT:
            refuse(422, "Invalid request.", f"Only {_MOST_TEXT} characters are allowed; {length} were supplied.")
    annotations = output.get("annotations") or []
    if len(annotations) > _MOST_ANNOTATIONS:
        told = len(annotations)
        refuse(422, "Invalid request.", f"No more than {_MOST_ANNOTATIONS} items are allowed; {told} were supplied.")
    for annotation in annotations:
        _check_annotation(annotation)


def _check_annotation(annotation: dict[str, Any]) -> None:
    missing = {"path", "start_line", "end_line", "annotation_level", "message"} - annotation.keys()
    if missing:
        refuse(422, "Invalid request.", f"{sorted(missing)} weren't supplied.")
    path = annotation["path"]
    is_path = isinstance(path, str) and path and not path.startswith("/")
    lines = annotation["start_line"], annotation["end_line"]
    is_range = all(isinstance(line, int) and line >= 1 for line in lines) and lines[0] <= lines[1]
    is_short = len(annotation["message"].encode()) <= _MOST_MESSAGE_BYTES and len(annotation.get("title", "")) <= 255
    if (
        not (is_path and is_range and is_short and annotation["message"])
        or annotation["annotation_level"] not in _LEVELS
    ):
        refuse(422, "Invalid request.", f"the annotation {annotation} is not valid")


def check_status(github: Github, sha: str, told: dict[str, Any]) -> None:
    if told.get("state") not in {"error", "failure", "pending", "success"}:
        refuse(422, "Validation Failed", "state is not included in the list")
    if len(told.get("description") or "") > 140:
        refuse(422, "Validation Failed", "description is too long (maximum is 140 characters)")
    same = [held for held in github.statuses if (held["sha"], held["context"]) == (sha, told.get("context", "default"))]
    if len(same) >= _MOST_STATUSES:
        refuse(422, "Validation Failed", "This SHA and context has reached the maximum number of statuses.")

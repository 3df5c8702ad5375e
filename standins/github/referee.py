"""GitHub's own OpenAPI description, as the judge of what passes between the client and the stand-in."""

import copy
import importlib
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from standins.github.state import Exchange

PACKAGE = "@octokit/openapi@23.0.2"
"""GitHub's description, as it is published on npm: 13 MB of a much larger package."""
_MEMBER = "package/generated/api.github.com.json"
_REFUSED = 400
_REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS = {
    "": ("get",),
    "/actions/artifacts": ("get",),
    "/actions/artifacts/{artifact_id}": ("get",),
    "/actions/artifacts/{artifact_id}/{archive_format}": ("get",),
    "/actions/runs": ("get",),
    "/actions/runs/{run_id}": ("get",),
    "/actions/runs/{run_id}/artifacts": ("get",),
    "/actions/workflows/{workflow_id}/runs": ("get",),
    "/activity": ("get",),
    "/branches/{branch}": ("get",),
    "/check-runs": ("post",),
    "/check-runs/{check_run_id}": ("get", "patch"),
    "/check-runs/{check_run_id}/annotations": ("get",),
    "/collaborators/{username}/permission": ("get",),
    "/commits/{commit_sha}/pulls": ("get",),
    "/commits/{ref}": ("get",),
    "/commits/{ref}/check-runs": ("get",),
    "/commits/{ref}/status": ("get",),
    "/contents/{path}": ("get", "put", "delete"),
    "/deployments": ("get",),
    "/deployments/{deployment_id}": ("get",),
    "/deployments/{deployment_id}/statuses": ("post",),
    "/git/blobs": ("post",),
    "/git/blobs/{file_sha}": ("get",),
    "/git/commits": ("post",),
    "/git/commits/{commit_sha}": ("get",),
    "/git/matching-refs/{ref}": ("get",),
    "/git/ref/{ref}": ("get",),
    "/git/refs": ("post",),
    "/git/refs/{ref}": ("patch", "delete"),
    "/git/trees": ("post",),
    "/git/trees/{tree_sha}": ("get",),
    "/issues": ("get", "post"),
    "/issues/comments/{comment_id}": ("get", "patch", "delete"),
    "/issues/{issue_number}": ("get", "patch"),
    "/issues/{issue_number}/comments": ("get", "post"),
    "/issues/{issue_number}/events": ("get",),
    "/issues/{issue_number}/labels": ("get", "post"),
    "/issues/{issue_number}/labels/{name}": ("delete",),
    "/pulls": ("get", "post"),
    "/pulls/{pull_number}": ("get", "patch"),
    "/pulls/{pull_number}/comments": ("get",),
    "/pulls/{pull_number}/reviews": ("get",),
    "/statuses/{sha}": ("post",),
}
"""By the path below the repository's."""
_MANY_SEGMENTS = re.compile(r"(/contents/|/git/ref/|/git/refs/|/git/matching-refs/|/branches/|/git/trees/)(.*)")
"""Parameters that hold slashes: the validator matches a segment only."""


DESCRIPTION = "GATE_GITHUB_DESCRIPTION"
"""The variable that names the pruned description's file, and so puts every exchange of every test before it."""


@cache
def find_referee() -> "Referee | None":
    """None: nobody made the description, as `python -m standins.github.describe` does."""
    path = os.environ.get(DESCRIPTION)
    return Referee(json.loads(Path(path).read_text(encoding="utf-8"))) if path else None


def find_faults(exchanges: Iterable[Exchange]) -> list[str]:
    """What the referee, if there is one, says against them."""
    referee = find_referee()
    return [fault for exchange in exchanges if (fault := referee.fault(exchange))] if referee else []


def read_description(package: Path) -> dict[str, Any]:
    """The description out of the package as npm packs it, with only our operations and what they refer to."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(_MEMBER)
        assert member is not None
        return prune(json.load(member))


def prune(description: dict[str, Any]) -> dict[str, Any]:
    """The same document, a hundredth of its size."""
    kept: dict[str, Any] = {name: description[name] for name in ("openapi", "info", "servers")}
    kept["paths"] = {
        f"{_REPOSITORY}{path}": {method: description["paths"][f"{_REPOSITORY}{path}"][method] for method in methods}
        for path, methods in OPERATIONS.items()
    }
    seen: set[str] = set()
    waiting: list[Any] = [kept["paths"]]
    while waiting:
        for reference in _references(waiting.pop()) - seen:
            seen.add(reference)
            waiting.append(_copy(description, kept, reference.removeprefix("#/").split("/")))
    return copy.deepcopy(_repaired(kept))


class Referee:
    """Judges exchanges. ``openapi_core`` belongs to the slow layer, and is imported when one is made."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._openapi = importlib.import_module("openapi_core").OpenAPI.from_dict(description)
        self._testing = importlib.import_module("openapi_core.testing")
        self._errors = importlib.import_module("openapi_core.exceptions")
        self._missing = importlib.import_module("openapi_core.templating.paths.exceptions").PathError

    def fault(self, exchange: Exchange) -> str:
        """What GitHub's description says against it; empty when nothing. A refused request may be wrong."""
        if exchange.status >= _REFUSED or exchange.path == "/graphql":  # which is not in the description
            return ""
        return self.fault_of_request(exchange) or self._judge(
            exchange, lambda request: self._openapi.validate_response(request, self._response(exchange))
        )

    def fault_of_request(self, exchange: Exchange) -> str:
        """As `fault`, whatever the answer was."""
        if _is_bare_array_of_labels(exchange):
            return ""
        return self._judge(exchange, self._openapi.validate_request)

    def knows(self, exchange: Exchange) -> bool:
        """Is there an operation for it among those that were kept?"""
        try:
            self._openapi.validate_request(self._request(exchange))
        except self._missing:
            return False
        except self._errors.OpenAPIError:
            return True
        return True

    def _judge(self, exchange: Exchange, validate: Callable[[Any], object]) -> str:
        try:
            validate(self._request(exchange))
        except self._errors.OpenAPIError as error:
            details = getattr(error.__cause__, "schema_errors", ()) or (error.__cause__ or error,)
            told = "; ".join(str(detail)[:300] for detail in details if not _is_known(detail))
            return f"{exchange}: {told}" if told else ""
        return ""

    def _request(self, exchange: Exchange) -> Any:
        return self._testing.MockRequest(
            "https://api.github.com",
            exchange.method.lower(),
            _MANY_SEGMENTS.sub(lambda found: f"{found[1]}{quote(found[2] or '/', safe='')}", exchange.path),
            args=dict(exchange.query),
            data=None if exchange.body is None else json.dumps(exchange.body).encode(),
            content_type="application/json",
        )

    def _response(self, exchange: Exchange) -> Any:
        answer = b"" if exchange.answer is None else json.dumps(exchange.answer).encode()
        headers = {"location": "https://example.com"} if exchange.status == 302 else {}
        return self._testing.MockResponse(answer, exchange.status, headers, content_type="application/json")


def _is_bare_array_of_labels(exchange: Exchange) -> bool:
    """Its prose allows it, and its schema's ``oneOf`` takes it twice and so refuses it."""
    return exchange.path.endswith("/labels") and isinstance(exchange.body, list)


def _is_known(detail: Any) -> bool:
    """Where the description is wrong: a ``oneOf`` of which several fit, as a folder's contents do; and null for the
    head of a pull request whose fork was deleted, which GitHub sends.
    """
    if getattr(detail, "validator", "") == "oneOf" and not detail.context:
        return True
    where = [str(step) for step in getattr(detail, "absolute_path", ())]
    return getattr(detail, "instance", "") is None and where[-2:-1] == ["head"]


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_references(value) for value in node))
    return set()


def _copy(source: dict[str, Any], target: dict[str, Any], steps: list[str]) -> Any:
    *parents, last = (step.replace("~1", "/").replace("~0", "~") for step in steps)
    for step in parents:
        source, target = source[step], target.setdefault(step, {})
    target[last] = source[last]
    return source[last]


def _repaired(node: Any) -> Any:
    """OpenAPI 3.0 lets a nullable enum leave null out; the validator takes the enum at its word."""
    if isinstance(node, dict):
        if node.get("nullable") and isinstance(node.get("enum"), list) and None not in node["enum"]:
            node = {**node, "enum": [*node["enum"], None]}
        return {name: _repaired(value) for name, value in node.items()}
    return [_repaired(value) for value in node] if isinstance(node, list) else node

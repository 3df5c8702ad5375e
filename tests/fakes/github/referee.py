"""GitHub's own OpenAPI description, as the judge of what passes between the client and the stand-in."""

import copy
import importlib
import json
import tarfile
from pathlib import Path
from typing import Any

from tests.fakes.github.state import Exchange

PACKAGE = "@octokit/openapi@23.0.2"
"""GitHub's description, as it is published on npm: 13 MB of a much larger package."""
_MEMBER = "package/generated/api.github.com.json"
_REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS = {
    f"{_REPOSITORY}/pulls/{{pull_number}}": ("get",),
    f"{_REPOSITORY}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{_REPOSITORY}/issues/comments/{{comment_id}}": ("patch", "delete"),
    f"{_REPOSITORY}/check-runs": ("post",),
    f"{_REPOSITORY}/check-runs/{{check_run_id}}": ("patch",),
    f"{_REPOSITORY}/statuses/{{sha}}": ("post",),
}


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
        path: {method: description["paths"][path][method] for method in methods} for path, methods in OPERATIONS.items()
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

    def fault(self, exchange: Exchange) -> str:
        """What GitHub's description says against it; empty when nothing. A refusal's request may be wrong."""
        body = None if exchange.body is None else json.dumps(exchange.body).encode()
        request = self._testing.MockRequest(
            "https://api.github.com",
            exchange.method.lower(),
            exchange.path,
            args=dict(exchange.query),
            data=body,
            content_type="application/json",
        )
        try:
            if exchange.status < 400:
                self._openapi.validate_request(request)
                answer = b"" if exchange.answer is None else json.dumps(exchange.answer).encode()
                response = self._testing.MockResponse(answer, exchange.status, content_type="application/json")
                self._openapi.validate_response(request, response)
        except self._errors.OpenAPIError as error:
            details = getattr(error.__cause__, "schema_errors", ()) or (error.__cause__ or error,)
            return f"{exchange}: " + "; ".join(str(detail)[:300] for detail in details)
        return ""


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

"""Issues and deployments as GitHub's API shows them."""

from typing import Any

from standins.github import answers, pull_answers
from standins.github.state import Deployment, Github, Issue, Pull

_NOW = "2026-01-02T03:04:05Z"


def issue(base: str, github: Github, number: int, held: Issue) -> dict[str, Any]:
    as_pull = Pull(head_sha="", head_repository="", author=held.author, labels=held.labels, state=held.state)
    shown = pull_answers.issue(base, github, number, as_pull)
    del shown["pull_request"]
    return {**shown, "title": held.title, "body": held.body, "closed_at": _NOW if held.state == "closed" else None}


def deployment(base: str, github: Github, number: int, held: Deployment) -> dict[str, Any]:
    repository = f"{base}/repos/{github.repository}"
    url = f"{repository}/deployments/{number}"
    return {
        "id": number,
        "node_id": f"DE_{number}",
        "url": url,
        "sha": held.sha,
        "ref": "main",
        "task": "deploy",
        "payload": {},
        "environment": held.environment,
        "original_environment": held.environment,
        "description": None,
        "creator": answers.user(base, "deployer"),
        "created_at": _NOW,
        "updated_at": _NOW,
        "statuses_url": f"{url}/statuses",
        "repository_url": repository,
    }


def deployment_status(base: str, github: Github, number: int, held: dict[str, Any]) -> dict[str, Any]:
    repository = f"{base}/repos/{github.repository}"
    url = f"{repository}/deployments/{number}"
    return {
        "id": held["id"],
        "node_id": f"DS_{held['id']}",
        "url": f"{url}/statuses/{held['id']}",
        "state": held["state"],
        "creator": answers.user(base, held["login"]),
        "description": held.get("description", ""),
        "target_url": held.get("target_url", ""),
        "created_at": _NOW,
        "updated_at": _NOW,
        "deployment_url": url,
        "repository_url": repository,
    }

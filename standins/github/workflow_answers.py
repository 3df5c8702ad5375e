"""The shapes of GitHub's answers about workflow runs and artifacts."""

import hashlib
from typing import Any

from standins.github.answers import short_repository
from standins.github.state import Artifact, Github

_NOW = "2026-01-02T03:04:05Z"
_LATER = "2026-04-02T03:04:05Z"


def run(base: str, github: Github, held: dict[str, Any]) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/actions/runs/{held['id']}"
    links = ("jobs", "logs", "check_suite", "cancel", "rerun", "artifacts")
    home = held["head_repository"]
    return {
        "id": held["id"],
        "name": "gate",
        "node_id": f"WFR_{held['id']}",
        "head_branch": held["head_branch"],
        "head_sha": held["head_sha"],
        "run_number": held["id"],
        "run_attempt": held["run_attempt"],
        "display_title": "a change",
        "path": held["path"],
        "event": held["event"],
        "status": held["status"],
        "conclusion": held["conclusion"],
        "workflow_id": 1,
        "url": url,
        "html_url": url,
        **{f"{link}_url": f"{url}/{link}" for link in links},
        "workflow_url": f"{base}/repos/{github.repository}/actions/workflows/1",
        "created_at": _NOW,
        "updated_at": _NOW,
        "pull_requests": [],
        "head_commit": {
            "id": held["head_sha"],
            "tree_id": held["head_sha"],
            "message": "a change",
            "timestamp": _NOW,
            "author": None,
            "committer": None,
        },
        "repository": short_repository(base, github.repository),
        # The description knows no null here, though GitHub sends it for a deleted repository.
        "head_repository": short_repository(base, home) if home else {},
    }


def artifact(base: str, github: Github, number: int, held: Artifact) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/actions/artifacts/{number}"
    ran = github.runs.get(held.run_id, {})
    return {
        "id": number,
        "node_id": f"A_{number}",
        "name": held.name,
        "size_in_bytes": len(held.content),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": held.is_expired,
        "digest": f"sha256:{hashlib.sha256(held.content).hexdigest()}",
        "created_at": _NOW,
        "updated_at": _NOW,
        "expires_at": _LATER,
        "workflow_run": {
            "id": held.run_id,
            "repository_id": 1,
            "head_repository_id": 1 if ran.get("head_repository", github.repository) == github.repository else 2,
            "head_branch": ran.get("head_branch", "change"),
            "head_sha": ran.get("head_sha", "a" * 40),
        },
    }

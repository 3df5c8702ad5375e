"""A GithubClient that sends nothing: each request becomes a numbered JSON file that a person can read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from gate_action.clients.folders import give_to_owner
from gate_action.clients.github import CheckRun, Comment, CommitStatus
from gate_action.model.fixture import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunGithub:
    """What a first publication would send: no comment is found, and the pull request has not moved."""

    folder: Path
    """It exists, and holds nothing of an earlier run."""
    repository: str
    pull_head: str = ""
    """What `fetch_pull_head` answers."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1), repr=False)

    def fetch_login(self) -> str:
        return ""

    def fetch_pull_head(self, number: int) -> str:  # noqa: ARG002  # the Protocol's
        return self.pull_head

    def fetch_comments(self, number: int) -> tuple[Comment, ...]:  # noqa: ARG002  # the Protocol's
        return ()

    def create_comment(self, number: int, body: str) -> int:
        return self._write("create-comment", "POST", f"issues/{number}/comments", {"body": body})

    def update_comment(self, comment_id: int, body: str) -> None:
        self._write("update-comment", "PATCH", f"issues/comments/{comment_id}", {"body": body})

    def delete_comment(self, comment_id: int) -> None:
        self._write("delete-comment", "DELETE", f"issues/comments/{comment_id}", {})

    def create_check_run(self, check: CheckRun) -> int:
        body: dict[str, Json] = {
            "name": check.name,
            "head_sha": check.head_sha,
            "details_url": check.details_url,
            "external_id": check.external_id,
            "status": "completed",
            "conclusion": check.conclusion,
            "output": check.output(),
        }
        return self._write("create-check-run", "POST", "check-runs", {name: v for name, v in body.items() if v != ""})

    def append_annotations(self, check_id: int, check: CheckRun) -> None:
        self._write("append-annotations", "PATCH", f"check-runs/{check_id}", {"output": check.output()})

    def create_status(self, status: CommitStatus) -> None:
        body: dict[str, Json] = {
            "state": status.state,
            "target_url": status.target_url,
            "description": status.description,
            "context": status.context,
        }
        kept = {name: value for name, value in body.items() if value != ""}
        self._write("create-status", "POST", f"statuses/{status.sha}", kept)

    def _write(self, name: str, method: str, path: str, body: Mapping[str, Json]) -> int:
        number = next(self._numbers)
        request = {"method": method, "path": f"/repos/{self.repository}/{path}", "body": body}
        content = json.dumps(request, indent=2, ensure_ascii=False)
        file = self.folder / f"{number:04}-{name}.json"
        file.write_text(f"{content}\n", encoding="utf-8")
        give_to_owner(file)
        return number

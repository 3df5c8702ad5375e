"""A GithubClient that sends nothing: each request becomes a numbered JSON file that a person can read."""

import json
from collections.abc import Mapping
from dataclasses import field
from itertools import count
from pathlib import Path

from gate_action.clients.folders import give_to_owner
from gate_action.clients.github.client import CheckRun, Comment, CommitStatus, NotFoundError, SeenCheck
from gate_action.model.dataclass import dataclass
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

    def fetch_comment(self, comment_id: int) -> Comment:
        raise NotFoundError(f"nothing was sent, so that there is no comment {comment_id}")

    def fetch_check_runs(self, sha: str, name: str) -> tuple[SeenCheck, ...]:  # noqa: ARG002  # the Protocol's
        return ()

    def fetch_check_run(self, check_id: int) -> SeenCheck:
        raise NotFoundError(f"nothing was sent, so that there is no check run {check_id}")

    def create_check_run(self, check: CheckRun) -> SeenCheck:
        body: dict[str, Json] = {"name": check.name, "head_sha": check.head_sha, **self._whole(check)}
        return self._seen(self._write("create-check-run", "POST", "check-runs", body), check)

    def update_check_run(self, check_id: int, check: CheckRun) -> SeenCheck:
        self._write("update-check-run", "PATCH", f"check-runs/{check_id}", self._whole(check))
        return self._seen(check_id, check)

    def append_annotations(self, check_id: int, check: CheckRun) -> SeenCheck:
        self._write("append-annotations", "PATCH", f"check-runs/{check_id}", {"output": check.output()})
        return self._seen(check_id, check)

    def _whole(self, check: CheckRun) -> dict[str, Json]:
        told = {"details_url": check.details_url, "external_id": check.external_id, **check.ending()}
        return {**{name: value for name, value in told.items() if value}, "output": check.output()}

    def _seen(self, check_id: int, check: CheckRun) -> SeenCheck:
        return SeenCheck(
            id=check_id,
            external_id=check.external_id,
            is_finished=bool(check.conclusion),
            annotations=len(check.annotations),
        )

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

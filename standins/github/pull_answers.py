"""The shapes of GitHub's answers about pull requests: what was asked to be merged, its labels, reviews and history."""

from typing import Any

from standins.github.answers import NOW, repository_shape, user
from standins.github.state import Github, Pull


def short_pull(base: str, github: Github, number: int, held: Pull) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/pulls/{number}"
    links = (
        "comments_url", "commits_url", "diff_url", "html_url", "issue_url", "patch_url", "review_comment_url",
        "review_comments_url", "statuses_url",
    )  # fmt: skip
    kinds = ("comments", "commits", "html", "issue", "self", "review_comment", "review_comments", "statuses")
    nothing = ("assignee", "milestone", "auto_merge")
    head, home = held.head_repository, github.repository
    return {
        "id": number,
        "node_id": f"PR_{number}",
        "number": number,
        "url": url,
        **{link: f"{url}/{link}" for link in links},
        **dict.fromkeys(nothing),
        "body": held.body or None,
        "merge_commit_sha": held.merge_sha or None,
        "merged_at": held.closed_at if held.merge_sha else None,
        "_links": {kind: {"href": f"{url}/{kind}"} for kind in kinds},
        "labels": [label(f"{base}/repos/{home}", name) for name in held.labels],
        "created_at": held.opened_at,
        "updated_at": NOW,
        "closed_at": None if held.state == "open" else held.closed_at,
        "state": held.state,
        "title": held.title,
        "draft": held.is_draft,
        "locked": False,
        "author_association": "NONE",
        "user": user(base, held.author),
        "head": _side(base, head.partition("/")[0], held.head_ref, held.head_sha, head),
        "base": _side(base, home.partition("/")[0], held.base_ref, held.base_sha, home),
    }


def pull(base: str, github: Github, number: int, held: Pull) -> dict[str, Any]:
    counts = ("additions", "changed_files", "comments", "commits", "deletions", "review_comments")
    return {
        **short_pull(base, github, number, held),
        **dict.fromkeys(counts, 0),
        **dict.fromkeys(("mergeable", "merged_by")),
        "merged": held.is_merged,
        "mergeable_state": "unknown",
        "maintainer_can_modify": False,
    }


def issue(base: str, github: Github, number: int, held: Pull) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/issues/{number}"
    links = ("comments_url", "events_url", "html_url", "labels_url")
    return {
        "id": number,
        "node_id": f"I_{number}",
        "number": number,
        "url": url,
        **{link: f"{url}/{link}" for link in links},
        "repository_url": f"{base}/repos/{github.repository}",
        **dict.fromkeys(("assignee", "milestone")),
        "body": held.body or None,
        "closed_at": None if held.state == "open" else held.closed_at,
        "closed_by": user(base, held.closed_by) if held.closed_by else None,
        "comments": 0,
        "labels": [label(f"{base}/repos/{github.repository}", name) for name in held.labels],
        "state": held.state,
        "locked": False,
        "title": held.title,
        "user": user(base, held.author),
        "author_association": "NONE",
        "created_at": NOW,
        "updated_at": NOW,
        "pull_request": dict.fromkeys(("url", "html_url", "diff_url", "patch_url"), url),
    }


def review(base: str, github: Github, number: int, held: dict[str, Any]) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/pulls/{number}"
    where = f"{url}/reviews/{held['id']}"
    return {
        "id": held["id"],
        "node_id": f"PRR_{held['id']}",
        "user": user(base, held["login"]) if held["login"] else None,
        "body": held["body"],
        "state": held["state"],
        "commit_id": held["commit_id"],
        "submitted_at": held["at"],
        "html_url": where,
        "pull_request_url": url,
        "_links": {"html": {"href": where}, "pull_request": {"href": url}},
        "author_association": "NONE",
    }


def review_comment(base: str, github: Github, number: int, pull: Pull, held: dict[str, Any]) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/pulls/{number}"
    where = f"{base}/repos/{github.repository}/pulls/comments/{held['id']}"
    return {
        "id": held["id"],
        "node_id": f"PRRC_{held['id']}",
        "url": where,
        "html_url": where,
        "pull_request_url": url,
        "pull_request_review_id": None,
        "diff_hunk": "@@ -0,0 +1 @@",
        "path": "a.jsonl",
        "commit_id": pull.head_sha,
        "original_commit_id": pull.head_sha,
        "user": user(base, held["login"]),
        "body": "a word on this line",
        "created_at": held["at"],
        "updated_at": held["at"],
        "author_association": "NONE",
        "_links": {"self": {"href": where}, "html": {"href": where}, "pull_request": {"href": url}},
    }


def label(url: str, name: str) -> dict[str, Any]:
    return {
        "id": 1,
        "node_id": "LA_1",
        "url": f"{url}/labels/{name}",
        "name": name,
        "description": "what a label is for",
        "color": "0e8a16",
        "default": False,
    }


def label_event(base: str, github: Github, held: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": held["id"],
        "node_id": f"LE_{held['id']}",
        "url": f"{base}/repos/{github.repository}/issues/events/{held['id']}",
        "actor": user(base, held["login"]),
        "event": held["event"],
        "commit_id": None,
        "commit_url": None,
        "created_at": held["at"],
        "performed_via_github_app": None,
        **({"label": {"name": held["label"], "color": "0e8a16"}} if held["label"] else {}),
    }


def activity(base: str, ref: str, held: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": held["id"],
        "node_id": f"PSH_{held['id']}",
        "before": held["before"],
        "after": held["after"],
        "ref": ref,
        "timestamp": held["at"],
        "activity_type": "push" if held["before"].strip("0") else "branch_creation",
        "actor": user(base, "author"),
    }


def _side(base: str, owner: str, branch: str, sha: str, repository: str) -> dict[str, Any]:
    """``label``, ``repo`` and ``user`` are null once the head's repository was deleted, as recorded answers have it."""
    return {
        "label": f"{owner}:{branch}" if owner else None,
        "ref": branch,
        "sha": sha,
        "repo": repository_shape(base, repository) if repository else None,
        "user": user(base, owner) if owner else None,
    }

"""The shapes of GitHub's answers, with every field that its OpenAPI description requires of them."""

from typing import Any

from standins.github.state import Github, Pull

_NOW = "2026-01-02T03:04:05Z"


def user(state_url: str, login: str) -> dict[str, Any]:
    kind = "Bot" if login.endswith("[bot]") else "User"
    links = (
        "html_url", "followers_url", "following_url", "gists_url", "starred_url", "subscriptions_url",
        "organizations_url", "repos_url", "events_url", "received_events_url",
    )  # fmt: skip
    return {
        "login": login,
        "id": 41898282,
        "node_id": "MDM6Qm90NDE4OTgyODI=",
        "avatar_url": f"{state_url}/avatars/1",
        "gravatar_id": "",
        "url": f"{state_url}/users/{login}",
        **{link: f"{state_url}/users/{login}/{link}" for link in links},
        "type": kind,
        "site_admin": False,
    }


def comment(base: str, github: Github, held: dict[str, Any]) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/issues/comments/{held['id']}"
    return {
        "id": held["id"],
        "node_id": f"IC_{held['id']}",
        "url": url,
        "html_url": url,
        "body": held["body"],
        "user": user(base, held["login"]) if held["login"] else None,
        "created_at": held.get("at", _NOW),
        "updated_at": _NOW,
        "issue_url": f"{base}/repos/{github.repository}/issues/{held['number']}",
        "author_association": "NONE",
        "performed_via_github_app": None,
    }


def check_run(base: str, github: Github, held: dict[str, Any]) -> dict[str, Any]:
    url = f"{base}/repos/{github.repository}/check-runs/{held['id']}"
    output = held.get("output") or {}
    return {
        "id": held["id"],
        "node_id": f"CR_{held['id']}",
        "head_sha": held["head_sha"],
        "external_id": held.get("external_id", ""),
        "url": url,
        "html_url": url,
        "details_url": held.get("details_url", url),
        "status": held.get("status", "queued"),
        "conclusion": held.get("conclusion"),
        "started_at": _NOW,
        "completed_at": _NOW if held.get("conclusion") else None,
        "output": {
            "title": output.get("title"),
            "summary": output.get("summary"),
            "text": output.get("text"),
            "annotations_count": len(github.annotations.get(held["id"], [])),
            "annotations_url": f"{url}/annotations",
        },
        "name": held["name"],
        "check_suite": {"id": 5},
        "app": None,
        "pull_requests": [],
    }


def status(base: str, github: Github, held: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": f"{base}/repos/{github.repository}/statuses/{held['sha']}",
        "avatar_url": f"{base}/avatars/1",
        "id": held["id"],
        "node_id": f"SC_{held['id']}",
        "state": held["state"],
        "description": held.get("description"),
        "target_url": held.get("target_url"),
        "context": held.get("context", "default"),
        "created_at": _NOW,
        "updated_at": _NOW,
        "creator": user(base, held["login"]),
    }


def annotation(url: str, held: dict[str, Any]) -> dict[str, Any]:
    nothing = ("start_column", "end_column", "title", "raw_details")
    return {**dict.fromkeys(nothing), **held, "blob_href": f"{url}/blob/main/{held['path']}"}


def combined_status(base: str, github: Github, sha: str) -> dict[str, Any]:
    """The latest status of each context."""
    latest = {held["context"]: held for held in github.statuses if held["sha"] == sha}
    states = {held["state"] for held in latest.values()}
    bad = states & {"error", "failure"}
    url = f"{base}/repos/{github.repository}/commits/{sha}"
    return {
        "state": "failure" if bad else "success" if states == {"success"} else "pending",
        "sha": sha,
        "total_count": len(latest),
        "statuses": [{**status(base, github, held), "target_url": held.get("target_url")} for held in latest.values()],
        "repository": short_repository(base, github.repository),
        "commit_url": url,
        "url": f"{url}/status",
    }


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
        "updated_at": _NOW,
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
        "created_at": _NOW,
        "updated_at": _NOW,
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
        "repo": _repository(base, repository) if repository else None,
        "user": user(base, owner) if owner else None,
    }


def full_repository(base: str, github: Github) -> dict[str, Any]:
    counts = dict.fromkeys(("network_count", "subscribers_count"), 0)
    shown = _repository(base, github.repository)
    return {**shown, "default_branch": github.default_branch, "has_discussions": False, **counts}


def short_repository(base: str, name: str) -> dict[str, Any]:
    whole = _repository(base, name)
    links = {field: value for field, value in whole.items() if field.endswith("_url")}
    kept = ("id", "node_id", "name", "full_name", "owner", "private", "html_url", "description", "fork", "url")
    return {**links, **{field: whole[field] for field in kept}, "hooks_url": f"{whole['url']}/hooks"}


def _repository(base: str, full_name: str) -> dict[str, Any]:
    owner, name = full_name.split("/")
    url = f"{base}/repos/{full_name}"
    links = (
        "archive", "assignees", "blobs", "branches", "clone", "collaborators", "comments", "commits", "compare",
        "contents", "contributors", "deployments", "downloads", "events", "forks", "git", "git_commits", "git_refs",
        "git_tags", "hooks", "html", "issue_comment", "issue_events", "issues", "keys", "labels", "languages",
        "merges", "milestones", "notifications", "pulls", "releases", "ssh", "stargazers", "statuses", "subscribers",
        "subscription", "svn", "tags", "teams", "trees",
    )  # fmt: skip
    counts = (
        "forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers",
        "watchers_count",
    )  # fmt: skip
    switches = (
        "archived", "disabled", "fork", "has_downloads", "has_issues", "has_pages", "has_projects", "has_wiki",
        "private",
    )  # fmt: skip
    nothing = ("description", "homepage", "language", "license", "mirror_url")
    return {
        "id": 1,
        "node_id": "R_1",
        "name": name,
        "full_name": full_name,
        "owner": user(base, owner),
        "url": url,
        "default_branch": "main",
        **{f"{link}_url": f"{url}/{link}" for link in links},
        **dict.fromkeys(counts, 0),
        **dict.fromkeys(switches, False),
        **dict.fromkeys(nothing),
        **dict.fromkeys(("created_at", "pushed_at", "updated_at"), _NOW),
    }


def problem(message: str, *reasons: str) -> dict[str, Any]:
    told: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": "422"}
    return {**told, "errors": [{"message": reason} for reason in reasons]} if reasons else told

"""The shapes of GitHub's answers, with every field that its OpenAPI description requires of them."""

from typing import Any

from standins.github.state import Github

NOW = "2026-01-02T03:04:05Z"


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
        "created_at": held.get("at", NOW),
        "updated_at": NOW,
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
        "started_at": NOW,
        "completed_at": NOW if held.get("conclusion") else None,
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
        "created_at": NOW,
        "updated_at": NOW,
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


def full_repository(base: str, github: Github) -> dict[str, Any]:
    counts = dict.fromkeys(("network_count", "subscribers_count"), 0)
    shown = repository_shape(base, github.repository)
    return {**shown, "default_branch": github.default_branch, "has_discussions": False, **counts}


def short_repository(base: str, name: str) -> dict[str, Any]:
    whole = repository_shape(base, name)
    links = {field: value for field, value in whole.items() if field.endswith("_url")}
    kept = ("id", "node_id", "name", "full_name", "owner", "private", "html_url", "description", "fork", "url")
    return {**links, **{field: whole[field] for field in kept}, "hooks_url": f"{whole['url']}/hooks"}


def repository_shape(base: str, full_name: str) -> dict[str, Any]:
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
        **dict.fromkeys(("created_at", "pushed_at", "updated_at"), NOW),
    }


def problem(message: str, *reasons: str) -> dict[str, Any]:
    told: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": "422"}
    return {**told, "errors": [{"message": reason} for reason in reasons]} if reasons else told

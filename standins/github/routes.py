"""Every endpoint that the stand-in has, and which step answers it."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from standins.github import git_database, people, publishing, pulls, watching, workflows
from standins.github.request import Answer, Request
from standins.github.rules import refuse


def answer_graphql(request: Request) -> Answer:
    query = " ".join(str(request.body.get("query", "")).split())
    if query != "query { viewer { login } }":
        return Answer(200, {"errors": [{"type": "UNKNOWN", "message": f"no such query here: {query}"}]})
    return Answer(200, {"data": {"viewer": {"login": request.token.login}}})


_PULL = r"/pulls/(\d+)"
_ISSUE = r"/issues/(\d+)"
_CHECK = r"/check-runs/(\d+)"
ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "", people.show_repository),
    ("GET", _PULL, people.show_pull),
    ("GET", "/pulls", pulls.list_pulls),
    ("POST", "/pulls", pulls.create_pull),
    ("PATCH", _PULL, pulls.update_pull),
    ("GET", rf"{_PULL}/reviews", people.list_reviews),
    ("GET", rf"{_PULL}/comments", people.list_review_comments),
    ("GET", r"/commits/([^/]+)/pulls", people.list_pulls_of_commit),
    ("GET", r"/collaborators/([^/]+)/permission", people.show_permission),
    ("GET", "/activity", people.list_activity),
    ("GET", "/issues", watching.list_issues),
    ("POST", "/issues", watching.create_issue),
    ("PATCH", _ISSUE, watching.update_issue),
    ("GET", "/deployments", watching.list_deployments),
    ("GET", r"/deployments/(\d+)", watching.show_deployment),
    ("POST", r"/deployments/(\d+)/statuses", watching.create_deployment_status),
    ("GET", _ISSUE, people.show_issue),
    ("GET", rf"{_ISSUE}/labels", people.list_labels),
    ("POST", rf"{_ISSUE}/labels", people.add_labels),
    ("DELETE", rf"{_ISSUE}/labels/([^/]+)", people.remove_label),
    ("GET", rf"{_ISSUE}/events", people.list_events),
    ("GET", rf"{_ISSUE}/comments", publishing.list_comments),
    ("POST", rf"{_ISSUE}/comments", publishing.create_comment),
    ("GET", r"/issues/comments/(\d+)", publishing.show_comment),
    ("PATCH", r"/issues/comments/(\d+)", publishing.update_comment),
    ("DELETE", r"/issues/comments/(\d+)", publishing.delete_comment),
    ("POST", "/check-runs", publishing.create_check_run),
    ("GET", _CHECK, publishing.show_check_run),
    ("PATCH", _CHECK, publishing.update_check_run),
    ("GET", rf"{_CHECK}/annotations", publishing.list_annotations),
    ("GET", r"/commits/(.+)/check-runs", publishing.list_check_runs),
    ("GET", r"/commits/(.+)/status", publishing.show_combined_status),
    ("POST", r"/statuses/([0-9a-f]+)", publishing.create_status),
    ("GET", r"/commits/([^/]+)", git_database.show_commit),
    ("GET", r"/branches/(.+)", git_database.show_branch),
    ("POST", "/git/blobs", git_database.create_blob),
    ("GET", r"/git/blobs/([0-9a-f]+)", git_database.show_blob),
    ("POST", "/git/trees", git_database.create_tree),
    ("GET", r"/git/trees/(.+)", git_database.show_tree),
    ("POST", "/git/commits", git_database.create_commit),
    ("GET", r"/git/commits/([0-9a-f]+)", git_database.show_git_commit),
    ("POST", "/git/refs", git_database.create_ref),
    ("GET", r"/git/ref/(.+)", git_database.show_ref),
    ("GET", r"/git/matching-refs/(.+)", git_database.list_refs),
    ("PATCH", r"/git/refs/(.+)", git_database.update_ref),
    ("DELETE", r"/git/refs/(.+)", git_database.delete_ref),
    ("GET", r"/contents/?(.*)", git_database.show_contents),
    ("PUT", r"/contents/(.+)", git_database.put_contents),
    ("DELETE", r"/contents/(.+)", git_database.delete_contents),
    ("GET", "/actions/runs", workflows.list_runs),
    ("GET", r"/actions/workflows/([^/]+)/runs", workflows.list_runs),
    ("GET", r"/actions/runs/(\d+)", workflows.show_run),
    ("GET", r"/actions/runs/(\d+)/artifacts", workflows.list_artifacts),
    ("GET", "/actions/artifacts", workflows.list_artifacts),
    ("GET", r"/actions/artifacts/(\d+)", workflows.show_artifact),
    ("GET", r"/actions/artifacts/(\d+)/zip", workflows.redirect_to_zip),
)
"""Method, the path below the repository's, and the step."""


def answer(request: Request) -> Answer:
    """Carries the request out. Raises RefusedError."""
    if request.path == "/graphql" and request.method == "POST":
        return answer_graphql(request)
    found = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", request.path)
    if not found:
        refuse(404, "Not Found")
    home = request.github
    github = home if found[1] == home.repository else home.others.get(found[1]) or refuse(404, "Not Found")
    for method, pattern, step in ROUTES:
        matched = re.fullmatch(pattern, found[2] or "")
        if matched and method == request.method:
            return step(replace(request, github=github), *map(unquote, matched.groups()))
    return refuse(404, "Not Found")

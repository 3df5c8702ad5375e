"""Git's objects over HTTP: blobs, trees, commits, refs and the contents of files, as pure steps on the state."""

import base64
import binascii
from typing import Any

from standins.github import git_answers as answers
from standins.github import rules
from standins.github.git_objects import Commit, Entry
from standins.github.request import Answer, Request
from standins.github.rules import refuse

_MOST_CONTENT = 1024 * 1024
"""Bytes of a file that ``contents`` shows; above it, up to 100 MB, only its blob does."""


def create_blob(request: Request) -> Answer:
    rules.check_permission(request.token, "contents", "write")
    content = _decode(request.body.get("content"), request.body.get("encoding", "utf-8"))
    sha = request.github.git.add_blob(content)
    return Answer(201, {"sha": sha, "url": f"{request.repository_url}/git/blobs/{sha}"})


def show_blob(request: Request, sha: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    content = request.github.git.blobs.get(sha)
    if content is None:
        refuse(404, "Not Found")
    return Answer(200, {**answers.blob(request.repository_url, sha, content), "node_id": f"B_{sha}"})


def create_tree(request: Request) -> Answer:
    rules.check_permission(request.token, "contents", "write")
    git, told = request.github.git, request.body
    tree = git.commits[told["base_tree"]].tree if told.get("base_tree") in git.commits else told.get("base_tree", "")
    if tree and tree not in git.trees:
        refuse(422, "Validation Failed", "base_tree is not a valid tree oid")
    tree = tree or git.add_tree({})
    for entry in told.get("tree") or refuse(422, "Validation Failed", "tree cannot be empty"):
        tree = git.put(tree, entry["path"], _entry(request, entry))
    return Answer(201, _shown_tree(request, tree))


def show_tree(request: Request, name: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    git = request.github.git
    commit = git.resolve(name)
    tree = git.commits[commit].tree if commit else name
    if tree not in git.trees:
        refuse(404, "Not Found")
    return Answer(200, _shown_tree(request, tree, is_deep=bool(request.query.get("recursive"))))


def create_commit(request: Request) -> Answer:
    rules.check_permission(request.token, "contents", "write")
    git, told = request.github.git, request.body
    parents = tuple(told.get("parents", ()))
    if told.get("tree") not in git.trees:
        refuse(422, "Tree SHA does not exist")
    if missing := [parent for parent in parents if not request.github.knows(parent)]:
        refuse(422, f"Parent SHA does not exist or is not a commit object: {missing[0]}")
    sha = git.add_commit(Commit(told["tree"], parents, told["message"]))
    return Answer(201, answers.git_commit(request.repository_url, sha, git.commits[sha]))


def show_git_commit(request: Request, sha: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    held = request.github.git.commits.get(sha) or refuse(404, "Not Found")
    return Answer(200, answers.git_commit(request.repository_url, sha, held))


def show_commit(request: Request, name: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    git = request.github.git
    sha = git.resolve(name) or refuse(422, f"No commit found for SHA: {name}")
    return Answer(200, answers.commit(request.repository_url, sha, git.commits[sha]))


def show_branch(request: Request, name: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    git = request.github.git
    sha = git.refs.get(f"refs/heads/{name}") or refuse(404, "Branch not found")
    return Answer(
        200, answers.branch(request.repository_url, name, answers.commit(request.repository_url, sha, git.commits[sha]))
    )


def create_ref(request: Request) -> Answer:
    rules.check_permission(request.token, "contents", "write")
    name, sha = request.body.get("ref", ""), request.body.get("sha")
    if not name.startswith("refs/") or name.count("/") < 2:
        refuse(422, "Reference name must start with 'refs/'")
    if name in request.github.git.refs:
        refuse(422, "Reference already exists")
    if sha not in request.github.git.commits:
        refuse(422, "Object does not exist")
    request.github.git.refs[name] = sha
    return Answer(201, answers.ref(request.repository_url, name, sha))


def show_ref(request: Request, name: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    sha = request.github.git.refs.get(f"refs/{name}") or refuse(404, "Not Found")
    return Answer(200, answers.ref(request.repository_url, f"refs/{name}", sha))


def list_refs(request: Request, prefix: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    found = {name: sha for name, sha in request.github.git.refs.items() if name.startswith(f"refs/{prefix}")}
    return Answer(200, [answers.ref(request.repository_url, name, sha) for name, sha in sorted(found.items())])


def update_ref(request: Request, name: str) -> Answer:
    """Without ``force`` a ref moves forward only: of two pushes that started at one commit the second is refused."""
    rules.check_permission(request.token, "contents", "write")
    git, sha = request.github.git, request.body.get("sha", "")
    before = git.refs.get(f"refs/{name}") or refuse(422, "Reference does not exist")
    if sha not in git.commits:
        refuse(422, "Object does not exist")
    if not request.body.get("force") and not git.is_ancestor(before, sha):
        refuse(422, "Update is not a fast forward")
    git.refs[f"refs/{name}"] = sha
    return Answer(200, answers.ref(request.repository_url, f"refs/{name}", sha))


def delete_ref(request: Request, name: str) -> Answer:
    rules.check_permission(request.token, "contents", "write")
    if request.github.git.refs.pop(f"refs/{name}", None) is None:
        refuse(422, "Reference does not exist")
    return Answer(204, None)


def show_contents(request: Request, path: str) -> Answer:
    rules.check_permission(request.token, "contents", "read")
    git, name = request.github.git, request.query.get("ref", request.github.default_branch)
    commit = git.resolve(name) or refuse(404, f"No commit found for the ref {name}")
    entry = git.find(git.commits[commit].tree, path) or refuse(404, "Not Found")
    if entry.kind == "tree":
        below = git.trees[entry.sha].items()
        return Answer(200, [_shown_content(request, f"{path}/{each}".strip("/"), found) for each, found in below])
    return Answer(200, _shown_content(request, path, entry, is_whole=True))


def put_contents(request: Request, path: str) -> Answer:
    rules.check_permission(request.token, "contents", "write")
    git, told = request.github.git, request.body
    branch = told.get("branch", request.github.default_branch)
    content = _decode(told.get("content"), "base64")
    before = _check_stale(request, branch, path)
    sha = git.commit_file(branch, path, content, told["message"])
    made = _shown_content(request, path, Entry("100644", git.add_blob(content)))
    commit = answers.git_commit(request.repository_url, sha, git.commits[sha])
    return Answer(200 if before else 201, {"content": made, "commit": commit})


def delete_contents(request: Request, path: str) -> Answer:
    rules.check_permission(request.token, "contents", "write")
    git, told = request.github.git, request.body
    branch = told.get("branch", request.github.default_branch)
    if not _check_stale(request, branch, path):
        refuse(404, "Not Found")
    sha = git.commit_file(branch, path, None, told["message"])
    return Answer(200, {"content": None, "commit": answers.git_commit(request.repository_url, sha, git.commits[sha])})


def _check_stale(request: Request, branch: str, path: str) -> Entry | None:
    """What is there now, if the request names its SHA: nobody overwrites what they have not seen."""
    git, told = request.github.git, request.body.get("sha")
    commit = git.resolve(f"refs/heads/{branch}") or refuse(404, f"Branch {branch} not found")
    held = git.find(git.commits[commit].tree, path)
    if held and not told:
        refuse(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if held and told != held.sha:
        refuse(409, f"{path} does not match {told}")
    return held


def _entry(request: Request, told: dict[str, Any]) -> Entry | None:
    git = request.github.git
    if "content" in told:
        return Entry(told["mode"], git.add_blob(told["content"].encode()))
    sha = told.get("sha")
    if sha is None:
        return None
    if sha not in git.blobs and sha not in git.trees:
        refuse(422, "Validation Failed", f"tree.sha {sha} is not a valid blob")
    return Entry(told["mode"], sha)


def _shown_tree(request: Request, tree: str, *, is_deep: bool = False) -> dict[str, Any]:
    git = request.github.git
    entries = git.walk(tree) if is_deep else git.trees[tree]
    url = f"{request.repository_url}/git/trees/{tree}"
    shown = [
        answers.tree_entry(request.repository_url, path, entry, len(git.blobs.get(entry.sha, b"")))
        for path, entry in entries.items()
    ]
    return {"sha": tree, "url": url, "tree": shown, "truncated": False}


def _shown_content(request: Request, path: str, entry: Entry, *, is_whole: bool = False) -> dict[str, Any]:
    content = request.github.git.blobs.get(entry.sha, b"")
    shown = answers.content(request.repository_url, path, entry, len(content))
    if is_whole and entry.kind == "blob":
        is_shown = len(content) <= _MOST_CONTENT
        text = base64.encodebytes(content).decode() if is_shown else ""
        return {**shown, "content": text, "encoding": "base64" if is_shown else "none"}
    return shown


def _decode(content: object, encoding: str) -> bytes:
    if not isinstance(content, str):
        refuse(422, "Invalid request.", '"content" wasn\'t supplied.')
    if encoding != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=False)
    except binascii.Error:
        refuse(422, "content is not valid Base64")

"""The shapes of GitHub's answers about git's objects, with every field that its description asks for."""

import base64
from typing import Any

from standins.github.git_objects import Commit, Entry

_NOW = "2026-01-02T03:04:05Z"
_PERSON = {"name": "gate", "email": "gate@example.com", "date": _NOW}
_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def blob(url: str, sha: str, content: bytes) -> dict[str, Any]:
    text = base64.encodebytes(content).decode()
    return {"sha": sha, "url": f"{url}/git/blobs/{sha}", "size": len(content), "content": text, "encoding": "base64"}


def tree_entry(url: str, path: str, entry: Entry, size: int) -> dict[str, Any]:
    where = {"url": f"{url}/git/{entry.kind}s/{entry.sha}"}
    sized = {"size": size} if entry.kind == "blob" else {}
    return {"path": path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha, **sized, **where}


def git_commit(url: str, sha: str, held: Commit) -> dict[str, Any]:
    return {
        "sha": sha,
        "node_id": f"C_{sha}",
        "url": f"{url}/git/commits/{sha}",
        "html_url": f"{url}/commit/{sha}",
        "author": _PERSON,
        "committer": _PERSON,
        "tree": {"sha": held.tree, "url": f"{url}/git/trees/{held.tree}"},
        "message": held.message,
        "parents": [_parent(url, parent) for parent in held.parents],
        "verification": _UNSIGNED,
    }


def commit(url: str, sha: str, held: Commit) -> dict[str, Any]:
    where = f"{url}/commits/{sha}"
    return {
        "sha": sha,
        "node_id": f"C_{sha}",
        "url": where,
        "html_url": f"{url}/commit/{sha}",
        "comments_url": f"{where}/comments",
        "commit": {
            "url": f"{url}/git/commits/{sha}",
            "author": _PERSON,
            "committer": _PERSON,
            "message": held.message,
            "comment_count": 0,
            "tree": {"sha": held.tree, "url": f"{url}/git/trees/{held.tree}"},
            "verification": _UNSIGNED,
        },
        "author": {},  # nobody's account has that address
        "committer": {},
        "parents": [_parent(url, parent) for parent in held.parents],
    }


def branch(url: str, name: str, shown: dict[str, Any]) -> dict[str, Any]:
    where = f"{url}/branches/{name}"
    return {
        "name": name,
        "commit": shown,
        "_links": {"html": f"{url}/tree/{name}", "self": where},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{where}/protection",
    }


def ref(url: str, name: str, sha: str) -> dict[str, Any]:
    target = {"type": "commit", "sha": sha, "url": f"{url}/git/commits/{sha}"}
    return {"ref": name, "node_id": f"R_{name}", "url": f"{url}/git/{name}", "object": target}


def content(url: str, path: str, entry: Entry, size: int) -> dict[str, Any]:
    is_folder = entry.kind == "tree"
    where, git_url = f"{url}/contents/{path}", f"{url}/git/{entry.kind}s/{entry.sha}"
    html = f"{url}/{entry.kind}/main/{path}"
    return {
        "type": "dir" if is_folder else "file",
        "size": size,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "url": where,
        "git_url": git_url,
        "html_url": html,
        "download_url": None if is_folder else f"{url}/raw/main/{path}",
        "_links": {"self": where, "git": git_url, "html": html},
    }


def _parent(url: str, sha: str) -> dict[str, Any]:
    return {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{url}/commit/{sha}"}

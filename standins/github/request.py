"""A request as the routes see it, its answer, and what all listings share: pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from standins.github.state import Github, Token


@dataclass(frozen=True, kw_only=True)
class Request:
    github: Github
    """The repository that the path names."""
    base: str
    """The server's URL."""
    method: str
    path: str
    query: Mapping[str, str]
    body: dict[str, Any]
    token: Token

    @property
    def repository_url(self) -> str:
        return f"{self.base}/repos/{self.github.repository}"


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str] = {}


def page(request: Request, items: list[Any], *, within: str = "") -> Answer:
    """A page of a listing, 30 entries unless asked for more, 100 at the most; the next one is in the ``link`` header.

    ``within``: the field that holds the entries, beside ``total_count``; empty where the listing is a bare list.
    """
    size = max(1, min(int(request.query.get("per_page", "30")), 100))
    number = max(1, int(request.query.get("page", "1")))
    last = max(1, -(-len(items) // size))
    headers = {}
    if number < last:
        kept = "".join(f"{name}={value}&" for name, value in request.query.items() if name not in {"page", "per_page"})
        where = f"{request.base}{request.path}?{kept}per_page={size}"
        headers = {"link": f'<{where}&page={number + 1}>; rel="next", <{where}&page={last}>; rel="last"'}
    shown = items[(number - 1) * size : number * size]
    return Answer(200, {"total_count": len(items), within: shown} if within else shown, headers)

"""Where a person may still be named and this program cannot, or should not, reach: with the command that does."""

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gate_action.config.loop.document import LoopSettings
from gate_action.config.loop.ingest import FilesSource
from gate_action.config.settings import Config

_MOST = 5
_PLAIN = re.compile(r"[A-Za-z0-9._:/-]+")
"""What stands in Python and in a shell as it is: ids and digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    what: str
    command: str = ""
    """For a shell; empty: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """By what the person was named."""

    row_ids: Collection[str]
    trace_ids: Collection[str]
    in_history: Sequence[str] = ()
    """Marks that git's history holds."""


def list_out_of_reach(settings: LoopSettings, configs: Sequence[Config], named: Named) -> tuple[OutOfReach, ...]:
    return (
        *_sources(settings, named),
        *(_history(named.in_history) if named.in_history else ()),
        *(_pull_requests(sorted(named.row_ids)) if named.row_ids else ()),
        *(_artifacts(configs) if named.row_ids else ()),
        *_buckets(settings, configs),
        *_state_branch(settings),
    )


def _sources(settings: LoopSettings, named: Named) -> Iterator[OutOfReach]:
    """What they hold is kept out of the store, where a secret marks it; it is there all the same."""
    for name, source in sorted(settings.loop.sources.items()):
        place = source.path if isinstance(source, FilesSource) else f"its {source.__struct_config__.tag} server"
        traces = ", ".join(sorted(named.trace_ids)[:_MOST])
        told = f" (traces {traces}{', ...' if len(named.trace_ids) > _MOST else ''})" if traces else ""
        yield OutOfReach(what=f"the source {name}, {place}: it still holds the person, delete what is there{told}")


def _history(marks: Sequence[str]) -> Iterator[OutOfReach]:
    wanted = ", ".join(f'b"{mark}"' for mark in marks if _PLAIN.fullmatch(mark))
    drop = (
        'blob.data = b"".join(line for line in blob.data.splitlines(True) '
        f"if not any(mark in line for mark in [{wanted}]))"
    )
    yield OutOfReach(
        what="git's history: in a fresh clone, then push it; every other clone and fork has to do the same",
        command=f"git filter-repo --force --blob-callback {shlex.quote(drop)} && git push --force --all origin",
    )


def _pull_requests(row_ids: Sequence[str]) -> Iterator[OutOfReach]:
    asked = " ".join(f'"{row}"' for row in row_ids[:_MOST])
    yield OutOfReach(
        what="pages and comments of pull requests that told of the rows, and refs/pull/N/head of those that brought "
        "them, which only GitHub's support deletes",
        command=f"gh search prs {shlex.quote(asked.replace(' ', ' OR '))} --repo "
        '"$(gh repo view --json nameWithOwner --jq .nameWithOwner)"',
    )


def _artifacts(configs: Sequence[Config]) -> Iterator[OutOfReach]:
    listed = 'gh api --paginate "repos/{owner}/{repo}/actions/artifacts" --jq '
    shown = shlex.quote('.artifacts[] | select(.expired | not) | "\\(.id) \\(.name) \\(.expires_at)"')
    kept = any(config.baselines is not None and config.baselines.name == "artifacts" for config in configs)
    also = ", stored runs among them" if kept else ""
    yield OutOfReach(
        what=f"uploaded reports and run folders{also}, until their retention ends: delete those of runs that had the "
        'rows by gh api -X DELETE "repos/{owner}/{repo}/actions/artifacts/ID"',
        command=f"{listed}{shown}",
    )
    yield OutOfReach(what="caches of Actions that hold recordings or runs", command="gh cache delete --all")


def _buckets(settings: LoopSettings, configs: Sequence[Config]) -> Iterator[OutOfReach]:
    urls = [settings.state.bucket.url] if settings.state.bucket else []
    urls += [config.cache.objects.url for config in configs if config.cache and config.cache.objects]
    stores = [config.baselines for config in configs if config.baselines and config.baselines.name == "objects"]
    urls += [str(store.options.get("url", "")) for store in stores]
    for url in dict.fromkeys(urls):
        parts = urlsplit(url)
        if parts.scheme == "s3":
            query = shlex.quote("[Versions, DeleteMarkers][][?!IsLatest].[Key, VersionId]")
            yield OutOfReach(
                what=f"earlier versions in {url}, if the bucket keeps any: delete each by aws s3api delete-object "
                f"--bucket {parts.netloc} --key KEY --version-id ID",
                command=f"aws s3api list-object-versions --bucket {parts.netloc} "
                f"--prefix {shlex.quote(parts.path.strip('/'))} --query {query} --output text",
            )


def _state_branch(settings: LoopSettings) -> Iterator[OutOfReach]:
    if settings.state.branch:
        yield OutOfReach(
            what=f"earlier commits of the branch {settings.state.branch.name}, encrypted, until the server drops what "
            "no branch holds; GitHub's support does so when asked",
        )

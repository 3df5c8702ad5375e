"""A PullsClient that changes nothing: it reads what there is, and each change becomes a numbered JSON file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import count
from pathlib import Path

from gate_action.clients.folders import give_to_owner, make_folder
from gate_action.clients.github.pulls import PullPage, PullsClient
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject
from gate_action.model.people import Act


@dataclass(slots=True)
class Payloads:
    """Writes them into a folder that holds nothing of an earlier dry run."""

    folder: Path
    _numbers: "count[int]" = field(default_factory=lambda: count(1), init=False, repr=False)

    def __post_init__(self) -> None:
        make_folder(self.folder)
        for stale in self.folder.glob("[0-9][0-9][0-9][0-9]-*.json"):
            stale.unlink()

    def write(self, name: str, body: JsonObject) -> None:
        file = self.folder / f"{next(self._numbers):04}-{name}.json"
        file.write_text(f"{json.dumps(body, indent=2, ensure_ascii=False)}\n", encoding="utf-8")
        give_to_owner(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunPulls:
    payloads: Payloads
    real: PullsClient | None = None
    """Who is asked for what there is; None: nobody, as for a repository without a pull request."""

    def fetch_login(self) -> str:
        return ""

    def find_pulls(self, branch: str) -> tuple[PullPage, ...]:
        return self.real.find_pulls(branch) if self.real else ()

    def create_pull(self, *, branch: str, base: str, title: str, body: str) -> PullPage:
        told = {"title": title, "head": branch, "base": base, "body": body}
        self.payloads.write("create-pull", {"method": "POST", "path": "pulls", "body": told})
        return PullPage(number=0, url="", title=title, body=body, base=base, head_sha="")

    def update_pull(self, number: int, changes: Mapping[str, str]) -> None:
        self.payloads.write("update-pull", {"method": "PATCH", "path": f"pulls/{number}", "body": dict(changes)})

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        told = {"labels": list(labels)}
        self.payloads.write("add-labels", {"method": "POST", "path": f"issues/{number}/labels", "body": told})

    def find_removed_labels(self, number: int) -> frozenset[str]:
        return self.real.find_removed_labels(number) if self.real and number else frozenset()

    def fetch_closer(self, number: int) -> str:
        return self.real.fetch_closer(number) if self.real else ""

    def fetch_acts(self, number: int) -> tuple[Act, ...]:
        return self.real.fetch_acts(number) if self.real else ()

    def fetch_last_word(self, number: int, login: str) -> str:
        return self.real.fetch_last_word(number, login) if self.real else ""

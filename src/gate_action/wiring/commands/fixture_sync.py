"""``fixtures sync``: a store's rows become files of the repository, in the work tree or in a pull request."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from gate_action.clients.files import FolderFiles
from gate_action.clients.folders import make_folder
from gate_action.config.loading import list_gates, load_config, load_loop
from gate_action.errors import ConfigError
from gate_action.integrity.owners import OWNERS
from gate_action.loop.pulls.ledger import Ledger
from gate_action.loop.pulls.proposal import Ended, Outcome, Proposal
from gate_action.loop.sync.choosing import Limits
from gate_action.loop.sync.offers import Entrance, Offers
from gate_action.loop.sync.owners import find_owners, say_owners
from gate_action.loop.sync.page import Told
from gate_action.loop.sync.planning import (
    Places,
    Plan,
    find_turned_down,
    keep_present,
    list_contents,
    make_plan,
    write_proposal,
)
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Files
from gate_action.model.rejection import Rejection
from gate_action.report.escape import join
from gate_action.wiring.commands.measured_rows import MainScores
from gate_action.wiring.commands.pulling import PullOptions, open_job
from gate_action.wiring.commands.store_reading import StoreAddress, read_store
from gate_action.wiring.loop.promoting import build_scrubber


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    repository: Path
    config: str
    address: StoreAddress
    folder: str = ""
    """Empty: gate.yaml's loop.promote.folder."""
    allow_checks: tuple[str, ...] = ()
    limits: Limits
    pull: PullOptions | None = None
    """None: the work tree is written."""
    is_measured: bool = False
    """With ``pull``: main's build is run on the rows."""
    is_check: bool = False
    """Nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    offers: Offers
    plan: Plan
    """The last one that was made."""
    outcome: Outcome | None
    """None: there is no pull request to it."""
    difference: str = ""
    """Of the work tree, as a unified diff."""


def sync_fixtures(options: SyncOptions, environ: Mapping[str, str]) -> Synced:
    """Raises ConfigError, MissingKeyError, StoreError, PullRequestError."""
    tree = FolderFiles(options.repository)
    places = find_places(tree, options.config, options.folder)
    read = read_store(options.address, environ)
    shape = load_loop(tree, options.config).loop
    entrance = Entrance(scrubber=build_scrubber(shape.scrub), checks=frozenset(options.allow_checks))
    offers, told = entrance.read(read.objects), Told(source=read.words)
    if options.pull is not None:
        proposing = Proposing(
            places=places,
            offers=offers,
            limits=options.limits,
            told=told,
            config=options.config,
            is_measured=options.is_measured,
        )
        outcome = proposing.run(options.pull, options.repository, environ)
        return Synced(offers=offers, plan=proposing.plan, outcome=outcome)
    plan = make_plan(tree, places, offers, options.limits)
    if not options.is_check:
        write_files(options.repository, plan.files)
    return Synced(offers=offers, plan=plan, outcome=None, difference=_differ(tree, plan.files))


@dataclass(slots=True, kw_only=True)
class Proposing:
    """Offered rows on their way into the pull request of the purpose."""

    places: Places
    offers: Offers
    limits: Limits
    told: Told
    config: str
    ledger: Ledger | None = None
    """What is written down beside the rows."""
    is_measured: bool = False
    """Main's build is run on rows that no stored run has measured."""
    _plan: Plan | None = None
    _scores: MainScores | None = None

    def run(self, pull: PullOptions, repository: Path, environ: Mapping[str, str]) -> Outcome:
        self._scores = MainScores(
            config=self.config, repository=repository, environ=environ, is_measured=self.is_measured
        )
        job = open_job(pull, repository, environ, self.list_paths)
        return job.run(self.propose)

    def find_turned_down(
        self, pull: PullOptions, repository: Path, environ: Mapping[str, str]
    ) -> tuple[Rejection, ...]:
        """What the base holds, and what earlier pull requests tell. Raises as ``run``."""
        job = open_job(pull, repository, environ, self.list_paths)  # as long as it is held, its files are there
        files, ended = job.look_back()
        return find_turned_down(files, find_places(files, self.config, self.places.folder), ended)

    @property
    def plan(self) -> Plan:
        assert self._plan is not None  # noqa: S101  # the job proposes before it ends
        return self._plan

    def list_paths(self, files: Files) -> Sequence[str]:
        ledger = files.find(self.ledger.path) if self.ledger else ()
        owners = (path for name in OWNERS for path in files.find(name))
        return (*files.find(self.config), *ledger, *owners, *list_contents(self.places, files))

    def propose(self, files: Files, ended: Sequence[Ended], present: Mapping[str, bytes]) -> Proposal:
        """Against the base's own gate.yaml: the branch that is checked out may be another one."""
        self.places = find_places(files, self.config, self.places.folder)
        offers = keep_present(self.offers, present)
        self._plan = make_plan(files, self.places, offers, self.limits, ended)
        rows, changed = self._plan.chosen.rows, self._plan.files
        told = replace(self.told, scores=self._scores.find(files, rows, changed)) if self._scores else self.told
        proposal = write_proposal(self._plan, self.offers, told)
        if rows:
            asked = say_owners(find_owners(files, changed))
            proposal = replace(proposal, intro=join([proposal.intro, asked]))
        if self.ledger is None:
            return proposal
        path = self.ledger.path
        base = files.read(path) if files.find(path) == (path,) else b""
        return self.ledger.add_to(proposal, base, present, ended)


def find_places(files: Files, config: str, folder: str) -> Places:
    """Raises ConfigError."""
    configs = [load_config(files, config, gate) for gate in list_gates(files, config)]
    paths = [source.options["paths"] for one in configs for source in one.sources if source.name == "paths"]
    named = chain.from_iterable(each for each in paths if isinstance(each, list))
    fixtures = tuple(dict.fromkeys(map(str, named)))
    shape = load_loop(files, config).loop
    places = Places(folder=folder or shape.promote.folder, rejections=shape.rejections, fixtures=fixtures)
    places.check()
    return places


def write_files(repository: Path, files: Mapping[str, bytes]) -> None:
    """Each whole or not at all, and never through a link. Raises ConfigError."""
    top = repository.resolve()
    for path, content in files.items():
        target = top / path
        if target.is_symlink() or not target.parent.resolve().is_relative_to(top):
            raise ConfigError(f"{path} is or lies behind a symbolic link: nothing is written through it")
        make_folder(target.parent)
        beside = target.with_name(f".{target.name}.new")
        beside.write_bytes(content)
        beside.replace(target)


def _differ(tree: FolderFiles, files: Mapping[str, bytes]) -> str:
    lines: list[str] = []
    for path, content in sorted(files.items()):
        before = tree.read(path).decode("utf-8", "replace") if tree.find(path) == (path,) else ""
        after = content.decode("utf-8", "replace")
        names = (f"a/{path}" if before else "/dev/null", f"b/{path}")
        lines += difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "\n".join(lines)

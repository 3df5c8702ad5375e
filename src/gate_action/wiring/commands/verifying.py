"""Before a deploy: has this commit a passing verdict on the fixtures as they are now? Runs and spends nothing."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from gate_action.clients.git.repository import Git
from gate_action.codec.attestation import FAILED, PASSED, WARNED, CommitResult, read_statement, result_of
from gate_action.codec.baselines import RecordError
from gate_action.codec.documents import decode_report
from gate_action.config.loading import load_config
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.decision import Verdict
from gate_action.model.run import Revision
from gate_action.wiring.objects import build_named
from gate_action.wiring.suites import load_suite, open_sources
from gate_action.wiring.verdicts import list_verdicts

_LARGEST = 64 * 1024 * 1024
_OWN_FIXTURES = (
    "A commit's own fixtures decide once somebody approved them, and once it is on the default branch: the gate's job "
    "of that push judges it by them"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """The command line of `gate-action verify`. Without report and attestation the baseline store is asked."""

    repository: Path = Path()
    revision: str = "HEAD"
    config: str = "gate.yaml"
    gate: str | None = None
    report: Path | None = None
    attestation: Path | None = None
    allow_warned: bool = False


class Verification(NamedTuple):
    is_passing: bool
    sentence: str
    hint: str = ""


class _Found(NamedTuple):
    tested: CommitResult
    where: str
    why: str = ""
    is_of_itself: bool = False
    """Was it compared with itself? That shows nothing."""


def verify_commit(options: VerifyOptions, environ: Mapping[str, str]) -> Verification:
    """Raises ConfigError: arguments or files that cannot be used; StoreError: a store that cannot be read."""
    git = Git.find(options.repository)
    revision = git.resolve(options.revision)
    files = git.files(revision)
    config = load_config(files, options.config, options.gate)
    suite = load_suite(open_sources(config, environ), files)
    if options.report is not None:
        found = [_read_report(options.report, revision)]
    elif options.attestation is not None:
        found = list(_read_attestation(options.attestation))
    elif config.baselines is None:
        raise ConfigError(
            f"{options.config} names no baseline store to look for a verdict in",
            hint="name one under baselines:, or give --report or --attestation",
        )
    else:
        store = build_named("baselines", config.baselines.name, config.baselines.options, environ, git.repository)
        found = list(_ask_store(store, revision))
    return _weigh(found, Wanted(revision.sha, suite.digest, config.gate_id, options.allow_warned))


class Wanted(NamedTuple):
    commit: str
    suite: str
    gate_id: str
    allow_warned: bool


def _weigh(found: Iterable[_Found], wanted: Wanted) -> Verification:
    """The last one of this gate, commit and suite decides."""
    known = sorted((one for one in found if one.tested.gate_id == wanted.gate_id), key=lambda one: one.tested.run_id)
    of_commit = [one for one in known if one.tested.commit == wanted.commit]
    current = [one for one in of_commit if one.tested.suite == wanted.suite and not one.is_of_itself]
    short = wanted.commit[:10]
    if current:
        last = current[-1]
        told = f"commit {short}: {last.tested.result} on the current fixtures ({last.where})"
        is_passing = last.tested.result == PASSED or (wanted.allow_warned and last.tested.result == WARNED)
        return Verification(is_passing, f"{told}: {last.why}" if last.why else told)
    others = [one.tested.suite for one in of_commit if one.tested.suite != wanted.suite]
    if others:
        told = (
            f"commit {short} was judged on other fixtures: {others[-1][:19]}, and its own are {wanted.suite[:19]} now"
        )
        return Verification(is_passing=False, sentence=told, hint=_OWN_FIXTURES)
    if of_commit:
        told = f"commit {short} was only compared with itself, which shows nothing"
        return Verification(is_passing=False, sentence=told, hint=_OWN_FIXTURES)
    if known:
        told = f"what was found is of commit {known[-1].tested.commit[:10]}, and {short} is to be deployed"
        return Verification(is_passing=False, sentence=told, hint="hand over the report of this very commit")
    told = f"there is no verdict of gate {wanted.gate_id} on commit {short}"
    return Verification(is_passing=False, sentence=told, hint=f"wait for its run. {_OWN_FIXTURES}")


def _ask_store(store: object, revision: Revision) -> Iterable[_Found]:
    """Of the tree: a commit that changes no file deploys the same. Raises ConfigError, StoreError."""
    shelf = getattr(store, "shelf", None)
    if shelf is None:
        raise ConfigError("this baseline store keeps no verdicts", hint="give --report or --attestation")
    for record in list_verdicts(shelf, revision):
        result = FAILED
        if record.is_passing:
            result = PASSED if record.verdict is Verdict.PASS else WARNED
        subject = record.subject
        tested = CommitResult(
            commit=revision.sha, suite=record.suite, gate_id=subject.gate_id, result=result, run_id=record.run_id
        )
        is_of_itself = subject.base == subject.head
        yield _Found(tested, f"run {record.run_id}", record.sentence, is_of_itself=is_of_itself)


def _read_report(path: Path, revision: Revision) -> _Found:
    content = _read(path)
    if b'"_type"' in content[:1000]:
        return _as_found(_read_as_statement(content, path), path)
    report = decode_report(content, path=str(path))
    if report.revisions is None:
        raise ConfigError(f"{path} is a report of no commit", hint="give the report.json of `gate-action run`")
    head = report.revisions.head
    tested = CommitResult(
        commit=revision.sha if revision.tree and head.tree == revision.tree else head.sha,
        suite=report.suite_digest,
        gate_id=report.gate_id,
        result=result_of(report),
    )
    base = report.revisions.base
    is_of_itself = base is not None and (base.tree or base.sha) == (head.tree or head.sha)
    return _Found(tested, str(path), report.decision.reasons[0].sentence, is_of_itself=is_of_itself)


def _as_found(tested: CommitResult, path: Path) -> _Found:
    return _Found(tested, str(path), is_of_itself=tested.base == tested.commit)


def _read_as_statement(content: bytes, path: Path) -> CommitResult:
    try:
        return read_statement(msgspec.json.decode(content))
    except (msgspec.DecodeError, RecordError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be used: {error}") from error


def _read_attestation(path: Path) -> Iterable[_Found]:
    """The output of ``gh attestation verify --format json``: what it lists, it has verified."""
    try:
        listed = msgspec.json.decode(_read(path))
        statements = [entry["verificationResult"]["statement"] for entry in listed]
    except (msgspec.DecodeError, TypeError, KeyError, RecursionError) as error:
        raise ConfigError(
            f"{path} is not what `gh attestation verify --format json` prints: {error!r}",
            hint="a bundle alone proves nothing: let gh verify it, and hand over what it prints",
        ) from error
    for statement in statements:
        try:
            yield _as_found(read_statement(statement), path)
        except RecordError:
            continue  # another predicate on the same subject: provenance, an SBOM


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > _LARGEST:
        raise ConfigError(f"{path} is larger than the {_LARGEST:,} bytes that are read")
    return content

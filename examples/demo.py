"""The gate on a pull request that fixes one thing and breaks another: `make demo`. Checks the report that comes out.

Makes a git repository of the support bot, its fixtures and our gate.yaml, with the pull request of examples/demo/ on
top, and runs `gate-action run` on it. Ends 0 when the demonstration came out as it should.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gate_action.codec.documents import decode_report
from gate_action.model.comparison import ChangeKind
from gate_action.model.decision import Verdict
from gate_action.model.fixture import Slice
from gate_action.model.report import Report

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / ".gate" / "demo"
PATCH = ROOT / "examples" / "demo" / "ignore-numbers.patch"
COPIED = ("examples/support-bot", "fixtures", "gate.yaml")
REPORTS = ("report.html", "report.md", "report.json")

BROKEN_SLICE = Slice("kind", "lookup")
FIXED = frozenset({"refused-packaging", "refused-postage", "refused-rope", "refused-gift-card", "refused-harness"})
"""Questions of customers who tell dates and amounts: base refuses them."""


class DemoError(Exception):
    """The demonstration cannot be set up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the pull request is, and what the gate should make of it."""

    title: str
    patch: Path | None
    """None: only the README changes."""
    verdict: Verdict
    exit_code: int
    meaning: tuple[str, str, str]


EXPECTATIONS: Mapping[str, Expectation] = {
    "broken": Expectation(
        title="Ignore numbers when matching a question",
        patch=PATCH,
        verdict=Verdict.FAIL,
        exit_code=1,
        meaning=(
            "The job of this pull request would end red, and a required check keeps it from being merged.",
            "It does fix what it set out to fix, but look-ups by a number (a size, a weight) are now answered wrongly.",
            "Its author sees which fixtures broke, with both answers, before any customer does.",
        ),
    ),
    "unchanged": Expectation(
        title="Say in the README where answers come from",
        patch=None,
        verdict=Verdict.PASS,
        exit_code=0,
        meaning=(
            "The job of this pull request would end green.",
            "Base and head were both run, and no fixture's answer changed its score.",
            "The suite is large enough to say so: a drop of more than the margin would have shown.",
        ),
    ),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Run the gate on a made-up pull request and check what it says.")
    kinds = " or ".join(EXPECTATIONS)
    parser.add_argument("--head", default=os.environ.get("HEAD") or "broken", help=f"the pull request: {kinds}")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the repository and the reports")
    options = parser.parse_args(arguments)
    if options.head not in EXPECTATIONS:  # checked here, because argparse does not check a default
        parser.error(f"--head or HEAD is {kinds}, not {options.head!r}")
    expected = EXPECTATIONS[options.head]
    try:
        repository = make_repository(options.out, expected)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(f'Pull request: "{expected.title}"\n', flush=True)
    exit_code = run_gate(repository, options.out)
    differences = tuple(find_differences(options.out, expected, exit_code))
    tell(options.out, expected, exit_code, differences)
    return 1 if differences else 0


def make_repository(out: Path, expected: Expectation) -> Path:
    """A new repository with the commit ``main`` and the pull request's commit checked out."""
    repository = out / "repo"
    _remove_earlier(out, repository)
    for name in COPIED:
        _copy(ROOT / name, repository / name)
    _git(repository, "init", "--quiet")
    _git(repository, "symbolic-ref", "HEAD", "refs/heads/main")
    _commit(repository, "The support bot, its fixtures and its gate")
    _git(repository, "checkout", "--quiet", "-b", "pull-request")
    if expected.patch is None:
        with (repository / "examples/support-bot/README.md").open("a", encoding="utf-8") as readme:
            readme.write("\nIts answers are sentences of the help pages: to change an answer, change the page.\n")
    else:
        _git(repository, "apply", str(expected.patch))
    _commit(repository, expected.title)
    return repository


def run_gate(repository: Path, out: Path) -> int:
    """Runs the gate as a team's CI would, its output shown as it comes; gives its exit code."""
    command = ["run", "--repository", str(repository), "--base", "main", "--head", "pull-request", "--out", str(out)]
    return subprocess.run(
        [sys.executable, "-m", "gate_action", *command], env=clean_environment(), check=False
    ).returncode


def find_differences(out: Path, expected: Expectation, exit_code: int) -> Iterator[str]:
    """What did not come out as it should, a sentence each. Reads the report and nothing else."""
    missing = [name for name in REPORTS if not (out / name).is_file() or not (out / name).stat().st_size]
    if missing:
        yield f"these reports are missing or empty: {', '.join(missing)}"
    if exit_code != expected.exit_code:
        yield f"the gate ended with exit code {exit_code}, not {expected.exit_code}"
    path = out / "report.json"
    if not path.is_file():
        return
    report = decode_report(path.read_bytes(), path=str(path))
    if report.decision.verdict is not expected.verdict:
        yield f"the verdict is {report.decision.verdict}, not {expected.verdict}"
    yield from _find_wrong_changes(report) if expected.patch else _find_any_change(report)


def tell(out: Path, expected: Expectation, exit_code: int, differences: Iterable[str]) -> None:
    print(f"\nReports: {', '.join(str(_shorten(out / name)) for name in REPORTS)}")
    print(f"The gate's exit code: {exit_code}")
    if differences:
        print("\nThe demonstration did not come out as it should:")
        print("\n".join(f"  - {difference}" for difference in differences))
    else:
        print("\n".join(f"  {line}" for line in expected.meaning))


def clean_environment() -> dict[str, str]:
    """This process's, but `python3` is the one that runs us, and nothing points git or the gate elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.base_prefix) / "bin"), kept.get("PATH", os.defpath)])}


def _find_wrong_changes(report: Report) -> Iterator[str]:
    decision = report.decision
    broken = {entry.slice for metric in decision.metrics for entry in metric.slices if entry.is_broken}
    if BROKEN_SLICE not in broken:
        yield f"the slice {BROKEN_SLICE} is not among the broken ones: {', '.join(map(str, broken)) or 'none'}"
    if not any(reason.slice == BROKEN_SLICE or str(BROKEN_SLICE) in reason.sentence for reason in decision.reasons):
        yield f"no reason names the slice {BROKEN_SLICE}"
    kinds = {change.fixture_id: change.kind for change in decision.changes}
    if not_fixed := sorted(fixture for fixture in FIXED if kinds.get(fixture) is not ChangeKind.IMPROVED):
        yield f"these fixtures are not shown as improved: {', '.join(not_fixed)}"
    regressed = sorted(fixture for fixture, kind in kinds.items() if kind is ChangeKind.REGRESSED)
    if strays := [fixture for fixture in regressed if not fixture.startswith("lookup-")]:
        yield f"these fixtures regressed too: {', '.join(strays)}"
    if not regressed:
        yield "no fixture is shown as regressed"


def _find_any_change(report: Report) -> Iterator[str]:
    if changed := [change.fixture_id for change in report.decision.changes]:
        yield f"fixtures changed though the build did not: {', '.join(changed)}"


def _remove_earlier(out: Path, repository: Path) -> None:
    """Removes what an earlier demonstration left, and nothing that is not its own."""
    if repository.is_symlink() or (repository.exists() and not (repository / ".git").is_dir()):
        raise DemoError(f"{repository} is no repository of an earlier demonstration: remove it yourself")
    if repository.exists():
        shutil.rmtree(repository)
    for name in REPORTS:
        (out / name).unlink(missing_ok=True)
    repository.mkdir(parents=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    else:
        shutil.copy(source, target)


def _commit(repository: Path, message: str) -> None:
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--message", message)


def _git(repository: Path, *arguments: str) -> None:
    settings = {"user.name": "Demo", "user.email": "demo@example.invalid", "commit.gpgsign": "false"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = ["git", *options, "-c", f"core.hooksPath={os.devnull}", *arguments]
    done = subprocess.run(command, cwd=repository, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"git {arguments[0]} failed: {done.stderr.strip()}")


def _shorten(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

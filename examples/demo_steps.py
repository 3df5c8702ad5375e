"""How the demonstration of the loop runs commands: git, and gate-action as a team's job would."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]  # for standins/
_SECRET = secrets.token_hex(16)
"""Users are kept under keys; a team has such a secret in its CI."""
_WHO = ("-c", "user.name=Demo", "-c", "user.email=demo@example.invalid", "-c", "commit.gpgsign=false")


class DemoError(Exception):
    """A step did not end well."""


def environment(**more: str) -> dict[str, str]:
    """Without what a CI job or an installed git hook would add; `python3` is the one that runs us."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT", "GATE_", "OTEL_"))}
    path = os.pathsep.join((str(Path(sys.base_prefix) / "bin"), kept.get("PATH", os.defpath)))
    return kept | {"PATH": path, "GATE_USER_KEY_SECRET": _SECRET, "NO_COLOR": "1", "COLUMNS": "110"} | more


def run(argv: Iterable[str], **more: str) -> str:
    done = subprocess.run(list(argv), env=environment(**more), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"{' '.join(list(argv)[:3])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def gate_action(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gate_action", *arguments]


def command(repository: Path, name: str, *more: str) -> list[str]:
    return gate_action("loop", name, *more, "--repository", str(repository))


def step(repository: Path, name: str, *more: str) -> str:
    """A step of the loop, shown with what it says."""
    code, told = show(f"loop {name} {' '.join(more)}", command(repository, name, *more))
    if code:
        raise DemoError(f"loop {name} failed")
    return told


def show(shown: str, argv: Iterable[str], **more: str) -> tuple[int, str]:
    """Runs ``argv``, says what it says, and gives exit code and words."""
    print(f"$ gate-action {shown.strip()}\n", flush=True)
    done = subprocess.run(
        list(argv), env=environment(**more), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(f"{done.stdout}\n", flush=True)
    return done.returncode, done.stdout


def git(folder: Path, *arguments: str) -> str:
    return run(["git", *_WHO, "-c", f"core.hooksPath={os.devnull}", "-C", str(folder), *arguments]).strip()


def commit(folder: Path, words: str) -> str:
    """All that lies in the work tree. Gives the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", words)
    return git(folder, "rev-parse", "HEAD")


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)

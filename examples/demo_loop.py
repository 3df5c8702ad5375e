"""The loop, from the example application's traffic to a ranked list: `make demo-loop`. Checks what comes out.

Five weeks of customers ask the support bot. Before the last week a release goes out that answers look-ups by a number
wrongly. `gate-action loop` reads what was captured, labels what went wrong (by rules: no key, no network), follows the
labels week by week, and ranks. Ends 0 when the demonstration came out as it should.
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gate_action.clients.files import FolderFiles
from gate_action.codec.row_files import Rows, is_fixture_file

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / ".gate" / "demo-loop"
TRAFFIC = ROOT / "examples" / "demo" / "traffic.py"
PATCH = ROOT / "examples" / "demo" / "ignore-numbers.patch"
COPIED = ("examples/support-bot", "fixtures", "gate.yaml")
UNTIL = datetime(2026, 3, 2, tzinfo=UTC)
"""The Monday after the last week."""
WEEKS = 5
CUSTOMERS = 160
NEW = ["Do you mend zips?", "Could you mend the zip of my jacket?"]
TIMES = frozenset({"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"})


LOOP = """
loop:
  app: support-bot
  prioritize: {days: 7}    # a cycle a week
"""


class DemoError(Exception):
    """A step did not end well."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Run the loop on the example application's traffic.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the repository and the pages")
    out = parser.parse_args(arguments).out
    try:
        repository = make_repository(out)
        make_traffic(out, repository)
        differences = list(run_loop(out, repository))
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    pages = ", ".join(str(out / name) for name in ("week.html", "list.html", "list.md"))
    print(f"\nPages: {pages}\nThe ledger: {repository / 'ledger.jsonl'}")
    for difference in differences:
        print(f"demo: this is not as it should be: {difference}", file=sys.stderr)
    return 1 if differences else 0


def make_repository(out: Path) -> Path:
    """The team's repository: the bot, its fixtures, its gate.yaml; and beside it the release that breaks look-ups."""
    shutil.rmtree(out, ignore_errors=True)
    repository, broken = out / "repo", out / "release-2"
    for name in COPIED:
        source, target = ROOT / name, repository / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    with (repository / "gate.yaml").open("a", encoding="utf-8") as file:
        file.write(LOOP)
    shutil.copytree(repository / "examples", broken / "examples")
    run(["git", "init", "--quiet", str(broken)])  # a patch outside of a repository is applied to nothing
    run(["git", "-C", str(broken), "apply", str(PATCH)])
    return repository


def make_traffic(out: Path, repository: Path) -> None:
    """Each week in a process of its own, on the release of that week; what it captured is dated back into its week."""
    questions = list(read_questions(repository))
    (out / "traces").mkdir(parents=True)
    for number in range(WEEKS):
        is_last = number == WEEKS - 1
        bot = (out / "release-2" if is_last else repository) / "examples" / "support-bot"
        file, told = out / f"week-{number}.jsonl", out / f"week-{number}.json"
        week = {"file": str(file), "release": "2" if is_last else "1", "customers": CUSTOMERS, "seed": number}
        told.write_text(json.dumps(week | {"questions": questions, "new": NEW}), encoding="utf-8")
        path = os.pathsep.join((str(bot), str(ROOT / "capture" / "src")))
        run([sys.executable, str(TRAFFIC), str(told)], PYTHONPATH=path)
        noon = UNTIL - timedelta(days=7 * (WEEKS - number) - 2, hours=-12)
        (out / "traces" / file.name).write_text(dated(file.read_text(encoding="utf-8"), noon), encoding="utf-8")
    print(f"{WEEKS} weeks of customers asked the bot; release 2 went out before the last one.\n", flush=True)


def read_questions(repository: Path) -> Iterator[dict[str, Any]]:
    """What customers ask is what the fixtures ask: the last release breaks what no customer had complained of."""
    files, rows = FolderFiles(repository), Rows()
    for path in files.find("fixtures"):
        if is_fixture_file(path):
            rows.read(path, files.read(path))
    for fixture in rows.suite("fixtures").fixtures:
        facts = fixture.expected.facts
        if isinstance(fixture.input, str) and facts:
            slices = {one.dimension: one.value for one in fixture.slices}
            told = {"locale": slices.get("locale", "en"), "kind": slices.get("kind", "policy")}
            yield {"question": fixture.input, "facts": list(facts), **told}


def dated(text: str, start: datetime) -> str:
    """The same records, as if the first of them had been made at ``start``."""
    lines = [json.loads(line) for line in text.splitlines()]
    first = min(time for line in lines for time in times_of(line))
    shift = round(start.timestamp()) * 10**9 - first
    return "".join(json.dumps(shifted(line, shift)) + "\n" for line in lines)


def times_of(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key in TIMES and int(one):
                yield int(one)
            else:
                yield from times_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from times_of(one)


def shifted(value: Any, shift: int) -> Any:
    if isinstance(value, dict):
        return {
            key: str(int(one) + shift) if key in TIMES and int(one) else shifted(one, shift)
            for key, one in value.items()
        }
    return [shifted(one, shift) for one in value] if isinstance(value, list) else value


def run_loop(out: Path, repository: Path) -> Iterator[str]:
    """Every step as a team would run it. Tells what did not come out as it should."""
    until = f"--until={UNTIL:%Y-%m-%d}"
    step(repository, "ingest", str(out / "traces"))
    step(repository, "classify", "--by-rules")
    step(repository, "distribution", until, "--html", str(out / "week.html"))
    step(
        repository,
        "prioritize",
        until,
        "--ledger",
        "--html",
        str(out / "list.html"),
        "--markdown",
        str(out / "list.md"),
    )
    week = json.loads(run(command(repository, "distribution", until, "--json")))
    if week["shifted"] != "shift":
        yield f"the broken release is no shift: {week['shifted']}"
    ranked = json.loads(run(command(repository, "prioritize", until, "--json")))["items"]
    first = ranked[0] if ranked else {"label": "nothing"}
    if first["label"] != "hallucination":
        yield f"the wrong look-ups are not first, but {first['label']}"


def step(repository: Path, name: str, *more: str) -> None:
    argv = command(repository, name, *more)
    print(f"$ gate-action loop {name} {' '.join(more)}\n", flush=True)
    if subprocess.run(argv, env=environment(), check=False).returncode:
        raise DemoError(f"loop {name} failed")
    print(flush=True)


def command(repository: Path, name: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "gate_action", "loop", name, *more, "--repository", str(repository)]


_SECRET = secrets.token_hex(16)
"""Users are kept under keys; a team has such a secret in its CI."""


def environment(**more: str) -> dict[str, str]:
    """Without what a CI job or an installed git hook would add."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GATE_", "OTEL_"))}
    return kept | {"GATE_USER_KEY_SECRET": _SECRET, "NO_COLOR": "1"} | more


def run(argv: Iterable[str], **more: str) -> str:
    done = subprocess.run(list(argv), env=environment(**more), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"{' '.join(list(argv)[:3])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

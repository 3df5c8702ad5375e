"""The loop, from the example application's traffic to what production says of a fix: `make demo-loop`. Checks it all.

Five weeks of customers ask the support bot. Before the last week a release goes out that answers look-ups by a number
wrongly. `gate-action loop` reads what was captured, labels what went wrong (by rules: no key, no network), follows the
labels week by week, and ranks; `demo_ring.py` goes on from there. Ends 0 when all came out as it should.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from demo_ring import NEXT, Ring
from demo_steps import ROOT, DemoError, command, copy, run, step
from demo_story import Chapter, tell_story
from gate_action.clients.files import FolderFiles
from gate_action.codec.row_files import Rows, is_fixture_file

OUT = ROOT / ".gate" / "demo-loop"
CAPTURE = ROOT / "capture" / "src"
TRAFFIC = ROOT / "examples" / "demo" / "traffic.py"
PATCH = ROOT / "examples" / "demo" / "ignore-numbers.patch"
COPIED = ("examples/support-bot", "fixtures", "gate.yaml")
UNTIL = datetime(2026, 3, 2, tzinfo=UTC)
"""The Monday after the last week."""
WEEKS = 5
CUSTOMERS = 400
NEW = ["Do you mend zips?", "Could you mend the zip of my jacket?"]
ASKED = "Five weeks of customers asked the bot; release 2 went out before the last one. What they said is labelled."
FOLLOWED = "In the last week more answers are made up than before: a shift, beyond chance."
RANKED = "What to mend first, and how sure the order is."
START, END = "startTimeUnixNano", "endTimeUnixNano"
TIMES = frozenset({START, END, "timeUnixNano", "observedTimeUnixNano"})
OPEN = timedelta(days=6, hours=12)
"""Customers ask from Monday morning to Sunday evening."""


LOOP = """
loop:
  app: support-bot
  prioritize: {days: 7}    # a cycle a week
"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Run the loop on the example application's traffic.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the repository and the pages")
    out = parser.parse_args(arguments).out
    try:
        ring = run_all(out)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    (out / "story.html").write_text(tell_story(ring.chapters), encoding="utf-8")
    pages = ", ".join(str(out / name) for name in ("week.html", "list.html", "list.md", "pull-request.md"))
    print(f"\nThe story: {out / 'story.html'}\nPages: {pages}\nThe ledger: {ring.repository / 'ledger.jsonl'}")
    for difference in ring.differences:
        print(f"demo: this is not as it should be: {difference}", file=sys.stderr)
    return 1 if ring.differences else 0


def run_all(out: Path) -> Ring:
    """From the first customer to what production says of the fix."""
    repository = make_repository(out)
    make_traffic(out, repository)
    facts = {str(one["question"]): str(one["facts"][0]) for one in read_questions()}
    ring = Ring(
        out=out,
        repository=repository,
        until=UNTIL,
        make_week=lambda traces, release: make_week(traces, WEEKS, release, NEXT),
        facts=facts,
    )
    ring.differences += run_loop(out, repository, ring.chapters)
    ring.close()
    return ring


def make_repository(out: Path) -> Path:
    """The team's repository: the bot, its fixtures, its gate.yaml; and beside it the release that breaks look-ups."""
    shutil.rmtree(out, ignore_errors=True)
    repository, broken = out / "repo", out / "release-2"
    for name in COPIED:
        copy(ROOT / name, repository / name)
    forget_lookups(repository / "fixtures")
    with (repository / "gate.yaml").open("a", encoding="utf-8") as file:
        file.write(LOOP)
    shutil.copytree(repository / "examples", broken / "examples")
    run(["git", "init", "--quiet", str(broken)])  # a patch outside of a repository is applied to nothing
    run(["git", "-C", str(broken), "apply", str(PATCH)])
    return repository


def forget_lookups(fixtures: Path) -> None:
    """Nobody had thought of questions that a number decides: so the gate let release 2 through."""
    (fixtures / "lookups.jsonl").unlink()
    german = fixtures / "german.yaml"
    document = yaml.safe_load(german.read_text(encoding="utf-8"))
    rows = [row for row in document["fixtures"] if row["slices"].get("kind") != "lookup"]
    german.write_text(yaml.safe_dump({"fixtures": rows}, allow_unicode=True, sort_keys=False), encoding="utf-8")


def make_traffic(out: Path, repository: Path) -> None:
    """Five weeks, the last of them on release 2."""
    for number in range(WEEKS):
        is_last = number == WEEKS - 1
        make_week(out / "traces", number, out / "release-2" if is_last else repository, "2" if is_last else "1")
    print(f"{WEEKS} weeks of customers asked the bot; release 2 went out before the last one.\n", flush=True)


def make_week(traces: Path, number: int, release: Path, name: str) -> None:
    """A week in a process of its own, on the release of that week; what it captured is dated back into its week."""
    traces.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        file, told = Path(scratch, "captured.jsonl"), Path(scratch, "week.json")
        week = {"file": str(file), "release": name, "customers": CUSTOMERS, "seed": number}
        told.write_text(json.dumps(week | {"questions": list(read_questions()), "new": NEW}), encoding="utf-8")
        bot = release / "examples" / "support-bot"
        run([sys.executable, str(TRAFFIC), str(told)], PYTHONPATH=os.pathsep.join((str(bot), str(CAPTURE))))
        morning = UNTIL - timedelta(days=7 * (WEEKS - number), hours=-8)
        records = dated(file.read_text(encoding="utf-8"), morning, OPEN)
        (traces / f"week-{number}.jsonl").write_text(records, encoding="utf-8")


def read_questions() -> Iterator[dict[str, Any]]:
    """What customers ask is what our fixtures ask, and what the team's lack: look-ups by a number."""
    files, rows = FolderFiles(ROOT), Rows()
    for path in files.find("fixtures"):
        if is_fixture_file(path):
            rows.read(path, files.read(path))
    for fixture in rows.suite("fixtures").fixtures:
        facts = fixture.expected.facts
        if isinstance(fixture.input, str) and facts:
            slices = {one.dimension: one.value for one in fixture.slices}
            told = {"locale": slices.get("locale", "en"), "kind": slices.get("kind", "policy")}
            yield {"question": fixture.input, "facts": list(facts), **told}


def dated(text: str, start: datetime, length: timedelta) -> str:
    """The same records, in their order and evenly over ``length`` from ``start`` on. A call is as long as it was."""
    lines = [json.loads(line) for line in text.splitlines()]
    times = sorted({time for line in lines for time in times_of(line)})
    first, gap = round(start.timestamp()) * 10**9, round(length.total_seconds() * 10**9) // len(times)
    new = {time: first + number * gap for number, time in enumerate(times)}
    return "".join(json.dumps(moved(line, new)) + "\n" for line in lines)


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


def moved(value: Any, new: dict[int, int]) -> Any:
    if isinstance(value, list):
        return [moved(one, new) for one in value]
    if not isinstance(value, dict):
        return value
    told = {key: str(new[int(one)]) if key in TIMES and int(one) else moved(one, new) for key, one in value.items()}
    if END in value and START in value:
        told[END] = str(int(told[START]) + int(value[END]) - int(value[START]))
    return told


def run_loop(out: Path, repository: Path, chapters: list[Chapter]) -> Iterator[str]:
    """Every step as a team would run it. Tells what did not come out as it should."""
    until = f"--until={UNTIL:%Y-%m-%d}"
    said = step(repository, "ingest", str(out / "traces")) + step(repository, "classify", "--by-rules")
    chapters.append(Chapter(title="Asked and complained", words=ASKED, told=said))
    said = step(repository, "distribution", until, "--html", str(out / "week.html"))
    chapters.append(Chapter(title="Followed", words=FOLLOWED, told=said, page="week.html"))
    pages = ("--html", str(out / "list.html"), "--markdown", str(out / "list.md"))
    said = step(repository, "prioritize", until, "--ledger", *pages)
    chapters.append(Chapter(title="Ranked", words=RANKED, told=said, page="list.html"))
    week = json.loads(run(command(repository, "distribution", until, "--json")))
    if week["shifted"] != "shift":
        yield f"the broken release is no shift: {week['shifted']}"
    ranked = json.loads(run(command(repository, "prioritize", until, "--json")))["items"]
    first = ranked[0] if ranked else {"label": "nothing"}
    if first["label"] != "hallucination":
        yield f"the wrong look-ups are not first, but {first['label']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The suites that are run: rows with one exact_match (90 % pass) and one contains (100 %), recorded or over HTTP."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

IN_FLIGHT = 50


class Row(NamedTuple):
    fixture_id: str
    question: str
    expected: str
    needle: str
    answer: str
    """What the build answers: every tenth is not what is expected, and holds the needle all the same."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A repository with a gate, its fixtures and the recordings of both builds."""

    folder: Path
    rows: int

    @property
    def fixtures(self) -> Path:
        return self.folder / "fixtures" / "rows.jsonl"

    @property
    def answers(self) -> Path:
        return self.folder / "head.jsonl"


def make_rows(count: int) -> Iterator[Row]:
    for number in range(count):
        part, grams = f"part {number * 7919 % 100_003}", number % 97 + 3
        expected = f"According to the catalogue, {part} weighs {grams} grams, and its box {grams // 8 + 1} more."
        yield Row(
            f"catalogue-{number:06d}",
            f"I am about to post {part} to a customer abroad. What does it weigh with its box?",
            expected,
            f"{part} weighs {grams} grams",
            expected if number % 10 else f"{expected} Shall I order the postage?",
        )


def make_suite(folder: Path, count: int, *, url: str = "", has_base: bool = False) -> Suite:
    """``url``: the builds answer there; without one their recordings are read.

    Without a base the commit brings the gate itself: head alone is run, as the peers run one build.
    """
    (folder / "fixtures").mkdir(parents=True)
    suite = Suite(folder=folder, rows=count)
    with suite.fixtures.open("w") as fixtures, suite.answers.open("w") as answers:
        for row in make_rows(count):
            expected = {"output": row.expected, "facts": [row.needle]}
            fixtures.write(json.dumps({"id": row.fixture_id, "input": row.question, "expected": expected}) + "\n")
            answers.write(json.dumps({"fixture_id": row.fixture_id, "output": row.answer}) + "\n")
    (folder / "base.jsonl").write_bytes(suite.answers.read_bytes())
    (folder / "gate.yaml").write_text(_gate(url))
    (folder / ".gitignore").write_text(".gate/\n/*.jsonl\n")
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _commit(folder, "The gate")
    if has_base:
        _git(folder, "checkout", "--quiet", "-b", "change")
        (folder / "CHANGE").write_text("nothing that is measured\n")
        _commit(folder, "A change")
    return suite


def _gate(url: str) -> str:
    recorded = {"kind": "recorded", "options": {"base": "base.jsonl", "head": "head.jsonl"}}
    http = {"kind": "http", "options": {"url": {"base": url, "head": url}}}
    return json.dumps(
        {
            "schema_version": 1,
            "id": "bench",
            "fixtures": ["fixtures"],
            "target": http if url else recorded,
            "metrics": {"exact": {"evaluator": "exact_match"}, "has": {"evaluator": "contains"}},
            "policy": {"trials": 1},
            "limits": {"concurrency": IN_FLIGHT},
        },
        indent=1,
    )


def _commit(folder: Path, message: str) -> None:
    _git(folder, "add", ".")
    _git(folder, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "--quiet", "-m", message)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)

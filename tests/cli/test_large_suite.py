"""A suite that is too large for memory is judged, told and resumed as any other."""

import json
from pathlib import Path

import pytest

from gate_action.codec.records import decode_fixture
from gate_action.model.spooled import HELD
from tests.cli.running import run
from tests.repositories import Repository

pytestmark = pytest.mark.slow
COUNT = HELD + 120
GATE = """
schema_version: 1
id: large
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
policy: {trials: 1}
"""


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def large(tmp_path: Path) -> Repository:
    """Head fails the last hundred fixtures, which lie on the disk."""
    names = [f"f{number:05d}" for number in range(COUNT)]
    fixtures = [
        {"id": name, "input": f"ask {name}", "expected": name, "slices": {"part": name[-1]}, "cluster": name[:5]}
        for name in names
    ]
    recorded = {
        "base.jsonl": lines(*({"fixture_id": name, "output": name} for name in names)),
        "head.jsonl": lines(
            *({"fixture_id": name, "output": name if place < COUNT - 100 else "no"} for place, name in enumerate(names))
        ),
    }
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": lines(*fixtures), ".gitignore": "/*.jsonl\n"})
    made.commit({"README.md": "a change"})
    for name, text in recorded.items():
        (made.folder / name).write_text(text)
    return made


def test_what_lies_on_the_disk_is_scored_compared_and_shown(large: Repository) -> None:
    ran = run(large)
    assert (ran.code, ran.verdict) == (1, "fail"), ran.stderr
    decision = ran.report["decision"]
    regressed = [change["fixture_id"] for change in decision["changes"] if change["kind"] == "regressed"]
    assert sorted(regressed) == [f"f{number:05d}" for number in range(COUNT - 100, COUNT)]
    assert decision["unchanged"] == COUNT - 100
    (example, *_) = ran.report["examples"]
    assert example["input"] == f"ask {example['fixture_id']}"
    assert example["expected"] == example["base"]["text"] == example["fixture_id"]
    assert example["place"] == ["fixtures/all.jsonl", int(example["fixture_id"][1:]) + 1]
    written = (ran.run_folder / "fixtures.jsonl").read_bytes().splitlines()
    assert [decode_fixture(line).id for line in written] == [f"f{number:05d}" for number in range(COUNT)]


def test_it_goes_on_where_it_was_cut_off(large: Repository) -> None:
    whole = run(large)
    folder = whole.run_folder
    decision = (folder / "decision.json").read_bytes()
    (folder / "decision.json").unlink()
    for name in ("trials.jsonl", "scores.jsonl"):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
    resumed = run(large, "--resume")
    assert resumed.code == whole.code, resumed.stderr
    assert any("was cut off and is dropped" in warning for warning in resumed.report["warnings"])
    assert (folder / "decision.json").read_bytes() == decision

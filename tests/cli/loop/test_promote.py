import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gate_action.cli.commands import run_command
from gate_action.cli.loop.promote import command
from gate_action.loop.store import Store, arrow_table, open_store
from tests.cli.loops import make_loop
from tests.cli.running import run
from tests.loop.complaints import MONDAY, complaint, rows_of, turn
from tests.repositories import Repository

MORE = "loop: {promote: {licence: internal}}\n"
RECORDED = "target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}"
COMMAND = "target: {kind: command, options: {run: [python3, app.py]}}"
GATE = f"""\
schema_version: 1
fixtures: [fixtures]
{RECORDED}
metrics: {{checks: {{role: primary}}}}
"""
ASKED = ("Can I pay by cheque when I order on the phone?", "My mail is kim@mail.example. Where is the parcel?")
ANSWERED = ("Yes, send the cheque with your order.", "Dear kim@mail.example, it came on Sunday.")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with one fixture, and a store with a cluster of two failing turns and one that says no."""
    turns = [turn(n, input=ASKED[n], output=ANSWERED[n], consent="yes", conversation_id=f"c{n}") for n in range(2)]
    turns.append(turn(2, input="Say nothing of me, please, to anybody at all.", output="Sure.", consent="no"))
    said = [complaint(0, correction="No, we take cards and transfers."), complaint(1, "never came"), complaint(2)]
    folder = tmp_path / "repository"
    folder.mkdir()
    path = make_loop(folder, turns, said)
    (folder / "gate.yaml").write_text(GATE + MORE)
    (folder / "fixtures").mkdir()
    first = {"id": "first", "input": "Hello?", "checks": [{"evaluator": "contains", "options": {"all_of": ["Hi"]}}]}
    (folder / "fixtures" / "first.jsonl").write_text(json.dumps(first) + "\n")
    with open_store(path) as store:
        _cluster(store, "hallucination-7", [f"t{n:04}" for n in range(3)])
    return folder


def _cluster(store: Store, name: str, turn_ids: Sequence[str]) -> None:
    digest = {"classifier_digest": "sha256:c"}
    cluster = {"cluster_id": name, "label": "hallucination", "title": "Made up", "sentence": "It made something up."}
    cycles = {"first_cycle": "2026-W45", "last_cycle": "2026-W45", "status": "open"}
    store.upsert("cluster", arrow_table("cluster", [{**cluster, **cycles, **digest}]))
    members = [{"turn_id": one, "cluster_id": name, "cycle_id": "2026-W45"} for one in turn_ids]
    store.upsert("membership", arrow_table("membership", members))
    quotes = {"t0000": "send the cheque", "t0001": "came on Sunday", "t0002": "Sure."}
    modes: list[dict[str, Any]] = [
        {"turn_id": one, "mode": "hallucination", "is_present": True, "quote": quotes[one], **digest}
        for one in turn_ids
    ]
    store.upsert("classification_mode", arrow_table("classification_mode", modes))


def promote(shop: Path, *arguments: str) -> int:
    return run_command(["loop", "promote", "--repository", str(shop), *arguments])


def rows(shop: Path) -> list[dict[str, Any]]:
    path = shop / "fixtures" / "promoted" / "hallucination-7.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_failing_turns_are_written_as_fixtures_of_their_cluster_and_told(shop, capsys):
    assert promote(shop) == 0
    told = capsys.readouterr().out
    assert "1 cluster, 3 failing turns, 2 candidates" in told
    assert "passed over, no consent: 1" in told
    assert "wrote fixtures/promoted/hallucination-7.jsonl: 2 new rows" in told
    by_input = {row["input"]: row for row in rows(shop)}
    assert [row["id"] for row in rows(shop)] == sorted(row["id"] for row in rows(shop))
    cheque = by_input[ASKED[0]]
    assert cheque["expected"] == {"output": "No, we take cards and transfers."}
    assert cheque["provenance"]["correction"] == "user"
    assert "expected" not in by_input["My mail is <EMAIL_1>. Where is the parcel?"]
    assert "kim" not in (shop / "fixtures" / "promoted" / "hallucination-7.jsonl").read_text()


@pytest.mark.slow
def test_what_was_promoted_is_not_promoted_again(shop, capsys):
    promote(shop)
    before = rows(shop)
    capsys.readouterr()
    assert promote(shop) == 0
    assert "0 clusters" in capsys.readouterr().out
    assert promote(shop, "--cluster", "hallucination-7") == 0
    assert rows(shop) == before
    assert "passed over, the same as a fixture: 2" in capsys.readouterr().out


@pytest.mark.slow
def test_a_person_may_edit_a_promoted_row_and_it_stays_as_edited(shop):
    promote(shop, "--cluster", "hallucination-7")
    path = shop / "fixtures" / "promoted" / "hallucination-7.jsonl"
    edited = [row | {"licence": "by hand"} for row in rows(shop)]
    path.write_text("".join(json.dumps(row) + "\n" for row in edited[:1]))
    promote(shop, "--cluster", "hallucination-7")
    assert {row["licence"] for row in rows(shop)} == {"by hand", "internal"}


APP = """
import json, sys
answers = json.load(open("answers.json"))
for line in sys.stdin:
    request = json.loads(line)
    output = answers.get(request["input"], "Hi")
    print(json.dumps({"id": request["id"], "output": output}), flush=True)
"""


@pytest.mark.slow
def test_the_gate_takes_the_promoted_file_unchanged_and_fails_the_answer_that_failed(shop, capsys):
    promote(shop)
    wrong = {row["input"]: row["failing_output"] for row in rows(shop)}
    repository = Repository(shop)
    repository.git("init", "--quiet", "--initial-branch=main")
    (shop / "gate.yaml").write_text(
        GATE.replace(RECORDED, "target: {kind: command, options: {run: [python3, app.py]}}")
    )
    repository.commit({".gitignore": ".gate\n", "app.py": APP, "answers.json": "{}"})
    assert run_command(["validate", "--repository", str(shop)]) == 0
    assert "3 fixtures" in capsys.readouterr().out
    repository.commit({"answers.json": json.dumps(wrong)})

    ran = run(repository)

    scores = [json.loads(line) for line in (ran.run_folder / "scores.jsonl").read_text().splitlines()]
    promoted = {row["id"] for row in rows(shop)}
    found = {(one["fixture_id"] in promoted, one["arm"], one["value"]) for one in scores}
    assert found == {(True, "base", 1.0), (True, "head", 0.0), (False, "base", 1.0), (False, "head", 1.0)}


@pytest.mark.slow
def test_an_unknown_cluster_is_named_with_those_that_there_are(shop, capsys):
    assert promote(shop, "--cluster", "nope") == 2
    told = capsys.readouterr().err
    assert "no cluster nope" in told
    assert "hallucination-7" in told


def review(shop: Path, typed: str, editor: str = "true", *more: str) -> str:
    arguments = ["--repository", str(shop), "--review", "--reviewer", "ann", *more]
    result = CliRunner(env={"EDITOR": editor}).invoke(command, arguments, input=typed, standalone_mode=False)
    assert result.exception is None
    return str(result.output)


@pytest.mark.slow
def test_a_review_corrects_and_rejects_and_what_was_rejected_does_not_return(shop, tmp_path, capsys):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho 'Cards and transfers, no cheques.' > \"$1\"\n")
    editor.chmod(0o755)
    told = review(shop, "e\nr\nnot a fault\n", str(editor))
    assert "user said  never came" in told
    assert "edited: 1" in told
    assert "rejected: 1" in told
    (row,) = rows(shop)
    assert row["expected"] == {"output": "Cards and transfers, no cheques."}
    assert (row["provenance"]["reviewer"], row["provenance"]["correction"]) == ("ann", "reviewer")
    rejection = json.loads((shop / "rejections.jsonl").read_text())
    assert (rejection["reason"], rejection["reviewer"]) == ("not a fault", "ann")
    assert promote(shop, "--cluster", "hallucination-7") == 0
    assert len(rows(shop)) == 1
    assert "rejected before: 1" in capsys.readouterr().out


@pytest.mark.slow
def test_what_a_reviewer_writes_is_scrubbed_as_well(shop, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho 'Write to kim@mail.example, not by cheque.' > \"$1\"\n")
    editor.chmod(0o755)
    review(shop, "e\nr\nkim@mail.example said so\n", str(editor))
    written = [path.read_text() for path in (*shop.rglob("*.jsonl"),)]
    assert not any("kim@" in text for text in written)
    assert rows(shop)[0]["expected"] == {"output": "Write to <EMAIL_1>, not by cheque."}
    assert json.loads((shop / "rejections.jsonl").read_text())["reason"] == "<EMAIL_2> said so"


@pytest.mark.slow
def test_a_review_may_be_left_and_what_was_decided_by_then_counts(shop):
    told = review(shop, "a\nq\n")
    assert "accepted: 1" in told
    assert len(rows(shop)) == 1
    assert "skipped: 1" in review(shop, "s\n", "true", "--cluster", "hallucination-7")
    assert len(rows(shop)) == 1


@pytest.mark.slow
def test_what_a_user_wrote_does_not_reach_the_terminal_as_a_command(shop):
    with open_store(shop / ".gate" / "loop" / "store.duckdb") as store:
        store.connection.execute("UPDATE feedback SET comment = '\x1b]0;owned\x07\x1b[2Jhello' WHERE turn_id = 't0000'")
    told = review(shop, "q\n")
    assert "hello" in told
    assert "\x1b" not in told


@pytest.mark.slow
def test_the_store_knows_which_person_each_row_is_of_and_how_long_it_took(shop):
    promote(shop)
    with open_store(shop / ".gate" / "loop" / "store.duckdb") as store:
        kept = rows_of(store, "promotion")
    assert {row["user_key"] for row in kept} == {"u0000", "u0001"}
    assert {row["path"] for row in kept} == {"fixtures/promoted/hallucination-7.jsonl"}
    assert all(isinstance(row["complained_at"], datetime) and row["complained_at"] > MONDAY for row in kept)
    assert {row["outcome"] for row in kept} == {"proposed"}


@pytest.mark.slow
def test_a_review_is_a_sitting_whose_time_is_kept_and_told(shop, capsys):
    result = CliRunner().invoke(command, ["--repository", str(shop), "--review"], input="a\nq\n")
    assert "a person's time: 0.0 minutes" in result.output
    with open_store(shop / ".gate" / "loop" / "store.duckdb") as store:
        [sitting] = rows_of(store, "sitting")
    assert (sitting["kind"], sitting["items"]) == ("review", 1)
    assert 0 < sitting["seconds"] < 60
    assert run_command(["loop", "status", "--repository", str(shop)]) == 0
    assert "people's time: reviews 0.0 minutes in 1 sitting" in capsys.readouterr().out


@pytest.mark.slow
def test_training_opens_only_after_a_fix_did_not_hold_or_by_a_flag(shop, capsys):
    assert promote(shop, "--split", "train") == 2
    assert "not open for training: hallucination-7" in capsys.readouterr().err
    assert promote(shop, "--split", "train", "--open-training") == 0
    assert {row["split"] for row in rows(shop)} == {"train"}


@pytest.mark.slow
def test_what_opened_for_training_is_exported_and_a_row_in_both_splits_is_refused(shop, tmp_path, capsys):
    promote(shop, "--split", "train", "--open-training")
    export = ["loop", "export-training", "--repository", str(shop), "--out", str(tmp_path / "out")]
    assert run_command(export) == 0
    told = capsys.readouterr().out
    assert "1 chat, 1 preference pair" in told
    assert "left out, no person corrected it: 1" in told
    chat = json.loads((tmp_path / "out" / "chat.jsonl").read_text())
    assert [one["role"] for one in chat["messages"]] == ["user", "assistant"]

    judged = {"id": "judged", "input": ASKED[0].replace("order", "orders"), "expected": "No."}
    (shop / "fixtures" / "judged.jsonl").write_text(json.dumps(judged) + "\n")
    for argv in (export, ["validate", "--repository", str(shop)]):
        assert run_command(argv) == 2
        assert "nearly the input of judged" in capsys.readouterr().err

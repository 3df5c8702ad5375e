import json
import subprocess
import sys
from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.store import open_store
from standins.providers import Body, Refusal, provider, question_of
from tests.cli.loops import make_loop
from tests.cli.running import environment
from tests.loop.complaints import complaint, rows_of, turn

CLAIM = "you made that up, the [red]kettle[/red] has no warranty"


@pytest.mark.slow
def test_what_was_classified_is_clustered_under_the_same_gate_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = make_loop(tmp_path, [turn(n) for n in range(8)], [complaint(n, CLAIM) for n in range(8)])
    place = ["--repository", str(tmp_path)]
    assert run_command(["loop", "classify", *place]) == 0
    capsys.readouterr()
    assert run_command(["loop", "cluster", *place, "--until", "2026-11-09", "--cycle", "one"]) == 0
    told = capsys.readouterr().out
    assert "hallucination" in told
    assert "1 clusters by TF-IDF and HDBSCAN, of what people wrote; 0 failed turns are in none" in told
    with open_store(path) as store:
        (cluster,) = rows_of(store, "cluster")
        assert "warranty" in cluster["title"]
        assert len(rows_of(store, "membership")) == 8
        assert [row["cycle_id"] for row in rows_of(store, "cycle")] == ["one"]


VOCABULARY = ("warranty", "made", "kettle", "invented", "guarantee", "refund")


def embedding(text: str) -> list[float]:
    """Two things are one here whatever words they have: a warranty is a guarantee, and made up is invented."""
    has = {word: word in text for word in VOCABULARY}
    return [
        float(has["warranty"] or has["guarantee"]),
        float(has["made"] or has["invented"]),
        float(has["refund"]),
        0.1 * has["kettle"],
    ]


def grouping(folder: Path, method: str, url: str) -> "subprocess.CompletedProcess[str]":
    wordings = ("you made up a warranty", "it invented the guarantee", "you made up a refund")
    turns = [turn(n) for n in range(12)]
    more = f"loop: {{cluster: {{method: {method}, model: openai/small}}}}\n"
    make_loop(folder, turns, [complaint(n, wordings[n % 3]) for n in range(12)], more)
    assert run_command(["loop", "classify", "--repository", str(folder)]) == 0
    argv = [sys.executable, "-m", "gate_action", "loop", "cluster", "--until", "2026-11-09"]
    env = environment(OPENAI_BASE_URL=f"{url}/v1", OPENAI_API_KEY="k")
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=90)


@pytest.mark.slow
def test_by_a_models_vectors_other_words_for_one_thing_are_one_cluster(tmp_path: Path):
    def draw(body: Body, number: int) -> str | Refusal:
        return json.dumps([embedding(text) for text in body["input"]])

    with provider(draw) as served:
        done = grouping(tmp_path, "embeddings", served.url)
    assert done.returncode == 0, done.stderr
    assert "2 clusters by vectors of openai/small and HDBSCAN, of what people wrote" in done.stdout


@pytest.mark.slow
def test_a_model_that_groups_is_asked_once_a_label_and_one_that_is_away_changes_nothing(tmp_path: Path):
    def draw(body: Body, number: int) -> str | Refusal:
        texts = json.loads(question_of(body))
        members = [int(place) for place, text in texts.items() if "warranty" in text or "guarantee" in text]
        return json.dumps({"groups": [{"title": "invents a warranty", "members": members}]})

    with provider(draw) as served:
        done = grouping(tmp_path, "model", served.url)
        assert len(served.heard) == 1
    assert done.returncode == 0, done.stderr
    assert "invents a warranty" in done.stdout
    assert "1 clusters by groups of openai/small, of what people wrote; 4 failed turns are in none" in done.stdout
    with provider(lambda body, number: Refusal(status=401)) as served:
        refused = grouping(tmp_path, "model", served.url)
    assert refused.returncode == 3
    assert "nothing was changed" in refused.stderr

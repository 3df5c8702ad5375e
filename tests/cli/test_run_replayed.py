"""What a pull request pays for models: nothing for what did not change, and its own code is judged without noise."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from standins.providers import Body, Provider, provider, question_of
from tests.cli.running import Ran, run
from tests.repositories import Repository

COUNT = 40
APP = """
import json, os, sys, urllib.request

def ask(prompt):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": prompt}]}).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body, headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)["choices"][0]["message"]["content"]

for line in sys.stdin:
    request = json.loads(line)
    question = request["input"]
    print(json.dumps({"id": request["id"], "output": finish(ask(prompt_for(question)))}), flush=True)
"""
PLAIN = "def prompt_for(question): return 'Answer briefly. ' + question\ndef finish(text): return text.strip()\n"
SOME_PROMPTS = (
    "def prompt_for(question):\n"
    "    start = 'Answer at length. ' if question.endswith(('1?', '2?')) else 'Answer briefly. '\n"
    "    return start + question\n"
    "def finish(text): return text.strip()\n"
)
BROKEN_FINISH = "def prompt_for(question): return 'Answer briefly. ' + question\ndef finish(text): return text[:3]\n"
GATE = """
schema_version: 1
id: asking
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}, env: [OPENAI_API_KEY, OPENAI_BASE_URL]}
metrics: {answer: {evaluator: contains}}
policy: {trials: 2}
limits: {concurrency: 4, trial_timeout_s: 20}
"""


def rows() -> str:
    asked = [(f"f{number:02}", f"What of thing {number:02}?") for number in range(COUNT)]
    made = [{"id": name, "input": question, "expected": {"facts": ["fine"]}} for name, question in asked]
    return "\n".join(map(json.dumps, made)) + "\n"


def draw(body: Body, number: int) -> str:
    """Right nine times of ten; always, where it may answer at length: nothing there is to be confirmed."""
    if "at length" in question_of(body):
        return "it is fine"
    return random.Random(f"{number} {question_of(body)}").choice(["it is fine"] * 9 + ["no idea at all"])


RANDOM_IDS = (
    "import uuid\n"
    "def prompt_for(question): return 'Request ' + str(uuid.uuid4()) + ': ' + question\n"
    "def finish(text): return text.strip()\n"
)


@pytest.fixture
def model() -> Iterator[Provider]:
    with provider(draw) as made:
        yield made


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": GATE, "fixtures/all.jsonl": rows(), "app.py": PLAIN + APP})
    made.git("switch", "--quiet", "-c", "change")
    return made


def gate(repository: Repository, model: Provider, number: int) -> Ran:
    place = repository.folder.parent
    env = {
        "OPENAI_API_KEY": "test-key-0123456789",
        "OPENAI_BASE_URL": f"{model.url}/v1",
        "GATE_RECORDINGS": str(place / "recordings"),
    }
    return run(repository, "--base", "main", "--run-folder", str(place / f"run{number}"), env=env)


def spots(ran: Ran) -> int:
    """How many were sent anew: 5 % of 40, and twelve where one of these was answered otherwise."""
    count: int = ran.report["decision"]["replay"]["spot_check"]["fixtures"]
    assert count in {2, 12}
    return count


@pytest.mark.slow
def test_an_unchanged_change_pays_for_the_spot_check_alone(repository: Repository, model: Provider) -> None:
    repository.commit({"README.md": "words"})
    first = gate(repository, model, 1)
    assert first.verdict == "pass", first.stdout + first.stderr
    paid = COUNT + spots(first)
    assert len(model.heard) == paid
    again = gate(repository, model, 2)
    assert again.verdict == "pass", again.stdout + again.stderr
    assert len(model.heard) == paid + spots(again)
    assert again.report["decision"]["procedure"] == "replayed"
    assert again.report["decision"]["replay"]["exact"] == COUNT


@pytest.mark.slow
def test_a_change_of_some_prompts_pays_for_those(repository: Repository, model: Provider) -> None:
    repository.commit({"README.md": "words"})
    gate(repository, model, 1)
    before = len(model.heard)
    repository.commit({"app.py": SOME_PROMPTS + APP})
    ran = gate(repository, model, 2)
    assert ran.report["decision"]["replay"]["exact"] == COUNT - 8
    bought = [heard for heard in model.heard[before:] if "at length" in str(heard.body)]
    assert len(bought) == 8
    assert len(model.heard) == before + 8 + spots(ran)
    assert ran.code == 0, ran.stdout


def test_broken_post_processing_is_blocked_without_noise_or_calls(repository: Repository, model: Provider) -> None:
    repository.commit({"app.py": BROKEN_FINISH + APP})
    ran = gate(repository, model, 1)
    assert ran.code == 1, ran.stdout + ran.stderr
    assert "the same recorded model answers" in ran.report["decision"]["reasons"][0]["sentence"]
    assert len(model.heard) == COUNT + 2


@pytest.mark.slow
def test_a_suite_whose_requests_are_new_each_time_is_told_and_what_helps_does(
    repository: Repository, model: Provider
) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit({"app.py": RANDOM_IDS + APP})
    repository.git("switch", "--quiet", "-C", "change")
    repository.commit({"README.md": "words"})
    told = gate(repository, model, 1)
    assert told.report["decision"]["replay"]["exact"] == 0
    assert "normalise: [uuid" in " ".join(told.report["warnings"])
    repository.git("switch", "--quiet", "main")
    repository.commit({"gate.yaml": GATE + "replay: {normalise: [uuid]}\n"})
    repository.git("switch", "--quiet", "-C", "change")
    repository.commit({"README.md": "other words"})
    helped = gate(repository, model, 2)
    assert helped.report["decision"]["replay"]["exact"] == COUNT
    assert not helped.report["warnings"] or "normalise" not in " ".join(helped.report["warnings"])

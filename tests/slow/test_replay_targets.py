"""Replay end to end for every way to run a build that asks models: what did not change is not bought again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from standins.providers import Body, Provider, provider
from tests.cli.running import Ran, run
from tests.repositories import Repository

pytestmark = pytest.mark.slow

COUNT = 20
SPOTS = 1
"""5 % of 20."""
_ASK = """
import json, os, sys, urllib.request

def ask(question, headers):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Answer briefly. " + question}]}).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"], **headers}
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body, headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)["choices"][0]["message"]["content"]
"""
ONCE = _ASK + 'print(finish(ask(json.load(sys.stdin)["input"], {})))\n'
SERVER = (
    _ASK
    + """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = finish(ask(asked["input"], {"traceparent": self.headers["traceparent"]}))
        body = json.dumps({"output": text}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answers).serve_forever()
"""
)
PLAIN, BROKEN = "def finish(text): return text\n", "def finish(text): return text[:3]\n"
_ONCE = "{kind: command, options: {run: [python3, app.py], protocol: once}, env: [OPENAI_API_KEY, OPENAI_BASE_URL]}"
_HTTP = (
    '{kind: http, options: {start: [python3, app.py], url: "http://127.0.0.1:{port}/", request: {input: "{{input}}"}},'
    " env: [OPENAI_API_KEY, OPENAI_BASE_URL]}"
)
_PROMPT = (
    "{kind: prompt, options: {prompt: prompt.md, model: openai/m, base_url: %s/v1, key: OPENAI_API_KEY},"
    " env: [OPENAI_API_KEY]}"
)
TARGETS = {"once": (_ONCE, ONCE), "http": (_HTTP, SERVER)}


def draw(_body: Body, number: int) -> str:
    """Fine, and no two answers alike."""
    return f"it is fine ({number})"


@pytest.fixture
def model() -> Iterator[Provider]:
    with provider(draw) as made:
        yield made


def make_repository(tmp_path: Path, target: str) -> Repository:
    rows = [{"id": f"f{n:02}", "input": f"What of {n:02}?", "expected": {"facts": ["fine"]}} for n in range(COUNT)]
    gate = f"""
schema_version: 1
fixtures: [fixtures]
target: {target}
metrics: {{answer: {{evaluator: contains}}}}
policy: {{trials: 2}}
limits: {{concurrency: 4, trial_timeout_s: 20}}
"""
    made = Repository.create(tmp_path / "repository")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": "\n".join(map(json.dumps, rows)) + "\n"})
    return made


def gate(repository: Repository, model: Provider, name: str = "run") -> Ran:
    place = repository.folder.parent
    env = {
        "OPENAI_API_KEY": "test-key-0123456789",
        "OPENAI_BASE_URL": f"{model.url}/v1",
        "GATE_RECORDINGS": str(place / "recordings"),
    }
    return run(repository, "--base", "main", "--run-folder", str(place / name), env=env)


@pytest.mark.parametrize("kind", TARGETS)
def test_an_unchanged_build_buys_bases_answers_and_the_spot_check(kind: str, tmp_path: Path, model: Provider) -> None:
    target, app = TARGETS[kind]
    repository = make_repository(tmp_path, target)
    repository.commit({"app.py": PLAIN + app})
    repository.git("switch", "--quiet", "-c", "change")
    repository.commit({"README.md": "words"})
    ran = gate(repository, model)
    assert ran.report["decision"]["procedure"] == "replayed", ran.stdout + ran.stderr
    assert ran.report["decision"]["replay"]["exact"] == COUNT
    assert len(model.heard) == COUNT + SPOTS


@pytest.mark.parametrize("kind", TARGETS)
def test_broken_code_behind_the_same_answers_is_blocked_by_them(kind: str, tmp_path: Path, model: Provider) -> None:
    target, app = TARGETS[kind]
    repository = make_repository(tmp_path, target)
    repository.commit({"app.py": PLAIN + app})
    repository.git("switch", "--quiet", "-c", "change")
    repository.commit({"app.py": BROKEN + app})
    ran = gate(repository, model)
    assert ran.code == 1, ran.stdout + ran.stderr
    assert "the same recorded model answers" in ran.report["decision"]["reasons"][0]["sentence"]
    assert len(model.heard) == COUNT + SPOTS


def test_a_prompt_that_did_not_change_is_not_asked_again_and_one_that_did_is(tmp_path: Path, model: Provider) -> None:
    repository = make_repository(tmp_path, _PROMPT % model.url)
    repository.commit({"prompt.md": "Answer briefly: {{input}}"})
    repository.git("switch", "--quiet", "-c", "change")
    repository.commit({"README.md": "words"})
    ran = gate(repository, model)
    assert ran.report["decision"]["replay"]["exact"] == COUNT, ran.stdout + ran.stderr
    assert len(model.heard) == COUNT + SPOTS
    before = len(model.heard)
    repository.commit({"prompt.md": "Answer at length: {{input}}"})
    ran = gate(repository, model, "another run")
    assert ran.report["decision"]["replay"]["exact"] == 0, ran.stdout + ran.stderr
    assert sum("at length" in str(heard.body) for heard in model.heard[before:]) >= COUNT

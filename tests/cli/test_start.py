"""What a run loads: nothing of what it has no use for."""

import subprocess
import sys

import pytest

from tests.repositories import Repository

SELDOM = (
    "gate_action.clients.github.api",
    "gate_action.clients.proxy.recording",
    "gate_action.codec.labels",
    "gate_action.comparison.screen_confirm.screening",
    "gate_action.engine.cache",
    "gate_action.engine.shard_proof",
    "gate_action.sinks.check_run",
    "gate_action.wiring.caching",
    "gate_action.wiring.github.approvals",
    "gate_action.wiring.judging",
    "gate_action.wiring.memory",
    "gate_action.wiring.previews",
    "gate_action.wiring.replaying",
    "gate_action.wiring.simulating",
    "aiohttp",
    "email",
    "github",
    "litellm",
    "numpy.ma",
    "pydantic",
    "re2",
    "requests",
    "scipy",
    "statistics",
)
GATE = """
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {answer: {evaluator: exact_match}}
"""
RUN = """
import sys
from gate_action.__main__ import main
code = main(sys.argv[1:])
print("loaded", *sys.modules, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.slow
def test_a_run_on_recordings_loads_nothing_that_it_has_no_use_for(repository: Repository):
    answers = '{"fixture_id": "one", "output": "yes"}\n'
    fixtures = '{"id": "one", "input": "?", "expected": "yes"}\n'
    files = {"gate.yaml": GATE, "fixtures/all.jsonl": fixtures, "base.jsonl": answers, "head.jsonl": answers}
    repository.commit(files)
    repository.commit({"README.md": "words"})
    argv = [sys.executable, "-c", RUN, "run", "--repository", str(repository.folder), "--base", "HEAD~1"]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "loaded " in ran.stderr, ran.stderr
    loaded = ran.stderr.splitlines()[-1].split()
    assert "gate_action.wiring.telling" in loaded, ran.stderr
    assert sorted(set(loaded) & set(SELDOM)) == []
    assert loaded.index("numpy") > loaded.index("gate_action.evaluators.exact_match"), "no call waits for it"

"""What plays Langfuse and LangSmith in tests answers as their own clients expect it, and is asked as they would ask."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from gate_action.config.loop.backends import LangfuseSource, LangsmithSource
from standins.backends import langfuse, langsmith
from standins.backends.server import Exchange, serve
from tests.loop.ingest.backends.passes import open_passes
from tests.slow.backends.servers import TOP

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (TOP / ".venv-clients/stamp").exists(),
        reason="the vendors' clients are not installed: .ci/run 50-slow does",
    ),
]
AT = "2026-11-24T09:0{}:00Z"
TRACE = {"kind": "trace", "id": f"{1:032x}"}


def faults(vendor: str, exchanges: Sequence[Exchange]) -> str:
    told = [
        {
            "path": one.asked.path,
            "query": dict(one.asked.query),
            "body": one.asked.body,
            "answer": json.loads(one.answer.content),
        }
        for one in exchanges
    ]
    argv = [str(TOP / ".venv-clients/bin/python"), str(Path(__file__).with_name("judging.py")), vendor]
    return subprocess.run(argv, input=json.dumps(told), check=True, capture_output=True, text=True, timeout=100).stdout


def test_langfuses_own_client_takes_what_its_stand_in_answers(tmp_path: Path):
    fake = langfuse.Langfuse(
        observations=[langfuse.observation(number, AT.format(number)) for number in range(1, 5)],
        scores=[
            langfuse.score("thumb", TRACE, AT.format(1), value=False),
            langfuse.score("output", TRACE, AT.format(2), "30 days.", dataType="CORRECTION", source="ANNOTATION"),
            langfuse.score("tone", {"kind": "session", "id": "session 1"}, AT.format(3), "curt", source="EVAL"),
            langfuse.score(
                "note", {"kind": "observation", "id": "1", "traceId": "2"}, AT.format(4), "x", dataType="TEXT"
            ),
            langfuse.score("accuracy", {"kind": "experiment", "id": "run"}, AT.format(5), 0.5),
        ],
    )
    with serve(fake) as server, open_passes(tmp_path) as loop:
        public, secret = langfuse.KEYS
        source = LangfuseSource(url=server.url, since="2026-11-23", page_size=3, access_key=public, secret_key=secret)
        loop.read(source)
        assert {one.asked.path for one in server.exchanges} == {
            "/api/public/v2/observations",
            "/api/public/v3/scores",
        }
        assert faults("langfuse", server.exchanges) == ""
        wrong = Exchange(server.exchanges[0].asked, type(server.exchanges[0].answer)(body={"data": [{"id": 7}]}))
        assert "ValidationError" in faults("langfuse", [wrong])


def test_langsmiths_own_client_takes_what_its_stand_in_answers(tmp_path: Path):
    fake = langsmith.Langsmith(
        runs=[langsmith.run(number, AT.format(number)) for number in range(1, 5)],
        feedback=[
            langsmith.feedback(1, 1, AT.format(1), extra={"user_id": "u 1"}),
            langsmith.feedback(2, 1, AT.format(2), feedback_source={"type": "app", "user_id": langsmith.uuid(7)}),
            langsmith.feedback(3, 2, AT.format(3), score=None, value="curt", correction={"output": "30 days."}),
        ],
    )
    with serve(fake) as server, open_passes(tmp_path) as loop:
        loop.read(LangsmithSource(url=server.url, project="shop", key=langsmith.KEY, page_size=3))
        assert {one.asked.path for one in server.exchanges} == {
            "/api/v1/sessions",
            "/api/v2/runs/query",
            "/api/v1/feedback",
        }
        assert faults("langsmith", server.exchanges) == ""
        last = next(one for one in server.exchanges if one.asked.path == "/api/v1/feedback")
        wrong = Exchange(last.asked, type(last.answer)(body=[{"id": "7"}]))
        assert "ValidationError" in faults("langsmith", [wrong])

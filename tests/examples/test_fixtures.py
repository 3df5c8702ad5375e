import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from demo import BROKEN_SLICE, FIXED, PATCH, clean_environment
from gate_action.clients.files import FolderFiles
from gate_action.engine.scorer_building import build_scorer
from gate_action.model.fixture import Json, JsonObject, Slice, Suite, ToolCall
from gate_action.model.metric import CHECKS, Metric
from gate_action.model.protocols import Completion
from gate_action.model.score import Score
from gate_action.model.trial import Arm, Output, TrialKey
from gate_action.sources.paths import Paths

ROOT = Path(__file__).resolve().parents[2]


class NoModel:
    def __call__(
        self, messages: Sequence[Mapping[str, str]], *, model: str, schema: JsonObject | None = None
    ) -> Awaitable[Completion]:
        raise AssertionError(f"a fixture asks {model} for {messages} ({schema})")


def call_nothing(function: str, payload: JsonObject) -> Awaitable[Json]:
    raise AssertionError(f"a fixture calls {function} with {payload}")


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Paths(paths=("fixtures",)).load(FolderFiles(ROOT))


@pytest.fixture(scope="module")
def base(suite) -> dict[str, float]:
    return score(suite, ask(suite, ROOT / "examples" / "support-bot"))


@pytest.fixture(scope="module")
def head(suite, tmp_path_factory) -> dict[str, float]:
    """With the demonstration's pull request applied."""
    checkout = tmp_path_factory.mktemp("head")
    shutil.copytree(ROOT / "examples" / "support-bot", checkout / "examples" / "support-bot")
    environment = {**clean_environment(), "GIT_CEILING_DIRECTORIES": str(checkout.parent)}
    subprocess.run(["git", "apply", str(PATCH)], cwd=checkout, check=True, env=environment)
    return score(suite, ask(suite, checkout / "examples" / "support-bot"))


def ask(suite: Suite, bot: Path) -> dict[str, Output]:
    requests = [json.dumps({"id": fixture.id, "input": fixture.input}) for fixture in suite.fixtures]
    done = subprocess.run(
        [sys.executable, str(bot)], input="\n".join(requests), text=True, capture_output=True, check=True
    )
    replies: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        reply["id"]: Output(content=reply["output"], tool_calls=tuple(ToolCall(**made) for made in reply["tool_calls"]))
        for reply in replies
    }


def score(suite: Suite, outputs: Mapping[str, Output]) -> dict[str, float]:
    scorer = build_scorer([Metric(name=CHECKS, evaluator=CHECKS)], suite)

    async def score_all() -> dict[str, float]:
        values = {}
        for fixture in suite.fixtures:
            key = TrialKey(fixture.id, Arm.BASE, 0)
            (scored,) = await scorer.score(fixture, key, outputs[fixture.id], NoModel(), call_nothing)
            assert isinstance(scored.result, Score), (fixture.id, scored.result)
            values[fixture.id] = scored.result.value
        return values

    return asyncio.run(score_all())


def test_the_bot_passes_most_of_its_fixtures_and_not_all(suite, base):
    passed = sum(value == 1.0 for value in base.values())
    assert 0.88 <= passed / len(suite.fixtures) <= 0.95


def test_the_critical_fixtures_pass_on_both_builds(suite, base, head):
    critical = [fixture.id for fixture in suite.fixtures if fixture.is_critical]
    assert len(critical) >= 5
    assert all(base[name] == head[name] == 1.0 for name in critical)


def test_the_pull_request_fixes_what_it_set_out_to_fix(base, head):
    assert {name for name in base if head[name] > base[name]} == FIXED
    assert {head[name] for name in FIXED} == {1.0}


def test_the_pull_request_breaks_the_look_ups_and_nothing_else(suite, base, head):
    look_ups = {fixture.id for fixture in suite.fixtures if BROKEN_SLICE in fixture.slices}
    assert {name for name in base if head[name] < base[name]} == look_ups
    assert {head[name] for name in look_ups} == {0.0}


def test_the_broken_slice_spans_enough_clusters_to_be_found(suite):
    assert len({fixture.unit for fixture in suite.fixtures if BROKEN_SLICE in fixture.slices}) >= 8


def test_the_suite_is_large_enough_to_certify_that_nothing_changed(suite):
    assert len({fixture.unit for fixture in suite.fixtures}) >= 62


def test_promoted_fixtures_say_where_they_come_from_and_that_they_may_be_used(suite):
    promoted = [fixture for fixture in suite.fixtures if fixture.provenance]
    assert len(promoted) >= 5
    for fixture in promoted:
        assert fixture.provenance.trace.startswith("hmac:")
        assert Slice("failure_mode", fixture.provenance.mode) in fixture.slices
        assert fixture.consent
        assert fixture.failing_output != fixture.expected.output


def test_the_fixtures_show_every_format_and_the_plain_evaluators(suite):
    assert {Path(fixture.place.path).suffix for fixture in suite.fixtures} >= {".jsonl", ".yaml", ".csv"}
    used = {check.evaluator for fixture in suite.fixtures for check in fixture.checks}
    assert used >= {"contains", "not_contains", "tool_calls", "refusal", "json_fields", "numeric", "regex"}

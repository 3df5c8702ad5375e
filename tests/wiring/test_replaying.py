"""Whose failure a trial is when a provider refused, and what is paid for a replayed answer."""

from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.model.fixture import Fixture
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, Unmeasured, Usage
from gate_action.wiring.places import Surroundings
from gate_action.wiring.replaying import open_replay, recordings_folder
from gate_action.wiring.routes import find_routes
from standins.providers import Refusal, provider

GATE = """
schema_version: 1
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}, env: [OPENAI_BASE_URL]}
metrics: {answer: {evaluator: exact_match}}
"""


def config(tmp_path: Path, more: str = "") -> Config:
    (tmp_path / "gate.yaml").write_text(GATE + more, encoding="utf-8")
    return load_config(FolderFiles(tmp_path))


def test_recordings_lie_outside_the_workspace(tmp_path: Path) -> None:
    assert recordings_folder({"HOME": "/home/x"}, "g") == Path("/home/x/.cache/gate-action/recordings/g")
    assert recordings_folder({"GATE_RECORDINGS": str(tmp_path)}, "g") == tmp_path


@pytest.mark.parametrize(
    ("refused", "fault"),
    [(Refusal(status=429), Fault.PROVIDER), (Refusal(status=401), Fault.CRASHED), ("fine", Fault.CRASHED)],
)
async def test_a_build_that_dies_of_its_providers_refusal_is_not_to_blame(
    tmp_path: Path, refused: str | Refusal, fault: Fault
) -> None:
    surroundings = Surroundings(
        environ={"HOME": str(tmp_path)}, run_folder=tmp_path, started_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    with provider(lambda *_: refused) as upstream:
        environ = {"OPENAI_BASE_URL": f"{upstream.url}/v1"}
        settings = config(tmp_path)
        async with open_replay(settings, find_routes(settings, environ), surroundings) as replay:
            build = replay.admit(Build(arm=Arm.HEAD, revision=Revision(sha="0" * 40)))

            async def dies(fixture: Fixture, attempt: int) -> Attempt:
                url = f"{build.environment['OPENAI_BASE_URL']}/chat/completions"
                body = {"model": "m", "messages": [{"role": "user", "content": fixture.input}]}
                async with aiohttp.ClientSession() as session, session.post(url, json=body) as reply:
                    await reply.read()
                return Attempt(outcome=TrialError(fault=Fault.CRASHED, detail="exit code 1"))

            attempt = await replay.watch(Arm.HEAD, dies)(Fixture(id="f", input="what?"), 0)
            warnings = replay.close(is_kept=False)
    assert isinstance(attempt.outcome, TrialError)
    assert attempt.outcome.fault is fault
    assert ["denied 1 requests" in one for one in warnings] == [True] * (refused == Refusal(status=401))


@pytest.mark.parametrize(
    ("told", "more", "spent"),
    [
        (Usage(input_tokens=11, cost_usd=0.5), "", (11, 7, 0.5)),
        (Usage(), "", (11, 7, Unmeasured.UNPRICED)),
        (Usage(), "prices: {openai/m: {usd_per_million_input_tokens: 1000, usd_per_call: 1}}", (11, 7, 1.011)),
        (Usage(cost_usd=0.0), "prices: {m: {usd_per_million_output_tokens: 1000}}", (11, 7, 0.007)),
    ],
)
async def test_what_is_bought_counts_whatever_the_build_tells_and_a_replayed_answer_costs_nothing(
    tmp_path: Path, told: Usage, more: str, spent: tuple[object, ...]
) -> None:
    environ = {"HOME": str(tmp_path)}
    surroundings = Surroundings(environ=environ, run_folder=tmp_path, started_at=datetime(2026, 1, 1, tzinfo=UTC))
    with provider(lambda *_: "fine") as upstream:
        settings = config(tmp_path, more)
        upstreams = find_routes(settings, {"OPENAI_BASE_URL": f"{upstream.url}/v1"})
        async with open_replay(settings, upstreams, surroundings) as replay:
            made = []
            for arm in Arm:
                build = replay.admit(Build(arm=arm, revision=Revision(sha="0" * 40)))
                assert build.tracing is not None
                own = build.tracing.environment("f", 0)["OPENAI_BASE_URL"]

                async def answers(fixture: Fixture, attempt: int, url: str = own) -> Attempt:
                    body = {"model": "m", "messages": [{"role": "user", "content": fixture.input}]}
                    address = f"{url}/chat/completions"
                    async with aiohttp.ClientSession() as session, session.post(address, json=body) as reply:
                        await reply.read()
                    return Attempt(outcome=Output(content="x"), usage=told)

                made.append(await replay.watch(arm, answers)(Fixture(id="f", input="what?"), 0))
            assert replay.close(is_kept=False) == []
    base, head = (attempt.usage for attempt in made)
    assert (base.input_tokens, base.output_tokens, base.cost_usd) == pytest.approx(spent)
    assert (head.input_tokens, head.output_tokens, head.cost_usd) == (0, 0, 0.0)
    assert made[1].calls is not None
    assert (made[1].calls.replayed, made[1].calls.saved_usd) == (1, told.cost_usd if told.input_tokens == 11 else 0.0)
    assert len(list(recordings_folder(environ, settings.gate_id).iterdir())) == 1

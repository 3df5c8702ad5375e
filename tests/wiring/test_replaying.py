"""Which variables lead to the recording proxy, and whose failure a trial is when a provider refused."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.errors import ConfigError, MissingKeyError
from gate_action.model.fixture import Fixture
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Attempt, Fault, Output, TrialError, Usage
from gate_action.wiring.replaying import Surroundings, find_routes, open_replay, recordings_folder
from tests.fakes.providers import Refusal, provider

GATE = """
schema_version: 1
fixtures: [fixtures]
target: {{kind: {kind}, options: {options}, env: [{env}]}}
metrics: {{answer: {{evaluator: exact_match}}}}
{more}
"""


def config(
    tmp_path: Path, *env: str, kind: str = "command", options: str = "{run: [python3, app.py]}", more: str = ""
) -> Config:
    text = GATE.format(kind=kind, options=options, env=", ".join(env), more=more)
    (tmp_path / "gate.yaml").write_text(text, encoding="utf-8")
    return load_config(FolderFiles(tmp_path))


def routes(tmp_path: Path, *env: str, environ: Mapping[str, str] | None = None, more: str = "") -> dict[str, str]:
    return find_routes(config(tmp_path, *env, more=more), environ or {})


def test_a_providers_key_is_enough(tmp_path: Path) -> None:
    openai = "https://api.openai.com/v1"
    assert routes(tmp_path, "OPENAI_API_KEY") == {"OPENAI_BASE_URL": openai, "OPENAI_API_BASE": openai}
    assert set(routes(tmp_path, "ANTHROPIC_API_KEY")) == {"ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"}
    gemini = routes(tmp_path, "GEMINI_API_KEY")
    assert gemini["GEMINI_API_BASE"] == f"{gemini['GOOGLE_GEMINI_BASE_URL']}/v1beta"


def test_an_address_that_is_listed_and_set_is_where_requests_go(tmp_path: Path) -> None:
    environ = {"OPENAI_BASE_URL": "http://gateway:4000/v1", "OPENAI_API_KEY": "k"}
    found = routes(tmp_path, "OPENAI_API_KEY", "OPENAI_BASE_URL", environ=environ)
    assert found == {"OPENAI_BASE_URL": "http://gateway:4000/v1", "OPENAI_API_BASE": "http://gateway:4000/v1"}
    assert "gateway" not in str(routes(tmp_path, "OPENAI_API_KEY", environ=environ))  # not listed: no child sees it


def test_a_build_that_asks_no_known_provider_has_no_proxy(tmp_path: Path) -> None:
    assert routes(tmp_path, "SOME_TOKEN") == {}
    assert routes(tmp_path, "OPENAI_API_KEY", more="replay: {enabled: false}") == {}
    deployed = config(tmp_path, "OPENAI_API_KEY", kind="http", options="{url: {base: 'http://a/', head: 'http://b/'}}")
    assert find_routes(deployed, {}) == {}


def test_any_other_host_is_named_by_its_variable(tmp_path: Path) -> None:
    more = 'record: {GROQ_BASE_URL: "https://api.groq.com", OWN_URL: ""}'
    found = routes(tmp_path, environ={"OWN_URL": "http://10.0.0.2:8000"}, more=more)
    assert found == {"GROQ_BASE_URL": "https://api.groq.com", "OWN_URL": "http://10.0.0.2:8000"}
    with pytest.raises(MissingKeyError, match="OWN_URL"):
        routes(tmp_path, more=more)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('record: {GROQ_BASE_URL: "api.groq.com"}', "no http or https url"),
        ('record: {GROQ_BASE_URL: "https://me:pw@api.groq.com"}', "no credentials"),
        ('record: {GITHUB_TOKEN: "https://x"}', "credentials"),
        ("replay: {normalise: [uid]}", "uid"),
        ("replay: {spot_check: 2}", "spot_check"),
    ],
)
def test_what_cannot_be_recorded_is_told_with_its_place(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(ConfigError) as told:
        routes(tmp_path, more=more)
    assert words in str(told.value.problems)


def test_recordings_lie_outside_the_workspace(tmp_path: Path) -> None:
    assert recordings_folder({"HOME": "/home/x"}, "g") == Path("/home/x/.cache/gate-action/recordings/g")
    assert recordings_folder({"GATE_RECORDINGS": str(tmp_path)}, "g") == tmp_path


@pytest.mark.parametrize(("refused", "fault"), [(Refusal(status=429), Fault.PROVIDER), ("fine", Fault.CRASHED)])
async def test_a_build_that_dies_of_its_providers_refusal_is_not_to_blame(
    tmp_path: Path, refused: str | Refusal, fault: Fault
) -> None:
    surroundings = Surroundings(environ={}, run_folder=tmp_path, started_at=datetime(2026, 1, 1, tzinfo=UTC))
    with provider(lambda *_: refused) as upstream:
        environ = {"OPENAI_BASE_URL": f"{upstream.url}/v1"}
        settings = config(tmp_path, "OPENAI_BASE_URL")
        async with open_replay(settings, find_routes(settings, environ), surroundings) as replay:
            build = replay.admit(Build(arm=Arm.HEAD, revision=Revision(sha="0" * 40)))

            async def dies(fixture: Fixture, attempt: int) -> Attempt:
                url = f"{build.environment['OPENAI_BASE_URL']}/chat/completions"
                body = {"model": "m", "messages": [{"role": "user", "content": fixture.input}]}
                async with aiohttp.ClientSession() as session, session.post(url, json=body) as reply:
                    await reply.read()
                return Attempt(outcome=TrialError(fault=Fault.CRASHED, detail="exit code 1"))

            attempt = await replay.watch(Arm.HEAD, dies)(Fixture(id="f", input="what?"), 0)
    assert isinstance(attempt.outcome, TrialError)
    assert attempt.outcome.fault is fault


async def test_nothing_is_spent_on_a_replayed_answer(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    surroundings = Surroundings(environ=environ, run_folder=tmp_path, started_at=datetime(2026, 1, 1, tzinfo=UTC))
    with provider(lambda *_: "fine") as upstream:
        settings = config(tmp_path, "OPENAI_BASE_URL")
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
                    return Attempt(outcome=Output(content="x"), usage=Usage(input_tokens=11, cost_usd=0.5))

                made.append(await replay.watch(arm, answers)(Fixture(id="f", input="what?"), 0))
            assert replay.close(is_kept=False) == []
    assert [attempt.usage.cost_usd for attempt in made] == [0.5, 0.0]
    assert [attempt.usage.input_tokens for attempt in made] == [11, 0]
    assert made[1].calls is not None
    assert (made[1].calls.replayed, made[1].calls.saved_usd) == (1, 0.5)
    assert len(list(recordings_folder(environ, settings.gate_id).iterdir())) == 1

"""Which variables lead a build to its model providers."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gate_action.clients.files import FolderFiles
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.errors import ConfigError, MissingKeyError
from gate_action.wiring.routes import find_routes, reach_loopback

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


@pytest.mark.parametrize(
    ("environment", "direct"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:1"}, None),  # ours is no https
        ({"HTTP_PROXY": "http://proxy:1"}, "127.0.0.1"),
        ({"all_proxy": "socks5://proxy:1", "NO_PROXY": "corp.example"}, "corp.example,127.0.0.1"),
    ],
)
def test_a_child_with_a_proxy_of_its_own_asks_ours_directly(environment: dict[str, str], direct: str | None):
    given = reach_loopback(environment)
    assert (given.get("no_proxy"), given.get("NO_PROXY")) == (direct, direct)
    assert environment.items() - {("NO_PROXY", "corp.example")} <= given.items()

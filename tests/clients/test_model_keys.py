"""Which key and address a call goes out with."""

import pytest

from gate_action.clients.model_keys import Access, find_access, provider_of
from gate_action.errors import MissingKeyError


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("openai/gpt-4o", "openai"),
        ("gpt-4o-mini", "openai"),
        ("claude-3-haiku-20240307", "anthropic"),
        ("bedrock/anthropic.claude-v2", "bedrock"),
        ("something-else", ""),
    ],
)
def test_a_models_name_tells_its_provider(model: str, provider: str):
    assert provider_of(model) == provider


@pytest.mark.parametrize(
    ("model", "environ", "named", "expected"),
    [
        ("gpt-4o", {"OPENAI_API_KEY": "k"}, {}, Access(key="k")),
        ("gpt-4o", {"OPENAI_API_KEY": "k\n"}, {}, Access(key="k")),
        ("gpt-4o", {"MINE": "m", "OPENAI_API_KEY": "k"}, {"key": "MINE"}, Access(key="m")),
        ("openai/x", {}, {"base_url": "http://h/v1"}, Access(key="none", base_url="http://h/v1")),
        ("openai/x", {"OPENAI_BASE_URL": "http://e/v1"}, {}, Access(key="none", base_url="http://e/v1")),
        ("openai/x", {"OPENAI_API_KEY": "k"}, {"base_url": "http://h/v1"}, Access(key="k", base_url="http://h/v1")),
        ("anthropic/c", {"ANTHROPIC_API_KEY": "a", "OPENAI_BASE_URL": "http://e"}, {}, Access(key="a")),
        ("bedrock/x", {}, {}, Access()),
    ],
)
def test_access_is_found_in_the_environment(
    model: str, environ: dict[str, str], named: dict[str, str], expected: Access
):
    assert find_access(model, environ, **named) == expected


@pytest.mark.parametrize(
    ("model", "environ", "named", "missing"),
    [
        ("gpt-4o", {}, {}, "OPENAI_API_KEY"),
        ("gpt-4o", {"OPENAI_API_KEY": " "}, {}, "OPENAI_API_KEY"),
        ("anthropic/claude", {"OPENAI_API_KEY": "k"}, {}, "ANTHROPIC_API_KEY"),
        ("openai/x", {"OPENAI_API_KEY": "k"}, {"key": "MINE", "base_url": "http://h/v1"}, "MINE"),
    ],
)
def test_a_key_that_is_not_there_is_named(model: str, environ: dict[str, str], named: dict[str, str], missing: str):
    with pytest.raises(MissingKeyError, match=f"{model} needs {missing}"):
        find_access(model, environ, **named)


def test_a_key_shows_in_no_repr():
    assert "s3cret" not in repr(Access(key="s3cret"))

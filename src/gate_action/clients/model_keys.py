"""Which key and address a model call goes out with. Asked before any call: litellm calls a missing key an outage."""

from collections.abc import Mapping
from dataclasses import field

from gate_action.errors import MissingKeyError
from gate_action.model.dataclass import dataclass

RECORDED_BASE_URL = "GATE_PROMPT_BASE_URL"
"""What a `prompt` target reads in the stead of its `base_url`: where the recording proxy listens for it."""
_USUAL_KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "cohere": "COHERE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "xai": "XAI_API_KEY",
}
_PREFIXES = {
    "gpt-": "openai",
    "chatgpt-": "openai",
    "o1": "openai",
    "o3": "openai",
    "o4": "openai",
    "claude-": "anthropic",
}
_NO_KEY = "none"
"""What a server gets that wants no key: clients refuse to send nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Empty: left to litellm, which knows its providers' own ways (cloud roles and the like)."""

    key: str = field(default="", repr=False)
    base_url: str = ""


def provider_of(model: str) -> str:
    """``openai`` of ``openai/gpt-4o`` and of ``gpt-4o``; empty when the name does not tell."""
    provider, slash, _ = model.partition("/")
    if slash:
        return provider
    return next((provider for prefix, provider in _PREFIXES.items() if model.startswith(prefix)), "")


def find_access(model: str, environ: Mapping[str, str], *, key: str = "", base_url: str = "") -> Access:
    """``key`` names the variable that holds the key; empty: the provider's usual one. Raises MissingKeyError.

    A model behind ``base_url``, or behind one that the environment names as the provider's own clients take it
    (``OPENAI_BASE_URL``), may do without a key unless one is named.
    """
    provider = provider_of(model)
    base_url = base_url or _own_base_url(provider, environ)
    name = key or _USUAL_KEYS.get(provider, "")
    value = environ.get(name, "").strip() if name else ""  # secrets are often pasted with a line's end
    if name and not value and (key or not base_url):
        raise MissingKeyError(
            f"{model} needs {name}, and the environment has no value for it",
            hint="set it in the workflow step's env, from a secret",
        )
    return Access(key=value or (_NO_KEY if base_url else ""), base_url=base_url)


def _own_base_url(provider: str, environ: Mapping[str, str]) -> str:
    names = (f"{provider.upper()}_BASE_URL", f"{provider.upper()}_API_BASE") if provider else ()
    return next((environ[name] for name in names if environ.get(name)), "")

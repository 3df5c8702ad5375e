"""Which variables lead a build to its model providers, and so to the recording proxy. Opens nothing."""

from collections.abc import Mapping
from typing import NamedTuple

from gate_action.clients.model_keys import RECORDED_BASE_URL
from gate_action.clients.proxy.model_requests import check_upstream
from gate_action.config.settings import Config
from gate_action.errors import ConfigError, MissingKeyError


class Variable(NamedTuple):
    """How a provider's clients are told another address."""

    name: str
    default: str
    """The address that it stands for where nobody sets it."""
    keys: tuple[str, ...]
    """Where a build may see one of these, it is taken to call this provider."""


_OPENAI, _ANTHROPIC, _GEMINI = (
    ("OPENAI_API_KEY",),
    ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
)
VARIABLES = (
    Variable("OPENAI_BASE_URL", "https://api.openai.com/v1", _OPENAI),
    Variable("OPENAI_API_BASE", "https://api.openai.com/v1", _OPENAI),
    Variable("ANTHROPIC_BASE_URL", "https://api.anthropic.com", _ANTHROPIC),
    Variable("ANTHROPIC_API_BASE", "https://api.anthropic.com", _ANTHROPIC),
    Variable("GOOGLE_GEMINI_BASE_URL", "https://generativelanguage.googleapis.com", _GEMINI),
    Variable("GEMINI_API_BASE", "https://generativelanguage.googleapis.com/v1beta", _GEMINI),
)
"""What the providers' own clients and litellm read."""
_STARTED_HERE = frozenset({"command", "python", "prompt", "http"})


def find_routes(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """Variable -> the provider's own URL, of all that is to be recorded. Raises MissingKeyError, ConfigError."""
    target = config.target
    if not config.replaying.is_on or target.kind not in _STARTED_HERE or _is_deployed(config):
        return {}
    routes: dict[str, str] = {}
    for variable in VARIABLES:
        family = [other for other in VARIABLES if other.keys == variable.keys]
        told = {other.name: environ[other.name] for other in family if other.name in target.env}
        alike = [told[other.name] for other in family if other.default == variable.default and other.name in told]
        if variable.name in told or alike:
            routes[variable.name] = told.get(variable.name) or alike[0]
        elif not told and any(key in target.env for key in variable.keys):
            routes[variable.name] = variable.default
    if target.kind == "prompt" and (own := target.options.get("base_url")):
        routes[RECORDED_BASE_URL] = str(own)
    for name, url in config.record.items():
        routes[name] = url or _own_value(name, environ)
    for name, url in routes.items():
        if reason := check_upstream(url):
            raise ConfigError(f"{name} is to be recorded, and holds no provider's address: {reason}")
    return routes


def reach_loopback(environment: Mapping[str, str]) -> dict[str, str]:
    """A child with a proxy of its own would ask that one for our address, and be told that there is no such place."""
    if not any(name.lower() in ("http_proxy", "all_proxy") for name in environment):
        return dict(environment)
    told = environment.get("no_proxy") or environment.get("NO_PROXY")
    direct = f"{told},127.0.0.1" if told else "127.0.0.1"
    return {**environment, "no_proxy": direct, "NO_PROXY": direct}


def _is_deployed(config: Config) -> bool:
    return config.target.kind == "http" and not config.target.options.get("start")


def _own_value(name: str, environ: Mapping[str, str]) -> str:
    if value := environ.get(name):
        return value
    raise MissingKeyError(
        f"gate.yaml's record: takes {name} from the environment, which has no value for it",
        hint=f"set it in the workflow step's env, or write the url beside {name}",
    )

"""Every target is built from plain gate.yaml options, and refuses wrong ones by their name."""

import pytest

from gate_action import plugins
from gate_action.clients.http_answer import Parts
from gate_action.codec.options import OptionsError, build
from gate_action.model.fixture import JsonObject
from gate_action.targets.command import Command
from gate_action.targets.http import ArmUrls, Http
from gate_action.targets.image import Image
from gate_action.targets.prompt import Prompt
from gate_action.targets.python import Python
from gate_action.targets.recorded import Recorded

RIGHT: tuple[tuple[str, JsonObject, object], ...] = (
    ("command", {"run": ["python", "app.py"]}, Command(run=("python", "app.py"))),
    ("command", {"run": ["x"], "protocol": "once"}, Command(run=("x",), protocol="once")),
    (
        "http",
        {"url": {"base": "https://a/", "head": "https://b/"}, "response": "text"},
        Http(url=ArmUrls(base="https://a/", head="https://b/"), response="text"),
    ),
    (
        "http",
        {"start": ["x", "{port}"], "request": {"q": ["{{input}}"]}, "response": {"output": "$.a"}, "method": "PUT"},
        Http(start=("x", "{port}"), request={"q": ["{{input}}"]}, response=Parts(output="$.a"), method="PUT"),
    ),
    (
        "python",
        {"function": "a.b:c", "path": ["src"], "threads": 1},
        Python(function="a.b:c", path=("src",), threads=1),
    ),
    (
        "image",
        {"image": "ghcr.io/acme/bot:{sha}", "run": ["serve"], "memory": "2g", "network": "none"},
        Image(image="ghcr.io/acme/bot:{sha}", run=("serve",), memory="2g", network="none"),
    ),
    (
        "prompt",
        {"prompt": "p.md", "model": "m", "parameters": {"temperature": 0}},
        Prompt(prompt="p.md", model="m", parameters={"temperature": 0}),
    ),
    ("recorded", {"base": "b.jsonl", "head": "h.jsonl"}, Recorded(base="b.jsonl", head="h.jsonl")),
)
WRONG: tuple[tuple[str, JsonObject, str], ...] = (
    ("command", {}, "run: required"),
    ("command", {"run": []}, "run: names no program"),
    ("command", {"run": "python app.py"}, "run: expected a list"),
    ("command", {"run": ["x"], "protocol": "json"}, "protocol: 'json' is none of jsonl, once"),
    ("http", {}, "url: one for each build"),
    ("http", {"start": ["x"], "response": {"outptu": "$"}}, "response.outptu: unknown option (did you mean 'output'?"),
    ("http", {"start": ["x"], "response": {"output": "a"}}, "response.output: 'a' is no JSONPath"),
    ("http", {"start": ["x"], "url": "http:///answer"}, "url: 'http:///answer' is no http"),
    ("http", {"start": ["x"], "headers": {"K": "s3cret\n"}}, "headers: the value of K holds a line break"),
    ("http", {"start": ["x"], "request": "{{expected}}"}, "request: nothing is known as {{expected}}"),
    ("python", {"function": "main"}, "function: is package.module:function"),
    ("python", {"function": "a:b", "path": ["../x"]}, "path: '../x' leaves the checkout"),
    ("image", {}, "image: name one, or build"),
    ("image", {"image": "a", "build": "Dockerfile"}, "image: name one, or build"),
    ("image", {"image": "--privileged"}, "image: and network: are names"),
    ("image", {"image": "a", "network": "--privileged"}, "image: and network: are names"),
    ("image", {"build": "../Dockerfile"}, "build: '../Dockerfile' leaves the repository"),
    ("image", {"image": "a", "memory": "lots"}, "memory: 'lots' is no size"),
    ("image", {"image": "a", "protocol": "http", "network": "none"}, "network: none has no port to ask"),
    ("image", {"image": "a", "protocol": "http", "request": "{{expected}}"}, "request: nothing is known as"),
    ("prompt", {"prompt": "p.md"}, "model: required"),
    ("recorded", {"base": "b.jsonl"}, "head: required"),
)


@pytest.mark.parametrize(("kind", "options", "expected"), RIGHT)
def test_options_make_a_target(kind: str, options: JsonObject, expected: object):
    assert build(plugins.find("targets", kind), options) == expected


@pytest.mark.parametrize(("kind", "options", "words"), WRONG)
def test_wrong_options_are_refused_by_their_name(kind: str, options: JsonObject, words: str):
    with pytest.raises(OptionsError) as caught:
        build(plugins.find("targets", kind), options)
    assert str(caught.value).startswith(words)
    assert "s3cret" not in str(caught.value)


def test_every_target_has_a_row_here():
    assert {kind for kind, _, _ in RIGHT} == set(plugins.names("targets"))

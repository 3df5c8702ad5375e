import pytest

from gate_action.config.loading import load_config
from gate_action.config.secrets import find_secret_faults, resolve_secrets
from gate_action.errors import ConfigError, MissingKeyError
from gate_action.model.fixture import JsonObject
from tests.files import FilesInMemory

CAPABLE = [("target", "options", "headers"), ("fixtures", 0, "options", "key")]
PLAIN = "sk-" + "Zq8" * 8


def told(value) -> list[tuple[str, str]]:
    return [(".".join(map(str, fault.path)), fault.message) for fault in find_secret_faults(value, CAPABLE)]


def headers(**given: str) -> JsonObject:
    return {"target": {"options": {"headers": given}}}


@pytest.mark.parametrize(
    "value",
    [
        headers(Authorization="Bearer ${{ env.TOKEN }}"),
        headers(Authorization="${{env.TOKEN}}", Accept="application/json"),
        headers(**{"X-Team": "blue", "X-Max-Tokens": "500", "Author": "us"}),
        {"fixtures": [{"options": {"key": "${{ env.KEY }}", "url": "s3://bucket/sk-short"}}]},
        {"note": "costs $5 {a}"},
    ],
)
def test_references_in_options_for_secrets_and_plain_words_elsewhere_are_fine(value):
    assert told(value) == []


@pytest.mark.parametrize(
    ("value", "where", "message"),
    [
        (headers(Authorization="Bearer abc"), "target.options.headers.Authorization", "looks like a secret"),
        (
            headers(Authorization="Bearer ${{ env.A }}abc"),
            "target.options.headers.Authorization",
            "looks like a secret",
        ),
        (headers(**{"X-Api-Key": "abc"}), "target.options.headers.X-Api-Key", "looks like a secret"),
        (headers(Cookie="session=1"), "target.options.headers.Cookie", "looks like a secret"),
        (headers(Accept="${{ secrets.TOKEN }}"), "target.options.headers.Accept", "only ${{ env.NAME }} is read"),
        (headers(Accept="${{ env.A B }}"), "target.options.headers.Accept", "only ${{ env.NAME }} is read"),
        ({"fixtures": [{"options": {"key": "plain"}}]}, "fixtures.0.options.key", "looks like a secret"),
        ({"judge": {"model": "${{ env.MODEL }}"}}, "judge.model", "takes no ${{ }}"),
        ({"target": {"options": {"run": ["x", "${{ env.KEY }}"]}}}, "target.options.run.1", "takes no ${{ }}"),
        ({"judge": {"model": PLAIN}}, "judge.model", "looks like a secret"),
        ({"a": ["ghp_" + "a1" * 18]}, "a.0", "looks like a secret"),
        ({"a": "AKIAABCDEFGHIJKLMNOP"}, "a", "looks like a secret"),
    ],
)
def test_a_secret_in_plain_text_or_a_reference_elsewhere_is_told(value, where, message):
    ((found, said),) = told(value)

    assert found == where
    assert said.startswith(message)


def test_a_reference_where_a_variables_name_belongs_is_told_what_to_write():
    (fault,) = find_secret_faults({"judge": {"key": "${{ env.JUDGE_KEY }}"}}, ())
    assert fault.hint == "write the variable's name alone: JUDGE_KEY"


def gate(env: str, judge: str = "") -> FilesInMemory:
    target = f"target: {{kind: command, options: {{run: [x]}}, env: {env}}}"
    return FilesInMemory(
        {"gate.yaml": f"schema_version: 1\nfixtures: [f]\nmetrics: {{checks: {{}}}}\n{target}\n{judge}"}
    )


@pytest.mark.parametrize(
    ("env", "judge", "message"),
    [
        ("[GITHUB_TOKEN]", "", "would hand the runner's credentials to the pull request's code"),
        ("[gh_token]", "", "would hand the runner's credentials"),
        ("[ACTIONS_RUNTIME_TOKEN]", "", "would hand the runner's credentials"),
        ("[INPUT_GITHUB-TOKEN]", "", "does not fit"),
        ("[INPUT_TOKEN]", "", "would hand the runner's credentials"),
        ("[GATE_ARM]", "", "is the gate's own"),
        ("[KEY, KEY]", "", "stands twice"),
        ("[JUDGE_KEY]", "judge: {model: m, key: JUDGE_KEY}", "is the judge's key: no build may see it"),
        (f"[{PLAIN}]", "", "does not fit"),
        ("[]", f"judge: {{model: m, key: {PLAIN}}}", "does not fit"),
    ],
)
def test_a_variable_that_no_build_may_see_is_refused(env, judge, message):
    with pytest.raises(ConfigError) as refusal:
        load_config(gate(env, judge))

    assert message in str(refusal.value)


@pytest.mark.parametrize("where", ["env: [{}]", "judge: {{model: m, key: {}}}", "policy: {{trials: {}}}"])
def test_what_looks_like_a_secret_is_never_shown(where):
    text = f"schema_version: 1\nfixtures: [f]\nmetrics: {{checks: {{}}}}\n{where.format(PLAIN)}\n"

    with pytest.raises(ConfigError) as refusal:
        load_config(FilesInMemory({"gate.yaml": text}))

    assert PLAIN not in "\n".join(problem.message + problem.hint for problem in refusal.value.problems)


def test_references_are_replaced_by_the_environments_values_wherever_they_stand():
    options: JsonObject = {
        "headers": {"Authorization": "Bearer ${{ env.A }}"},
        "list": ["${{env.B}}-${{ env.A }}", 3],
        "n": None,
    }

    resolved = resolve_secrets(options, {"A": "one", "B": "two"})

    assert resolved == {"headers": {"Authorization": "Bearer one"}, "list": ["two-one", 3], "n": None}


def test_every_variable_that_is_not_set_is_named():
    with pytest.raises(MissingKeyError, match="refers to A, C, and the environment has no value"):
        resolve_secrets({"x": "${{ env.A }}${{ env.B }}", "y": ["${{ env.C }}"]}, {"B": "set", "C": ""})

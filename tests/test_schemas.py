"""The JSON Schemas in schemas/ are what the code makes, and say the same as what it reads."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gate_action.codec.rows import decode_row
from gate_action.codec.yaml_text import parse_yaml
from gate_action.config.loading import load_config
from gate_action.errors import ConfigError
from gate_action.schemas import build_schemas, main
from tests.files import FilesInMemory

SCHEMAS = build_schemas()
GATE = Draft202012Validator(SCHEMAS["gate.json"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_its_examples_fit_it(name):
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)

    for example in schema.get("examples", ()):
        assert list(Draft202012Validator(schema).iter_errors(example)) == []


def test_the_fixture_schemas_examples_are_fixtures():
    assert [decode_row(example).id for example in SCHEMAS["fixture.json"]["examples"]][::2] == [
        "refund-3",
        "trace-8c1f",
    ]


def test_the_gate_schemas_example_is_a_gate():
    (example,) = SCHEMAS["gate.json"]["examples"]

    assert load_config(FilesInMemory({"gate.yaml": json.dumps(example)})).gate_id == "support-bot"


def test_the_files_in_the_repository_are_what_the_code_makes(capsys):
    assert main(["--check"]) == 0, f"run `python -m gate_action.schemas`: {capsys.readouterr().out}"


def test_a_file_that_differs_is_missing_or_left_over_fails_the_check_until_it_is_written(tmp_path: Path, capsys):
    folder = ["--folder", str(tmp_path)]
    assert main(["--check", *folder]) == 1
    assert main(folder) == 0
    assert main(["--check", *folder]) == 0

    (tmp_path / "gate.json").write_text("{}")
    (tmp_path / "fixture.json").unlink()
    (tmp_path / "old.json").write_text("{}")
    capsys.readouterr()

    assert main(["--check", *folder]) == 1
    assert [Path(line.split(":")[0]).name for line in capsys.readouterr().out.splitlines()] == [
        "fixture.json",
        "gate.json",
        "old.json",
    ]
    assert main(folder) == 0
    assert not (tmp_path / "old.json").exists()


TOP = "schema_version: 1\nfixtures: [f]\ntarget: {kind: command, options: {run: [x]}}\nmetrics: {checks: {}}\n"


@pytest.mark.parametrize(
    "text",
    [
        TOP,
        TOP + "policy: {trials: 5, alpha_global: 0.1}\nlimits: {concurrency: 2}\nbudget: {max_cost_usd: 1}\n",
        TOP + "policy: {trials: 0}\n",
        TOP + "policy: {trails: 3}\n",
        TOP + "judge: {model: m, key: a-b}\n",
        TOP + "sinks: {comment: never}\n",
        TOP.replace("command", "http"),
        TOP.replace("run: [x]", "run: x"),
        TOP.replace("run: [x]", "run: [x], protocoll: once"),
        TOP.replace("checks: {}", "answer: {evaluator: exact_match, options: {ignore_case: 1}}"),
        TOP.replace("checks: {}", "answer: {evaluator: exact_match, options: {ignore_case: true}}"),
        TOP.replace("[f]", "[]"),
        TOP.replace("[f]", "[{source: artifact, options: {url: s3://b/x, digist: x}}]"),
        TOP.replace("schema_version: 1", "schema_version: 2"),
        "schema_version: 1\ngates: {a: {fixtures: [f], target: {kind: recorded, options: {}}, metrics: {checks: {}}}}",
        "schema_version: 1\ngates: {a: {fixtures: [f]}}",
        "schema_version: 1\ngates: {}",
    ],
)
def test_an_editor_with_the_schema_sees_the_faults_that_loading_sees(text):
    try:
        load_config(FilesInMemory({"gate.yaml": text}))
    except ConfigError:
        is_loaded = False
    else:
        is_loaded = True

    assert GATE.is_valid(parse_yaml(text).value) == is_loaded


def test_every_secret_option_says_in_the_schema_that_it_takes_a_reference():
    definitions = SCHEMAS["gate.json"]["$defs"]

    for shape, option in [("sources.Artifact", "key"), ("sources.Artifact", "secret"), ("targets.Http", "headers")]:
        assert "${{ env.NAME }}" in definitions[shape]["properties"][option]["description"]


def test_the_contracts_page_lists_every_field_of_a_fixture_row_and_every_schema():
    page = Path(__file__).parents[1].joinpath("docs", "contracts.md").read_text(encoding="utf-8")
    table = page.partition("## 1. Fixture rows")[2].partition("## 2.")[0]
    fields = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in line.split("|")[1].replace("`", "").replace(" ", "").split(",")
    }

    assert fields == set(SCHEMAS["fixture.json"]["$defs"]["FixtureRow"]["properties"])
    assert [name for name in SCHEMAS if f"schemas/{name}" not in page and not name.startswith("run-")] == []


def test_the_contracts_pages_gate_is_one_that_loads():
    page = Path(__file__).parents[1].joinpath("docs", "contracts.md").read_text(encoding="utf-8")
    text = page.partition("```yaml")[2].partition("```")[0]

    config = load_config(FilesInMemory({"gate.yaml": text}))

    assert GATE.is_valid(parse_yaml(text).value)
    assert [metric.name for metric in config.metrics] == ["answer", "checks"]

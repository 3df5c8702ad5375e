import pytest

from gate_action.config.loading import list_gates, load_config
from gate_action.config.part import IDENTIFIER_FORM
from gate_action.config.settings import Config
from gate_action.errors import ConfigError
from gate_action.model.fixture import Slice
from gate_action.model.metric import Budget, Limits, Metric, OnInconclusive, Policy, Role
from gate_action.model.publication import CommentMode
from gate_action.model.run import Setup
from tests.files import FilesInMemory

SMALL = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: command, options: {run: [python, app.py]}}
metrics: {checks: {}}
"""
FULL = """\
schema_version: 1
id: support-bot
fixtures:
  - fixtures
  - more/*.csv
  - {source: artifact, options: {url: s3://promoted/week, key: "${{ env.KEY }}", secret: "${{ env.S }}"}}
target:
  kind: command
  options: {run: [python, -m, bot], protocol: once}
  setup: {run: [./setup], lock: [requirements.lock]}
  env: [OPENAI_API_KEY]
metrics:
  answer: {evaluator: exact_match, options: {ignore_case: true}, floor: 0.8}
  tone: {evaluator: contains, options: {any_of: [please]}, role: secondary, pass_at: 0.5}
policy: {trials: 5, margin: 0.1, on_inconclusive: block, protected: [locale=de, "topic=*"]}
limits: {concurrency: 4, trial_timeout_s: 30}
budget: {max_cost_usd: 5, max_calls: 2000}
judge: {model: openai/gpt-4o-mini, key: JUDGE_KEY}
baselines: {store: folder, options: {path: .gate/baselines}}
sinks: {comment: off}
"""


def load(text: str, gate_id: str | None = None) -> Config:
    return load_config(FilesInMemory({"gate.yaml": text}), "gate.yaml", gate_id)


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        load(text)
    return [str(problem) for problem in refusal.value.problems]


def test_a_small_gate_takes_every_default_from_the_model():
    config = load(SMALL)

    assert config.gate_id == "gate"
    assert (config.policy, config.limits, config.budget) == (Policy(), Limits(), Budget())
    assert config.metrics == (Metric(name="checks", evaluator="checks"),)
    assert config.comment is CommentMode.UPDATE
    assert (config.judge, config.baselines) == (None, None)


def test_every_part_of_a_full_gate_reaches_its_layer():
    config = load(FULL)

    assert [(source.name, dict(source.options)) for source in config.sources] == [
        ("paths", {"paths": ["fixtures", "more/*.csv"]}),
        ("artifact", {"url": "s3://promoted/week", "key": "${{ env.KEY }}", "secret": "${{ env.S }}"}),
    ]
    assert config.target.setup == Setup(run=("./setup",), lock=("requirements.lock",))
    assert config.target.env == ("OPENAI_API_KEY",)
    assert config.metrics[1] == Metric(
        name="tone", evaluator="contains", options={"any_of": ["please"]}, role=Role.SECONDARY, pass_at=0.5
    )
    assert config.policy == Policy(
        trials=5,
        margin=0.1,
        on_inconclusive=OnInconclusive.BLOCK,
        protected=(Slice("locale", "de"), Slice("topic", "*")),
    )
    assert config.limits == Limits(concurrency=4, trial_timeout_s=30.0)
    assert config.budget == Budget(max_cost_usd=5.0, max_calls=2000)
    assert config.judge is not None
    assert (config.judge.model, config.judge.key) == ("openai/gpt-4o-mini", "JUDGE_KEY")
    assert config.baselines is not None
    assert config.baselines.options == {"path": ".gate/baselines"}
    assert config.comment is CommentMode.OFF


def test_all_faults_of_the_file_are_told_in_one_go_with_their_places():
    text = """\
schema_version: 1
fixturs: [fixtures]
fixtures: [fixtures, 3, {sorce: paths}]
target: {kind: comand, options: {}, env: [no]}
metrics:
  answer: {evaluator: exact_mach, pass_at: 2}
  b: {evaluator: exact_match, options: {ignore_cas: true}, role: primry}
  "a b": {evaluator: exact_match}
policy: {trials: 0, on_inconclusive: no, alpha_global: high, seed: 1.5, margin: 0}
limits: []
sinks: {comment: of}
"""
    told = faults(text)
    three = 'YAML reads the bare word 3 as a number; quote it: "3"'
    quote = 'got true or false (YAML reads the bare word no as true or false; quote it: "no")'
    assert [line.partition(" (known")[0].replace("? known", "?)\n").partition("\n")[0] for line in told] == [
        "gate.yaml:2:1: fixturs: unknown field (did you mean 'fixtures'?)",
        f"gate.yaml:3:22: fixtures[1]: expected text or an object, got a number ({three})",
        "gate.yaml:3:25: fixtures[2].source: required, and missing",
        "gate.yaml:3:26: fixtures[2].sorce: unknown field (did you mean 'source'?)",
        "gate.yaml:4:16: target.kind: unknown target 'comand' (did you mean 'command'?)",
        f"gate.yaml:4:43: target.env[0]: expected text, {quote}",
        "gate.yaml:6:23: metrics.answer.evaluator: unknown evaluator 'exact_mach' (did you mean 'exact_match'?)",
        "gate.yaml:6:44: metrics.answer.pass_at: 2 is out of range: it must be at most 1",
        "gate.yaml:7:41: metrics.b.options.ignore_cas: unknown option (did you mean 'ignore_case'?)",
        "gate.yaml:7:66: metrics.b.role: 'primry' is none of cost, primary, secondary (did you mean 'primary'?)",
        f"gate.yaml:8:3: metrics.a b: does not fit ({IDENTIFIER_FORM})",
        "gate.yaml:9:18: policy.trials: 0 is out of range: it must be at least 1",
        f"gate.yaml:9:38: policy.on_inconclusive: expected block or extend or pass, {quote}",
        "gate.yaml:9:56: policy.alpha_global: expected a number, got text",
        "gate.yaml:9:68: policy.seed: expected a whole number, got a number",
        "gate.yaml:9:81: policy.margin: 0 is out of range: it must be above 0",
        "gate.yaml:10:9: limits: expected an object, got a list",
        "gate.yaml:11:18: sinks.comment: 'of' is none of off, on-change, recreate, update (did you mean 'off'?)",
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("metrics: {checks: {role: secondary}}", "metrics: no metric is primary, so nothing could ever block"),
        ("metrics: {}", "metrics: must not be empty"),
        ("loop: {prioritize: {level_weights: [1]}}", "level_weights: takes at least 4 entries, not 1"),
        ("loop: {prioritize: {level_weights: [1, 2, 3, 4, 5]}}", "level_weights: takes at most 4 entries, not 5"),
        ("metrics: {answer: {}}", "metrics.answer.evaluator: required, and missing"),
        ("metrics: {checks: {evaluator: contains}}", "the metric checks takes none"),
        ("metrics: {checks: {options: {a: 1}}}", "the metric checks takes none"),
        ("metrics: {checks: {pass_at: 0}}", "0 is out of range: it must be above 0"),
        ("metrics: {checks: {floor: 1.2}}", "1.2 is out of range: it must be at most 1"),
        ("metrics: {j: {evaluator: llm_judge, options: {criteria: polite}}}", "llm_judge has no model to ask"),
        ("policy: {critical_failures: 5}", "5 of 4 re-runs can never fail"),
        (
            "policy: {alpha_slices: 0.001, relabellings: 100}",
            "with 100 relabellings no p is below 0.005: 0.001 is never",
        ),
        ("policy: {alpha_global: 0.7}", "0.7 is out of range: it must be below 0.5"),
        ("policy: {protected: [de]}", "'de' names no slice (write dimension=value, or dimension=*)"),
        ("policy: {max_missing: 1}", "1 is out of range: it must be below 1"),
        ("limits: {run_timeout_s: 5}", "5 s for the run is less than 60 s for one trial"),
        ("budget: {max_calls: 0}", "0 is out of range: it must be at least 1"),
        ("fixtures: [/etc/passwd]", "'/etc/passwd' leaves the repository"),
        ("fixtures: [a/../../b]", "leaves the repository"),
        ("fixtures: []", "must not be empty"),
        ("schema_version: 2", "version 2 is not known: this gate-action reads version 1"),
        ("schema_version: true", "version True is not known"),
        ("target: {kind: command, options: {}}", "target.options.run: required, and not given"),
        ("baselines: {store: foldr}", "unknown baseline store 'foldr'"),
        ("budget: {max_cost_usd: .inf}", ".inf has no JSON"),
        ("id: 'a/b'", "id: does not fit"),
    ],
)
def test_a_gate_that_cannot_work_is_refused_at_load(change, told):
    kept = [line for line in SMALL.splitlines() if line.partition(":")[0] != change.partition(":")[0]]

    assert told in "\n".join(faults("\n".join([*kept, change])))


def test_a_missing_schema_version_is_told():
    assert faults(SMALL.replace("schema_version: 1\n", "")) == ["gate.yaml:1:1: schema_version: required, and missing"]


@pytest.mark.parametrize("text", ["", "- a", "hello", "42"])
def test_a_file_that_is_no_object_is_refused(text):
    assert "expected an object" in faults(text)[0]


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2", "\x00", "[" * 10_000])
def test_a_file_that_is_no_yaml_is_refused_with_its_place(text):
    assert len(faults(text)) == 1


SEVERAL = """\
schema_version: 1
gates:
  one:
    fixtures: [a]
    target: {kind: command, options: {run: [x]}}
    metrics: {checks: {floor: 0.5}}
  two:
    fixtures: [b]
    target: {kind: command, options: {run: [y]}}
    metrics: {checks: {}}
"""


def test_one_of_several_gates_is_chosen_by_its_id():
    config = load(SEVERAL, "two")

    assert config.gate_id == "two"
    assert config.target.options == {"run": ["y"]}
    assert str(config.problem(("metrics", "checks"), "odd")) == "gate.yaml:10:23: gates.two.metrics.checks: odd"
    assert list_gates(FilesInMemory({"gate.yaml": SEVERAL})) == ("one", "two")


def test_several_gates_and_no_choice_is_an_error_that_lists_them():
    with pytest.raises(ConfigError, match="holds several gates: one, two"):
        load(SEVERAL)


def test_an_unknown_gate_is_an_error_with_the_nearest_id():
    with pytest.raises(ConfigError, match="has no gate 'tow'") as refusal:
        load(SEVERAL, "tow")

    assert refusal.value.hint == "did you mean 'two'?"


def test_faults_of_a_gate_that_was_not_chosen_are_told_too():
    with pytest.raises(ConfigError) as refusal:
        load(SEVERAL.replace("floor: 0.5", "flor: 0.5"), "two")

    assert [problem.field for problem in refusal.value.problems] == ["gates.one.metrics.checks.flor"]


def test_a_file_that_is_not_there_is_told_with_its_revision():
    with pytest.raises(ConfigError, match=r"no gate.yaml in a1b2c3d4e5"):
        load_config(FilesInMemory({}))


def test_the_digest_ignores_comments_and_order_and_sees_values():
    lines = SMALL.splitlines()

    assert load("\n".join(["# why", *reversed(lines)])).digest == load(SMALL).digest
    assert load(SMALL + "policy: {trials: 4}").digest != load(SMALL).digest
    assert load(SEVERAL, "one").digest != load(SEVERAL, "two").digest


def test_a_field_of_the_loop_that_is_none_is_told_at_its_place():
    rows = "loop: {sources: {t: {kind: files, path: x, rows: {turn: {inputt: q}}}}, ingest: {aliases: {modl: [m]}}}\n"
    assert faults(SMALL + rows) == [
        "gate.yaml:5:58: loop.sources.t.rows.turn.inputt: unknown field (did you mean 'input'?)",
        "gate.yaml:5:92: loop.ingest.aliases.modl: unknown field (did you mean 'model'?)",
    ]

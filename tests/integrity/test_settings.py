"""Base's gate.yaml beside head's: a rule for every field, and what each says of a change in either direction."""

import json
from dataclasses import fields

import pytest
import yaml

from gate_action.config.loading import load_config
from gate_action.config.settings import Approvals, Config, JudgeSettings, TargetSettings
from gate_action.integrity import settings
from gate_action.integrity.settings import compare_configs
from gate_action.model.integrity import Area, Effect, GateChange
from gate_action.model.metric import Budget, Limits, Metric, Policy
from tests.files import FilesInMemory

GATE = """
schema_version: 1
id: desk
fixtures: [fixtures]
target: {kind: command, options: {run: [x]}, env: [MODEL_KEY]}
metrics:
  answer: {evaluator: exact_match, floor: 0.8, pass_at: 0.9}
  tone: {evaluator: llm_judge, options: {criteria: Be polite.}, role: secondary}
policy: {protected: [locale=de]}
judge: {model: openai/m, key: JUDGE_KEY}
budget: {max_calls: 100}
"""

L, T, N, U = Effect.LOOSENS, Effect.TIGHTENS, Effect.NEUTRAL, Effect.UNCLEAR

TABLE: dict[str, list[tuple[str, str, Effect]]] = {
    "policy.trials": [("{}", "{trials: 2}", L), ("{}", "{trials: 5}", T)],
    "policy.alpha_global": [("{}", "{alpha_global: 0.01}", L), ("{}", "{alpha_global: 0.1}", T)],
    "policy.alpha_slices": [("{}", "{alpha_slices: 0.001}", L), ("{}", "{alpha_slices: 0.05}", T)],
    "policy.min_effect": [("{}", "{min_effect: 0.1}", L), ("{}", "{min_effect: 0.0}", T)],
    "policy.min_effect_slice": [("{}", "{min_effect_slice: 0.5}", L), ("{}", "{min_effect_slice: 0.05}", T)],
    "policy.margin": [("{}", "{margin: 0.2}", L), ("{}", "{margin: 0.01}", T)],
    "policy.max_missing": [("{}", "{max_missing: 0.5}", L), ("{}", "{max_missing: 0.0}", T)],
    "policy.critical_reruns": [("{}", "{critical_reruns: 2}", L), ("{}", "{critical_reruns: 8}", T)],
    "policy.critical_failures": [("{}", "{critical_failures: 4}", L), ("{}", "{critical_failures: 1}", T)],
    "policy.on_inconclusive": [
        ("{on_inconclusive: block}", "{on_inconclusive: pass}", L),
        ("{on_inconclusive: block}", "{on_inconclusive: extend}", L),
        ("{}", "{on_inconclusive: block}", T),
    ],
    "policy.forks": [("{forks: block}", "{forks: neutral}", L), ("{}", "{forks: block}", T)],
    "policy.trust_stored_baseline": [
        ("{trust_stored_baseline: true}", "{}", L),
        ("{}", "{trust_stored_baseline: true}", T),
    ],
    "policy.max_commits_older": [("{}", "{max_commits_older: 50}", L), ("{}", "{max_commits_older: 0}", T)],
    "policy.protected": [
        ("{protected: [a=b]}", "{}", L),
        ("{protected: ['a=*']}", "{protected: [a=b]}", L),
        ("{protected: [a=b]}", "{protected: [a=b, c=d]}", T),
        ("{protected: ['a=*', a=b]}", "{protected: ['a=*']}", N),
    ],
    "policy.self_approval": [("{}", "{self_approval: true}", L), ("{self_approval: true}", "{}", T)],
    "policy.relabellings": [("{}", "{relabellings: 1000}", L), ("{}", "{relabellings: 20000}", N)],
    "policy.seed": [("{}", "{seed: 7}", U)],
    "limits.concurrency": [("{}", "{concurrency: 1}", N)],
    "limits.requests_per_minute": [("{}", "{requests_per_minute: 9}", N)],
    "limits.tokens_per_minute": [("{}", "{tokens_per_minute: 9}", N)],
    "limits.judge": [("{}", "{judge: {concurrency: 2}}", N)],
    "limits.trial_timeout_s": [("{}", "{trial_timeout_s: 600}", L), ("{}", "{trial_timeout_s: 5}", T)],
    "limits.start_timeout_s": [("{}", "{start_timeout_s: 1}", L), ("{}", "{start_timeout_s: 600}", N)],
    "limits.setup_timeout_s": [("{}", "{setup_timeout_s: 1}", L), ("{}", "{setup_timeout_s: 1000}", N)],
    "limits.run_timeout_s": [("{}", "{run_timeout_s: 100}", L), ("{}", "{run_timeout_s: 7200}", N)],
    "limits.max_output_bytes": [("{}", "{max_output_bytes: 9000000}", L), ("{}", "{max_output_bytes: 10}", T)],
    "limits.target_retries": [("{}", "{target_retries: 5}", L), ("{}", "{target_retries: 0}", T)],
    "limits.provider_retries": [("{}", "{provider_retries: 0}", L), ("{}", "{provider_retries: 9}", N)],
    "budget.max_cost_usd": [("{}", "{max_cost_usd: 1}", L), ("{max_cost_usd: 1}", "{}", N)],
    "budget.max_calls": [("{max_calls: 9}", "{max_calls: 1}", L), ("{max_calls: 9}", "{max_calls: 99}", N)],
    "budget.max_minutes": [("{}", "{max_minutes: 1}", L), ("{max_minutes: 1}", "{}", N)],
    "budget.max_cost_usd_per_pr": [("{}", "{max_cost_usd_per_pr: 1}", L), ("{max_cost_usd_per_pr: 1}", "{}", N)],
    "budget.max_cost_usd_per_month": [
        ("{}", "{max_cost_usd_per_month: 1}", L),
        ("{max_cost_usd_per_month: 1}", "{}", N),
    ],
    "judge.model": [("{model: a}", "{model: b}", U)],
    "judge.key": [("{model: a, key: A}", "{model: a, key: B}", U)],
    "judge.labels": [("{model: a}", "{model: a, labels: l.jsonl}", N)],
    "approvals.labels": [("{}", "{labels: [gate-approved, lgtm]}", L), ("{}", "{labels: []}", T)],
    "approvals.bots": [("{}", "{bots: ['renovate[bot]']}", L), ("{bots: [x]}", "{}", T)],
    "target.kind": [
        ("{kind: command, options: {run: [x]}}", "{kind: recorded, options: {base: a.jsonl, head: b.jsonl}}", U)
    ],
    "target.options": [("{kind: command, options: {run: [x]}}", "{kind: command, options: {run: [y]}}", U)],
    "target.setup": [
        ("{kind: command, options: {run: [x]}}", "{kind: command, options: {run: [x]}, setup: {run: [a]}}", U)
    ],
    "target.env": [
        ("{kind: command, options: {run: [x]}}", "{kind: command, options: {run: [x]}, env: [KEY]}", L),
        ("{kind: command, options: {run: [x]}, env: [KEY]}", "{kind: command, options: {run: [x]}}", N),
    ],
    "target.simulate": [
        (
            "{kind: command, options: {run: [x]}, simulate: {seed: 1}}",
            "{kind: command, options: {run: [x]}, simulate: {seed: 2}}",
            U,
        ),
    ],
}
"""Field -> its part of gate.yaml at base and at head, and what the change does."""

METRICS = {
    "role": [("", "role: secondary", L), ("role: cost", "role: secondary", T)],
    "pass_at": [("", "pass_at: 0.5", L), ("pass_at: 0.5", "", T)],
    "floor": [
        ("floor: 0.8", "floor: 0.7", L), ("floor: 0.8", "", L), ("", "floor: 0.8", T), ("floor: 0.7", "floor: 0.8", T),
    ],
    "options": [("", "options: {ignore_case: true}", U)],
    "evaluator": [("", "evaluator: refusal", U)],
}  # fmt: skip


def config(text: str = GATE) -> Config:
    return load_config(FilesInMemory({"gate.yaml": text}))


def with_part(name: str, part: str) -> Config:
    gate = yaml.safe_load(GATE)
    gate[name] = yaml.safe_load(part)
    if name == "judge":
        del gate["metrics"]["tone"]
    return config(json.dumps(gate))


def changes_of(base: Config, head: Config) -> dict[str, GateChange]:
    return {change.subject: change for change in compare_configs(base, head)}


OF_METRICS = [(field, *row) for field, rows in METRICS.items() for row in rows]
ROWS = [(field, *row) for field, rows in TABLE.items() for row in rows]


@pytest.mark.parametrize(("field", "base", "head", "effect"), ROWS)
def test_a_field_of_gate_yaml_loosens_or_tightens_as_the_table_says(field: str, base: str, head: str, effect: Effect):
    part = field.partition(".")[0]
    changes = changes_of(with_part(part, base), with_part(part, head))
    assert changes[field].effect is effect
    assert changes[field].place is not None


@pytest.mark.parametrize(("field", "base", "head", "effect"), OF_METRICS)
def test_a_field_of_a_metric_loosens_or_tightens_as_the_table_says(field: str, base: str, head: str, effect: Effect):
    def gate(told: str) -> Config:
        parts = ", ".join(filter(None, ("" if "evaluator" in told else "evaluator: exact_match", told)))
        return with_part("metrics", f"{{judged: {{evaluator: exact_match}}, answer: {{{parts}}}}}")

    changes = changes_of(gate(base), gate(head))
    assert changes[f"metrics.answer.{field}"].effect is effect


@pytest.mark.parametrize(
    ("part", "rules", "elsewhere"),
    [
        (Policy, settings.POLICY, {}),
        (Limits, settings.LIMITS, {}),
        (Budget, settings.BUDGET, {}),
        (Metric, settings.METRIC, settings.METRIC_ELSEWHERE),
        (TargetSettings, settings.TARGET, {}),
        (JudgeSettings, settings.JUDGE, {}),
        (Approvals, settings.APPROVALS, {}),
        (Config, settings.TOP, settings.ELSEWHERE),
    ],
)
def test_every_field_has_a_rule_in_integrity_settings(part: type, rules: dict[str, object], elsewhere: dict[str, str]):
    """A new field of gate.yaml needs a rule (what does its change do to the gate?) and a row of the table above."""
    names = {field.name for field in fields(part)}
    assert names == rules.keys() | elsewhere.keys()
    assert not rules.keys() & elsewhere.keys()


def test_every_rule_has_a_row_of_the_table():
    parts = {
        "policy": settings.POLICY, "limits": settings.LIMITS, "budget": settings.BUDGET, "target": settings.TARGET,
        "judge": settings.JUDGE, "approvals": settings.APPROVALS,
    }  # fmt: skip
    assert TABLE.keys() == {f"{part}.{name}" for part, rules in parts.items() for name in rules}
    assert METRICS.keys() == settings.METRIC.keys()


def test_equal_gates_differ_in_nothing_however_they_are_written():
    other = GATE.replace("policy:", "# a remark\npolicy:").replace("[fixtures]", "\n  - fixtures")
    assert compare_configs(config(), config(other)) == ()


def test_a_removed_metric_loosens_and_an_added_one_that_may_block_tightens():
    fewer = with_part("metrics", "{answer: {evaluator: exact_match, floor: 0.8, pass_at: 0.9}}")
    more = with_part("metrics", "{answer: {evaluator: exact_match, floor: 0.8, pass_at: 0.9}, x: {evaluator: refusal}}")
    assert {name: change.effect for name, change in changes_of(config(), fewer).items()} == {"metrics.tone": L}
    assert {name: change.effect for name, change in changes_of(fewer, more).items()} == {"metrics.x": T}
    assert changes_of(config(), fewer)["metrics.tone"].area is Area.METRIC


def test_another_name_of_the_gate_is_held_to_loosen():
    assert changes_of(config(), config(GATE.replace("id: desk", "id: other")))["id"].effect is U


def test_fixtures_from_elsewhere_are_held_to_loosen_and_paths_are_judged_by_what_they_find():
    artifact = '[{source: artifact, options: {url: "file:///x", allow_unpinned: true}}]'
    assert changes_of(config(), with_part("fixtures", artifact))["fixtures"].effect is U
    assert changes_of(config(), with_part("fixtures", "[fixtures, more]"))["fixtures"].effect is N


def test_a_comment_that_is_switched_off_loosens_and_one_that_is_switched_on_tightens():
    loud, quiet = with_part("sinks", "{comment: update}"), with_part("sinks", "{comment: 'off'}")
    assert changes_of(loud, quiet)["comment"].effect is L
    assert changes_of(quiet, loud)["comment"].effect is T


def test_another_price_is_held_to_loosen():
    priced = with_part("prices", "{target: {usd_per_call: 0.1}}")
    assert changes_of(config(), priced)["prices"].effect is U


def test_a_store_of_baselines_is_held_to_loosen():
    stored = with_part("baselines", "{store: folder, options: {path: x}}")
    assert changes_of(config(), stored)["baselines"].effect is U
    assert changes_of(stored, config())["baselines"].effect is U


@pytest.mark.parametrize(
    ("name", "field", "told"),
    [
        ("cache", "cache", "{key: GATE_CACHE_KEY}"),
        ("replay", "replaying", "{spot_check: 0.5}"),
        ("record", "record", '{MY_URL: "https://api.example.com"}'),
    ],
)
def test_answers_and_trials_that_are_kept_are_held_to_loosen(name: str, field: str, told: str):
    kept = with_part(name, told)
    assert changes_of(config(), kept)[field].effect is U
    assert changes_of(kept, config())[field].effect is U


def test_a_judge_that_is_removed_is_held_to_loosen():
    plain = GATE.replace("llm_judge, options: {criteria: Be polite.}", "refusal")
    without = "\n".join(line for line in plain.splitlines() if not line.startswith("judge:"))
    assert changes_of(config(plain), config(without))["judge"].effect is U


def test_a_change_names_the_line_and_both_values_as_gate_yaml_spells_them():
    change = changes_of(config(), config(GATE.replace("floor: 0.8", "floor: 0.5")))["metrics.answer.floor"]
    assert (change.base, change.head, change.what) == ("0.8", "0.5", "lowered")
    assert change.place is not None
    assert (change.place.path, change.place.line) == ("gate.yaml", 7)
    change = changes_of(config(), config(GATE.replace("protected: [locale=de]", "protected: []")))["policy.protected"]
    assert (change.base, change.head) == ("locale=de", "none")


def test_paths_that_watch_less_loosen_and_those_that_watch_more_tighten():
    everything, app, both = config(), with_part("paths", "[app]"), with_part("paths", "[app, lib]")
    effects = [changes_of(base, head)["paths"].effect for base, head in ((everything, app), (both, app), (app, both))]
    assert effects == [L, L, T]
    assert changes_of(app, everything)["paths"].effect is T

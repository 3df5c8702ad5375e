import pytest

from gate_action.sinks.destination import read_external_id, read_scope


@pytest.mark.parametrize(
    ("config", "folder", "label", "scope"),
    [
        ("gate.yaml", "", "", ""),
        ("gate.yaml", "", "null", ""),
        ("gate.yaml", ".", "{}", ""),
        ("services/a/gate.yaml", "", "", "services/a"),
        ("gates/shop.yaml", "", "", "gates/shop.yaml"),
        ("gate.yaml", "app", "", "app"),
        ("a/gate.yaml", "app", "", "app/a"),
        ("gate.yaml", "", "nightly", "nightly"),
        ("gate.yaml", "", "3.12", "3.12"),
        ("gate.yaml", "", '{"model": "gpt-4o", "python": 3.12, "extra": {"a": [1]}}', 'gpt-4o, 3.12, {"a": [1]}'),
        ("a/gate.yaml", "", '{"os": "linux"}', "a, linux"),
        ("gate.yaml", "", "one\ntwo\x1b[31m", "one two"),
        ("gate.yaml", "", "x" * 500, "x" * 99 + "…"),
    ],
)
def test_a_gate_s_scope_is_where_its_file_lies_and_what_its_job_is_told_by(
    config: str, folder: str, label: str, scope: str
):
    assert read_scope(config=config, folder=folder, label=label) == scope


@pytest.mark.parametrize("text", ["", "run-1", "gate-action run=x attempt=1", "other gate-action run=1 attempt=1"])
def test_a_check_run_of_another_tool_has_no_attempt_of_ours(text: str):
    assert read_external_id(text) is None

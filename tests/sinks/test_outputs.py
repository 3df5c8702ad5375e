import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.model.report import Report
from gate_action.sinks.outputs import OutputsSink, describe
from tests.sinks.published import BASE, HEAD, HOSTILE, failing, passing, unmeasured


def read_outputs(text: str) -> dict[str, str]:
    """The outputs as the runner's own reader finds them: `name<<delimiter`, lines, delimiter; or `name=value`."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        at_equals, at_heredoc = line.find("="), line.find("<<")
        if at_heredoc < 0 or 0 <= at_equals < at_heredoc:
            found[line[:at_equals]] = line[at_equals + 1 :]
            continue
        name, delimiter = line[:at_heredoc], line[at_heredoc + 2 :]
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        else:
            raise AssertionError(f"{name} never ends")
        found[name] = "\n".join(value)
    return found


def _publish(folder: Path, report: Report, token: Callable[[], str] = secrets.token_hex) -> dict[str, str]:
    sink = OutputsSink(
        path=folder / "output", out=folder / "work" / ".gate" / "shop", workspace=folder / "work", token=token
    )
    sink.publish(report)
    return read_outputs((folder / "output").read_text(encoding="utf-8"))


def test_a_regression_is_told_in_full(tmp_path: Path):
    assert _publish(tmp_path, failing()) == {
        "verdict": "fail",
        "exit-code": "1",
        "conclusion": "failure",
        "sentence": "answer regressed in slice topic=refunds: I do not know.",
        "base-sha": BASE,
        "head-sha": HEAD,
        "run-id": "run-1",
        "regressed": "2",
        "improved": "0",
        "unchanged": "40",
        "report-json": ".gate/shop/report.json",
        "report-markdown": ".gate/shop/report.md",
        "report-html": ".gate/shop/report.html",
        "run-folder": "/somewhere/run-1",
    }


def test_what_was_not_measured_is_no_zero(tmp_path: Path):
    told = _publish(tmp_path, unmeasured())
    assert [told[name] for name in ("regressed", "improved", "unchanged")] == ["not_measured"] * 3
    assert (told["verdict"], told["exit-code"], told["base-sha"]) == ("not_evaluated", "2", "")


def test_outputs_of_an_earlier_command_of_the_step_are_kept(tmp_path: Path):
    (tmp_path / "output").write_text("mine=1\n")
    assert _publish(tmp_path, passing())["mine"] == "1"


def test_hostile_words_write_no_output_of_their_own(tmp_path: Path):
    told = _publish(tmp_path, failing(words=HOSTILE))
    assert told["verdict"] == "fail"
    assert set(told) == {*describe(failing()), "report-json", "report-markdown", "report-html", "run-folder"}


@given(words=st.text())
def test_no_text_at_all_can_end_its_own_output(tmp_path_factory: pytest.TempPathFactory, words: str):
    told = _publish(tmp_path_factory.mktemp("outputs"), failing(words=words))
    assert set(told) == {*describe(failing()), "report-json", "report-markdown", "report-html", "run-folder"}
    assert told["verdict"] == "fail"


def test_a_value_that_holds_the_delimiter_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="the value of sentence holds the delimiter"):
        _publish(tmp_path, failing(words="end-guessed"), token=lambda: "guessed")


def test_a_report_outside_the_workspace_is_told_by_its_whole_path(tmp_path: Path):
    sink = OutputsSink(path=tmp_path / "output", out=tmp_path / "elsewhere", workspace=tmp_path / "work")
    sink.publish(passing())
    told = read_outputs((tmp_path / "output").read_text())
    assert told["report-json"] == str(tmp_path / "elsewhere" / "report.json")

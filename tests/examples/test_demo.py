import dataclasses
import html
import subprocess
from pathlib import Path

import pytest

from demo import BROKEN_SLICE, EXPECTATIONS, FIXED, REPORTS, DemoError, find_differences, main, make_repository
from gate_action.codec.documents import encode_report
from gate_action.model.comparison import (
    ChangeKind,
    Difference,
    Finding,
    FixtureChange,
    Flips,
    MetricComparison,
    SliceComparison,
    Tally,
)
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.fixture import Slice
from gate_action.model.metric import Role
from gate_action.model.report import Report

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
BROKEN, UNCHANGED = EXPECTATIONS["broken"], EXPECTATIONS["unchanged"]


def read(repository: Path, revision: str, path: str) -> str:
    command = ["git", "show", f"{revision}:{path}"]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout


def changed(repository: Path) -> list[str]:
    command = ["git", "diff", "--name-only", "main", "pull-request"]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.split()


def change(fixture_id: str, kind: ChangeKind) -> FixtureChange:
    tally = Tally(3, 3, 0)
    return FixtureChange(
        fixture_id=fixture_id, kind=kind, base=tally, head=tally, base_mean=1.0, head_mean=1.0, metric="checks"
    )


DIFFERENCE = Difference(
    base_mean=0.9,
    head_mean=0.8,
    delta=-0.1,
    interval=None,
    p_value=0.001,
    fixtures=88,
    clusters=86,
    base_trials=264,
    head_trials=264,
    flips=Flips(13, 5),
)
SLICES = tuple(
    SliceComparison(
        slice=slice_, difference=DIFFERENCE, adjusted_p=0.001, is_broken=slice_ == BROKEN_SLICE, is_protected=False
    )
    for slice_ in (BROKEN_SLICE, Slice("kind", "policy"))
)
METRIC = MetricComparison(
    metric="checks", role=Role.PRIMARY, finding=Finding.REGRESSION, difference=DIFFERENCE, head_mean=0.8, slices=SLICES
)
FAILED = Decision(
    verdict=Verdict.FAIL,
    reasons=(Reason(kind=ReasonKind.REGRESSION, sentence="It got worse.", metric="checks", slice=BROKEN_SLICE),),
    metrics=(METRIC,),
    changes=(
        change("lookup-tent-7", ChangeKind.REGRESSED),
        *(change(fixture, ChangeKind.IMPROVED) for fixture in sorted(FIXED)),
    ),
)
PASSED = Decision(verdict=Verdict.PASS, reasons=(Reason(kind=ReasonKind.NO_REGRESSION, sentence="Nothing got worse."),))


def write_report(out: Path, decision: Decision) -> Path:
    report = Report(
        gate_id="support-bot",
        tool_version="0",
        run_id="r",
        started_at="2026-01-01T00:00:00Z",
        duration_s=1.0,
        revisions=None,
        decision=decision,
        suite_digest="sha256:0",
        fixtures=88,
        slices=20,
        reproduce="gate-action run",
        run_folder="runs/r",
    )
    out.mkdir(exist_ok=True)
    for name in REPORTS:
        (out / name).write_bytes(encode_report(report))
    return out


def test_the_pull_request_is_one_commit_that_changes_how_words_are_read(tmp_path):
    repository = make_repository(tmp_path, BROKEN)
    text = "examples/support-bot/support_bot/text.py"
    assert changed(repository) == [text]
    assert r"\d+" in read(repository, "main", text)
    assert r"\d+" not in read(repository, "pull-request", text)
    assert "id: support-bot" in read(repository, "main", "gate.yaml")


def test_the_unchanged_pull_request_touches_the_readme_only(tmp_path):
    assert changed(make_repository(tmp_path, UNCHANGED)) == ["examples/support-bot/README.md"]


def test_the_repository_is_made_afresh_and_old_reports_go(tmp_path):
    repository = make_repository(write_report(tmp_path, FAILED), BROKEN)
    (repository / "leftover").touch()
    assert make_repository(tmp_path, UNCHANGED) == repository
    assert not (repository / "leftover").exists()
    assert not any((tmp_path / name).exists() for name in REPORTS)


def test_a_folder_that_is_no_demonstrations_is_never_removed(tmp_path, capsys):
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "precious").touch()
    with pytest.raises(DemoError, match="remove it yourself"):
        make_repository(tmp_path, BROKEN)
    assert main(["--out", str(tmp_path)]) == 1
    assert "remove it yourself" in capsys.readouterr().err
    assert (tmp_path / "repo" / "precious").exists()


def test_an_unknown_kind_of_pull_request_is_refused_from_the_environment_too(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HEAD", "main")
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path)])
    assert "broken or unchanged, not 'main'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_demonstration_that_came_out_as_it_should_shows_no_difference(tmp_path):
    assert list(find_differences(write_report(tmp_path / "broken", FAILED), BROKEN, 1)) == []
    assert list(find_differences(write_report(tmp_path / "unchanged", PASSED), UNCHANGED, 0)) == []


def test_a_gate_that_left_no_report_is_told(tmp_path):
    missing, code = find_differences(tmp_path, BROKEN, 70)
    assert "report.html, report.md, report.json" in missing
    assert "70" in code


REPLACED = {
    "the verdict": ({"verdict": Verdict.INCONCLUSIVE}, "the verdict is inconclusive, not fail"),
    "the slice": ({"metrics": ()}, "kind=lookup is not among the broken ones"),
    "the reason": ({"reasons": PASSED.reasons}, "no reason names the slice kind=lookup"),
    "what was fixed": ({"changes": FAILED.changes[:-1]}, "not shown as improved: refused-rope"),
    "what broke": ({"changes": FAILED.changes[1:]}, "no fixture is shown as regressed"),
    "what should stay": (
        {"changes": (*FAILED.changes, change("returns-late", ChangeKind.REGRESSED))},
        "regressed too: returns-late",
    ),
}


@pytest.mark.parametrize(("replaced", "message"), REPLACED.values(), ids=REPLACED)
def test_each_part_that_came_out_otherwise_is_told(tmp_path, replaced, message):
    out = write_report(tmp_path, dataclasses.replace(FAILED, **replaced))
    (difference,) = find_differences(out, BROKEN, 1)
    assert message in difference


def test_a_change_where_nothing_changed_is_told(tmp_path):
    decision = dataclasses.replace(PASSED, changes=(change("returns-late", ChangeKind.REGRESSED),))
    (difference,) = find_differences(write_report(tmp_path, decision), UNCHANGED, 0)
    assert "returns-late" in difference


@pytest.mark.slow
@pytest.mark.parametrize(("head", "verdict"), [("broken", "exit code: 1"), ("unchanged", "exit code: 0")])
def test_the_demonstration_comes_out_as_it_should(tmp_path, capfd, head, verdict):
    assert main(["--head", head, "--out", str(tmp_path)]) == 0, capfd.readouterr()
    assert verdict in capfd.readouterr().out


@pytest.mark.slow
def test_the_readme_shows_what_the_demonstration_posts(tmp_path):
    assert main(["--out", str(tmp_path)]) == 0
    page = html.unescape((tmp_path / "report.md").read_text("utf-8"))
    quoted = [line.removeprefix("> ") for line in README.splitlines() if line.startswith("> ")]
    figures = [line for line in quoted if line.startswith(("| `checks`", "| `shape`"))]
    assert len(figures) == 2
    assert [line for line in figures if line not in page] == []
    sentence = " ".join(quoted[:2]).partition(" — ")[2]
    assert f"**{sentence}**" in page

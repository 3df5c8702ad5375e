import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.store import open_store
from tests.loop.watching.production import CLUSTER, DEPLOYED, GATE, Production

AT = "2026-11-17T09:00Z"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_EVENT_NAME", "GATE_WATCH_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "gate.yaml").write_text(GATE)
    return tmp_path


def loop(place: Path, *more: str) -> int:
    top = ["loop", "watch", "--repository", str(place), "--register", str(place / "register")]
    return run_command([*top, *more])


def register(place: Path, *more: str) -> int:
    asked = ("--cluster", CLUSTER, "--commit", "a" * 40, "--deployed-at", DEPLOYED.isoformat())
    return loop(place, "register", *asked, *more)


def told(place: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((place / "out" / "watch.json").read_text())
    return document


def rows(place: Path, table: str) -> list[dict[str, Any]]:
    with open_store(place / "memory" / "store.duckdb") as store:
        found: list[dict[str, Any]] = store.table(table).to_pyarrow().to_pylist()
    return found


def test_a_fix_that_held_is_told_in_the_terminal_the_files_and_the_store(
    place: Path, capsys: pytest.CaptureFixture[str]
):
    Production().write(place / "memory" / "store.duckdb")
    assert register(place) == 0
    assert loop(place, "--at", AT, "--out", str(place / "out")) == 0
    shown = capsys.readouterr().out
    assert "the fix held" in shown
    (watch,) = told(place)["watches"]
    assert watch["verdict"] == "held"
    assert watch["target"] == pytest.approx(watch["before_rate"] / 2, rel=0.2)
    assert watch["fixed"]
    assert watch["fixed"][0]["join_key"].startswith("msg-t")
    assert "<b>useless</b>" not in (place / "out" / "watch.html").read_text()
    (row,) = rows(place, "watch")
    assert (row["verdict"], row["is_open_for_training"]) == ("held", False)
    assert rows(place, "cluster")[0]["status"] == "held"


@pytest.mark.slow
def test_a_fix_that_changed_nothing_opens_its_rows_for_training_and_fails_where_that_is_asked_for(place: Path):
    Production(after=((168, 0.1),)).write(place / "memory" / "store.duckdb")
    register(place)
    assert loop(place, "--at", AT, "--fail-on", "not_held") == 1
    (row,) = rows(place, "watch")
    assert (row["verdict"], row["is_open_for_training"]) == ("not_held", True)
    assert rows(place, "cluster")[0]["status"] == "reopened"


@pytest.mark.slow
def test_looking_again_says_the_same_and_adds_no_event(place: Path):
    Production().write(place / "memory" / "store.duckdb")
    register(place)
    assert loop(place, "--at", AT, "--out", str(place / "out")) == 0
    first = told(place)
    assert loop(place, "--at", AT, "--out", str(place / "out")) == 0
    assert told(place) == first
    assert len(list((place / "register").glob("watch/*/event-*.json"))) == 1


@pytest.mark.slow
def test_hourly_looks_never_unsay_a_verdict(place: Path):
    Production(an_hour=10).write(place / "memory" / "store.duckdb")
    register(place)
    verdicts = []
    for day in (11, 12, 14, 16, 17):
        loop(place, "--at", f"2026-11-{day}T09:00Z", "--out", str(place / "out"))
        verdicts.append(told(place)["watches"][0]["verdict"])
    assert verdicts == sorted(verdicts, key=["undecided", "held"].index)
    assert verdicts[0] == "undecided"
    assert verdicts[-1] == "held"


@pytest.mark.slow
def test_undecided_tells_how_many_turns_it_still_takes(place: Path, capsys: pytest.CaptureFixture[str]):
    Production(after=((6, 0.05),)).write(place / "memory" / "store.duckdb")
    register(place)
    assert loop(place, "--at", "2026-11-10T15:00Z", "--out", str(place / "out"), "--fail-on", "undecided") == 1
    assert told(place)["watches"][0]["turns_missing"] > 100
    assert "more turns until something can be said" in capsys.readouterr().out


@pytest.mark.slow
def test_a_cluster_that_returns_after_it_held_is_reopened_with_its_history(
    place: Path, capsys: pytest.CaptureFixture[str]
):
    Production(after=((168, 0.02), (96, 0.15))).write(place / "memory" / "store.duckdb")
    register(place)
    assert loop(place, "--at", AT) == 0
    assert loop(place, "--at", "2026-11-21T09:00Z", "--out", str(place / "out")) == 0
    (watch,) = told(place)["watches"]
    assert watch["verdict"] in ("not_held", "regressed")
    assert watch["has_returned"]
    assert "after the fix had held" in capsys.readouterr().out
    page = (place / "out" / "watch.html").read_text()
    assert "History" in page
    assert "the fix held" in page
    assert rows(place, "cluster")[0]["status"] == "reopened"


@pytest.mark.slow
def test_what_was_pinned_stays_when_the_store_says_otherwise_later(place: Path):
    Production().write(place / "memory" / "store.duckdb")
    register(place)
    loop(place, "--at", "2026-11-11T09:00Z")
    (pin,) = (place / "register").glob("watch/*/pin.json")
    before = pin.read_bytes()
    with open_store(place / "memory" / "store.duckdb") as store:
        store.connection.execute("UPDATE cluster SET label = 'format_error', classifier_digest = 'another'")
    loop(place, "--at", AT, "--out", str(place / "out"))
    assert pin.read_bytes() == before
    assert told(place)["watches"][0]["mode"] == "over_refusal"


@pytest.mark.slow
def test_a_shift_of_the_mix_is_told_and_does_not_raise_an_alarm(place: Path, capsys: pytest.CaptureFixture[str]):
    Production(before=0.06, after=((168, 0.03),), languages=(0.2, 0.8), an_hour=40).write(
        place / "memory" / "store.duckdb"
    )
    register(place)
    loop(place, "--at", AT, "--out", str(place / "out"))
    assert told(place)["watches"][0]["verdict"] == "held"
    page = (place / "out" / "watch.html").read_text()
    assert re.search(r"mix in language moved by (5|6)\d\.\d%", page)
    assert told(place)["watches"][0]["after_rate"] == pytest.approx(0.03 * (0.8 + 0.2 * 3), rel=0.25)


@pytest.mark.slow
def test_many_missing_scores_withhold_that_it_held(place: Path, capsys: pytest.CaptureFixture[str]):
    Production(unknown_after=0.3).write(place / "memory" / "store.duckdb")
    register(place)
    loop(place, "--at", AT, "--out", str(place / "out"))
    assert told(place)["watches"][0]["verdict"] == "undecided"
    assert "too many to say that it held" in capsys.readouterr().out


def test_a_cluster_that_the_store_does_not_know_is_told_and_waits(place: Path, capsys: pytest.CaptureFixture[str]):
    with open_store(place / "memory" / "store.duckdb"):
        pass
    register(place)
    assert loop(place, "--at", AT) == 0
    assert f"{CLUSTER}: the store knows no such cluster yet" in capsys.readouterr().err


@pytest.mark.slow
def test_a_later_fix_of_the_same_cluster_takes_the_earlier_ones_place(place: Path):
    Production().write(place / "memory" / "store.duckdb")
    register(place)
    top = ("--cluster", CLUSTER, "--commit", "b" * 40, "--deployed-at", "2026-11-12T00:00Z")
    assert loop(place, "register", *top) == 0
    loop(place, "--at", AT, "--out", str(place / "out"))
    assert [watch["commit"] for watch in told(place)["watches"]] == ["b" * 40]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (("register", "--cluster", "x", "--target-share", "0.5", "--target-rate", "0.1"), "exclude each other"),
        (("register", "--cluster", "x", "--slice", "language"), "DIMENSION=VALUE"),
        (("--at", "yesterday"), "ISO 8601"),
        (("register", "--report", "nowhere.json"), "no report of the gate"),
    ],
)
def test_bad_options_are_told(place: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], complaint: str):
    assert loop(place, *more) == 2
    assert complaint in capsys.readouterr().err


def test_on_a_laptop_without_a_remote_the_branch_is_missed_with_a_way_out(
    place: Path, capsys: pytest.CaptureFixture[str]
):
    assert run_command(["loop", "watch", "--repository", str(place)]) == 2
    assert "--register FOLDER" in capsys.readouterr().err


@pytest.mark.slow
def test_where_only_complaints_are_scored_silence_after_a_fix_counts_as_having_held(
    place: Path, capsys: pytest.CaptureFixture[str]
):
    Production(after=((168, 0.0),), are_all_scored=False).write(place / "memory" / "store.duckdb")
    register(place)
    loop(place, "--at", AT, "--out", str(place / "out"))
    (watch,) = told(place)["watches"]
    assert watch["verdict"] == "held"
    assert watch["before_rate"] == pytest.approx(0.05, rel=0.3)
    assert watch["after_rate"] == 0.0
    assert "nobody complained of are not scored" in (place / "out" / "watch.html").read_text()


@pytest.mark.slow
def test_more_complaints_of_something_else_do_not_make_a_fix_look_good(place: Path):
    Production(after=((168, 0.1),), are_all_scored=False, other_complaints=(0.02, 0.3)).write(
        place / "memory" / "store.duckdb"
    )
    register(place)
    loop(place, "--at", AT, "--out", str(place / "out"))
    assert told(place)["watches"][0]["verdict"] == "not_held"


@pytest.mark.slow
def test_turns_that_the_classifier_has_not_seen_yet_wait(place: Path):
    Production(after=((168, 0.1),), are_all_scored=False, scored_until=DEPLOYED + timedelta(hours=12)).write(
        place / "memory" / "store.duckdb"
    )
    register(place)
    loop(place, "--at", AT, "--out", str(place / "out"))
    (watch,) = told(place)["watches"]
    assert watch["verdict"] == "undecided"
    assert 200 <= watch["after_turns"] <= 300


@pytest.mark.slow
def test_a_cluster_that_is_a_part_of_its_mode_is_asked_for_its_part(place: Path):
    Production(after=((168, 0.08),), in_cluster=0.4, an_hour=80).write(place / "memory" / "store.duckdb")
    register(place)
    loop(place, "--at", AT, "--out", str(place / "out"))
    (watch,) = told(place)["watches"]
    assert watch["target"] == pytest.approx(watch["before_rate"] * 0.8, rel=0.05)
    assert watch["verdict"] == "held"
    assert "of the failures of this mode were in the cluster" in (place / "out" / "watch.html").read_text()

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo_loop import dated
from demo_story import Chapter, tell_story

TOP = Path(__file__).parents[2]


def test_records_are_spread_over_a_week_in_their_order_and_calls_stay_as_long_as_they_were():
    lines = [
        {"spans": [{"startTimeUnixNano": "2000000000", "endTimeUnixNano": "2500000000"}]},
        {"records": [{"timeUnixNano": "3000000000", "observedTimeUnixNano": "0", "name": "1"}]},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    spread = dated(text, datetime(1970, 1, 1, 1, tzinfo=UTC), timedelta(seconds=30))
    (first, second) = map(json.loads, spread.splitlines())
    assert first["spans"] == [{"startTimeUnixNano": "3600000000000", "endTimeUnixNano": "3600500000000"}]
    assert second["records"] == [{"timeUnixNano": "3620000000000", "observedTimeUnixNano": "0", "name": "1"}]


def test_what_customers_wrote_is_text_on_the_page():
    page = tell_story([Chapter(title="<b>", words="a & b", told="<script>alert(1)</script>")])
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<h2>&lt;b&gt;</h2><p>a &amp; b</p>" in page


@pytest.mark.slow
def test_the_ring_closes_a_bad_fix_is_blocked_a_good_one_holds_and_one_by_heart_does_not(tmp_path: Path):
    out = tmp_path / "out"
    command = [sys.executable, str(TOP / "examples" / "demo_loop.py"), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "more hallucination" in " ".join(done.stdout.split())
    assert "What to mend first" in done.stdout
    assert json.loads((out / "repo" / "ledger.jsonl").read_text().splitlines()[0])["mode"] == "hallucination"
    assert "What is expected" in (out / "pull-request.md").read_text()
    verdicts = {name: _read(out / "gate" / name / "report.json")["decision"] for name in ("bad-fix", "fix", "fake-fix")}
    assert {name: one["verdict"] for name, one in verdicts.items()} == {
        "bad-fix": "fail",
        "fix": "pass",
        "fake-fix": "pass",
    }
    assert _read(out / "gate" / "release-2" / "report.json")["decision"]["verdict"] == "pass"
    improved = [one["fixture_id"] for one in verdicts["fix"]["changes"] if one["kind"] == "improved"]
    assert any(one.startswith("hallucination-") for one in improved)
    (held,) = _read(out / "watch" / "fix" / "watch.json")["watches"]
    assert held["verdict"] == "held"
    assert held["fixed"]
    assert held["pull_request"]
    (not_held,) = _read(out / "watch" / "fake-fix" / "watch.json")["watches"]
    assert (not_held["verdict"], not_held["is_open_for_training"]) == ("not_held", True)
    assert not_held["after_rate"] > held["after_rate"]
    assert "Production says: not_held." in (out / "story.html").read_text()


def _read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text())
    return told

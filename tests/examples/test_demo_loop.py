import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo_loop import dated

TOP = Path(__file__).parents[2]


def test_records_are_dated_back_together_and_what_was_not_told_stays_so():
    lines = [
        {"spans": [{"startTimeUnixNano": "2000000000", "endTimeUnixNano": "2500000000"}]},
        {"records": [{"timeUnixNano": "3000000000", "observedTimeUnixNano": "0", "name": "1"}]},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (first, second) = map(json.loads, dated(text, datetime(1970, 1, 1, 1, tzinfo=UTC)).splitlines())
    assert first["spans"] == [{"startTimeUnixNano": "3600000000000", "endTimeUnixNano": "3600500000000"}]
    assert second["records"] == [{"timeUnixNano": "3601000000000", "observedTimeUnixNano": "0", "name": "1"}]


@pytest.mark.slow
def test_the_demonstration_ends_with_the_broken_release_found_and_ranked_first(tmp_path: Path):
    command = [sys.executable, str(TOP / "examples" / "demo_loop.py"), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "more hallucination" in " ".join(done.stdout.split())
    assert "What to mend first" in done.stdout
    ledger = (tmp_path / "out" / "repo" / "ledger.jsonl").read_text().splitlines()
    assert json.loads(ledger[0])["mode"] == "hallucination"

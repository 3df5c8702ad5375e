from pathlib import Path

import pytest

from gate_action.sinks.job_summary import JobSummarySink
from gate_action.sinks.publishing import UnpublishedError
from tests.sinks.published import HOSTILE, failing, passing

_LIMIT = 1024 * 1024


def test_the_report_is_added_to_what_the_step_wrote_before(tmp_path: Path):
    path = tmp_path / "summary.md"
    path.write_text("# mine\n")
    JobSummarySink(path=path).publish(failing())
    JobSummarySink(path=path).publish(passing())
    text = path.read_text()
    assert text.startswith("# mine\n")
    assert text.index("BLOCKED") < text.index("PASS")


@pytest.mark.parametrize("taken", [0, 600_000, 1_000_000, 1_040_000])
def test_a_huge_report_of_wide_characters_stays_below_one_mebibyte(tmp_path: Path, taken: int):
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * taken)
    JobSummarySink(path=path).publish(failing(words="Ünïcödé 漢字 " * 3_000, regressed=200))
    assert taken < path.stat().st_size <= _LIMIT
    assert "BLOCKED" in path.read_bytes()[taken:].decode()


def test_without_room_nothing_is_written_and_it_is_said(tmp_path: Path):
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * (_LIMIT - 100))
    with pytest.raises(UnpublishedError, match="1,048,476 bytes of this step's summary are taken"):
        JobSummarySink(path=path).publish(passing())
    assert path.stat().st_size == _LIMIT - 100


def test_hostile_words_begin_no_workflow_command_and_no_comment(tmp_path: Path):
    path = tmp_path / "summary.md"
    JobSummarySink(path=path).publish(failing(words=HOSTILE))
    assert "<!--" not in path.read_text()

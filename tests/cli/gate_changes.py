"""What a change of its own gate gets a pull request, as the report says it."""

from tests.cli.pull_requests import edited_rows, gate_of, needing_approval
from tests.cli.running import GOOD, Ran

QUIET = GOOD.replace("text.upper()", "text")
POLITE = GOOD.replace("return text.upper()", "return 'PLEASE' if text == 'refund 0' else text.upper()")
"""One answer changes, as it is meant to."""
NEW_WORDS = edited_rows({"f0": "PLEASE"})


def both_readings(ran: Ran) -> list[tuple[str, str, str]]:
    """By fixture: base's build and head's, by base's gate and by head's."""

    def told(sides: list[list[int]]) -> str:
        return " → ".join(f"{passed}/{scored}" for passed, scored, _errors in sides)

    return [(one["fixture_id"], told(one["base"]), told(one["head"])) for one in gate_of(ran)["readings"]["fixtures"]]


def blocked(ran: Ran, *subjects: str) -> None:
    """By an unapproved change of the gate, which the report names."""
    assert ran.code == 1, ran.stdout + ran.stderr
    assert "loosened" in ran.reasons
    assert needing_approval(ran) == list(subjects)
    page = (ran.out / "report.md").read_text(encoding="utf-8")
    assert "What this change does to its own gate" in page
    assert all(subject.split()[0] in ran.stdout for subject in subjects)

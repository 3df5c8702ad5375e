"""An application that made warranties up: its gate.yaml, and what eight users asked it and complained of."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

GATE = """\
schema_version: 1
fixtures: [fixtures]
target: {kind: recorded, options: {base: base.jsonl, head: head.jsonl}}
metrics: {checks: {}}
loop:
  promote: {consent: "terms of service, section 7"}
  sources:
    app:
      kind: files
      path: turns.csv
      rows:
        turn: {id: id, input: question, output: answer, at: at, user_id: who}
        feedback: [{name: thumb, value: vote, comment: remark}]
"""
THINGS = ("kettle", "lamp", "heater", "camera", "bicycle", "wardrobe", "telescope", "lawn mower")


def write_turns(path: Path) -> None:
    """Eight users who complained two days ago."""
    at = datetime.now(UTC) - timedelta(days=2)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "question", "answer", "at", "who", "vote", "remark"))
        for number, thing in enumerate(THINGS):
            question = f"Does the {thing} that I bought from you come with a warranty, and for how long?"
            answer = f"Your {thing} has a warranty of {number + 20} years, also against theft."
            remark = "you made that up, there is no such warranty"
            when = (at + timedelta(minutes=number)).isoformat()
            writer.writerow((number, question, answer, when, f"user-{number}", "down", remark))

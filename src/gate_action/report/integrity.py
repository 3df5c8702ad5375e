"""What a change does to the gate that judges it, in words."""

from collections.abc import Iterable, Iterator
from typing import Final

from gate_action.model.comparison import Tally
from gate_action.model.decision import Verdict
from gate_action.model.integrity import Approval, Area, Effect, GateChange, Integrity, Means, Readings, Sides, Way
from gate_action.report import words
from gate_action.report.parts import GatePart, GateRow, ReadingRow, Tone

_TONES: Final = {
    Effect.LOOSENS: ("loosens", Tone.BAD),
    Effect.UNCLEAR: ("may loosen", Tone.CAUTION),
    Effect.NEUTRAL: ("neutral", Tone.NEUTRAL),
    Effect.TIGHTENS: ("tightens", Tone.GOOD),
}
_VERDICTS: Final = {
    Verdict.PASS: "PASS",
    Verdict.FAIL: "BLOCKED",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE",
    Verdict.NOT_EVALUATED: "NOT EVALUATED",
}
_MOST_VALUE: Final = 200
_MOST_SENTENCE: Final = 600


def gate_part(integrity: Integrity) -> GatePart | None:
    """None where the change leaves its gate alone."""
    if not integrity.changes:
        return None
    loosening = integrity.loosening
    others = [change for change in integrity.changes if not change.effect.needs_approval]
    readings = integrity.readings
    notes = [*integrity.unapproved, *([integrity.how_to_approve] if integrity.how_to_approve else [])]
    return GatePart(
        tone=_tone(integrity),
        standing=_standing(integrity),
        notes=tuple(words.shorten(note, _MOST_SENTENCE) for note in notes),
        rows=tuple(_row(change) for change in loosening),
        others=tuple(_row(change) for change in others),
        preview=_preview(readings) if readings else "",
        readings=tuple(_reading_rows(readings)) if readings else (),
    )


def _tone(integrity: Integrity) -> Tone:
    if not integrity.loosening:
        return Tone.NEUTRAL
    return Tone.CAUTION if integrity.is_approved else Tone.BAD


def _standing(integrity: Integrity) -> str:
    if integrity.is_approved:
        return f"Head's gate decided: {'; '.join(map(_who, integrity.approvals))}."
    if not integrity.loosening:
        return "Nothing here loosens the gate. Base's gate decided; this holds from the merge on."
    count = words.counted(len(integrity.loosening), "change")
    return f"Blocked until somebody with write access approves it: {count}. Base's gate decided the rest."


def _who(approval: Approval) -> str:
    match approval.way:
        case Way.LANDED:
            return "the commit is on a protected branch already"
        case Way.QUEUED:
            return "what it changes came with earlier entries of the merge queue, which their own runs gate"
        case Way.SUPPOSED:
            return "nobody approved it, and this run only supposes so"
        case Way.REVIEW | Way.LABEL:
            return f"{approval.who} approved commit {approval.commit[:10]} by {approval.way}"


def _row(change: GateChange) -> GateRow:
    effect, tone = _TONES[change.effect]
    place = change.place
    subject = f"fixture {change.subject}" if change.area is Area.FIXTURE else change.subject
    return GateRow(
        effect=effect,
        tone=tone,
        subject=subject,
        what=change.what,
        base=words.shorten(change.base, _MOST_VALUE),
        head=words.shorten(change.head, _MOST_VALUE),
        why=words.shorten(change.why, _MOST_VALUE),
        place="" if place is None else place.path if place.line is None else f"{place.path}:{place.line}",
    )


def _preview(readings: Readings) -> str:
    whose = "base's" if readings.is_head_deciding else "its own"
    sentence = words.shorten(readings.sentence, _MOST_SENTENCE)
    told = f"By {whose} gate it would be {_VERDICTS[readings.verdict]}: {sentence}. This decides nothing."
    return f"{told} {readings.note}".strip()


def _reading_rows(readings: Readings) -> Iterator[ReadingRow]:
    for one in readings.fixtures:
        yield ReadingRow(one.fixture_id, _sides(one.base), _sides(one.head))
    for metric in readings.metrics:
        yield ReadingRow(metric.metric, _means(metric.base), _means(metric.head))


def _sides(sides: Sides | None) -> str:
    return words.DASH if sides is None else _arrow(map(_tally, sides))


def _means(means: Means | None) -> str:
    return words.DASH if means is None else _arrow(map(words.rate, means))


def _arrow(parts: Iterable[str]) -> str:
    return " → ".join(parts)


def _tally(tally: Tally) -> str:
    if not tally.scored:
        return "not tried" if not tally.errors else words.counted(tally.errors, "error")
    return f"{tally.passed}/{tally.scored}"

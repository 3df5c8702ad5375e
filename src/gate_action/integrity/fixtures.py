"""Base's fixtures beside head's: which are added, removed and edited, and what each edit does to the gate."""

from collections.abc import Iterator

from gate_action.model.fixture import Check, Fixture, Json, Suite, canonical_json, expected_parts
from gate_action.model.integrity import Area, Effect, GateChange

_LONGEST = 300


def compare_suites(base: Suite, head: Suite) -> tuple[GateChange, ...]:
    """A change for each fixture that differs in what decides its score; removed ones first, then by id."""
    if base is head:
        return ()
    removed = [_removed(one) for one in _sorted(base) if one.id not in head.by_id]
    edited = [
        compare_fixtures(one, other)
        for one in _sorted(base)
        if (other := head.by_id.get(one.id)) is not None and other.digest != one.digest
    ]
    added = [_added(one) for one in _sorted(head) if one.id not in base.by_id]
    return (*removed, *edited, *added)


def compare_fixtures(base: Fixture, head: Fixture) -> GateChange:
    """Of two fixtures of one id that differ: the parts that do, and the worst of what each does."""
    edits = list(_edits(base, head))
    effects = {edit.effect for edit in edits}
    order = (Effect.LOOSENS, Effect.UNCLEAR, Effect.NEUTRAL, Effect.TIGHTENS)
    return GateChange(
        area=Area.FIXTURE,
        subject=base.id,
        effect=next((effect for effect in order if effect in effects), Effect.UNCLEAR),
        what="edited",
        base="; ".join(f"{edit.subject}: {edit.base}" for edit in edits),
        head="; ".join(f"{edit.subject}: {edit.head}" for edit in edits),
        why=", ".join(edit.why for edit in edits) or "no rule says what this does",
        place=head.place,
    )


def _edits(base: Fixture, head: Fixture) -> Iterator[GateChange]:
    """One for each part that differs."""
    if canonical_json(base.input) != canonical_json(head.input):
        yield _edit("input", base.input, head.input, Effect.UNCLEAR, "it asks something else")
    users: tuple[Json, Json] = _user(base), _user(head)
    if canonical_json(users[0]) != canonical_json(users[1]):
        yield _edit("scenario", *users, Effect.UNCLEAR, "another user asks")
    expected = expected_parts(base.expected), expected_parts(head.expected)
    if canonical_json(expected[0]) != canonical_json(expected[1]):
        yield _edit("expected", *expected, Effect.UNCLEAR, "another answer is right")
    if base.context != head.context:
        yield _edit("context", list(base.context), list(head.context), Effect.UNCLEAR, "a right answer rests on else")
    checks = _spell(base.checks), _spell(head.checks)
    if checks[0] != checks[1]:
        is_more = all(check in checks[1] for check in checks[0])
        why = "it has further checks" if is_more else "a check is gone or another one"
        yield _edit("checks", *checks, Effect.TIGHTENS if is_more else Effect.UNCLEAR, why)
    if base.is_critical != head.is_critical:
        effect, why = (Effect.LOOSENS, "no longer critical") if base.is_critical else (Effect.TIGHTENS, "now critical")
        yield _edit("critical", base.is_critical, head.is_critical, effect, why)
    slices = sorted(map(str, base.slices)), sorted(map(str, head.slices))
    if slices[0] != slices[1]:
        yield _edit("slices", *slices, Effect.UNCLEAR, "it counts in other slices")
    if base.cluster != head.cluster:
        yield _edit("cluster", base.cluster, head.cluster, Effect.UNCLEAR, "it counts with other fixtures")


def _edit(part: str, base: Json, head: Json, effect: Effect, why: str) -> GateChange:
    return GateChange(
        area=Area.FIXTURE, subject=part, effect=effect, what="edited", base=_cut(base), head=_cut(head), why=why
    )


def _removed(fixture: Fixture) -> GateChange:
    why = "critical, and no longer tried" if fixture.is_critical else "it is no longer tried"
    return GateChange(
        area=Area.FIXTURE, subject=fixture.id, effect=Effect.LOOSENS, what="removed", why=why, place=fixture.place
    )


def _added(fixture: Fixture) -> GateChange:
    return GateChange(area=Area.FIXTURE, subject=fixture.id, effect=Effect.NEUTRAL, what="added", place=fixture.place)


def _user(fixture: Fixture) -> Json:
    return fixture.scenario.parts if fixture.scenario else {}


def _spell(checks: tuple[Check, ...]) -> list[Json]:
    return [{"evaluator": check.evaluator, "options": check.options} for check in checks]


def _sorted(suite: Suite) -> list[Fixture]:
    return sorted(suite.fixtures, key=lambda fixture: fixture.id)


def _cut(value: Json) -> str:
    text = value if isinstance(value, str) else canonical_json(value).decode(errors="replace")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

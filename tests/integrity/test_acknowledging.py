"""Lines of acknowledgements.jsonl: which are new, what each is to the gate, and which count."""

from dataclasses import replace
from datetime import date

import pytest

from gate_action.codec.acknowledgements import decode_acknowledgements
from gate_action.errors import ConfigError
from gate_action.integrity.acknowledging import added_entries, count_entries, tell_entries
from gate_action.model.fixture import Place, Slice
from gate_action.model.integrity import Approval, Effect, LedgerEntry, Way
from gate_action.model.metric import Scope

TODAY = date(2026, 6, 1)
ENTRY = LedgerEntry(
    who="alice",
    reason="wanted",
    scope=Scope(slice=Slice("topic", "refund")),
    until=TODAY,
    place=Place("a.jsonl", 1),
)
APPROVAL = Approval(who="alice", way=Way.REVIEW, commit="a" * 40)


def test_only_lines_that_base_lacks_count_and_only_for_their_gate():
    moved, edited = replace(ENTRY, place=Place("a.jsonl", 9)), replace(ENTRY, reason="other")
    assert added_entries([ENTRY], [moved, edited], "g") == (edited,)
    assert added_entries([], [replace(ENTRY, gate="other"), replace(ENTRY, gate="g")], "g") == (
        replace(ENTRY, gate="g"),
    )


def test_a_line_counts_where_its_signer_approved_and_through_its_last_day():
    (counted,) = count_entries([ENTRY], [APPROVAL], TODAY).acknowledgements
    assert (counted.who, counted.scope, counted.until) == ("alice", ENTRY.scope, TODAY)
    assert count_entries([ENTRY], [], TODAY) == ((), ())
    for way in (Way.LANDED, Way.SUPPOSED):
        assert count_entries([ENTRY], [replace(APPROVAL, who="", way=way)], TODAY).acknowledgements


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (replace(ENTRY, who="carol"), "a.jsonl:1: it names carol, and not alice"),
        (replace(ENTRY, until=date(2026, 5, 31)), "a.jsonl:1: it counted until 2026-05-31"),
    ],
)
def test_a_line_that_does_not_count_is_told_with_the_reason(entry: LedgerEntry, words: str):
    counted = count_entries([entry], [APPROVAL], TODAY)
    assert counted.acknowledgements == ()
    assert words in counted.refused[0]


def test_a_new_line_needs_approval_an_expired_one_does_not_and_a_removed_one_does():
    expired = replace(ENTRY, until=date(2020, 1, 1))
    told = tell_entries([replace(ENTRY, reason="old")], [ENTRY, expired], TODAY)
    assert [(one.what, one.effect) for one in told] == [
        ("added", Effect.LOOSENS),
        ("added", Effect.NEUTRAL),
        ("removed", Effect.UNCLEAR),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"who": "a", "reason": "r", "until": "2026-01-01"}', "a metric, or a slice, or fixtures"),
        ('{"who": "a", "reason": "r", "until": "tomorrow", "metric": "m"}', "until"),
        ('{"who": "a b", "reason": "r", "until": "2026-01-01", "metric": "m"}', "who"),
        ('{"who": "a", "reason": " ", "until": "2026-01-01", "metric": "m"}', "reason"),
        ('{"who": "a", "reason": "r", "until": "2026-01-01", "slice": "topic"}', "dimension=value"),
        ('{"who": "a", "reason": "r", "until": "2026-01-01", "metric": "m", "for": "ever"}', "for"),
        ("/gate acknowledge everything", "JSON"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_with_its_place(line: str, words: str):
    content = ('{"who": "a", "reason": "r", "until": "2026-01-01", "fixtures": ["x"]}\n\n' + line).encode()
    with pytest.raises(ConfigError) as caught:
        decode_acknowledgements(content, "a.jsonl")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("a.jsonl", 3)
    assert words in str(problem)

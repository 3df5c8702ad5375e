from dataclasses import replace

from gate_action.comparison.shortlist import Rank, Shortlist, move_of
from gate_action.model.comparison import ChangeKind, FixtureChange, Tally
from gate_action.model.decision import MOST_LISTED

NOTHING = Tally(0, 0, 0)
UNCHANGED = FixtureChange(
    fixture_id="same",
    kind=ChangeKind.UNCHANGED,
    base=NOTHING,
    head=NOTHING,
    base_mean=1.0,
    head_mean=1.0,
    metric="answer",
    is_critical=False,
)


def regressed(place: int, head_mean: float = 0.5) -> FixtureChange:
    return replace(UNCHANGED, fixture_id=f"f{place:05d}", kind=ChangeKind.REGRESSED, head_mean=head_mean)


def test_of_the_unchanged_only_those_with_something_to_tell_are_listed() -> None:
    shortlist = Shortlist()
    noted = replace(UNCHANGED, fixture_id="noted", note="acknowledged")
    flaky = replace(UNCHANGED, fixture_id="flaky", is_flaky=True)
    for change in (UNCHANGED, noted, flaky):
        shortlist.add(change)
    changes = shortlist.close()
    assert {change.fixture_id for change in changes.listed} == {"noted", "flaky"}
    assert changes.unchanged == 3


def test_one_kind_that_is_full_takes_what_is_worse_and_only_counts_the_rest() -> None:
    shortlist = Shortlist()
    for place in range(2 * MOST_LISTED + 1):
        shortlist.add(regressed(place))
    assert not shortlist.has_room(ChangeKind.REGRESSED, Rank(True, move_of(1.0, 0.6), "f99999"))
    assert shortlist.has_room(ChangeKind.REGRESSED, Rank(True, move_of(1.0, 0.4), "f99999"))
    assert shortlist.has_room(ChangeKind.IMPROVED, Rank(True, 0.5, "f99999"))
    shortlist.pass_over(ChangeKind.REGRESSED, "f99999")
    shortlist.add(regressed(99_998, head_mean=0.4))
    changes = shortlist.close()
    assert changes.listed[0].fixture_id == "f99998"
    assert len(changes.listed) == MOST_LISTED
    assert changes.unlisted == {ChangeKind.REGRESSED: MOST_LISTED + 3}
    assert {"f99998", "f99999"} <= changes.regressed
    assert len(changes.regressed) == 2 * MOST_LISTED + 3


def test_a_new_fixture_moves_by_how_badly_head_does_on_it() -> None:
    assert move_of(None, 0.25) == -0.75
    assert move_of(0.5, None) == 0.0

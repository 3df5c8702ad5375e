import pytest

from gate_action.loop.registering import Fixed, find_said, find_turned, join_fixed
from gate_action.model.comparison import ChangeKind, FixtureChange, Tally
from gate_action.model.fixture import Fixture, Provenance
from gate_action.model.watch import WatchReason


def fixture(fixture_id: str, cluster: str) -> Fixture:
    return Fixture(id=fixture_id, input="x", provenance=Provenance(source="production", cluster=cluster))


def change(fixture_id: str, base: Tally, head: Tally, kind: ChangeKind = ChangeKind.IMPROVED, note: str = ""):
    return FixtureChange(
        fixture_id=fixture_id, kind=kind, base=base, head=head, base_mean=None, head_mean=None, metric="m", note=note
    )


FAILED, PASSED = Tally(0, 3, 0), Tally(3, 3, 0)


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ("Better refunds.\n\nFixes-cluster: c-12", ["c-12"]),
        ("fixes-cluster: a, b c\r\nFixes-Cluster: a d", ["a", "b", "c", "d"]),
        ("> - **x**\n- Fixes-cluster: refusal/over-1", ["refusal/over-1"]),
        ("<!-- Fixes-cluster: <id> -->\n<!-- Fixes-cluster: c-1", []),
        ("This Fixes-cluster: c-1 in passing", []),
        ("Fixes-cluster: $(rm -rf) <id>", []),
        ("", []),
    ],
)
def test_clusters_are_read_from_lines_of_their_own(body: str, ids: list[str]):
    assert [fixed.cluster_id for fixed in find_said(body)] == ids


def test_a_promoted_fixture_that_turned_names_its_cluster():
    fixtures = [fixture("a", "c-1"), fixture("b", "c-1"), fixture("c", "c-2"), Fixture(id="d", input="x")]
    changes = [
        change("b", FAILED, PASSED),
        change("a", FAILED, PASSED, ChangeKind.ADDED, note="fixed"),
        change("c", Tally(1, 3, 0), PASSED),
        change("d", FAILED, PASSED),
    ]
    assert find_turned(changes, fixtures) == (Fixed(cluster_id="c-1", reason=WatchReason.FIXTURE, fixtures=("a", "b")),)


@pytest.mark.parametrize(
    ("base", "head", "kind"),
    [
        (FAILED, Tally(2, 3, 0), ChangeKind.IMPROVED),
        (Tally(0, 0, 3), PASSED, ChangeKind.IMPROVED),
        (FAILED, PASSED, ChangeKind.NOT_COMPARABLE),
        (PASSED, PASSED, ChangeKind.UNCHANGED),
    ],
)
def test_what_passes_only_sometimes_was_not_measured_or_cannot_be_compared_has_not_turned(
    base: Tally, head: Tally, kind: ChangeKind
):
    assert find_turned([change("a", base, head, kind)], [fixture("a", "c-1")]) == ()


def test_a_cluster_that_is_named_twice_is_watched_once_and_keeps_its_fixtures():
    said = (Fixed(cluster_id="c-1", reason=WatchReason.SAID),)
    turned = (Fixed(cluster_id="c-1", reason=WatchReason.FIXTURE, fixtures=("a",)),)
    assert join_fixed(said, turned) == (Fixed(cluster_id="c-1", reason=WatchReason.SAID, fixtures=("a",)),)

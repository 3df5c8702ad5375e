"""The view says what the report says: the verdict first, the worst first, and no more than is known."""

from dataclasses import replace

import pytest

from gate_action.model.comparison import ChangeKind, Finding, Interval, MetricComparison, Tally
from gate_action.model.metric import Role
from gate_action.model.report import Report
from gate_action.report.parts import Tone
from gate_action.report.view import build_view, headline
from gate_action.report.words import DASH
from tests.report import reports
from tests.report.building import change, difference, example, metric, report, slice_of

WORDS = {
    "pass": ("PASS", Tone.GOOD, ()),
    "regression": ("BLOCKED", Tone.BAD, ()),
    "improved": ("PASS", Tone.GOOD, ()),
    "mixed": ("INCONCLUSIVE", Tone.CAUTION, ()),
    "inconclusive": ("INCONCLUSIVE", Tone.BAD, ("blocks by policy",)),
    "missing": ("NOT EVALUATED", Tone.BAD, ()),
    "cannot_start": ("NOT EVALUATED", Tone.BAD, ()),
    "without_secrets": ("NOT EVALUATED", Tone.CAUTION, ("neutral by policy",)),
    "bootstrap": ("PASS", Tone.GOOD, ("bootstrap",)),
    "base_broken": ("INCONCLUSIVE", Tone.CAUTION, ()),
    "critical_failed": ("BLOCKED", Tone.BAD, ()),
    "floor_broken": ("BLOCKED", Tone.BAD, ()),
}


@pytest.mark.parametrize("kind", WORDS)
def test_the_headline_is_the_verdicts_word_its_tone_and_what_policy_did(kind: str) -> None:
    made = reports.EVERY[kind]().decision
    found = headline(made)
    assert (found.word, found.tone, found.tags) == WORDS[kind]
    assert found.sentence == made.reasons[0].sentence


def test_a_red_tone_means_a_red_exit_code_and_the_other_way_round() -> None:
    for make in reports.EVERY.values():
        decision = make().decision
        assert (headline(decision).tone is Tone.BAD) == (decision.exit_code != 0)


def test_slices_stand_broken_first_then_protected_then_by_their_drop() -> None:
    parts = (
        slice_of("a=up", difference(0.5, 0.6, None, None), None),
        slice_of("a=down", difference(0.5, 0.4, None, None), None),
        slice_of("a=guarded", difference(0.5, 0.5, None, None), None, protected=True),
        slice_of("a=broken", difference(0.5, 0.45, None, None), 0.01, broken=True),
    )
    view = build_view(with_metric(metric(Finding.REGRESSION, difference(0.5, 0.4, None, 0.01), slices=parts)))
    assert [row.name for row in view.slices] == ["a=broken", "a=guarded", "a=down", "a=up"]
    assert [row.is_prominent for row in view.slices] == [True, True, False, False]


def test_a_slice_that_was_not_tested_shows_no_p_of_its_metrics() -> None:
    untested = slice_of("a=b", difference(0.5, 0.4, None, 0.03), None)
    view = build_view(with_metric(metric(Finding.PASS, difference(0.5, 0.5, None, 0.5), slices=(untested,))))
    assert view.slices[0].compared.p_value == DASH


def test_a_metric_that_compared_nothing_shows_dashes_and_heads_mean() -> None:
    row = build_view(reports.base_broken()).metrics[0]
    assert (row.compared.base, row.compared.head, row.compared.delta, row.compared.p_value) == (
        DASH,
        "84.0%",
        DASH,
        DASH,
    )
    assert row.compared.plot is None
    assert row.finding == "not measured"


def test_a_secondary_metric_is_never_red() -> None:
    row = build_view(
        with_metric(metric(Finding.REGRESSION, difference(0.9, 0.1, None, 0.01), role=Role.SECONDARY))
    ).metrics[0]
    assert row.tone is Tone.CAUTION


def test_a_broken_floor_is_red_and_named_though_nothing_regressed() -> None:
    row = build_view(reports.floor_broken()).metrics[0]
    assert (row.tone, row.finding) == (Tone.BAD, "no regression, below its floor")


def test_plots_of_one_table_share_an_axis_that_holds_zero() -> None:
    rows = [row.compared.plot for row in build_view(reports.regression()).metrics]
    assert len({plot.zero for plot in rows if plot}) == 1
    first = rows[0]
    assert first
    assert first.low is not None
    assert first.high is not None
    assert 0 < first.low < first.middle < first.high < first.zero < 1


@pytest.mark.parametrize(
    ("tally", "mean", "told"),
    [
        (Tally(3, 3, 0), 1.0, "3/3"),
        (Tally(0, 2, 1), 0.0, "0/2, 1 error"),
        (Tally(0, 0, 3), None, f"{DASH} (3 errors)"),
        (Tally(0, 0, 0), None, f"{DASH} (not tried)"),
        (Tally(0, 3, 0), 0.5, "0/3 (mean 0.50)"),
    ],
)
def test_a_tally_tells_passes_errors_and_absence_apart(tally: Tally, mean: float | None, told: str) -> None:
    made = replace(reports.regression(), examples=())
    changes = (change("x", head=tally, head_mean=mean),)
    view = build_view(replace(made, decision=replace(made.decision, changes=changes)))
    assert view.groups[0].rows[0].head == told


def test_new_fixtures_stand_apart_whatever_became_of_them() -> None:
    groups = {group.title: [row.fixture_id for row in group.rows] for group in build_view(reports.regression()).groups}
    assert groups["Got worse"] == ["refund-3", "refund-17", "refund-21"]
    assert groups["New fixtures"] == ["promoted-1", "promoted-2"]


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "[" * 3_000, "{not json", '{"a": ' * 600])
def test_an_output_that_only_looks_like_json_is_shown_as_it_came(text: str) -> None:
    made = reports.regression()
    decision = replace(made.decision, changes=(change("x"),))
    card = build_view(report(decision, (example("x", text, text),))).cards[0]
    assert card.panels[1].text == text


def test_an_arm_that_was_not_tried_says_so_and_nothing_is_marked_as_changed() -> None:
    card = build_view(reports.bootstrap()).cards[0]
    assert [panel.text for panel in card.panels] == ["(not tried)", "No idea."]
    assert not any(segment.is_changed for panel in card.panels for segment in panel.segments)


def test_every_kind_of_change_has_a_group() -> None:
    made = reports.regression()
    changes = tuple(change(kind, kind) for kind in ChangeKind)
    view = build_view(replace(made, decision=replace(made.decision, changes=changes)))
    assert sorted(row.fixture_id for group in view.groups for row in group.rows) == sorted(ChangeKind)


def with_metric(made: MetricComparison) -> Report:
    """The passing report, with this metric alone."""
    passing = reports.passing()
    return replace(passing, decision=replace(passing.decision, metrics=(made,)))


def test_a_small_p_beside_an_interval_that_holds_0_is_explained_and_no_other() -> None:
    def notes(bounds: Interval, p_value: float) -> str:
        told = difference(0.9, 0.8, bounds, p_value)
        return "; ".join(build_view(with_metric(metric(Finding.REGRESSION, told))).metrics[0].notes)

    assert "p compares the builds on these fixtures" in notes(Interval(-0.2, 0.01), 0.0001)
    assert "p compares" not in notes(Interval(-0.2, -0.01), 0.0001)
    assert "p compares" not in notes(Interval(-0.2, 0.01), 0.03)


def test_a_sentence_that_carries_the_verdict_is_not_said_again_below_the_table() -> None:
    worse = replace(metric(Finding.REGRESSION, difference(0.9, 0.8, None, 0.01)), sentence="answer regressed: worst x")
    made = with_metric(worse)
    assert build_view(made).metrics[0].notes[0] == "regressed: worst x"
    reason = replace(made.decision.reasons[0], sentence="suspected: answer regressed: worst x")
    told = replace(made, decision=replace(made.decision, reasons=(reason,)))
    assert "regressed" not in "".join(build_view(told).metrics[0].notes)


@pytest.mark.parametrize(
    ("finding", "missing", "is_said"),
    [(Finding.PASS, 0.0, False), (Finding.INCONCLUSIVE, 0.0, False), (Finding.INCONCLUSIVE, 0.04, True)],
)
def test_a_sentence_that_says_what_the_row_says_is_left_out(finding: Finding, missing: float, is_said: bool) -> None:
    told = replace(metric(finding, difference(0.9, 0.8, None, None)), sentence="answer is so", missing=missing)
    assert ("is so" in build_view(with_metric(told)).metrics[0].notes) is is_said


def test_slices_of_secondary_metrics_stand_behind_and_what_did_not_move_is_known() -> None:
    still, down = difference(0.5, 0.5004, None, None), difference(0.5, 0.4, None, None)
    parts = (slice_of("a=still", still, None), slice_of("a=down", down, None))
    primary = metric(Finding.PASS, down, slices=parts)
    secondary = replace(metric(Finding.PASS, down, role=Role.SECONDARY, slices=parts), metric="tone")
    made = with_metric(secondary)
    made = replace(made, decision=replace(made.decision, metrics=(secondary, primary)))
    rows = build_view(made).slices
    assert [(row.metric, row.name, row.has_moved) for row in rows] == [
        ("answer", "a=down", True),
        ("answer", "a=still", False),
        ("tone", "a=down", True),
        ("tone", "a=still", False),
    ]


def test_no_more_than_all_is_ever_found() -> None:
    (fact,) = build_view(with_metric(replace(reports.inconclusive().decision.metrics[0], detectable=1.2))).missed
    assert fact.value.endswith("this suite finds no drop with 80% power")


def test_a_metric_that_surely_rose_hides_no_drop_of_nothing() -> None:
    view = build_view(reports.improved())
    assert not [fact for fact in view.missed if "0.0 points" in fact.value]


def test_a_metric_with_nothing_to_compare_does_not_name_itself_twice() -> None:
    told = reports.regression()
    alone = MetricComparison(
        metric="answer",
        role=Role.PRIMARY,
        finding=Finding.INCONCLUSIVE,
        difference=None,
        head_mean=0.9,
        sentence="answer: head's mean is 90.0 %",
    )
    view = build_view(replace(told, decision=replace(told.decision, metrics=(alone,))))
    assert view.metrics[0].notes == ("head's mean is 90.0 %",)

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from gate_action.config.loop.following import DistributionShape
from gate_action.loop.follow.distributing import Following, correct_shares, find_distribution
from gate_action.loop.store import Store, open_store
from gate_action.model.classifier import LabelQuality
from gate_action.model.distribution import Distribution, Shifted
from tests.loop.follow.questions import FIXTURES
from tests.loop.production import MONDAY, Production, complain, feedback, label, spread, turn

pytestmark = pytest.mark.slow

WEEK = timedelta(days=7)
FLAT = {"hallucination": 5, "missed_intent": 3, "tool_misuse": 1}
SETTINGS = DistributionShape(draws=499)
FOLLOWING = Following(settings=SETTINGS, now=MONDAY + timedelta(days=2))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb") as opened:
        yield opened


def weeks(last: dict[str, int] = FLAT, *, complaints: int = 60, before: int = 4) -> Production:
    """``before`` weeks of 60 complaints and 400 silent turns, then one of ``complaints`` with the labels ``last``."""
    rng, production = np.random.default_rng(5), Production()
    for number in range(before, 0, -1):
        complain(production, MONDAY - WEEK * (number + 1), spread(60, FLAT, rng), silent=400)
    complain(production, MONDAY - WEEK, spread(complaints, last, rng), silent=400)
    return production


def follow(store: Store, following: Following = FOLLOWING) -> Distribution:
    found = find_distribution(store.table, following)
    assert found is not None
    return found


def test_without_a_classified_turn_there_is_no_distribution(store: Store):
    assert find_distribution(store.table, FOLLOWING) is None


def test_an_unchanged_week_is_no_shift(store: Store):
    weeks().write(store)
    found = follow(store)
    assert (found.head_week, found.base_weeks) == ("2026-W47", ("2026-W43", "2026-W44", "2026-W45", "2026-W46"))
    assert found.shifted is Shifted.NO
    assert found.score is not None
    assert not found.score.is_change


def test_other_faults_at_the_same_rate_are_a_shift_and_no_change_of_the_score(store: Store):
    weeks({"hallucination": 2, "missed_intent": 2, "tool_misuse": 6}).write(store)
    found = follow(store)
    assert found.shifted is Shifted.YES
    assert {test.subject for test in found.tests if test.is_shift} >= {"all labels", "tool_misuse"}
    assert found.score is not None
    assert not found.score.is_change


def test_more_of_the_same_faults_is_a_change_of_the_score_and_no_shift(store: Store):
    weeks(complaints=160).write(store)
    found = follow(store)
    assert found.shifted is Shifted.NO
    assert found.score is not None
    assert found.score.is_change
    assert found.score.difference.interval.low > 0


def test_labels_of_another_classifier_are_not_mixed_in(store: Store):
    production = weeks()
    production.rows["classification"] += [
        row | {"classifier_digest": "sha256:older", "label": "over_refusal", "at": MONDAY - 9 * WEEK}
        for row in production.rows["classification"]
    ]
    production.write(store)
    assert "over_refusal" not in follow(store).labels
    assert follow(store).notes
    assert follow(store, replace(FOLLOWING, classifier="sha256:old")).labels == ("over_refusal",)


def test_a_conversation_counts_for_the_week_in_which_it_began(store: Store):
    production = weeks()
    late = [MONDAY - WEEK - timedelta(minutes=5), MONDAY - WEEK + timedelta(minutes=5)]
    for number, at in enumerate(late):
        production.add("turn", turn(f"late{number}", at, conversation_id="late"))
        production.add("feedback", feedback(f"late{number}", at))
        production.add("classification", label(f"late{number}", "over_refusal", at))
    production.write(store)
    counts = {week.name: week.counts["over_refusal"] for week in follow(store).weeks}
    assert (counts["2026-W46"], counts["2026-W47"]) == (2, 0)


def test_silent_turns_weigh_what_they_stand_for(store: Store):
    production = weeks()
    for row in production.rows["turn"]:
        row["weight"] = 10.0
    production.write(store)
    complaints = follow(store).weeks[-2].complaints
    assert complaints is not None
    assert complaints.value == pytest.approx(60 / 4060)


def test_judges_are_no_users(store: Store):
    production = weeks()
    for row in production.rows["feedback"]:
        row["author_kind"] = "llm"
    production.write(store)
    found = follow(store)
    assert found.labels == ()
    assert found.shifted is Shifted.TOO_FEW
    assert [week.complaints.value for week in found.weeks if week.complaints] == [0.0] * 5


def test_a_slice_in_which_it_broke_is_named(store: Store):
    rng, production = np.random.default_rng(5), Production()
    for number in range(5, 0, -1):
        start = MONDAY - WEEK * number
        for locale in ("de", "en"):
            broken = number == 1 and locale == "de"
            known = len(production.rows.get("turn", ()))
            complain(production, start, spread(60, {"tool_misuse": 9, "hallucination": 1} if broken else FLAT, rng))
            for row in production.rows["turn"][known:]:
                slice_of = {"turn_id": row["turn_id"], "dimension": "locale", "value": locale}
                production.add("turn_slice", slice_of)
    production.write(store)
    shifted = {test.subject: test.is_shift for test in follow(store).tests}
    assert shifted["locale=de"]
    assert not shifted["locale=en"]


def test_few_conversations_are_no_answer(store: Store):
    weeks(complaints=8).write(store)
    found = follow(store)
    assert found.shifted is Shifted.TOO_FEW
    assert found.tests == ()


def test_inputs_that_no_fixture_is_near_are_counted_beside(store: Store):
    production = weeks(before=2)
    for number, row in enumerate(production.rows["turn"]):
        is_new = row["at"] >= MONDAY - WEEK and number % 2
        row["input"] = "translate this poem into Finnish" if is_new else f"Where is my order KP-{number}?"
    production.write(store)
    found = follow(store, replace(FOLLOWING, fixtures=FIXTURES))
    early, late = [week.novelty.value for week in found.weeks if week.novelty][-2:]
    assert early < 0.2
    assert late == pytest.approx(0.5, abs=0.1)
    assert found.novelty is not None
    assert found.novelty.examples == ("translate this poem into Finnish",)


def test_shares_are_told_without_the_classifiers_errors_where_people_have_measured_them(store: Store):
    weeks().write(store)
    found = follow(store)
    perfect = LabelQuality(present=400, hits=400, absent=400, rejects=400, sensitivity=None, specificity=None)
    blind = LabelQuality(present=40, hits=20, absent=40, rejects=20, sensitivity=None, specificity=None)
    half = LabelQuality(present=400, hits=200, absent=400, rejects=400, sensitivity=None, specificity=None)
    corrected = correct_shares(found, {"hallucination": perfect, "missed_intent": blind, "tool_misuse": half}).corrected
    last = found.weeks[-2]
    assert (last.name, last.classified) == (found.head_week, 60)
    assert corrected["hallucination"].value == pytest.approx(last.counts["hallucination"] / 60)
    assert corrected["tool_misuse"].value == pytest.approx(2 * last.counts["tool_misuse"] / 60)
    assert "missed_intent" not in corrected
    assert corrected["hallucination"].interval.low < corrected["hallucination"].value


@pytest.mark.slow  # two stores each
@pytest.mark.parametrize("change", [lambda rows: list(reversed(rows)), lambda rows: sorted(rows, key=repr)])
def test_the_order_of_rows_does_not_matter(tmp_path: Path, change: Callable[..., object]):
    found = []
    for name in ("one", "two"):
        production = weeks()
        if name == "two":
            production.rows = {table: change(rows) for table, rows in production.rows.items()}  # type: ignore[misc]
        with open_store(tmp_path / name) as opened:
            production.write(opened)
            found.append(follow(opened))
    assert found[0] == found[1]


def test_one_user_with_five_hundred_complaints_is_one_voice(store: Store):
    production = weeks()
    complain(production, MONDAY - WEEK, ["tool_misuse"] * 500)
    for row in production.rows["turn"][-500:]:
        row["user_key"] = "angry"
    production.write(store)
    found = follow(store)
    assert found.weeks[-2].units <= 61
    assert found.shifted is Shifted.NO
    assert found.score is not None
    assert not found.score.is_change
    assert found.score.head.interval.high - found.score.head.interval.low > 0.3

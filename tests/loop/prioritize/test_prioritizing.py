from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from gate_action.config.loop.priorities import Mute, Override, PrioritiesFile
from gate_action.config.loop.prioritize import CostsShape, PrioritizeShape
from gate_action.loop.prioritize.asked import Prioritizing
from gate_action.loop.prioritize.lifts import Outcome
from gate_action.loop.prioritize.prioritizing import find_priorities
from gate_action.loop.store import Store, open_store
from gate_action.model.priority import Item, Measure, Priorities, Standing
from tests.loop.production import DIGEST, MONDAY, Production, complain, digest, empty, feedback, label, spread, turn

pytestmark = pytest.mark.slow  # each fills a store and asks it a dozen questions

START = MONDAY - timedelta(days=7)
SETTINGS = PrioritizeShape(draws=800)
ASKED = Prioritizing(settings=SETTINGS, now=MONDAY + timedelta(hours=12))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.duckdb") as opened:
        yield opened


def find(store: Store, asked: Prioritizing = ASKED) -> Priorities:
    found = find_priorities(store.table, asked)
    assert found is not None
    return found


def item(found: Priorities, item_id: str) -> Item:
    return next(one for one in found.items if one.item_id == item_id)


def with_settings(**more: Any) -> Prioritizing:
    return replace(ASKED, settings=msgspec.structs.replace(SETTINGS, **more))


def classify_silent(production: Production, labels: dict[str, int], share: float = 0.5) -> None:
    """A uniform draw of the silent turns is classified too."""
    rng = np.random.default_rng(9)
    silent = [row for row in production.rows["turn"] if row["conversation_id"].startswith("s")]
    drawn = [row for row in silent if rng.random() < share]
    for row, name in zip(drawn, spread(len(drawn), labels, rng), strict=True):
        production.add("classification", label(row["turn_id"], name, row["at"]))


def shop(**more: Any) -> Production:
    """60 complaints and 600 silent turns of which half are classified."""
    production = Production()
    labels = ["hallucination"] * 30 + ["format_error"] * 20 + ["tool_misuse"] * 10
    complain(production, START, labels, silent=600, **more)
    return production


def test_without_a_classified_turn_there_is_no_list(store: Store):
    assert find_priorities(store.table, ASKED) is None


def test_a_rate_counts_each_silent_turn_for_as_many_as_it_stands_for(store: Store):
    production = shop(weight=10.0)
    classify_silent(production, {"not_a_failure": 1})
    production.write(store)
    found = find(store)
    assert found.measure is Measure.PER_TURN
    assert found.stands_for == pytest.approx(60 + 6000)
    assert item(found, "hallucination").rate.value == pytest.approx(30 / 6060)


def test_what_complaints_hide_is_found_in_the_draw(store: Store):
    """Nobody complains of a format, and it is wrong in every fifth silent turn."""
    production = shop(weight=10.0)
    classify_silent(production, {"format_error": 1, "not_a_failure": 4})
    production.write(store)
    rate = item(find(store), "format_error").rate
    assert rate.interval.low < (20 + 0.2 * 6000) / 6060 < rate.interval.high
    assert rate.value > 0.15


def test_where_the_silent_are_recorded_and_not_classified_what_is_reported_is_told(store: Store):
    shop(weight=10.0).write(store)
    found = find(store)
    assert found.measure is Measure.REPORTED
    rate = item(found, "hallucination").rate
    assert rate.value == pytest.approx(30 / 6060)
    poisson = 1.96 * 30**0.5 / 6060
    assert rate.interval.high - rate.interval.low == pytest.approx(2 * poisson, rel=0.15)


def test_where_nothing_but_complaints_is_recorded_their_shares_are_told(store: Store):
    production = shop()
    production.rows["turn"] = [row for row in production.rows["turn"] if row["conversation_id"].startswith("c")]
    production.write(store)
    found = find(store)
    assert found.measure is Measure.OF_COMPLAINTS
    assert item(found, "hallucination").rate.value == pytest.approx(0.5)
    assert any("share of complaints" in note for note in found.notes)


def test_no_failure_in_the_draw_leaves_room_for_some(store: Store):
    production = shop()
    classify_silent(production, {"not_a_failure": 1}, share=0.1)
    production.write(store)
    rate = item(find(store), "tool_misuse").rate
    assert rate.value == pytest.approx(10 / 660)
    assert rate.interval.high > 20 / 660


def test_one_user_with_five_hundred_complaints_does_not_make_the_list(store: Store):
    production = shop()
    for number in range(500):
        turn_id = digest("flood", number)
        production.add("turn", turn(turn_id, START, conversation_id=f"flood{number}", user_key="flooder"))
        production.add("feedback", feedback(turn_id, START, author_key="flooder"))
        production.add("classification", label(turn_id, "over_refusal", START))
    classify_silent(production, {"not_a_failure": 1})
    production.write(store)
    found = find(store)
    flood = item(found, "over_refusal")
    assert flood.users == 1
    assert flood.rank > item(found, "hallucination").rank
    assert any("497 turns are beyond the 3" in note for note in found.notes)


def test_safety_comes_first_whatever_its_rate(store: Store):
    production = shop()
    turn_id = digest("one")
    production.add("turn", turn(turn_id, START, user_key="someone"))
    production.add("feedback", feedback(turn_id, START))
    production.add("classification", label(turn_id, "under_refusal", START))
    production.write(store)
    first = find(store).items[0]
    assert (first.item_id, first.standing, first.p_top) == ("under_refusal", Standing.SAFETY, 1.0)
    assert find(store, with_settings(floor=5)).items[0].item_id != "under_refusal"


def test_what_is_escalated_more_often_is_more_severe(store: Store):
    production = shop()
    for row in production.rows["classification"]:
        if row["label"] == "format_error":
            said = feedback(row["turn_id"], row["at"], kind="implicit", name="escalation")
            production.add("feedback", said)
    classify_silent(production, {"not_a_failure": 1})
    production.write(store)
    severity = item(find(store), "format_error").severity
    lift = severity.lifts["escalation"]
    assert lift.interval.low > 0.4
    assert severity.value == pytest.approx(0.5 * (1 + 5 * lift.value))
    calm = item(find(store), "hallucination").severity
    assert calm.lifts["escalation"].value == pytest.approx(0.0, abs=1e-9)


def test_users_who_left_after_it_count_as_churn(store: Store):
    production = shop()
    outcomes = {f"u{number}": Outcome(30 <= number < 50, START + timedelta(days=9)) for number in range(60)}
    for number, row in enumerate(production.rows["turn"][60:]):
        row["user_key"] = f"calm{number}"
        outcomes[f"calm{number}"] = Outcome(number % 20 == 0, None)
    production.write(store)
    found = find(store, replace(ASKED, outcomes=outcomes))
    assert item(found, "format_error").severity.lifts["churn"].interval.low > 0.3
    assert item(found, "hallucination").severity.lifts["churn"].value < 0
    assert item(found, "format_error").severity.lifts["churn"].units == 20


def test_who_left_before_it_happened_did_not_leave_because_of_it(store: Store):
    production = shop()
    outcomes = {f"u{number}": Outcome(True, START - timedelta(days=9)) for number in range(60)}
    for number, row in enumerate(production.rows["turn"][60:]):
        row["user_key"] = f"calm{number}"
        outcomes[f"calm{number}"] = Outcome(number % 2 == 0, None)
    production.write(store)
    assert item(find(store, replace(ASKED, outcomes=outcomes)), "format_error").severity.lifts["churn"].value < 0


def test_a_team_overrides_severity_and_lever_and_pins(store: Store):
    shop().write(store)
    override = Override(severity=3, lever="model", chance=0.9, effort_days=3, pin=True, note="legal asks for it")
    asked = replace(ASKED, overrides=PrioritiesFile(items={"tool_misuse": override}))
    first = find(store, asked).items[0]
    assert (first.item_id, first.standing, first.note) == ("tool_misuse", Standing.PINNED, "legal asks for it")
    assert (first.severity.level, first.severity.set_by) == (3, "priorities.yaml")
    plan = first.addressability
    assert (plan.lever, plan.chance, plan.effort_days) == ("model", 0.9, 3)


def test_a_name_that_fits_nothing_is_told_with_what_was_perhaps_meant(store: Store):
    shop().write(store)
    overrides = PrioritiesFile(items={"halucination": Override(severity=4), "c-gone": Override(pin=True)})
    asked = with_settings(severity={"format_eror": 4, "under_refusal": 4}, lever={"tool_misuse": "prompt"})
    notes = [note for note in find(store, replace(asked, overrides=overrides)).notes if "names" in note]
    assert [note.partition(", so it changes nothing")[0] for note in notes] == [
        "priorities.yaml names c-gone, which is no cluster and no label here",
        "priorities.yaml names halucination, which is no cluster and no label here",
        "loop.prioritize.severity names format_eror, which is no cluster and no label here",
    ]
    assert notes[1].endswith("(did you mean hallucination?)")


@pytest.mark.parametrize(("until", "is_muted"), [(MONDAY.date(), True), (date(2026, 11, 22), False)])
def test_a_mute_holds_until_its_day_and_then_is_told(store: Store, until: date, is_muted: bool):
    shop().write(store)
    mute = Override(mute=Mute(reason="fixed in release 12", until=until))
    found = find(store, replace(ASKED, overrides=PrioritiesFile(items={"hallucination": mute})))
    muted = item(found, "hallucination")
    assert (muted.standing is Standing.MUTED, muted.rank == 0, bool(muted.muted)) == (is_muted,) * 3
    assert [note for note in found.notes if "expired" in note] == (
        [] if is_muted else ["the mute of hallucination has expired: it is ranked again"]
    )


def test_a_cluster_stands_for_its_turns_and_one_without_turns_has_rate_zero(store: Store):
    production = shop()
    refunds = [row["turn_id"] for row in production.rows["classification"] if row["label"] == "hallucination"][:20]
    for cluster_id in ("c-refunds", "c-gone"):
        words = {"cluster_id": cluster_id, "label": "hallucination", "title": f"about {cluster_id}", "status": "open"}
        production.add("cluster", empty("cluster") | words | {"classifier_digest": DIGEST})
    for turn_id in refunds:
        production.add("membership", {"turn_id": turn_id, "cluster_id": "c-refunds", "cycle_id": "1"})
    production.write(store)
    found = find(store)
    assert (item(found, "c-refunds").turns, item(found, "c-refunds").title) == (20, "about c-refunds")
    assert item(found, "hallucination").turns == 10
    gone = item(found, "c-gone")
    assert gone.rate.value == 0
    assert gone.rate.interval.high > 0


def test_wishes_and_praise_are_not_ranked(store: Store):
    production = Production()
    complain(production, START, ["unmet_need"] * 9 + ["not_a_failure"] * 9 + ["unknown"] * 9 + ["other"] * 9)
    production.write(store)
    assert [one.item_id for one in find(store).items] == ["other"]


def test_weights_and_sums_change_the_order(store: Store):
    production = Production()
    complain(production, START, ["format_error"] * 40 + ["hallucination"] * 15)
    production.write(store)
    assert find(store, with_settings(costs=CostsShape())).items[0].item_id == "format_error"
    by_sum = find(
        store, with_settings(combine="sum", weights=msgspec.convert({"frequency": 0.1}, type(SETTINGS.weights)))
    )
    assert by_sum.formula.startswith("0.1 x share")
    severe = msgspec.convert({"severity": 3.0}, type(SETTINGS.weights))
    assert find(store, with_settings(weights=severe)).items[0].item_id == "hallucination"


def test_equal_things_are_not_separable_and_the_open_cut_is_told(store: Store):
    production = Production()
    complain(production, START, [name for name in ("a", "b", "c", "d", "e", "f") for _ in range(20)])
    production.write(store)
    found = find(store)
    assert found.ties == ((1, 6),)
    assert not found.is_cut_clear
    assert all(0.5 < one.p_top < 1 for one in found.items)


def test_turns_of_another_application_or_time_are_left_out(store: Store):
    production = shop()
    complain(production, START, ["missed_intent"] * 5, app="other")
    complain(production, datetime(2025, 1, 6), ["over_refusal"] * 5)  # noqa: DTZ001  # UTC
    production.write(store)
    found = find(store, replace(ASKED, app="shop"))
    assert {one.item_id for one in found.items} == {"hallucination", "format_error", "tool_misuse"}

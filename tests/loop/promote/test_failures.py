import pytest

from gate_action.errors import ConfigError
from gate_action.loop.promote.failures import Ranking, choose_clusters, find_correction, find_failures
from gate_action.loop.store import Store, arrow_table, open_store
from gate_action.model.promotion import CorrectionSource
from tests.loop.complaints import complaint, fill, turn

CLUSTERS = {
    "small": ("hallucination", "open"),
    "large": ("format_error", "open"),
    "back": ("over_refusal", "reopened"),
    "done": ("hallucination", "held"),
    "waiting": ("hallucination", "promoted"),
    "wish": ("unmet_need", "open"),
}
MEMBERS = {"small": (0,), "large": (1, 2, 3), "back": (4, 5), "done": (6,), "waiting": (7,), "wish": (8,)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    with open_store(tmp_path_factory.mktemp("loop") / "store.duckdb") as opened:
        _fill(opened)
        yield opened


def _fill(store: Store) -> None:
    said = [complaint(1, "later"), complaint(1, "first", name="comment", correction="so", author_key="x")]
    fill(store, [turn(n, consent="yes") for n in range(9)], said)
    told = {"title": "t", "sentence": "s", "classifier_digest": "sha256:c", "first_cycle": "c1", "last_cycle": "c2"}
    rows = [
        {"cluster_id": name, "label": label, "status": status, **told} for name, (label, status) in CLUSTERS.items()
    ]
    store.upsert("cluster", arrow_table("cluster", rows))
    members = [
        {"cluster_id": name, "turn_id": f"t{number:04}", "cycle_id": "c2"}
        for name, numbers in MEMBERS.items()
        for number in numbers
    ]
    store.upsert("membership", arrow_table("membership", members))


def test_open_clusters_are_chosen_by_the_ledger_and_then_by_their_users(store):
    assert choose_clusters(store, (), Ranking()) == ("large", "back", "small")
    ranking = Ranking(ranked=("small", "done", "unheard-of", "back"))
    assert choose_clusters(store, (), ranking) == ("small", "back", "large")


def test_a_cluster_that_the_team_has_muted_is_not_chosen_unless_it_is_named(store):
    ranking = Ranking(ranked=("small",), muted=frozenset({"large", "back"}))
    assert choose_clusters(store, (), ranking) == ("small",)
    assert choose_clusters(store, ("large",), ranking) == ("large",)


def test_a_cluster_that_is_named_is_chosen_whatever_its_state(store):
    assert choose_clusters(store, ("wish", "done", "wish"), Ranking()) == ("wish", "done")
    with pytest.raises(ConfigError, match="no cluster nope"):
        choose_clusters(store, ("nope",), Ranking())


def test_a_failure_has_all_that_is_known_of_its_turn(store):
    failures = find_failures(store, ("back", "large"))
    assert [one.turn_id for one in failures] == ["t0004", "t0005", "t0001", "t0002", "t0003"]
    first = failures[2]
    assert (first.comment, first.correction, first.correction_source) == ("later\nfirst", "so", CorrectionSource.USER)
    assert (first.mode, first.cluster_title, first.cycle_id, first.sentence) == ("format_error", "t", "c2", "s")
    assert first.complained_at is not None
    assert failures[0].complained_at is None


def test_a_reviewers_correction_goes_before_a_users_and_a_models_is_none():
    def row(kind: str, text: str) -> dict[str, str]:
        return {"author_kind": kind, "correction": text}

    said = [row("reviewer", "r1"), row("reviewer", "r2"), row("end_user", "u"), row("llm", "m"), row("code", "c")]
    assert find_correction(said) == ("r2", CorrectionSource.REVIEWER)
    assert find_correction(said[2:]) == ("u", CorrectionSource.USER)
    assert find_correction(said[3:]) == ("", CorrectionSource.NONE)
    assert find_correction([row("end_user", "  ")]) == ("", CorrectionSource.NONE)

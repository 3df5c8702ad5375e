"""Base's rows from earlier runs of its very build, and scores by content; what is stale, thin or forged is not used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gate_action.codec.packs import Pack, encode_pack, shorten
from gate_action.engine.cache import Cache, Subject, cached_trial, whole_attempts
from gate_action.model.cached import CachedScore, CachedTrial
from gate_action.model.fixture import Fixture
from gate_action.model.run import Revision
from gate_action.model.score import Score
from gate_action.model.trial import Arm, Output, TrialKey
from tests.run_folders import FINGERPRINT

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FIXTURES = tuple(Fixture(id=f"f{place}", input=f"{place}") for place in range(20))
JUDGE = "sha256:" + "1" * 64
BUILD = "2" * 32
SUBJECT = Subject(
    revision=Revision(sha="a" * 40), fingerprint=FINGERPRINT, fixtures=FIXTURES, evaluators={"answer": JUDGE}
)


@dataclass
class ShelfInMemory:
    files: dict[str, bytes] = field(default_factory=dict)
    most: int = 0

    def place(self, name: str) -> str:
        return name

    def names(self, folder: str) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.files if name.startswith(f"{folder}/")))

    def read(self, names: Sequence[str]) -> tuple[bytes, ...]:
        return tuple(self.files[name] for name in names)

    def add(self, files: Mapping[str, bytes]) -> None:
        self.files |= files

    def shed(self, most_bytes: int) -> None:
        self.most = most_bytes


def open_cache(shelf: ShelfInMemory, *, now: datetime = NOW, secret: bytes = b"s") -> Cache:
    return Cache(shelf=shelf, secret=secret, now=now, max_age=timedelta(days=14), max_bytes=1000)


def leave(shelf: ShelfInMemory, fixtures: Sequence[Fixture] = FIXTURES, value: float = 1.0, run_id: str = "r") -> None:
    rows = [cached_trial(fixture, 0, Output(content=run_id)) for fixture in fixtures]
    scores = [CachedScore(of=row, result=Score(value=value)) for row in rows]
    open_cache(shelf).add(run_id, {BUILD: rows}, {JUDGE: scores})


def test_what_one_run_left_are_stored_rows_of_base_for_the_next():
    shelf = ShelfInMemory()
    leave(shelf, value=0.5)
    found = open_cache(shelf).find_base(BUILD, SUBJECT)
    assert found is not None
    (run,) = found.runs
    assert {row.key for row in run.scores} == {TrialKey(fixture.id, Arm.BASE, 0) for fixture in FIXTURES}
    assert {row.result for row in run.scores} == {Score(value=0.5)}
    assert found.commits_older == 0
    assert shelf.most == 1000


def test_another_build_another_evaluator_and_other_fixtures_have_none():
    shelf = ShelfInMemory()
    leave(shelf)
    assert open_cache(shelf).find_base("3" * 32, SUBJECT) is None
    other = Subject(
        revision=SUBJECT.revision,
        fingerprint=FINGERPRINT,
        fixtures=FIXTURES,
        evaluators={"answer": JUDGE, "more": "sha256:" + "9" * 64},
    )
    assert open_cache(shelf).find_base(BUILD, other) is None
    edited = tuple(Fixture(id=fixture.id, input="edited") for fixture in FIXTURES)
    mine = Subject(revision=SUBJECT.revision, fingerprint=FINGERPRINT, fixtures=edited, evaluators=SUBJECT.evaluators)
    assert open_cache(shelf).find_base(BUILD, mine) is None


def test_too_few_rows_are_none_and_two_runs_fill_each_other():
    shelf = ShelfInMemory()
    leave(shelf, FIXTURES[:12], run_id="one")
    assert open_cache(shelf).find_base(BUILD, SUBJECT) is None
    leave(shelf, FIXTURES[10:], run_id="two")
    found = open_cache(shelf).find_base(BUILD, SUBJECT)
    assert found is not None
    assert len(found.runs) == 2


@pytest.mark.parametrize("later", [timedelta(days=15), timedelta(days=-1)])
def test_what_is_too_old_or_from_the_future_is_not_read(later: timedelta):
    shelf = ShelfInMemory()
    leave(shelf)
    assert open_cache(shelf, now=NOW + later).find_base(BUILD, SUBJECT) is None


def test_what_another_secret_sealed_is_passed_over_and_counted():
    shelf = ShelfInMemory()
    leave(shelf)
    forged = open_cache(shelf, secret=b"a pull request's")
    assert forged.find_base(BUILD, SUBJECT) is None
    assert forged.refused == 1


def test_a_pack_that_was_moved_to_another_build_is_passed_over():
    shelf = ShelfInMemory()
    leave(shelf)
    shelf.files = {name.replace(BUILD, "4" * 32): content for name, content in shelf.files.items()}
    moved = open_cache(shelf)
    assert moved.find_base("4" * 32, SUBJECT) is None
    assert moved.refused == 1


def test_names_that_no_run_of_ours_gives_are_not_opened():
    shelf = ShelfInMemory({f"trials/{BUILD}/../../x": b"", f"trials/{BUILD}/x.pack": b""})
    cache = open_cache(shelf)
    assert cache.find_base(BUILD, SUBJECT) is None
    assert cache.refused == 0


def test_a_score_is_found_by_content_and_attempt_and_the_newest_counts():
    of = CachedTrial(fixture="a" * 32, attempt=0, output="b" * 32)
    shelf = ShelfInMemory()
    folder = f"scores/{shorten(JUDGE)}"
    for day, value in ((1, 0.0), (2, 1.0)):
        rows = (CachedScore(of=of, result=Score(value=value)),)
        pack = Pack(run_id=f"r{day}", made_at=NOW - timedelta(days=9 - day), scores=rows)
        content = encode_pack(pack, folder=folder, secret=b"s")
        shelf.files[f"{folder}/2026111{day}T000000Z-{'0' * 31}{day}.pack"] = content
    cache = open_cache(shelf)
    assert cache.find_score(JUDGE, of) == Score(value=1.0)
    assert cache.find_score(JUDGE, CachedTrial(fixture="a" * 32, attempt=1, output="b" * 32)) is None


def test_only_attempts_that_nearly_every_fixture_had_stand_for_a_round():
    first = [TrialKey(f"f{place}", Arm.BASE, 0) for place in range(95)]
    again = [TrialKey(f"f{place}", Arm.BASE, 1) for place in range(20)]
    assert whole_attempts([*first, *again], 100, Arm.BASE) == {0}
    assert whole_attempts([*first, *again], 100, Arm.HEAD) == frozenset()

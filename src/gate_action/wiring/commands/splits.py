"""Eval and training stay apart: nothing that the gate judges by, nor what is nearly the same, may be trained on."""

from collections.abc import Iterable, Iterator, Sequence

from gate_action.errors import Problem
from gate_action.model.fixture import Fixture, Split
from gate_action.model.picking import of_split


def find_leaks(fixtures: Sequence[Fixture]) -> tuple[Problem, ...]:
    """Each row for training that an eval row equals, or nearly equals, or shares a conversation with."""
    training = of_split(fixtures, Split.TRAIN)
    return tuple(_leaks(training, of_split(fixtures, Split.EVAL))) if training else ()


def _leaks(training: Iterable[Fixture], judged: Sequence[Fixture]) -> Iterator[Problem]:
    from gate_action.loop.nearness import Seen  # numpy, which validate does without where nothing is for training

    seen = Seen()
    clusters = {one.cluster: one.id for one in judged if one.cluster}
    for fixture in judged:
        seen.add(fixture)
    for fixture in training:
        if equal := seen.find_equal(fixture):
            yield _problem(fixture, f"has the input of {equal}, which is of the split eval")
        elif near := seen.find_near(fixture):
            yield _problem(fixture, f"has nearly the input of {near}, which is of the split eval")
        elif other := clusters.get(fixture.cluster):
            yield _problem(fixture, f"shares the cluster {fixture.cluster} with {other}, which is of the split eval")


def _problem(fixture: Fixture, fact: str) -> Problem:
    place = fixture.place
    return Problem(
        path=place.path if place else "",
        line=place.line if place else None,
        message=f"{fixture.id} is of the split train and {fact}",
        hint="a gate that is trained on measures nothing: keep one of them",
    )

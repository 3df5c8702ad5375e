"""An engine on a real run folder, closed at the test's end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gate_action.engine.journal import Journal
from gate_action.engine.trials import Engine
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Budget, Limits
from gate_action.model.protocols import Try
from tests.engine.rig import RememberingWatcher, open_asker, score_right

OpenEngine = Callable[..., Engine]


@pytest.fixture
def open_engine(tmp_path: Path) -> Iterator[OpenEngine]:
    """``open_engine(base, head, limits=..., budget=..., is_live=...)`` on the fixtures ``a`` to ``h``."""
    journals: list[Journal] = []

    def make(
        base: Try, head: Try, *, limits: Limits | None = None, budget: Budget | None = None, is_live: bool = True
    ) -> Engine:
        journals.append(Journal(tmp_path / f"run-{len(journals)}"))
        return Engine(
            fixtures={name: Fixture(id=name, input=name) for name in "abcdefgh"},
            metrics=("answer",),
            asker=open_asker(base, head, limits=limits, budget=budget, is_live=is_live),
            score=score_right,
            journal=journals[-1],
            watcher=RememberingWatcher(),
        )

    yield make
    for journal in journals:
        journal.close()

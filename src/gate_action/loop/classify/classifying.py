"""One pass over the turns that wait: canaries first, and each answer written before the next one counts."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gate_action.engine.budget import BudgetSpentError
from gate_action.loop.classify.answer import Found
from gate_action.loop.classify.rows import Line, Results, batches, load_subjects
from gate_action.loop.classify.subjects import Subject
from gate_action.loop.store import Store
from gate_action.model.fixture import JsonObject
from gate_action.model.protocols import ProviderError
from gate_action.model.rubric import Canary

_CANARIES_A_BATCH = 2


class Classifier(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    async def classify(self, subject: Subject) -> Found:
        """Raises ProviderError, BudgetSpentError."""
        ...


class AsksRecords(Protocol):
    """Classifies a record that is no turn's."""

    async def ask(self, record: JsonObject) -> Found: ...


class Watching(Protocol):
    def begin(self, total: int) -> None: ...

    def advance(self, turns: int, label: str) -> None: ...


class Unwatched:
    def begin(self, total: int) -> None:
        """Nobody looks."""

    def advance(self, turns: int, label: str) -> None:
        """As above."""


@dataclass(slots=True, kw_only=True)
class Passed:
    """What one pass did."""

    asked: int = 0
    """Turns that the classifier was asked about."""
    recalled: int = 0
    """Turns that look exactly like one that was classified: nobody was asked."""
    invented_quotes: int = 0
    failed: int = 0
    """Turns about which the provider gave no answer: they wait for the next pass."""
    failure: str = ""
    """The first reason."""
    spent: str = ""
    """Which bound ended the pass early; empty: none."""
    canary: str = ""
    """Which turn beyond doubt was labelled otherwise: the classifier is not to be believed now, and the pass ended."""
    causes: Counter[str] = field(default_factory=Counter)
    """Why turns are ``unknown``."""

    @property
    def done(self) -> int:
        return self.asked + self.recalled

    @property
    def is_stuck(self) -> bool:
        """Was the budget over before a single turn was done? The next pass would end in the same place."""
        return bool(self.spent) and not self.done


@dataclass(kw_only=True)
class Pass:
    """``size``: turns in a batch. ``canaries``: asked before each batch by ``prober``; without it, none."""

    store: Store
    classifier: Classifier
    results: Results
    size: int = 50
    canaries: Sequence[Canary] = ()
    prober: AsksRecords | None = None
    watching: Watching = field(default_factory=Unwatched)
    is_written_at_once: bool = True
    """Each answer by itself; else a batch at once, for a classifier whose answers cost nothing."""
    passed: Passed = field(default_factory=Passed)

    async def run(self, line: Line) -> Passed:
        """Ends early where a bound is reached, a canary fails or nobody is there; what was classified is kept."""
        self.watching.begin(sum(one.turn_id not in self.results.basis for one in line.waiting))
        number = 0
        for waiting in batches(line, self.size):
            new = [one for one in load_subjects(self.store, waiting) if not self.results.is_done(one)]
            to_ask = self._recall(new)
            if not to_ask:
                continue
            before = self.passed.asked
            try:
                if not await self._is_fit(number):
                    break
                await self._ask_all(to_ask)
            except BudgetSpentError as error:
                self.passed.spent = self.passed.spent or _say(error)
            except ProviderError as error:
                self._fail(str(error), 0)
                break
            number += 1
            if self.passed.spent or (self.passed.failed and self.passed.asked == before):
                break  # nothing left to spend, or nobody there
        return self.passed

    def _recall(self, subjects: Sequence[Subject]) -> list[Sequence[Subject]]:
        """Writes what is known; groups the others by what is asked of them."""
        groups: dict[str, list[Subject]] = {}
        recalled = []
        for subject in subjects:
            known = self.results.recall(subject)
            if known is None:
                groups.setdefault(subject.digest, []).append(subject)
            else:
                recalled.append((subject, known))
                self._count(known, recalled=1)
        self.results.write(recalled)
        return list(groups.values())

    async def _is_fit(self, number: int) -> bool:
        """Does it label the canaries right?"""
        if self.prober is None:
            return True
        for canary in choose_canaries(self.canaries, self.results.digest, number):
            found = await self.prober.ask(canary.record)
            if found.label not in canary.labels:
                expected = " or ".join(sorted(canary.labels))
                self.passed.canary = f"it called {canary.name!r} {found.label}, and it is {expected}"
                return False
        return True

    async def _ask_all(self, groups: Sequence[Sequence[Subject]]) -> None:
        """All of a batch together: the model's door says how many at once."""
        found: list[tuple[Subject, Found]] = []
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(self._ask(group, found))
        self.results.write(found)

    async def _ask(self, group: Sequence[Subject], together: list[tuple[Subject, Found]]) -> None:
        if self.passed.spent:
            return
        try:
            found = await self.classifier.classify(group[0])
        except BudgetSpentError as error:
            self.passed.spent = _say(error)
            return
        except ProviderError as error:
            self._fail(str(error), len(group))
            return
        rows = [(subject, found) for subject in group]
        if self.is_written_at_once:
            self.results.write(rows)
        else:
            together += rows
        self._count(found, asked=1, recalled=len(group) - 1)

    def _count(self, found: Found, *, asked: int = 0, recalled: int = 0) -> None:
        self.passed.asked += asked
        self.passed.recalled += recalled
        self.passed.invented_quotes += found.invented_quotes * asked
        if found.cause:
            self.passed.causes[found.cause] += asked + recalled
        self.watching.advance(asked + recalled, found.label)

    def _fail(self, reason: str, turns: int) -> None:
        self.passed.failed += turns
        self.passed.failure = self.passed.failure or reason


def choose_canaries(canaries: Sequence[Canary], digest: str, number: int) -> tuple[Canary, ...]:
    """Two of them for the batch ``number``, by turns, beginning where the classifier's digest says."""
    if not canaries:
        return ()
    start = int(hashlib.sha256(digest.encode()).hexdigest(), 16) + number * _CANARIES_A_BATCH
    places = dict.fromkeys((start + step) % len(canaries) for step in range(_CANARIES_A_BATCH))
    return tuple(canaries[place] for place in places)


def _say(error: BudgetSpentError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message

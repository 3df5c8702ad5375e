"""One person's sitting: which turn is next, which key is which label, and what was said. Appends; never rewrites."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gate_action.codec.labels import LabelRow
from gate_action.loop.attention import Stopwatch
from gate_action.loop.classify.subjects import Subject
from gate_action.model.trial import Output

KEYS = "1234567890abcdefghijklmnoprtvwxyz"
"""Of labels, in the rubric's order; s, q and u have meanings of their own."""
SKIP, QUIT, UNDO = "s", "q", "u"


@dataclass(kw_only=True)
class Session:
    """``subjects``: those to label, in order. ``keep``: writes a row down at once; a later one replaces it."""

    subjects: Sequence[Subject]
    labels: Sequence[str]
    annotator: str
    now: Callable[[], str]
    """ISO 8601."""
    keep: Callable[[LabelRow], None]
    done: dict[str, str] = field(default_factory=dict)
    """Turn -> label, of this person, earlier sittings included."""
    stopwatch: Stopwatch = field(default_factory=lambda: Stopwatch(time.monotonic))
    """Begun when the first turn is there to be shown."""
    is_finished: bool = False
    """The person has closed the page."""
    _place: int = 0
    _trail: list[int] = field(default_factory=list)
    """Places in the order in which they were left."""

    def __post_init__(self) -> None:
        self._place = self._next(0)
        self.stopwatch.begin()

    @property
    def keys(self) -> Mapping[str, str]:
        return dict(zip(KEYS, self.labels, strict=False))

    @property
    def current(self) -> Subject | None:
        """None: all are labelled or were skipped."""
        return self.subjects[self._place] if self._place < len(self.subjects) else None

    @property
    def progress(self) -> tuple[int, int]:
        """Labelled, and to label in all."""
        return sum(one.turn_id in self.done for one in self.subjects), len(self.subjects)

    def decide(self, form: Mapping[str, str]) -> str:
        """A button of the page. One that was meant for another turn, as after a second click, does nothing."""
        key = form.get("action", "")
        self.stopwatch.act()
        if key == QUIT:
            self.is_finished = True
            return ""
        row = self.current.turn_id if self.current else ""
        if form.get("row") != row or self.press(key):
            return ""
        return "that button means nothing here"

    def press(self, key: str) -> bool:
        """Does ``key`` mean anything here?"""
        if key == UNDO:
            return self._undo()
        subject = self.current
        if subject is None:
            return False
        if key == SKIP:
            self._leave()
            return True
        label = self.keys.get(key)
        if label is None:
            return False
        self.keep(
            LabelRow(
                turn_id=subject.turn_id,
                output_digest=answer_digest(subject.output),
                label=label,
                annotator=self.annotator,
                at=self.now(),
            )
        )
        self.done[subject.turn_id] = label
        self._leave()
        return True

    def _leave(self) -> None:
        self._trail.append(self._place)
        self._place = self._next(self._place + 1)

    def _undo(self) -> bool:
        """Back to the turn before, which is asked again."""
        if not self._trail:
            return False
        self._place = self._trail.pop()
        return True

    def _next(self, start: int) -> int:
        places = range(start, len(self.subjects))
        return next((place for place in places if self.subjects[place].turn_id not in self.done), len(self.subjects))


def draw(turn_ids: Iterable[str], count: int, seed: int) -> list[str]:
    """A uniform draw that stays nearly the same when turns are added: two people who draw with one seed share turns."""

    def place(turn_id: str) -> str:
        return hashlib.sha256(f"{seed}:{turn_id}".encode()).hexdigest()

    return sorted(turn_ids, key=place)[:count]


def answer_digest(output: str) -> str:
    """As docs/contracts.md, section 9, has it."""
    return Output(content=output).digest

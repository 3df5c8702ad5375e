"""Turns of production with what each stands for: strata, weights, units. Expressions of ibis; knows no engine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gate_action.model.loop import AuthorKind, FeedbackKind

if TYPE_CHECKING:
    import ibis

TableOf = Callable[[str], "ibis.Table"]
"""A table of loop.tables by its name, on whatever engine."""

COMPLAINT = "complaint"
SPOKEN = "spoken"
SIGNAL = "signal"
SILENT = "silent"
STRATA = (COMPLAINT, SPOKEN, SIGNAL, SILENT)
"""A user complained; a user said something else; only a rule of ours saw something; nothing. All turns of the first two
are recorded, whatever is drawn, so each stands for itself; the others stand for one over the probability of recording.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which turns are looked at: ``since`` <= at < ``until``, in UTC without a zone."""

    since: datetime
    until: datetime
    app: str = ""
    """Empty: of all applications."""


def weigh_turns(table_of: TableOf, window: Window) -> "ibis.Table":
    """``turn_id, conversation, unit, user_key, at, stratum, weight, is_weighed, said``: a row a turn of the window.

    ``conversation`` is the turn itself where it stands alone. ``unit``: what may be taken for independent, the user
    where known, else the conversation. ``said``: -1, 0, 1 by the sum of what users said. ``weight`` is 1 where none was
    told, and ``is_weighed`` says whether one was.
    """
    import ibis

    turn = _in_window(table_of("turn"), window)
    said = _said(table_of("feedback"))
    joined = turn.left_join(said, turn.turn_id == said.about)
    spoken, polarity = joined.explicit.fill_null(0), joined.polarity.fill_null(0)
    stratum = ibis.cases(
        (joined.complaints.fill_null(0) > 0, COMPLAINT),
        (spoken > 0, SPOKEN),
        (joined.implicit.fill_null(0) > 0, SIGNAL),
        else_=SILENT,
    )
    conversation = ibis.cases((joined.conversation_id != "", joined.conversation_id), else_=joined.turn_id)
    return joined.select(
        turn_id=joined.turn_id,
        conversation=conversation,
        unit=ibis.cases((joined.user_key != "", joined.user_key), else_=conversation),
        user_key=joined.user_key,
        at=joined.at,
        input=joined.input,
        stratum=stratum,
        weight=ibis.cases((spoken > 0, 1.0), else_=joined.weight.fill_null(1.0)),
        is_weighed=joined.weight.notnull(),
        said=ibis.cases((polarity < 0, -1), (polarity > 0, 1), else_=0),
    )


def _in_window(turn: "ibis.Table", window: Window) -> "ibis.Table":
    kept = turn.filter(turn.at >= window.since, turn.at < window.until)
    return kept.filter(kept.app == window.app) if window.app else kept


def _said(feedback: "ibis.Table") -> "ibis.Table":
    """What was said, a row a turn. Judges and code are not users: they do not count."""
    import ibis

    users = feedback.filter(feedback.turn_id != "", feedback.author_kind == AuthorKind.END_USER.value)
    is_explicit = users.kind == FeedbackKind.EXPLICIT.value
    return users.group_by(about=users.turn_id).aggregate(
        explicit=count_where(is_explicit),
        implicit=count_where(~is_explicit),
        complaints=count_where(is_explicit & (users.polarity < 0)),
        polarity=ibis.cases((is_explicit, users.polarity), else_=0).sum(),
    )


def one_if(condition: Any) -> Any:
    """1 or 0, a column. PostgreSQL casts no truth value to a number."""
    import ibis

    return ibis.ifelse(condition, 1, 0)


def count_where(condition: Any) -> Any:
    """How many rows it holds of. An aggregate."""
    return one_if(condition).sum()


def label_turns(table_of: TableOf, classifier_digest: str) -> "ibis.Table":
    """``about, label``: what this classifier says, a row a turn."""
    said = table_of("classification")
    said = said.filter(said.classifier_digest == classifier_digest)
    return said.select(about=said.turn_id, label=said.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierFound:
    """Whose labels are read."""

    name: str
    digest: str
    others: int
    """How many other classifiers have labelled turns too: their labels are not mixed in."""


def find_classifier(table_of: TableOf, wanted: str = "") -> ClassifierFound | None:
    """The one that labelled last, or the one whose digest begins with ``wanted``. None: no turn is classified so."""
    said = table_of("classification")
    rows = (
        said.group_by(["classifier_digest", "classifier"])
        .aggregate(last=said.at.max())
        .order_by(["last", "classifier_digest"])
        .to_pyarrow()
        .to_pylist()
    )
    chosen = [row for row in rows if row["classifier_digest"].startswith(wanted)]
    if not chosen:
        return None
    found = chosen[-1]
    return ClassifierFound(name=found["classifier"], digest=found["classifier_digest"], others=len(rows) - 1)

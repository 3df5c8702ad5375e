"""Long texts of turns. A row of ``turn`` holds how a text begins, and what goes beyond lies in pieces in ``turn_text``.

An engine reads and writes thousands of rows at once, and a text may have two million characters: no row may be large.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gate_action.loop.store import arrow_texts, quote
from gate_action.model.loop import Turn

if TYPE_CHECKING:
    from gate_action.loop.store import Store
    from gate_action.loop.weighing import TableOf

TEXTS = ("input", "messages", "output", "context", "tool_calls")
"""The columns of ``turn`` that may go on in ``turn_text``."""
PIECE = 2048
"""Characters of a row's text, the longest that there is. A text of this length may go on."""

Piece = tuple[str, str, int, str]
"""A row of ``turn_text``: turn, column, place (1 is what follows the row's own text), text."""
Row = dict[str, Any]
FindPieces = Callable[[Sequence[str], Sequence[str]], Iterable[Piece]]
"""Of these turns and columns, in any order."""


class Cut(NamedTuple):
    """The texts of some turns."""

    heads: Mapping[str, Sequence[str]]
    """By column, as ``turn`` has them."""
    pieces: Sequence[Piece]
    """What goes beyond."""


def cut_texts(turns: Sequence[Turn]) -> Cut:
    heads: dict[str, Sequence[str]] = {}
    pieces: list[Piece] = []
    for name in TEXTS:
        texts = [getattr(turn, name) for turn in turns]
        heads[name] = [text[:PIECE] for text in texts]
        for turn, text in zip(turns, texts, strict=True):
            if len(text) > PIECE:
                starts = range(PIECE, len(text), PIECE)
                pieces += [(turn.turn_id, name, start // PIECE, text[start : start + PIECE]) for start in starts]
    return Cut(heads, pieces)


def _may_go_on(row: Mapping[str, Any], names: Iterable[str] = TEXTS) -> bool:
    return any(len(row[name] or "") >= PIECE for name in names)


def join_texts(rows: Iterable[Row], pieces: Iterable[Piece]) -> None:
    """Gives the texts of ``rows`` (by ``turn_id``) all that ``pieces`` have of them, in any order."""
    told: dict[tuple[str, str], list[str]] = {}
    for turn_id, name, _, piece in sorted(pieces, key=lambda one: one[2]):
        told.setdefault((turn_id, name), []).append(piece)
    by_turn = {row["turn_id"]: row for row in rows}
    for (turn_id, name), texts in told.items():
        row = by_turn[turn_id]
        row[name] = "".join((row[name], *texts))


def complete_texts(rows: Sequence[Row], names: Sequence[str], find: FindPieces) -> Sequence[Row]:
    """``rows`` themselves, with their texts ``names`` whole: columns of ``turn``, ``turn_id`` among them."""
    long = [row for row in rows if _may_go_on(row, names)]
    if long:
        join_texts(long, find([row["turn_id"] for row in long], names))
    return rows


def pieces_in(table_of: "TableOf") -> FindPieces:
    """On any engine, through ibis."""

    def find(turn_ids: Sequence[str], names: Sequence[str]) -> Iterable[Piece]:
        table = table_of("turn_text")
        found = table.filter(table.turn_id.isin(turn_ids) & table.name.isin(names)).to_pyarrow().to_pylist()
        return [(row["turn_id"], row["name"], row["place"], row["piece"]) for row in found]

    return find


def pieces_in_store(store: "Store") -> FindPieces:
    """Without ibis: ingest, which only writes otherwise, is spared the loading of it."""

    def find(turn_ids: Sequence[str], names: Sequence[str]) -> Iterable[Piece]:
        asked = (
            "SELECT turn_id, name, place, piece FROM turn_text WHERE turn_id IN (SELECT turn_id FROM wanted) "  # noqa: S608  # quoted
            f"AND name IN ({', '.join(map(quote, names))})"
        )
        with store.registered("wanted", arrow_texts("turn_id", turn_ids)):
            rows: list[Piece] = store.connection.execute(asked).fetchall()
        return rows

    return find

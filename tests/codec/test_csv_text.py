import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.csv_text import parse_csv
from gate_action.codec.positions import Position
from tests.profiles import examples

CELLS = st.text("ab,\"'\n\r é;", min_size=1, max_size=6).map(lambda text: f"x{text}")
PLAIN = st.text("abé; '", min_size=1, max_size=6)
COLUMNS = ("input", "cluster", "consent", "licence")


def write(rows: list[list[str]], line_end: str) -> str:
    """All quoted: Python's writer leaves a lone carriage return bare where lines end in a line feed."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    return file.getvalue()


def offset_of(text: str, position: Position) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1


@given(
    rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=4),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
@examples(20)
def test_every_cell_is_read_as_written_and_located_where_it_begins(rows, line_end):
    text = write(rows, line_end)

    table = parse_csv(text)

    assert table.faults == []
    assert [row.value for row in table.rows] == [dict(zip(COLUMNS, cells, strict=True)) for cells in rows]
    for row, cells in zip(table.rows, rows, strict=True):
        for column, cell in zip(COLUMNS, cells, strict=True):
            begin = offset_of(text, row.locate((column,)))
            assert next(csv.reader(io.StringIO(text[begin:], newline="")))[0] == cell


@given(rows=st.lists(st.lists(PLAIN, min_size=4, max_size=4), min_size=1, max_size=4))
@examples(20)
def test_cells_without_quotes_are_located_too(rows):
    text = "\n".join(",".join(cells) for cells in [COLUMNS, *rows])

    for row, cells in zip(parse_csv(text).rows, rows, strict=True):
        for column, cell in zip(COLUMNS, cells, strict=True):
            assert text[offset_of(text, row.locate((column,))) :].startswith(cell)


def test_a_quote_that_is_never_closed_is_told_with_the_line_where_reading_ended():
    (fault,) = parse_csv('input\n"abc\ndef').faults

    assert fault.message.startswith("not CSV")
    assert fault.position is not None
    assert fault.position.line == 3


def test_the_modules_own_limit_on_cells_is_as_it_was():
    before = csv.field_size_limit()

    parse_csv('input\n"abc')

    assert csv.field_size_limit() == before

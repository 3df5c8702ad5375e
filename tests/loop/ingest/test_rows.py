"""Rows of other tools: by a mapping, or as Future AGI exports them."""

import json

import pytest

from gate_action.config.loop.ingest import FeedbackColumns, FilesSource, RowsShape
from gate_action.loop.ingest.cutting import LIMIT
from tests.loop.ingest.ingesting import Desk, Pile
from tests.loop.ingest.records import chat, line, span

SHAPE = RowsShape(
    turn={
        "id": "id",
        "input": "question",
        "output": "answer",
        "at": "when",
        "user_id": "who",
        "context": "documents",
        "input_tokens": "usage.in",
    },
    slices={"locale": "lang"},
    feedback=[
        FeedbackColumns(name="thumb", value="vote", comment="remark"),
        FeedbackColumns(name="rating", value="stars", author="reviewer"),
    ],
)
MAPPED = FilesSource(path="rows", rows=SHAPE)
CSV = """\
id,question,answer,when,who,lang,vote,remark,stars,documents
1,"How long, please?","30
days",2026-11-01T10:00:00Z,ann,de,down,"not ""mine"" now",,
2,Where?,Here,1762000000,bob,en,,,5,"[""A.""] "
3,When?,Now,yesterday,bob,en,up,,,
"""


def test_a_table_is_read_by_its_mapping(pile: Pile):
    pile.write("rows", CSV.encode("utf-8-sig"))
    second, first = pile.read_all(MAPPED)
    assert (first["input"], first["output"], first["at"].isoformat()) == (
        "How long, please?",
        "30\ndays",
        "2026-11-01T10:00:00",
    )
    assert (second["input"], second["context"], second["slices"]) == ("Where?", '["A."]', (("locale", "en"),))
    assert first["user_key"] != second["user_key"] != ""
    said = {(one.name, one.label or one.value, one.author_kind.value): one for one in pile.feedback}
    assert set(said) == {("thumb", "down", "end_user"), ("rating", 5.0, "reviewer")}
    assert (said["thumb", "down", "end_user"].comment, said["thumb", "down", "end_user"].polarity) == (
        'not "mine" now',
        -1,
    )
    assert pile.faults() == [("rows:5", "invalid"), ("rows", "invalid")]
    assert "'yesterday' is no time" in pile.found[0].message
    assert "maps usage.in, which no row here has" in pile.found[1].message


@pytest.mark.parametrize("separator", [";", "\t"])
def test_the_first_line_of_a_table_tells_what_stands_between_its_cells(pile: Pile, separator):
    rows = (("id", "question", "answer", "when"), ("1", "How long, please, and how?", "30 days", "2026-11-01"))
    pile.write("rows", "\n".join(map(separator.join, rows)).encode())
    (turn,) = pile.read_all(MAPPED)
    assert (turn["input"], turn["output"]) == ("How long, please, and how?", "30 days")
    (missing,) = pile.found
    assert missing.message.startswith("rows: maps who, documents, usage.in, lang, vote, remark, stars, which no row")


def test_rows_of_json_lines_have_columns_below_each_other(pile: Pile):
    row = {"id": 7, "question": "q", "answer": {"text": "a"}, "when": 1762000000.5, "usage": {"in": 3}, "vote": True}
    pile.write("rows", json.dumps(row).encode())
    (turn,) = pile.read_all(MAPPED)
    assert (turn["input"], turn["output"], turn["input_tokens"]) == ("q", "a", 3)
    (said,) = pile.feedback
    assert (said.label, said.polarity, said.scope.value, said.join_key) == ("up", 1, "join_key", "7")


def test_a_table_that_nobody_can_read_is_one_fault(pile: Pile):
    assert pile.read(b"a,b\n1,2\n3,4\n") == []
    assert pile.faults() == [("any:2", "foreign")]
    assert str(pile.failure) == "nothing of any could be understood"


def test_a_mapping_that_names_no_column_is_told_and_once_mended_reads_the_file_anew(desk: Desk):
    desk.write("rows", b"id,question,answer,when\n1,q,a,2026-11-01\n")
    turn = {"id": "id", "input": "query", "output": "answer", "at": "when"}
    (wrong,) = desk.ingest(source=FilesSource(path="rows", rows=RowsShape(turn=turn))).sources  # type: ignore[arg-type]  # fields
    assert "maps query, which no row here has; they have id, question, answer, when" in wrong.first_faults[0].message
    right = FilesSource(path="rows", rows=RowsShape(turn=turn | {"input": "question"}))  # type: ignore[arg-type]  # as above
    assert desk.ingest(source=right).sources[0].turns_replaced == 1
    assert [one["input"] for one in desk.rows("turn")] == ["q"]
    assert desk.rows("fault") == []
    assert desk.ingest(source=right).sources[0].size == 0


def test_rows_of_json_may_lack_what_is_not_at_hand_but_not_all_of_them_the_question(pile: Pile):
    lines = [{"id": n, "answer": "a", "when": 1762000000, "lang": "de"} for n in range(3)]
    pile.write("rows", b"".join(json.dumps(one).encode() + b"\n" for one in lines))
    assert len(pile.read_all(MAPPED)) == 3
    assert [(one.place, one.message[:20]) for one in pile.found] == [("rows", "rows: maps question,")]


def test_a_cell_without_end_costs_its_own_row_and_no_other(pile: Pile):
    long = b"x" * (LIMIT + 10)
    pile.write("rows", b"id,question,answer,when\n1," + long + b",a,2026-11-01\n2,q,a,2026-11-01\n")
    assert [turn["input"] for turn in pile.read_all(MAPPED)] == ["q"]
    assert pile.faults()[0] == ("rows:2", "not_text")


@pytest.mark.parametrize("end", ['2,"q, and no end\n3,q,a,2026-11-01\n', "2,q"])
def test_a_table_that_ends_within_a_row_says_so_and_the_row_is_read_once_it_is_whole(desk: Desk, end: str):
    file = desk.write("rows", b"id,question,answer,when\n1,q,a,2026-11-01\n" + end.encode())
    (torn,) = desk.ingest(source=MAPPED).sources
    assert (torn.turns, torn.faults["torn"]) == (1, 1)
    with file.open("ab") as more:
        more.write(b'",a,2026-11-02\n' if '"' in end else b",a,2026-11-02\n")
    (whole,) = desk.ingest(source=MAPPED).sources
    assert (whole.turns, whole.faults["torn"]) == (1, 0)
    assert sorted(one["join_key"] for one in desk.rows("turn")) == ["1", "2"]


def test_a_quote_within_a_cell_is_no_beginning(pile: Pile):
    pile.write("rows", b'id,question,answer,when\n1,a 5" pipe,a,2026-11-01')
    assert [turn["input"] for turn in pile.read_all(MAPPED)] == ['a 5" pipe']


def test_feedback_of_rows_finds_its_turn_of_the_same_or_another_file(desk: Desk):
    desk.write("rows", CSV.encode())
    desk.write("spans.jsonl", line(span(5, chat("q", "a", **{"gate.join_key": "k5"}))))
    ratings = "key,stars,at\nk5,1,2026-11-02\nk6,1,2026-11-02\n"
    columns = FeedbackColumns(name="rating", value="stars", at="at")
    desk.write("ratings.csv", ratings.encode())
    desk.ingest(source=MAPPED)
    desk.ingest("spans.jsonl")
    found = desk.ingest(
        source=FilesSource(path="ratings.csv", rows=RowsShape(turn={"join_key": "key"}, feedback=[columns]))
    )
    turns = {row["turn_id"]: row["input"] for row in desk.rows("turn")}
    joined = {(row["join_key"], turns.get(row["turn_id"])) for row in desk.rows("feedback")}
    assert joined == {("1", "How long, please?"), ("2", "Where?"), ("k5", "q"), ("k6", None)}
    assert found.orphans == 1


FUTURE_AGI = """\
context.span_id,context.trace_id,annotation.helpful.thumbs,annotation.stars.rating,annotation.tone.label,annotation.notes
{span},{trace},thumbs_down,5,kind,too long
{span_2},,thumbs_up,,,
"""


def test_an_export_of_future_agi_needs_no_mapping(desk: Desk):
    ids = {"span": f"{1:016x}", "trace": f"{1:032x}", "span_2": f"{2:016x}"}
    desk.write("spans.jsonl", b"".join(line(span(n, chat(f"q{n}", "a"), trace=n)) for n in (1, 2)))
    desk.write("export.csv", FUTURE_AGI.format(**ids).encode())
    assert desk.ingest().orphans == 0
    said = {(row["name"], row["span_id"]): row for row in desk.rows("feedback")}
    assert {key: row["polarity"] for key, row in said.items()} == {
        ("helpful", ids["span"]): -1,
        ("stars", ids["span"]): 1,
        ("tone", ids["span"]): 0,
        ("helpful", ids["span_2"]): 1,
    }
    assert said["tone", ids["span"]]["label"] == "kind"
    assert said["helpful", ids["span"]]["comment"] == "too long"
    desk.ingest()
    assert len(desk.rows("feedback")) == 4


def test_a_vote_counts_also_where_its_reason_is_the_label(pile: Pile):
    pile.write("rows", b"key,vote,why,at\nk1,down,too long,2026-11-02\nk2,up,fine,2026-11-02\n")
    columns = FeedbackColumns(name="thumb", value="vote", label="why", at="at")
    pile.read_all(FilesSource(path="rows", rows=RowsShape(turn={"join_key": "key"}, feedback=[columns])))
    assert [(one.label, one.polarity, json.loads(one.raw)) for one in pile.feedback] == [
        ("too long", -1, {"value": "down"}),
        ("fine", 1, {"value": "up"}),
    ]


def test_a_thumb_of_future_agi_counts_beside_its_label(pile: Pile):
    row = {"context.span_id": "00000000000000aa", "annotation.tone.label": "rude", "annotation.tone.thumbs": "down"}
    pile.read(json.dumps(row).encode())
    assert [(one.label, one.polarity) for one in pile.feedback] == [("rude", -1)]

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.row_files import Rows, is_fixture_file
from gate_action.errors import ConfigError
from gate_action.model.fixture import Expected, Place, Slice


def read(path: str, content: str | bytes) -> Rows:
    rows = Rows()
    rows.read(path, content.encode() if isinstance(content, str) else content)
    return rows


def told(rows: Rows) -> list[str]:
    return [str(problem) for problem in rows.problems]


FIRST = '{"id": "1", "input": "hi", "expected": "yes", "slices": {"locale": "de"}}'
SAME = {
    "a.jsonl": FIRST + '\r\n\r\n{"id": "2", "input": {"a": [1]}}\n',
    "a.json": '[{"id": "2", "input": {"a": [1]}},\n' + FIRST.replace('"yes"', '{"output": "yes"}') + "]",
    "b.json": '{"fixtures": [' + FIRST + ', {"id": "2", "input": {"a": [1.0]}}]}',
    "a.yaml": "- {id: '1', input: hi, expected: 'yes', slices: {locale: de}}\n- id: '2'\n  input:\n    a: [1]\n",
    "b.yml": "fixtures:\n  - id: '2'\n    input: {a: [1]}\n  - " + FIRST,
    "a.csv": '\ufeffid,input,expected,slices.locale\r\n1,hi,yes,de\r\n2,"{""a"": [1]}",,\r\n',
    "b.csv": 'slices,expected.output,id,input\n"{""locale"": ""de""}",yes,1,hi\n,,2,"{""a"":[1]}"',
}


@pytest.mark.parametrize("path", SAME)
def test_every_format_says_the_same_suite(path):
    suites = {name: read(name, content).suite(name) for name, content in SAME.items()}

    assert suites[path].digest == suites["a.jsonl"].digest
    assert suites[path].by_id["1"].slices == (Slice("locale", "de"),)


@pytest.mark.parametrize(
    ("path", "content", "lines"),
    [
        ("a.jsonl", '\n{"input": 1}\n\n{"input": 2}', [2, 4]),
        ("a.json", '{\n"fixtures": [\n {"input": 1},\n\n {"input": 2}]}', [3, 5]),
        ("a.yaml", "# top\n- input: 1\n\n- input: 2\n", [2, 4]),
        ("a.csv", 'input,expected\n"two\nlines",a\n\nlast,b\n', [2, 5]),
    ],
)
def test_a_fixture_knows_its_line(path, content, lines):
    assert [fixture.place for fixture in read(path, content).fixtures] == [Place(path, line) for line in lines]


def test_every_fault_of_every_row_is_told_with_file_line_column_and_field():
    rows = read(
        "f/a.jsonl",
        '{"input": "x", "expcted": 1, "critical": "yes", "slices": {"a": 1}, "id": "a b"}\n'
        '{"input": {"messages": [{"content": "x"}]}, "split": "evl", "expires": "2026-02-31"}\n'
        '{"input": "fine"}\n'
        '{"input": "b",}\n'
        "null\n"
        '{"question": "x", "checks": [{"evaluator": "contains", "option": {}}]}',
    )

    assert told(rows) == [
        "f/a.jsonl:1:16: expcted: unknown field (did you mean 'expected'?)",
        "f/a.jsonl:1:42: critical: expected true or false, got text",
        "f/a.jsonl:1:65: slices.a: expected text or a list, got a number",
        "f/a.jsonl:1:75: id: 'a b' does not fit (letters, digits and ._:/-, at most 200 of them)",
        "f/a.jsonl:2:25: input.messages[0].role: required, and missing",
        "f/a.jsonl:2:54: split: 'evl' is none of eval, train (did you mean 'eval'?)",
        "f/a.jsonl:2:72: expires: '2026-02-31' is no date (write it like 2027-01-31)",
        "f/a.jsonl:4:15: not JSON: expecting property name enclosed in double quotes",
        "f/a.jsonl:5:1: expected an object, got null",
        "f/a.jsonl:6:1: input: required, and missing",
        "f/a.jsonl:6:2: question: unknown field (did you mean 'input'?)",
        "f/a.jsonl:6:56: checks[0].option: unknown field (did you mean 'options'?)",
    ]
    assert [fixture.input for fixture in rows.fixtures] == ["fine"]


def misread(word: str, kind: str) -> str:
    return f'(YAML reads the bare word {word} as {kind}; quote it: "{word}")'


def test_a_bare_word_that_yaml_reads_as_something_else_is_explained():
    rows = read("a.yaml", "- input: hi\n  slices: {locale: no, version: 010}\n  cluster: 2\n")

    assert told(rows) == [
        "a.yaml:2:20: slices.locale: expected text or a list, got true or false " + misread("no", "true or false"),
        "a.yaml:2:33: slices.version: expected text or a list, got a number " + misread("010", "a number"),
        "a.yaml:3:12: cluster: expected text, got a number " + misread("2", "a number"),
    ]


@pytest.mark.parametrize("word", ["no", "YES", "off", "010", "12:30", "1_000"])
def test_a_bare_word_that_only_yaml_1_1_reads_as_a_value_is_refused_where_any_value_would_do(word):
    rows = read("a.yaml", f"- input: hi\n  expected: {word}\n- input: {{a: [{word}]}}\n")

    assert [(problem.line, problem.field) for problem in rows.problems] == [(2, "expected"), (3, "input.a[0]")]
    assert f'write "{word}" if it is one' in rows.problems[0].hint


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("False", False), ("12", 12), ("-1.5", -1.5), ("0", 0), ("'no'", "no"), ("=", "="), ("<<", "<<")],
)
def test_a_value_that_every_yaml_reads_alike_is_taken(word, value):
    assert read("a.yaml", f"- input: {word}\n").fixtures[0].input == value


def test_csv_faults_name_the_cell_and_the_rest_of_the_file_is_read():
    rows = read(
        "a.csv",
        "id,input,expected.output,expected.facts,critical\r\n"
        '1,"a ""quoted"", text",yes,"[""f1""]",TRUE\r\n'
        '2,"two\r\nlines","{bad",,\r\n'
        "3,[URGENT] help,,,\r\n"
        "4,x\r\n"
        "5,x,,nope,perhaps\r\n"
        "6,y,,,false\r\n",
    )

    advice = "(a cell that starts with {, [ or a quote is read as JSON: write such a text as a JSON text)"
    assert told(rows) == [
        f"a.csv:4:8: expected.output: not JSON: expecting property name enclosed in double quotes {advice}",
        f"a.csv:5:3: input: not JSON: expecting value {advice}",
        "a.csv:6:1: 2 cells, and the header names 5 columns (quote a cell that holds a comma or a line break)",
        "a.csv:7:6: expected.facts: expected a list, got text",
        "a.csv:7:11: critical: expected true or false, got text",
    ]
    assert [fixture.id for fixture in rows.fixtures] == ["1", "6"]
    assert rows.fixtures[0].expected == Expected(output="yes", facts=("f1",))
    assert rows.fixtures[0].is_critical


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("input;expected", "no column input (separate the columns by commas)"),
        ("id,expected", "no column input (the first line names the columns)"),
        ("input,inputs", "unknown column 'inputs' (did you mean 'input'?)"),
        ("input,input", "the column 'input' stands twice (keep one of them)"),
        ("input,expected,expected.output", "expected stands whole and in parts"),
        ("input,expected.fact", "expected has no part 'fact' (did you mean 'facts'?)"),
        ("input,id.x", "unknown column 'id.x'"),
    ],
)
def test_a_csv_header_that_cannot_be_used_is_told_at_its_column(header, message):
    rows = read("a.csv", f"{header}\nx,y,z\n")

    assert message in told(rows)[0]
    assert rows.problems[0].line == 1
    assert rows.fixtures == ()


def test_a_cell_longer_than_the_csv_modules_own_limit_is_read():
    assert read("a.csv", f'input\n"{"x" * 300_000}"\n').fixtures[0].input == "x" * 300_000


def test_an_id_used_twice_is_told_with_both_places_across_files():
    rows = read("a.jsonl", '{"id": "x", "input": 1}\n')
    rows.read("b.yaml", b"- {input: 2}\n- {input: 3, id: x}\n")

    assert told(rows) == ["b.yaml:2:18: id: the id 'x' is used already, by a.jsonl:1"]


def test_two_rows_of_equal_input_without_ids_are_told_how_to_get_along():
    rows = read("a.jsonl", '{"input": "q", "expected": 1}\n{"input": "q", "expected": 2}\n')

    assert "used already, by a.jsonl:1 (rows without an id take it from their input" in told(rows)[0]


@pytest.mark.parametrize("path", ["a.jsonl", "a.json", "a.yaml", "a.csv"])
@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_a_fault(path, content):
    assert len(read(path, content).problems) == 1


@pytest.mark.parametrize("content", ["[]", '{"fixtures": []}', '{"rows": []}', "3", "null", '{"fixtures": [], "x": 1}'])
def test_a_json_file_without_rows_is_a_fault(content):
    assert len(read("a.json", content).problems) == 1


@pytest.mark.parametrize(
    "content",
    [
        b'{"input": "\xff"}',
        '{"input": "x"}'.encode("utf-16"),
        b'{"input": NaN}',
        b'{"input": "\\ud800"}',
        b'{"input": ' + b"[" * 100_000,
        b"\x00\x01\x02",
        b'{"input": 1e999}',
    ],
)
def test_hostile_bytes_are_faults_and_never_a_traceback(content):
    rows = read("a.jsonl", content)

    assert rows.fixtures == ()
    assert rows.problems


@given(content=st.binary(max_size=60), suffix=st.sampled_from(["jsonl", "json", "yaml", "csv"]))
def test_any_bytes_give_fixtures_or_faults(content, suffix):
    rows = read(f"a.{suffix}", content)

    assert rows.fixtures or rows.problems


@given(
    text=st.text(alphabet="[]{}\"',:-&*<>!|#?%@` \nab1.\t\\", max_size=30),
    suffix=st.sampled_from(["json", "yaml", "csv"]),
)
def test_any_text_of_the_formats_own_signs_gives_fixtures_or_faults(text, suffix):
    rows = read(f"a.{suffix}", text)

    assert rows.fixtures or rows.problems


def test_a_suite_with_faults_is_refused_with_all_of_them():
    with pytest.raises(ConfigError, match="2 faults in the fixtures") as refusal:
        read("a.jsonl", "x\ny\n").suite("a")

    assert len(refusal.value.problems) == 2


def test_a_suite_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="no fixtures in the bucket"):
        Rows().suite("the bucket")


@pytest.mark.parametrize(
    ("path", "is_one"),
    [("a/b.jsonl", True), ("B.JSON", True), ("README.md", False), (".gitkeep", False), (".hidden.json", False)],
)
def test_a_fixture_file_is_known_by_its_name(path, is_one):
    assert is_fixture_file(path) is is_one


def test_the_texts_of_the_files_are_not_kept():
    content = b"".join(b'{"id": "%d", "input": "x"}%b\n' % (number, b" " * 2000) for number in range(500))
    rows = Rows()
    tracemalloc.start()
    try:
        rows.read("a.jsonl", content)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(rows.fixtures) == 500
    assert kept < len(content) / 2


def test_twenty_thousand_rows_are_read_and_their_lines_are_right():
    content = "\n".join(json.dumps({"id": f"r{number}", "input": "x"}) for number in range(20_000))

    rows = read("a.jsonl", content)

    assert rows.fixtures[19_999].place == Place("a.jsonl", 20_000)

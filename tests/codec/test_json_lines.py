import pytest

from gate_action.codec.json_lines import decode_json_lines, read_json_lines
from gate_action.errors import ConfigError
from gate_action.model.fixture import Json


def read(value: Json, number: int) -> tuple[int, Json]:
    if value == "bad":
        raise ValueError("it is bad")
    return number, value


def test_each_line_is_read_with_its_number_and_empty_ones_are_passed_over():
    rows, problems = read_json_lines(b'\xef\xbb\xbf{"a": 1}\r\n\n  \n2\n', "f.jsonl", read)
    assert rows == [(1, {"a": 1}), (4, 2)]
    assert problems == []


def test_every_line_that_cannot_be_read_is_told_with_its_place_and_the_others_are_read():
    rows, problems = read_json_lines(b'1\n{"a": 1, "a": 2}\n"bad"\n\xff\n{\n5', "f.jsonl", read)
    assert rows == [(1, 1), (6, 5)]
    assert [(problem.path, problem.line) for problem in problems] == [("f.jsonl", line) for line in (2, 3, 4, 5)]
    assert problems[1].message == "it is bad"


def test_a_file_in_utf_16_is_one_fault():
    _, problems = read_json_lines("1\n2\n".encode("utf-16"), "f.jsonl", read)
    assert [problem.message for problem in problems] == ["the file is UTF-16"]


def test_what_cannot_be_used_is_said_with_all_its_faults():
    with pytest.raises(ConfigError, match=r"the rows in f\.jsonl cannot be used") as told:
        decode_json_lines(b'"bad"\n1\n"bad"\n', "f.jsonl", "the rows in", read)
    assert [problem.line for problem in told.value.problems] == [1, 3]

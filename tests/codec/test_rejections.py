import pytest

from gate_action.codec.rejections import decode_rejections, encode_rejections
from gate_action.errors import ConfigError
from gate_action.model.rejection import Rejection

ONE = Rejection(
    id="a1", input_digest="sha256:" + "0" * 64, near_key="ab" * 64, cluster="c", reason="no fault: is so", pull=7
)
TWO = Rejection(id="b2", input_digest="sha256:" + "1" * 64, reviewer="ann", at="2026-01-31T12:00:00Z")


def test_what_is_written_reads_the_same_whatever_its_order():
    assert decode_rejections(encode_rejections([TWO, ONE, TWO]), "rejections.jsonl") == (ONE, TWO)


def test_each_line_that_is_none_is_named():
    content = encode_rejections([ONE]) + b'{"id": "x"}\n\n' + encode_rejections([TWO]) + b'{"id": 1}\n\xff\n'
    with pytest.raises(ConfigError) as caught:
        decode_rejections(content, "rejections.jsonl")
    assert [problem.line for problem in caught.value.problems] == [2, 5, 6]

"""Lines cut from a stream, and how little of it is held."""

from hypothesis import given
from hypothesis import strategies as st

from gate_action.clients.children.lines import LineSplitter, Oversized


def cut(chunks: list[bytes], splitter: LineSplitter) -> list[bytes | Oversized]:
    return [line for chunk in chunks for line in splitter.feed(chunk)]


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=8), st.data())
def test_lines_come_whole_however_the_stream_is_chopped(lines: list[bytes], data: st.DataObject):
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert cut(chunks, LineSplitter(30)) == lines


@given(st.lists(st.sampled_from([b"a", b"bb", b"\n", b"ccc\nd"]), max_size=30))
def test_only_lines_within_the_limit_come_whole(chunks: list[bytes]):
    whole = [line for line in cut(chunks, LineSplitter(3)) if isinstance(line, bytes)]
    assert whole == [line for line in b"".join(chunks).split(b"\n")[:-1] if len(line) <= 3]


def test_a_line_that_is_too_long_is_told_once_by_its_beginning_and_the_next_is_whole():
    splitter = LineSplitter(300)
    told = cut([b"a" * 250, b"b" * 250, b"c" * 1000, b"\nnext\n"], splitter)
    assert told == [Oversized(b"a" * 200, is_endless=False), b"next"]


def test_a_line_without_end_is_told_as_such_once():
    splitter = LineSplitter(10, drained=1000)
    told = cut([b"x" * 100] * 30, splitter)
    assert [line.is_endless for line in told if isinstance(line, Oversized)] == [False, True]


def test_an_endless_line_that_comes_in_one_piece_is_told_too():
    told = cut([b"x" * 5000, b"x"], LineSplitter(10, drained=1000))
    assert told == [Oversized(b"x" * 200, is_endless=True)]

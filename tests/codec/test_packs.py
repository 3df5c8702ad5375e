"""Packs of a cache: what was sealed is read back, and nothing else is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate_action.codec.packs import Pack, PackError, decode_pack, encode_pack, is_keepable, seal
from gate_action.model.cached import CachedScore, CachedTrial
from gate_action.model.score import NotScored, NotScoredCause, Score

DIGESTS = st.text("0123456789abcdef", min_size=32, max_size=32)
TRIALS = st.builds(CachedTrial, fixture=DIGESTS, output=DIGESTS, attempt=st.integers(0, 999))
RESULTS = st.builds(Score, value=st.floats(0, 1), reason=st.text()) | st.builds(
    NotScored, cause=st.just(NotScoredCause.NOT_APPLICABLE), detail=st.text()
)
PACKS = st.builds(
    Pack,
    run_id=st.text(min_size=1),
    made_at=st.datetimes(timezones=st.just(UTC)),
    trials=st.lists(TRIALS, max_size=5).map(tuple),
    scores=st.lists(st.builds(CachedScore, of=TRIALS, result=RESULTS), max_size=5).map(tuple),
)
PACK = Pack(run_id="r", made_at=datetime(2026, 11, 25, tzinfo=UTC))


@given(PACKS)
def test_decode_after_encode_is_identity(pack: Pack):
    content = encode_pack(pack, folder="trials/x", secret=b"s")
    assert decode_pack(content, folder="trials/x", secret=b"s") == pack


@given(PACKS, st.integers(0, 10_000), st.integers(0, 255))
def test_one_byte_that_differs_breaks_the_seal(pack: Pack, place: int, byte: int):
    content = bytearray(encode_pack(pack, folder="f", secret=b"s"))
    place %= len(content)
    if content[place] == byte:
        return
    content[place] = byte
    with pytest.raises(PackError):
        decode_pack(bytes(content), folder="f", secret=b"s")


def test_a_pack_of_another_folder_or_another_secret_is_none():
    content = encode_pack(PACK, folder="f", secret=b"s")
    for folder, secret in (("g", b"s"), ("f", b"t")):
        with pytest.raises(PackError, match="seal does not hold"):
            decode_pack(content, folder=folder, secret=secret)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[",
        b'{"schema_version":9,"run_id":"r","made_at":"2026-11-25"}',
        b'{"schema_version":1,"run_id":"r","made_at":"yesterday"}',
        b'{"schema_version":1,"run_id":"r","made_at":"2026-11-25","trials":[["../x","y",0]]}',
        b'{"schema_version":1,"run_id":"r","made_at":"2026-11-25","scores":[["%b","%b",0,7.0,""]]}'
        % (b"0" * 32, b"0" * 32),
    ],
)
def test_a_body_that_is_none_is_refused_though_it_is_sealed(body: bytes):
    with pytest.raises(PackError):
        decode_pack(seal(body, "f", b"s") + b"\n" + body, folder="f", secret=b"s")


def test_what_could_not_be_judged_is_not_kept():
    assert is_keepable(Score(value=0.0))
    assert is_keepable(NotScored(cause=NotScoredCause.NOT_APPLICABLE))
    assert not is_keepable(NotScored(cause=NotScoredCause.EVALUATOR_ERROR))
    assert not is_keepable(NotScored(cause=NotScoredCause.TRIAL_ERROR))

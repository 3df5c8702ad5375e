import json
from pathlib import Path

import pytest

from gate_action.codec.packs import shorten
from gate_action.codec.rows import decode_row, encode_row
from gate_action.loop.traces_left import Marks, marks_of_record, marks_of_rows, sweep, sweep_whole
from gate_action.model.fixture import Fixture, Provenance

ASKED = 'My mail is <EMAIL_1>. "Where" is the parcel that I ordered in May?'
ROW = Fixture(id="late-parcel-1", input=ASKED, provenance=Provenance(source="loop", trace="hmac:0123456789abcdef"))


def line(fixture: Fixture) -> bytes:
    return json.dumps(encode_row(fixture)).encode() + b"\n"


@pytest.mark.parametrize(("ids", "traces"), [({ROW.id}, ()), ((), {"hmac:0123456789abcdef"})])
def test_a_row_is_known_by_its_id_its_digest_in_caches_and_its_question(ids, traces):
    other = Fixture(id="another", input="Something that somebody else has asked about")
    found = marks_of_rows(line(other) + b"no row\n" + line(ROW), ids, traces)
    digest = shorten(decode_row(json.loads(line(ROW))).digest)
    assert found == {ROW.id, digest, json.dumps(ASKED)}


def test_a_question_that_anybody_may_ask_is_no_mark():
    short = Fixture(id="late-parcel-2", input="Where is it?")
    assert json.dumps("Where is it?") not in marks_of_rows(line(short), {"late-parcel-2"}, ())


def test_a_stored_run_knows_a_row_as_it_was_when_it_was_measured():
    record = {"fixtures": {"late-parcel-1": f"sha256:{'a' * 64}", "another": f"sha256:{'b' * 64}"}}
    content = json.dumps(record, separators=(",", ":")).encode()
    assert marks_of_record(content, {"late-parcel-1"}) == {"a" * 32}


def test_an_id_of_a_few_letters_is_no_mark_for_it_stands_in_words_of_others():
    marks = Marks({"t0001", "late-parcel-1"})
    assert not marks.bears(b"t0001")
    assert marks.bears(b"a late-parcel-1 b")


def test_lines_go_what_can_be_made_again_is_deleted_and_a_persons_own_file_is_told(tmp_path: Path):
    marks = Marks({ROW.id})
    for name, content in {
        "fixtures/a.jsonl": line(ROW) + b'{"id": "b", "input": "x"}\n',
        "fixtures/only.jsonl": line(ROW),
        ".gate/report.html": b"<p>late-parcel-1</p>",
        "notes.md": b"see late-parcel-1",
        "kept.jsonl": b"late-parcel-1\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    swept = sweep(tmp_path, marks, is_ours=lambda name: name.startswith(".gate/"), skip=(tmp_path / "kept.jsonl",))
    assert (swept.lines, swept.deleted) == ({"fixtures/a.jsonl": 1, "fixtures/only.jsonl": 1}, (".gate/report.html",))
    assert swept.left == ("notes.md",)
    assert not (tmp_path / "fixtures" / "only.jsonl").exists()
    assert (tmp_path / "fixtures" / "a.jsonl").read_bytes() == b'{"id": "b", "input": "x"}\n'


def test_a_run_goes_as_a_whole_and_no_link_is_followed(tmp_path: Path):
    runs, elsewhere = tmp_path / "runs", tmp_path / "elsewhere"
    for folder in (runs / "one" / "deep", runs / "two", elsewhere):
        folder.mkdir(parents=True)
        (folder / "rows").write_bytes(b"late-parcel-1" if folder != runs / "two" else b"others")
    (runs / "link").symlink_to(elsewhere)
    assert sweep_whole(runs, Marks({ROW.id})).deleted == ("one",)
    assert sorted(path.name for path in runs.iterdir()) == ["link", "two"]
    assert (elsewhere / "rows").exists()
    assert sweep_whole(tmp_path / "nowhere", Marks({ROW.id})).deleted == ()

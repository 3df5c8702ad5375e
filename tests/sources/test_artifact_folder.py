import hashlib
import re
from pathlib import Path

import pytest

from gate_action.codec.options import OptionsError, build
from gate_action.errors import ConfigError, StoreError
from gate_action.sources.artifact import Artifact
from tests.files import FilesInMemory

NOTHING = FilesInMemory({})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.jsonl").write_text('{"id": "a", "input": "x"}\n')
    (tmp_path / "sub" / "b.csv").write_text("id,input\nb,y\n")
    (tmp_path / "README.md").write_text("passed over")
    return tmp_path


def test_the_digest_of_a_folder_is_that_of_its_sorted_sha256sum_lines(folder):
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}" for name in ("a.jsonl", "sub/b.csv")]
    digest = "sha256:" + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    suite = Artifact(url=f"file://{folder}", digest=digest).load(NOTHING)

    assert sorted(suite.by_id) == ["a", "b"]


def test_an_unpinned_folder_is_refused_with_the_digest_that_then_pins_it(folder):
    with pytest.raises(ConfigError, match="are not pinned") as refusal:
        Artifact(url=f"file://{folder}").load(NOTHING)
    (digest,) = re.findall(r"sha256:[0-9a-f]{64}", refusal.value.hint)

    assert Artifact(url=f"file://{folder}", digest=digest).load(NOTHING).fixtures


def test_a_renamed_file_changes_the_digest_though_no_content_changed(folder):
    with pytest.raises(ConfigError) as before:
        Artifact(url=f"file://{folder}").load(NOTHING)
    (folder / "a.jsonl").rename(folder / "c.jsonl")
    with pytest.raises(ConfigError) as after:
        Artifact(url=f"file://{folder}").load(NOTHING)

    assert before.value.hint != after.value.hint


def test_other_content_than_was_pinned_is_a_store_error_with_both_digests(folder):
    pinned = "sha256:" + "0" * 64

    with pytest.raises(StoreError, match=f"its digest is sha256:[0-9a-f]{{64}}, gate.yaml says {pinned}"):
        Artifact(url=f"file://{folder}", digest=pinned).load(NOTHING)


def test_one_file_is_read_by_its_own_url(folder):
    suite = Artifact(url=f"file://{folder}/a.jsonl", allow_unpinned=True).load(NOTHING)

    assert [fixture.place.path for fixture in suite.fixtures if fixture.place] == [f"file://{folder}/a.jsonl"]


def test_faults_in_pinned_rows_are_told_with_the_objects_url(folder):
    (folder / "sub" / "b.csv").write_text("inptu\ny\n")

    with pytest.raises(ConfigError) as refusal:
        Artifact(url=f"file://{folder}", allow_unpinned=True).load(NOTHING)

    assert str(refusal.value.problems[0]).startswith(f"file://{folder}/sub/b.csv:1:1: unknown column 'inptu'")


def test_a_symbolic_link_that_leads_out_is_refused(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.jsonl"
    outside.write_text('{"input": "secret"}\n')
    (folder / "link.jsonl").symlink_to(outside)

    with pytest.raises(StoreError, match=r"link\.jsonl is a symbolic link that leads out"):
        Artifact(url=f"file://{folder}", allow_unpinned=True).load(NOTHING)


def test_a_folder_that_is_not_there_is_a_store_error(folder):
    with pytest.raises(StoreError, match="cannot be read"):
        Artifact(url=f"file://{folder}/nope", allow_unpinned=True).load(NOTHING)


def test_a_folder_without_fixture_files_is_a_store_error(folder):
    (folder / "a.jsonl").unlink()
    (folder / "sub" / "b.csv").unlink()

    with pytest.raises(StoreError, match="holds no fixture file"):
        Artifact(url=f"file://{folder}", allow_unpinned=True).load(NOTHING)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"url": "ftp://x/y"}, "url"),
        ({"url": "s3:///key"}, "url"),
        ({"url": "file://host/x"}, "url"),
        ({"url": "s3://user:password@bucket/x"}, "url"),
        ({"url": "s3://b/x", "digest": "sha256:1"}, "digest"),
        ({"url": "s3://b/x", "endpoint": "minio:9000"}, "endpoint"),
        ({"url": "s3://b/x", "key": "k"}, "secret"),
    ],
)
def test_options_that_cannot_work_are_refused_by_their_name(options, field):
    with pytest.raises(OptionsError) as refusal:
        build(Artifact, options)

    assert [fault.path for fault in refusal.value.faults] == [(field,)]


def test_credentials_are_in_no_repr():
    source = Artifact(url="s3://b/x", key="the-key-id", secret="the-secret")

    assert "the-" not in repr(source)

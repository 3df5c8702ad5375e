import pytest

from gate_action.errors import ConfigError
from gate_action.sources.paths import Paths
from tests.files import FilesInMemory

ROW = '{"id": "%s", "input": "x"}\n'
TREE = {
    "fixtures/a.jsonl": ROW % "a",
    "fixtures/deep/b.yaml": "- {id: b, input: y}\n",
    "fixtures/README.md": "# how",
    "fixtures/.gitkeep": "",
    "more/c.csv": "id,input\nc,z\n",
    "other/notes.txt": "no",
}


def ids(*paths: str, tree=TREE) -> list[str]:
    return sorted(Paths(paths=paths).load(FilesInMemory(tree)).by_id)


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["fixtures"], ["a", "b"]),
        (["fixtures/", "more"], ["a", "b", "c"]),
        (["fixtures/*.jsonl"], ["a"]),
        (["**/*.yaml"], ["b"]),
        (["fixtures/a.jsonl"], ["a"]),
        (["fixtures", "fixtures/a.jsonl", "fixtures/**"], ["a", "b"]),
    ],
)
def test_files_folders_and_globs_name_fixtures_and_no_file_is_read_twice(paths, found):
    assert ids(*paths) == found


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["fixturs"], "fixturs: no file is there (in a1b2c3d4e5)"),
        (["fixtures", "evals/*.jsonl"], "evals/*.jsonl: no file is there"),
        (["other"], "other: holds no fixture file, only other/notes.txt"),
        (["fixtures/README.md"], "fixtures/README.md: .md is no fixture format"),
    ],
)
def test_a_path_that_gives_no_fixture_is_refused(paths, message):
    with pytest.raises(ConfigError) as refusal:
        ids(*paths)

    assert message in str(refusal.value)


def test_the_faults_of_every_file_are_told_in_one_go():
    tree = {"f/a.jsonl": '{"inputs": 1}\n', "f/b.yaml": "- {id: 3}\n", "f/c.json": "{", "f/d.jsonl": ROW % "d"}

    with pytest.raises(ConfigError) as refusal:
        ids("f", "nowhere", tree=tree)

    assert {problem.path for problem in refusal.value.problems} == {"f/a.jsonl", "f/b.yaml", "f/c.json", "nowhere"}


def test_an_id_in_two_files_is_told_with_both_places():
    with pytest.raises(ConfigError, match=r"b\.jsonl:1:8: id: the id 'a' is used already, by a\.jsonl:1"):
        ids("a.jsonl", "b.jsonl", tree={"a.jsonl": ROW % "a", "b.jsonl": ROW % "a"})


def test_the_suites_digest_does_not_depend_on_files_order_or_formatting():
    one = Paths(paths=("a.jsonl",)).load(FilesInMemory({"a.jsonl": ROW % "a" + ROW % "b"}))
    other = Paths(paths=("x", "b.yaml")).load(
        FilesInMemory({"x/q.json": '[{"input":\n"x","id":"b"}]', "b.yaml": "- id: a\n  input: x\n"})
    )

    assert one.digest == other.digest

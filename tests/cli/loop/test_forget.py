import json
from pathlib import Path

import pytest

from gate_action.cli.commands import run_command
from gate_action.codec.user_keys import UserKeys
from gate_action.loop.store import open_store
from tests.cli.loop.test_promote import promote, rows, shop  # noqa: F401  # the fixture of that name
from tests.loop.complaints import rows_of
from tests.repositories import Repository

pytestmark = pytest.mark.slow
STORE = Path(".gate") / "loop" / "store.duckdb"


def forget(folder: Path, *arguments: str) -> int:
    return run_command(["loop", "forget", "--repository", str(folder), *arguments])


def everything(folder: Path) -> bytes:
    """All bytes of the work tree, git's own apart."""
    return b"".join(
        path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and ".git" not in path.parts
    )


@pytest.fixture
def promoted(shop: Path) -> Path:  # noqa: F811  # pytest's way
    """The shop with both rows promoted and committed, a run's leavings and a page that somebody wrote."""
    promote(shop)
    (mine,) = (row for row in rows(shop) if row["input"].startswith("My mail"))
    repository = Repository(shop)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit({".gitignore": ".gate\n"})
    (shop / ".gate" / "out").mkdir()
    (shop / ".gate" / "out" / "report.html").write_text(f"<p>{mine['id']}</p>")
    return shop


def test_a_person_leaves_no_trace_in_store_fixtures_and_work_tree(promoted, capsys):
    assert b"kim@mail.example" in everything(promoted)
    assert forget(promoted, "u0001") == 0
    told = capsys.readouterr().out
    left = everything(promoted)
    assert b"kim@mail.example" not in left
    assert b"never came" not in left
    assert b"u0001" not in left
    assert [row["input"] for row in rows(promoted)] == ["Can I pay by cheque when I order on the phone?"]
    assert not (promoted / ".gate" / "out" / "report.html").exists()
    assert "store, turn: 1 row removed" in told
    assert "fixtures/promoted/hallucination-7.jsonl: 1 line removed" in told
    assert "git's history still holds rows of the person in 1 commit" in told


def test_everybody_else_stays(promoted):
    forget(promoted, "u0001")
    with open_store(promoted / STORE) as store:
        assert {row["turn_id"] for row in rows_of(store, "turn")} == {"t0000", "t0002"}
        assert {row["user_key"] for row in rows_of(store, "promotion")} == {"u0000"}
        assert {row["turn_id"] for row in rows_of(store, "membership")} == {"t0000", "t0002"}
        assert len(rows_of(store, "cluster")) == 1
    assert run_command(["validate", "--repository", str(promoted)]) == 0


def test_a_page_of_somebodys_own_is_told_and_not_touched(promoted, capsys):
    (row,) = (row for row in rows(promoted) if row["input"].startswith("My mail"))
    (promoted / "notes.md").write_text(f"look at {row['id']}")
    assert forget(promoted, "u0001") == 3
    assert "notes.md: still names the person" in capsys.readouterr().out
    assert row["id"] in (promoted / "notes.md").read_text()


def test_who_is_not_known_is_told_and_nothing_changes(promoted, capsys):
    before = rows(promoted)
    assert forget(promoted, "u9999") == 0
    assert "knows nothing of this person" in capsys.readouterr().out
    assert rows(promoted) == before


def test_a_rejection_of_the_persons_row_goes_as_well(promoted):
    (row,) = (row for row in rows(promoted) if row["input"].startswith("My mail"))
    lines = [{"id": one, "input_digest": "sha256:0"} for one in (row["id"], "another-row")]
    (promoted / "rejections.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    forget(promoted, "u0001")
    assert [json.loads(line)["id"] for line in (promoted / "rejections.jsonl").read_text().splitlines()] == [
        "another-row"
    ]


def test_the_key_is_made_of_an_id_where_the_secret_is_there(promoted, capsys, monkeypatch):
    secret = "a secret that nobody guesses"
    key = UserKeys(secret).key("kim")
    with open_store(promoted / STORE) as store:
        for table in ("turn", "promotion"):
            store.connection.execute(f"UPDATE {table} SET user_key = ? WHERE user_key = 'u0001'", [key])
    assert forget(promoted, "--id", "kim") == 2
    assert "GATE_USER_KEY_SECRET is not set" in capsys.readouterr().err
    monkeypatch.setenv("GATE_USER_KEY_SECRET", secret)
    assert forget(promoted, "--id", "kim") == 0
    assert len(rows(promoted)) == 1


def test_an_empty_key_is_nobodys(promoted):
    before = rows(promoted)
    assert forget(promoted, "") == 2
    assert rows(promoted) == before

"""Forget where teams keep things: buckets or branches, with a real run's scores, cache, run folder and recordings."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from gate_action.cli.commands import run_command
from gate_action.clients.files import FolderFiles
from gate_action.clients.folders import make_folder
from gate_action.clients.proxy.tape import store_lines
from gate_action.codec.answers import Answer, Header, Place, encode_answer
from gate_action.config.loading import load_loop
from gate_action.model.watch import WatchEntry, WatchReason
from gate_action.wiring.loop.homes import find_keeper
from gate_action.wiring.loop.opening import LoopOptions, read_settings
from gate_action.wiring.loop.watching import open_register
from standins.git_servers import create_bare
from tests.cli.loop.test_promote import APP, promote, rows, shop  # noqa: F401  # the fixture of that name
from tests.cli.running import call_process
from tests.repositories import Repository
from tests.sources.conftest import S3, s3  # noqa: F401  # the fixture of that name

pytestmark = pytest.mark.slow
GATE = """\
schema_version: 1
id: shop
fixtures: [fixtures]
target: {kind: command, options: {run: [python3, app.py]}}
metrics: {checks: {role: primary}}
"""
NAMES = (b"kim@mail.example", b"never came", b"u0001", b"t0001", b"Where is the parcel")
"""What names the person, or what the person said. Each row's id is added."""


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    told = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "GATE_CACHE_KEY": "a key of the cache that nobody guesses",
        "GATE_STATE_KEY": "a key of the state that nobody guesses",
        "GATE_USER_KEY_SECRET": "a secret that nobody guesses",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RUNNER_TEMP", raising=False)
    return told


def _fill(folder: Path, gate: str, environ: dict[str, str]) -> tuple[Repository, str]:
    """Both rows promoted and committed, a run of them stored, a watch of the cluster; the store at home elsewhere.

    The id of the person's row.
    """
    promote(folder)
    (mine,) = (row for row in rows(folder) if row["input"].startswith("My mail"))
    repository = Repository(folder)
    if not (folder / ".git").exists():
        repository.git("init", "--quiet", "--initial-branch=main")
    repository.commit({"gate.yaml": gate, ".gitignore": ".gate\n", "app.py": APP, "answers.json": "{}"})
    # The bucket's client has threads, which a fork of this process would wait for.
    ran = call_process(
        ["run", "--repository", str(folder), "--store-run", "--out", str(folder / ".gate" / "out")], environ
    )
    assert ran.code in (0, 1), ran.stderr
    options = LoopOptions(repository=folder, config="gate.yaml")
    keeper = find_keeper(read_settings(options).state, folder, environ)
    assert keeper is not None
    with keeper.writing() as path:
        shutil.copy(folder / ".gate" / "loop" / "store.duckdb", path)
    shutil.rmtree(folder / ".gate" / "loop")
    _record(Path(environ["XDG_CACHE_HOME"]) / "gate-action" / "recordings" / "shop", str(mine["id"]))
    return repository, str(mine["id"])


def _record(folder: Path, row: str) -> None:
    """An answer of a model to the person's question, and one of nobody knows which trial, in one file."""
    make_folder(folder)
    answer = Answer(status=200, content_type="text/plain", chunks=(b"Dear <EMAIL_1>, it came on Sunday.",))
    lines = [encode_answer("sha256:0", Place(name, 0, 0, 0), answer, "base") for name in (row, "")]
    store_lines(folder, Header(recorded_at=datetime.now(UTC).isoformat()), lines)


def _state(folder: Path, environ: dict[str, str]) -> bytes:
    keeper = find_keeper(load_loop(FolderFiles(folder), "gate.yaml").state, folder, environ)
    assert keeper is not None
    with keeper.reading() as path:
        return path.read_bytes()


def _below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def _named(held: dict[str, bytes], row: str) -> set[str]:
    return {name for name, content in held.items() if any(mark in content for mark in (*NAMES, row.encode()))}


def _objects(s3: S3) -> dict[str, bytes]:  # noqa: F811  # the same fixture
    from obstore.store import S3Store

    store = S3Store(
        "forget", endpoint=s3.endpoint, access_key_id=s3.key, secret_access_key=s3.secret,
        client_options={"allow_http": True}, virtual_hosted_style_request=False,
    )  # fmt: skip
    paths = [meta["path"] for chunk in store.list() for meta in chunk]
    return {path: bytes(store.get(path).bytes()) for path in paths}


def test_nothing_is_left_in_buckets_caches_runs_and_recordings(shop, environ, s3, capsys, monkeypatch):  # noqa: F811  # as above
    requests.put(f"{s3.endpoint}/forget", timeout=20).raise_for_status()
    environ |= {"S3_KEY": s3.key, "S3_SECRET": s3.secret}
    monkeypatch.setenv("S3_KEY", s3.key)
    monkeypatch.setenv("S3_SECRET", s3.secret)
    named = f"endpoint: {s3.endpoint}, access_key: S3_KEY, secret_key: S3_SECRET"
    stored = f"endpoint: {s3.endpoint}, key: '${{{{ env.S3_KEY }}}}', secret: '${{{{ env.S3_SECRET }}}}'"
    gate = (
        f"{GATE}state: {{bucket: {{url: s3://forget/loop, {named}}}}}\n"
        f"cache: {{key: GATE_CACHE_KEY, objects: {{url: s3://forget/cache, {named}}}}}\n"
        f"baselines: {{store: objects, options: {{url: s3://forget/runs, {stored}}}}}\n"
    )
    repository, row = _fill(shop, gate, environ)
    caches = Path(environ["XDG_CACHE_HOME"])
    before = _objects(s3)
    assert {name.split("/")[0] for name in before} >= {"loop", "cache", "runs"}
    assert [name for name in _named(before, row) if name.startswith("runs/")]
    assert {"runs", "recordings"} <= {Path(name).relative_to(caches).parts[1] for name in _named(_below(caches), row)}
    assert b"kim@mail.example" in _state(shop, environ)
    assert _packs(before)

    assert run_command(["loop", "forget", "--repository", str(shop), "u0001"]) == 0

    told = capsys.readouterr().out
    after = _objects(s3)
    assert _named(after, row) == set()
    assert _named(_below(caches), row) == set()
    assert _named(_below(repository.folder), row) == set()
    assert _named({"state": _state(shop, environ)}, row) == set()
    assert _packs(after) == set()
    assert "came on Sunday" not in str(_below(caches)), "an answer of which nobody knows the trial goes with its file"
    assert "baselines (objects): " in told
    assert "list-object-versions --bucket forget --prefix loop" in told
    assert "git filter-repo" in told
    assert run_command(["loop", "status", "--repository", str(shop)]) == 0


def _packs(objects: dict[str, bytes]) -> set[str]:
    return {name for name in objects if name.startswith("cache/")}


def test_nothing_is_left_on_branches_of_state_runs_and_watches(shop, environ, tmp_path, capsys):  # noqa: F811  # as above
    bare = create_bare(tmp_path / "remote.git")
    repository = Repository(shop)
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.git("remote", "add", "origin", str(bare))
    gate = (
        f"{GATE}state: {{branch: {{name: gate-loop}}, key: GATE_STATE_KEY}}\n"
        "cache: {key: GATE_CACHE_KEY, path: caches}\nbaselines: {store: branch}\n"
    )
    _, row = _fill(shop, gate, environ)
    settings = read_settings(LoopOptions(repository=shop, config="gate.yaml"))
    now = datetime.now(UTC)
    watch = WatchEntry(
        watch_id="0" * 16, cluster_id="hallucination-7", commit="c" * 40, reason=WatchReason.FIXTURE,
        fixtures=(row, "another-row"), registered_at=now, deployed_at=now, days=14,
    )  # fmt: skip
    open_register(None, settings, shop, environ).add([watch])
    assert _named(_branches(bare), row)
    assert _named(_below(shop / "caches"), "no row's id") == set()
    packs = len(_below(shop / "caches"))

    assert run_command(["loop", "forget", "--repository", str(shop), "u0001"]) == 0

    told = capsys.readouterr().out
    assert _named(_branches(bare), row) == set()
    assert _named({"state": _state(shop, environ)}, row) == set()
    [held] = open_register(None, settings, shop, environ).load()
    assert held.entry.fixtures == ("another-row",)
    assert len(_below(shop / "caches")) < packs
    assert "the register of watches: watch/0000000000000000/entry.json does not name the person any more" in told
    assert "earlier commits of the branch gate-loop" in told


def _branches(bare: Path) -> dict[str, bytes]:
    """Every object that a branch of the remote holds, in any of its commits."""

    def git(*argv: str) -> bytes:
        return subprocess.run(["git", "-C", str(bare), *argv], check=True, capture_output=True).stdout

    oids = [line.split()[0].decode() for line in git("rev-list", "--objects", "--all").splitlines()]
    return {oid: git("cat-file", "-p", oid) for oid in oids}


def test_a_shelf_that_cannot_be_reached_is_told_and_the_rest_is_done(shop, environ, tmp_path, capsys):  # noqa: F811  # as above
    gone = tmp_path / "gone.git"
    bare = create_bare(tmp_path / "remote.git")
    gate = (
        f"{GATE}state: {{branch: {{name: gate-loop, remote: {bare}}}, key: GATE_STATE_KEY}}\n"
        f"baselines: {{store: branch, options: {{remote: {gone}}}}}\n"
    )
    shutil.copytree(create_bare(tmp_path / "first.git"), gone)
    _fill(shop, gate, environ)
    shutil.rmtree(gone)
    assert run_command(["loop", "forget", "--repository", str(shop), "u0001"]) == 3
    told = capsys.readouterr().out
    assert "baselines (branch): not reached, and may still name the person" in told
    assert b"kim@mail.example" not in _state(shop, environ)
    assert [row["input"] for row in rows(shop)] == ["Can I pay by cheque when I order on the phone?"]

"""The analyses on PostgreSQL, a real server on loopback, say what they say on DuckDB."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate_action.config.loop.following import DistributionShape
from gate_action.config.loop.prioritize import PrioritizeShape
from gate_action.errors import ConfigError, NotEvaluatedError
from gate_action.loop.engines import READ, open_engine
from gate_action.loop.follow.distributing import Following, find_distribution
from gate_action.loop.prioritize.asked import Prioritizing
from gate_action.loop.prioritize.lifts import Outcome
from gate_action.loop.prioritize.prioritizing import find_priorities
from gate_action.loop.store import Store, open_store
from gate_action.loop.tables import TABLES
from tests.loop.follow.questions import FIXTURES
from tests.loop.production import DIGEST, MONDAY, Production, complain, empty, feedback, label, spread

pytestmark = pytest.mark.slow
USER = "postgres"


def _find(program: str) -> str:
    """Debian keeps the server's programs away from the PATH."""
    found = shutil.which(program) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))), "")
    if not found:
        pytest.skip("no PostgreSQL is installed")
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the test's own, as an unprivileged user, on a free port of loopback; it ends with the tests."""
    pytest.importorskip("psycopg")
    folder = tmp_path_factory.mktemp("postgres")
    initdb, postgres = _find("initdb"), _find("postgres")
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        entry = pwd.getpwnam(USER)
        who = {"user": entry.pw_uid, "group": entry.pw_gid}
        place = folder
        while place != Path(place.root):  # pytest's folders are the owner's alone
            if place.stat().st_uid == 0 and place != Path("/tmp"):
                place.chmod(place.stat().st_mode | 0o011)
            place = place.parent
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    cluster = folder / "cluster"
    options = ["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
    subprocess.run([initdb, "--pgdata", str(cluster), *options], check=True, capture_output=True, cwd=folder, **who)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ["-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen([postgres, "-D", str(cluster), *settings], stderr=log, cwd=folder, **who)
    try:
        _wait(port, child, folder / "log")
        yield f"postgres://{USER}@127.0.0.1:{port}/postgres"
    finally:
        child.terminate()
        child.wait(30)


def _wait(port: int, child: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg

    for _ in range(600):
        assert child.poll() is None, log.read_text()
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def production() -> Production:
    """Five weeks with weights, slices, signals, clusters, users, and hostile and foreign words."""
    rng, made = np.random.default_rng(2), Production()
    shares = {"hallucination": 5, "missed_intent": 3, "tool_misuse": 1, "not_a_failure": 1}
    for number in range(5, 0, -1):
        last = shares | {"tool_misuse": 6} if number == 1 else shares
        start = MONDAY - timedelta(days=7 * number)
        complain(made, start, spread(80, last, rng), silent=300, weight=4.0)
    for number, row in enumerate(made.rows["turn"]):
        row["input"] = f"Where is my order {number}?" if number % 3 else "Übersetze 'das'; DROP TABLE turn; -- \\ 注文"
        if number % 2:
            made.add("turn_slice", {"turn_id": row["turn_id"], "dimension": "locale", "value": "de"})
        if row["conversation_id"].startswith("s") and number % 4 == 0:
            made.add("classification", label(row["turn_id"], "not_a_failure", row["at"]))
        if number % 17 == 0:
            made.add("feedback", feedback(row["turn_id"], row["at"], kind="implicit", name="escalation"))
    words = {"cluster_id": "c-1", "label": "tool_misuse", "title": "Wrong 'order'", "status": "open"}
    made.add("cluster", empty("cluster") | words | {"classifier_digest": DIGEST})
    for row in made.rows["classification"]:
        if row["label"] == "tool_misuse":
            made.add("membership", {"turn_id": row["turn_id"], "cluster_id": "c-1", "cycle_id": "1"})
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("duckdb") / "store.duckdb") as opened:
        production().write(opened)
        yield opened


@pytest.fixture(scope="module")
def loaded(server: str, store: Store) -> str:
    """The same rows on the server, in the same tables."""
    import psycopg

    kinds = {
        "string": "text",
        "timestamp": "timestamp",
        "int64": "bigint",
        "float64": "double precision",
        "boolean": "boolean",
    }
    with psycopg.connect(server.replace("postgres://", "postgresql://")) as connection:
        for name in sorted(READ):
            table = TABLES[name]
            columns = ", ".join(f'"{column}" {kinds[kind]}' for column, kind in table.columns.items())
            connection.execute(f"CREATE TABLE {name} ({columns})")
            with connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                for row in store.table(name).to_pyarrow().to_pylist():
                    copy.write_row([row[column] for column in table.columns])
    return server


PAGE = Path(__file__).resolve().parents[2] / "docs" / "loop-follow.md"
FOLLOWING = Following(settings=DistributionShape(draws=499), now=MONDAY + timedelta(days=2), fixtures=FIXTURES)
ASKED = Prioritizing(
    settings=PrioritizeShape(draws=800),
    now=MONDAY + timedelta(days=2),
    outcomes={f"u{number}": Outcome(number % 3 == 0, MONDAY) for number in range(80)},
)


def test_the_weekly_distribution_is_the_same_on_postgresql(loaded: str, store: Store):
    with open_engine(loaded) as table_of:
        there = find_distribution(table_of, FOLLOWING)
    assert there is not None
    assert there.shifted == "shift"
    assert there == find_distribution(store.table, FOLLOWING)


def test_the_ranked_list_is_the_same_on_postgresql(loaded: str, store: Store):
    with open_engine(loaded) as table_of:
        there = find_priorities(table_of, ASKED)
    assert there is not None
    assert [item.item_id for item in there.items if item.rank]
    assert there == find_priorities(store.table, ASKED)


def test_the_pages_way_of_bringing_the_tables_there_gives_the_same_list(server: str, store: Store, tmp_path: Path):
    import psycopg

    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE copied")
    url = server.replace("/postgres", "/copied", 2).replace("//copied", "//postgres")
    store.connection.execute("CHECKPOINT")
    copy = tmp_path / "copy.duckdb"
    store.connection.execute(f"ATTACH '{copy}' AS copied")
    (own,) = store.connection.execute("SELECT current_database()").fetchone() or ("",)
    store.connection.execute(f"COPY FROM DATABASE {own} TO copied")
    store.connection.execute("DETACH copied")
    (recipe,) = re.findall(r"```python\n(import ibis.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    recipe = recipe.replace(".gate/loop/store.duckdb", str(copy)).replace("postgres://loop@db/loop", url)
    exec(compile(recipe + "store.disconnect()\nthere.disconnect()\n", str(PAGE), "exec"), {})  # our own page
    with open_engine(url) as table_of:
        assert find_priorities(table_of, ASKED) == find_priorities(store.table, ASKED)


def test_nothing_is_written_there(loaded: str):
    import psycopg

    read_only = f"{loaded}?options=-c%20default_transaction_read_only%3Don"
    with open_engine(read_only) as table_of:
        assert find_priorities(table_of, ASKED) is not None
    with psycopg.connect(loaded.replace("postgres://", "postgresql://")) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert {name for (name,) in names} == READ


def test_a_server_without_the_tables_and_one_that_is_not_there_are_told(server: str):
    import psycopg

    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
    with (
        pytest.raises(ConfigError, match=r"has no table .*turn"),
        open_engine(server.replace("/postgres", "/bare", 2).replace("//bare", "//postgres")),
    ):
        pass
    port = server.rpartition(":")[2].partition("/")[0]
    with (
        pytest.raises(NotEvaluatedError, match="cannot be reached") as raised,
        open_engine(server.replace(f":{port}", ":1").replace(USER + "@", USER + ":hush@")),
    ):
        pass
    assert "hush" not in str(raised.value)


def test_a_driver_that_is_not_installed_is_named():
    with (
        pytest.raises(ConfigError, match="the driver of mysql is not installed: MySQLdb") as raised,
        open_engine("mysql://root@127.0.0.1:1/loop"),
    ):
        pass
    assert "ibis-framework[mysql]" in raised.value.hint


def test_the_same_seed_is_needed_for_the_same_figures(store: Store):
    """What the comparisons above could not tell apart, they tell apart."""
    other = replace(ASKED, settings=PrioritizeShape(draws=800, seed=1))
    assert find_priorities(store.table, ASKED) != find_priorities(store.table, other)

"""Without an extra's library, whoever needs it is told which to install; nothing else breaks."""

import sys
import tomllib
from pathlib import Path

import pytest

from gate_action.clients.exchange import open_exchange
from gate_action.clients.extras import check_extra
from gate_action.clients.github.api import open_github
from gate_action.clients.llm import open_models
from gate_action.clients.score_tables import load_table
from gate_action.clients.stores.objects import Place, fetch_objects
from gate_action.errors import ConfigError
from gate_action.loop.store import open_store
from gate_action.model.metric import Limits

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
LIBRARIES = {
    "github": "github",
    "http": "aiohttp",
    "llm": "litellm",
    "loop": "ibis",
    "stores": "obstore",
    "tables": "duckdb",
}


async def enter_exchange(folder: Path) -> None:
    async with open_exchange(Limits(), uses_proxy=False):
        pass


async def read_table(folder: Path) -> None:
    (folder / "scores.parquet").touch()
    load_table(folder / "scores.parquet")


async def open_client(folder: Path) -> None:
    open_github({"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "o/r"})


async def load_models(folder: Path) -> None:
    await open_models(1.0)


async def fetch(folder: Path) -> None:
    fetch_objects(Place(url=folder.as_uri()), lambda _: True)


async def open_loop_store(folder: Path) -> None:
    with open_store(folder / "store.duckdb"):
        pass


NEEDS = {
    "github": open_client,
    "http": enter_exchange,
    "llm": load_models,
    "loop": open_loop_store,
    "stores": fetch,
    "tables": read_table,
}


@pytest.mark.parametrize("extra", NEEDS)
async def test_what_needs_a_library_that_is_not_installed_says_which_extra_brings_it(
    extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, LIBRARIES[extra], None)  # as if it were not there
    with pytest.raises(ConfigError, match=f"needs {LIBRARIES[extra]}, which is not installed") as caught:
        await NEEDS[extra](tmp_path)
    assert f".[{extra}]" in caught.value.hint


def test_what_is_installed_is_not_imported_to_know_it():
    before = set(sys.modules)
    for extra in LIBRARIES:
        check_extra(extra, "a test")
    assert set(sys.modules) == before


def test_every_extra_of_the_package_is_known_here():
    assert set(PROJECT["optional-dependencies"]) - {"all"} == set(NEEDS)

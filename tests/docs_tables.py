"""A page's table of plugins with their options, as a reader of docs/ sees it."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from gate_action.model.fixture import Json

REQUIRED = "required"
_DOCS = Path(__file__).resolve().parent.parent / "docs"


def read_page(name: str) -> str:
    return (_DOCS / name).read_text("utf-8")


def read_table(page: str) -> Mapping[str, Mapping[str, Json]]:
    """By the name in a row's first cell: option -> default, or REQUIRED where a star says so."""
    rows = (line.split("|") for line in page.splitlines() if line.startswith("| `"))
    return {cells[1].strip().strip("`"): _read_options(cells[3]) for cells in rows}


def _read_options(cell: str) -> Mapping[str, Json]:
    options: dict[str, Json] = {}
    for span in re.findall("`([^`]+)`", cell):
        options |= {span[:-1]: REQUIRED} if span.endswith("*") else yaml.safe_load(span)
    return options

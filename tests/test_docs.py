"""The documents say what the code does: links, fields, exit codes, commands, examples and libraries are compared."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from packaging.requirements import Requirement

from gate_action import __version__, plugins
from gate_action.cli.commands import gate_action
from gate_action.errors import ExitCode

TOP = Path(__file__).parents[1]
TRACKED = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, check=True, capture_output=True, text=True).stdout.split(
    "\0"
)
PAGES = {name: (TOP / name).read_text() for name in TRACKED if name.endswith(".md") and "golden" not in name}
CONTRACTS = PAGES["docs/contracts.md"]
LINES_OF_A_RUN = {"crc", "digest", "place"}
"""What the run folder's lines carry beside their record; told once, above the table."""
WHOLE = re.MULTILINE | re.DOTALL
FENCED = re.compile(r"^ *```(yaml|json)\n(.*?)^ *```", WHOLE)


def without_code(page: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL))


def anchors(page: str) -> set[str]:
    """GitHub's names for a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def section(page: str, number: int) -> str:
    return re.split(r"^## ", page, flags=re.MULTILINE)[number]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of a page's tables, without header and rule."""
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return [cells for cells in table[1:] if not re.fullmatch(r"[-:]+", cells[0])]


def quoted(text: str) -> set[str]:
    return set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text))


def properties(name: str) -> set[str]:
    schema: dict[str, Any] = json.loads((TOP / "schemas" / name).read_text())
    while "$ref" in schema:
        schema = {"$defs": schema["$defs"], **schema["$defs"][schema["$ref"].rpartition("/")[2]]}
    return set(schema["properties"])


def leads_somewhere(link: str, page: Path) -> bool:
    path, _, anchor = link.partition("#")
    place = page.parent / path if path else page
    return place.exists() and (not anchor or anchor in anchors(place.read_text()))


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    links = [
        (name, link) for name, page in PAGES.items() for link in re.findall(r"\]\(([^)\s]+)\)", without_code(page))
    ]
    inside = [(name, link) for name, link in links if not re.match(r"[a-z]+:", link)]
    assert inside
    assert [(name, link) for name, link in inside if not leads_somewhere(link, TOP / name)] == []


def test_every_make_target_that_a_page_names_exists() -> None:
    named = {(name, target) for name, page in PAGES.items() for target in re.findall(r"`make ([a-z]+)", page)}
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    assert {"test", "demo", "check"} <= {target for _, target in named}
    assert {(name, target) for name, target in named if target not in targets} == set()


def test_every_command_that_a_page_names_exists() -> None:
    told = CliRunner().invoke(gate_action, ["--help"]).output
    commands = set(re.findall(r"^  ([a-z]+)  ", told, re.MULTILINE))
    assert {"run", "validate"} <= commands
    use = re.compile(r"(?:`|^ *\$? ?)gate-action ([a-z]+)", re.MULTILINE)
    named = {(name, command) for name, page in PAGES.items() for command in use.findall(page)}
    assert {(name, command) for name, command in named if command not in commands} == set()


def test_the_contract_lists_every_field_of_a_fixture() -> None:
    listed = set().union(*(quoted(cells[0]) for cells in rows(section(CONTRACTS, 1))))
    assert listed == properties("fixture.json")


@pytest.mark.parametrize("name", ["manifest", "trials", "outputs", "scores"])
def test_the_contract_names_every_field_of_a_run_folders_file(name: str) -> None:
    [told] = [cells[1] for cells in rows(section(CONTRACTS, 5)) if cells[0].startswith(f"`{name}.json")]
    assert properties(f"run-{name}.json") - LINES_OF_A_RUN <= quoted(told)


def test_the_contract_lists_every_field_of_a_shards_manifest() -> None:
    listed = set().union(*(quoted(cells[0]) for cells in rows(section(CONTRACTS, 11))))
    assert listed == properties("run-shard.json") - {"schema_version"}


def test_the_contract_names_every_field_of_a_caches_pack() -> None:
    assert properties("cache-pack.json") <= quoted(section(CONTRACTS, 14))


def test_the_contract_names_every_field_of_a_baseline_record() -> None:
    assert properties("baseline.json") <= quoted(section(CONTRACTS, 7))


def test_every_schema_belongs_to_a_section_of_the_contract() -> None:
    named = {name for name in quoted(CONTRACTS) if name.startswith("schemas/")}
    matched = {path for pattern in named for path in TOP.glob(pattern)}
    assert matched == set(TOP.glob("schemas/*.json")) | {TOP / "schemas"}
    assert not [pattern for pattern in named if not list(TOP.glob(pattern))]


def test_the_contract_lists_the_exit_codes() -> None:
    assert [int(cells[0]) for cells in rows(section(CONTRACTS, 8))] == sorted(ExitCode)


def test_help_lists_the_exit_codes() -> None:
    told = " ".join(CliRunner().invoke(gate_action, ["--help"]).output.split())
    [sentence] = re.findall(r"Exit codes: ([^.]+)\.", told)
    assert [int(code) for code in re.findall(r"\d+", sentence)] == sorted(ExitCode)


def shown(language: str) -> list[str]:
    """The blocks of this language, of all pages."""
    return [block for page in PAGES.values() for told, block in FENCED.findall(page) if told == language]


def faults(document: object, schema: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(json.loads((TOP / "schemas" / schema).read_text()))
    return [error.message for error in validator.iter_errors(document)]


def test_every_gate_that_a_page_shows_is_a_valid_gate() -> None:
    gates = [block for block in shown("yaml") if re.search(r"^schema_version:.*^(target|gates):", block, WHOLE)]
    assert gates
    assert [faults(yaml.safe_load(gate), "gate.json") for gate in gates] == [[] for _ in gates]


def test_every_fixture_that_a_page_shows_is_a_valid_fixture() -> None:
    fixtures = [json.loads(block) for block in shown("json") if '"input"' in block]
    assert fixtures
    assert [faults(fixture, "fixture.json") for fixture in fixtures] == [[] for _ in fixtures]


def test_the_readme_lists_the_exit_codes() -> None:
    [table] = [part for part in PAGES["README.md"].split("\n\n") if part.startswith("| what was found")]
    assert {int(code) for cells in rows(table) for code in re.findall(r"\b\d+\b", cells[2])} == set(ExitCode)


def test_the_readme_lists_every_kind_of_target_and_every_extra() -> None:
    page = PAGES["README.md"]
    [table] = [part for part in page.split("\n\n") if part.startswith("| `kind`")]
    assert set().union(*(quoted(cells[0]) for cells in rows(table))) == set(plugins.names("targets"))
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {extra for extra in extras if f"`{extra}`" not in page} == set()


def test_every_evaluator_has_a_place_in_the_pages() -> None:
    assert {name for name in plugins.names("evaluators") if f"`{name}`" not in PAGES["docs/evaluators.md"]} == set()


def test_a_decisions_number_is_its_own_and_heads_its_page() -> None:
    pages = {name: page for name, page in PAGES.items() if name.startswith("docs/decisions/")}
    numbers = [int(Path(name).name[:4]) for name in pages]
    assert sorted(set(numbers)) == sorted(numbers)
    assert [int(page.removeprefix("# ").split(".")[0]) for page in pages.values()] == numbers


def test_every_library_has_its_reason() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    lists = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    asked = [one for wanted in [*lists, project["dependency-groups"]["dev"]] for one in wanted if isinstance(one, str)]
    names = {Requirement(one).name for one in asked} - {project["project"]["name"]}
    page = PAGES["docs/decisions/0002-libraries.md"]
    unexplained = {name for name in names if not re.search(rf"\b{re.escape(name)}\b", page)}
    assert {name for name in unexplained if not name.startswith("types-") and not name.endswith("-stubs")} == set()


def test_the_changelog_has_a_section_for_this_version_or_for_the_next() -> None:
    sections = re.findall(r"^## \[([^\]]+)\]", PAGES["CHANGELOG.md"], re.MULTILINE)
    assert sections
    assert sections[0] in {"Unreleased", __version__}

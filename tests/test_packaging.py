"""What the distribution, its locks and its tracked files hold, and what starting it loads."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gate_action.__main__ import main

TOP = Path(__file__).parents[1]
LOCKS = sorted([*TOP.glob("requirements*.lock"), *TOP.glob(".ci/requirements*.lock")])
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())
HEAVY = {"aiohttp", "github", "httpx", "litellm", "numpy", "obstore", "openai", "requests", "scipy"}


def run(*argv: str | Path, cwd: Path = TOP) -> str:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{argv} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def tracked() -> list[Path]:
    return [path for name in run("git", "ls-files", "-z").split("\0") if name and (path := TOP / name).is_file()]


def tracked_texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        yield str(path.relative_to(TOP)), path.read_bytes().decode(errors="replace")


def hosts_in(text: str) -> set[str]:
    hosts = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s'\",<>)]+", text)}
    return {host for host in hosts if host and host != "localhost" and not host.startswith("127.")}


def registry_hosts() -> set[str]:
    """Where this machine's package clients fetch from, asked of the clients themselves."""
    pip = [sys.executable, "-m", "pip"]
    told = [run(*pip, "config", "list"), *re.findall(r"\(default\s+(https?://\S+?)\)", run(*pip, "install", "--help"))]
    told += [value for name, value in os.environ.items() if re.search(r"INDEX|REGISTRY", name)]
    if npm := shutil.which("npm"):
        told.append(run(npm, "config", "get", "registry"))
    told += [path.read_text() for path in Path("/etc/apt").glob("sources.list*/**/*.sources")]
    return hosts_in("\n".join(told))


def pins(lock: Path) -> dict[tuple[str, str], list[Requirement]]:
    """(name, marker) -> the pins under it."""
    found: dict[tuple[str, str], list[Requirement]] = {}
    for line in lock.read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            pin = Requirement(line.removesuffix("\\").strip())
            found.setdefault((canonicalize_name(pin.name), str(pin.marker or "")), []).append(pin)
    return found


def versions(lock: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for (name, _), listed in pins(lock).items():
        found.setdefault(name, set()).update(str(pin.specifier) for pin in listed)
    return found


def is_locked(wanted: str, lock: Path) -> bool:
    """Is there a pin for this Python that satisfies ``wanted``?"""
    requirement = Requirement(wanted)
    for (name, _), listed in pins(lock).items():
        here = [pin for pin in listed if pin.marker is None or pin.marker.evaluate()]
        if name == canonicalize_name(requirement.name):
            return all(requirement.specifier.contains(str(pin.specifier).removeprefix("==")) for pin in here)
    return False


@pytest.mark.slow
def test_no_tracked_file_names_a_package_registry() -> None:
    hosts = registry_hosts()
    assert hosts, "no client told where it fetches from: nothing was looked for"
    found = [(name, host) for name, text in tracked_texts() for host in hosts if host in text]
    assert not found


def test_no_tracked_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    here = re.compile(rf"{re.escape(str(TOP))}(?![\w-])|(?<![\w.$}}/~-])/(?:work|tmp|root|Users)/[\w.-]+")
    found = [(name, match.group()) for name, text in tracked_texts() for match in here.finditer(text)]
    assert not found


def test_locks_that_hold_addresses_are_not_tracked() -> None:
    assert not [
        path.name for path in tracked() if re.fullmatch(r"uv\.lock|pylock.*\.toml|package-lock\.json", path.name)
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_of_a_lock_is_exact_and_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    loose = [entry for entry in entries if not re.match(r"[\w.-]+(\[[\w,-]+\])?==[^\n]+\\\n +--hash=sha256:", entry)]
    assert not loose


def test_the_smaller_locks_are_held_to_the_pins_that_the_tests_run_with() -> None:
    tested = versions(TOP / "requirements-dev.lock")
    for name in ("requirements.lock", "requirements-loop.lock", "requirements-base.lock", "requirements-build.lock"):
        other = {package: found for package, found in versions(TOP / name).items() if found != tested.get(package)}
        assert not other, f"{name} differs from requirements-dev.lock: run `make lock`"


def test_the_slow_layers_locks_agree_with_the_development_lock() -> None:
    tested = versions(TOP / "requirements-dev.lock")
    slow = versions(TOP / ".ci" / "requirements-slow.lock")
    assert {name for name in slow.keys() & tested.keys() if slow[name] != tested[name]} == set()


@pytest.mark.parametrize("extra", ["", *PROJECT["project"]["optional-dependencies"]])
def test_the_locks_cover_what_the_project_asks_for(extra: str) -> None:
    project = PROJECT["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    name = {"": "requirements-base.lock", "all": "requirements-loop.lock", "loop": "requirements-loop.lock"}
    lock = TOP / name.get(extra, "requirements.lock")
    missing = [one for one in wanted if not one.startswith("gate-action[") and not is_locked(one, lock)]
    assert not missing, f"run `make lock`: {lock.name} does not satisfy {missing}"


def test_the_development_lock_covers_the_development_group() -> None:
    wanted = [one for one in PROJECT["dependency-groups"]["dev"] if isinstance(one, str)]
    assert not [one for one in wanted if not is_locked(one, TOP / "requirements-dev.lock")], "run `make lock`"


def test_the_base_lock_carries_no_extra() -> None:
    heavy = {"aiohttp", "litellm", "obstore", "pygithub", "openai", "boto3"}
    assert versions(TOP / "requirements-base.lock").keys() & heavy == set()


def test_the_malicious_litellm_releases_can_not_be_installed() -> None:
    [litellm] = map(Requirement, PROJECT["project"]["optional-dependencies"]["llm"])
    assert not [bad for bad in ("1.82.7", "1.82.8", "1.83.7") if litellm.specifier.contains(bad)]
    assert is_locked(str(litellm), TOP / "requirements.lock")


def test_litellm_brings_no_file_that_runs_whenever_python_starts() -> None:
    files = importlib.metadata.files("litellm")
    assert files
    assert not [str(path) for path in files if path.suffix == ".pth"]


def loaded_by(*argv: str, cwd: Path) -> set[str]:
    """Top-level packages that `gate-action ARGV` imports."""
    program = (
        "import sys, json; from gate_action.__main__ import main; code = main(sys.argv[1:]);"
        " print(); print(json.dumps([int(code), sorted({name.partition('.')[0] for name in sys.modules})]))"
    )
    code, names = json.loads(run(sys.executable, "-c", program, *argv, cwd=cwd).splitlines()[-1])
    assert code == 0
    return set(names)


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    loaded = loaded_by("--help", cwd=tmp_path)
    assert "click" in loaded
    assert loaded & (HEAVY | {"jinja2", "jsonschema", "pydantic", "rich", "yaml"}) == set()


def test_the_command_and_the_module_are_the_same() -> None:
    [command] = importlib.metadata.entry_points(group="console_scripts", name="gate-action")
    assert command.load() is main
    module = run(sys.executable, "-m", "gate_action", "--help")
    assert module == run(Path(sys.executable).with_name("gate-action"), "--help")
    assert "Usage: gate-action" in module


def git(*argv: str, cwd: Path) -> None:
    run("git", "-c", "user.name=t", "-c", "user.email=t@localhost", *argv, cwd=cwd)


def test_validate_loads_no_model_client_no_http_library_and_no_statistics(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(
        "schema_version: 1\nfixtures: [fixtures]\n"
        "target: {kind: command, options: {run: [cat], protocol: once}}\n"
        "metrics: {answer: {evaluator: exact_match, role: primary}}\n"
    )
    (tmp_path / "fixtures").mkdir()
    rows = [json.dumps({"id": f"f{number}", "input": f"q{number}", "expected": "a"}) for number in range(40)]
    (tmp_path / "fixtures" / "rows.jsonl").write_text("\n".join(rows) + "\n")
    git("init", "-q", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-q", "-m", "a gate", cwd=tmp_path)
    assert loaded_by("validate", cwd=tmp_path) & HEAVY == set()


def wheel_names(folder: Path) -> Iterable[str]:
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(tmp_path: Path) -> None:
    names = set(wheel_names(tmp_path))
    source = TOP / "src"
    assert names >= {str(path.relative_to(source)) for path in tracked() if source in path.parents}
    assert "gate_action/py.typed" in names
    strays = [name for name in names if not re.match(r"gate_action(-[\w.]+\.dist-info)?/", name)]
    assert not strays
    assert not [name for name in names if "__pycache__" in name]


def test_make_help_names_the_two_commands() -> None:
    told = run("make", "--no-print-directory", "help")
    assert "make test" in told
    assert "make demo" in told

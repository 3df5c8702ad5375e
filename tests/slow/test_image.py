"""The container action's image, run by podman with the arguments, mounts and owners that GitHub's runner uses."""

import json
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.slow.consumer import REPOSITORY, PullRequest, git, open_pull_request

pytestmark = [pytest.mark.slow, pytest.mark.needs_podman, pytest.mark.timeout(300)]

_RUNNER_UID = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    code: int
    log: str
    outputs: dict[str, str]
    summary: str


def needed(name: str) -> str:
    value = os.environ.get(name)
    assert value, f"{name} is not set: this test is run by .ci/run 60-containers, which makes the image"
    return value


def podman(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [needed("GATE_TEST_PODMAN"), "run", "--rm", "--network=none", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def python_in_image(program: str) -> str:
    done = podman("--entrypoint=/opt/gate/bin/python", needed("GATE_TEST_IMAGE"), "-I", "-c", program)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_as_github_does(pull_request: PullRequest, home: Path, inputs: dict[str, str]) -> Ran:
    """``home``: a scratch folder for what the runner mounts beside the workspace."""
    commands = home / "file_commands"
    folders = {
        pull_request.folder: "/github/workspace",
        home / "home": "/github/home",
        home / "workflow": "/github/workflow",
        commands: "/github/file_commands",
    }
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    (home / "workflow" / "event.json").write_text(json.dumps(pull_request.event()))
    files = ("OUTPUT", "ENV", "PATH", "STATE", "STEP_SUMMARY")
    for name in files:
        (commands / name.lower()).touch()
    give_to_runner(folders)
    environment = {
        "CI": "true",
        "HOME": "/github/home",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "octocat",
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_BASE_REF": "main",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_HEAD_REF": "change",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "4711",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": pull_request.merge,
        "GITHUB_WORKSPACE": "/github/workspace",
        "RUNNER_OS": "Linux",
        "RUNNER_TEMP": "/github/runner_temp",
        **{f"GITHUB_{name}": f"/github/file_commands/{name.lower()}" for name in files},
        **{f"INPUT_{name.upper().replace(' ', '_')}": value for name, value in inputs.items()},
    }
    done = podman(
        "--workdir=/github/workspace",
        *(f"--env={name}={value}" for name, value in environment.items()),
        *(f"--volume={folder}:{place}" for folder, place in folders.items()),
        needed("GATE_TEST_IMAGE"),
    )
    return Ran(
        code=done.returncode,
        log=done.stdout + done.stderr,
        outputs=read_outputs((commands / "output").read_text()),
        summary=(commands / "step_summary").read_text(),
    )


def give_to_runner(folders: Iterable[Path]) -> None:
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _RUNNER_UID, _RUNNER_UID, follow_symlinks=False)


def read_outputs(text: str) -> dict[str, str]:
    """The heredoc form that GitHub's runner reads from GITHUB_OUTPUT."""
    return {
        found[1]: found[3] for found in re.finditer(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def test_a_pull_request_that_breaks_something_fails_the_step(workspace: Path, tmp_path: Path) -> None:
    pull_request = open_pull_request(workspace, is_broken=True)
    ran = run_as_github_does(pull_request, tmp_path, {"config": "gate.yaml", "publish": "true"})
    assert ran.code == 1, ran.log
    assert ran.outputs["verdict"] == "fail"
    assert ran.outputs["exit-code"] == "1"
    assert ran.outputs["base-sha"] == pull_request.base
    assert ran.outputs["head-sha"] == pull_request.merge
    assert int(ran.outputs["regressed"]) >= 1
    assert (workspace / ran.outputs["report-json"]).is_file()
    assert "refund" in ran.summary
    assert "Reproduce: " in ran.log


def test_a_pull_request_that_breaks_nothing_passes_the_step(workspace: Path, tmp_path: Path) -> None:
    ran = run_as_github_does(open_pull_request(workspace, is_broken=False), tmp_path, {})
    assert ran.code == 0, ran.log
    assert ran.outputs["verdict"] == "pass"
    assert ran.outputs["regressed"] == "0"


def test_a_module_that_the_pull_request_brings_is_never_imported_by_the_gate(workspace: Path, tmp_path: Path) -> None:
    trap = 'raise SystemExit("the workspace was imported")\n'
    names = ("json.py", "click.py", "sitecustomize.py", "gate_action/__init__.py")
    pull_request = open_pull_request(workspace, is_broken=False, extra=dict.fromkeys(names, trap))
    ran = run_as_github_does(pull_request, tmp_path, {})
    assert ran.code == 0, ran.log
    assert "the workspace was imported" not in ran.log


def test_a_gate_file_that_is_wrong_ends_with_2_and_names_the_line(workspace: Path, tmp_path: Path) -> None:
    pull_request = open_pull_request(workspace, is_broken=False)
    ran = run_as_github_does(pull_request, tmp_path, {"config": "no/such/gate.yaml"})
    assert ran.code == 2, ran.log
    assert "no/such/gate.yaml" in ran.log


def test_the_image_holds_git_that_trusts_the_workspace_and_no_installer() -> None:
    told = python_in_image(
        "import subprocess, importlib.util;"
        "print(subprocess.run(['git', 'config', '--system', 'safe.directory'], capture_output=True, text=True).stdout);"
        "print([name for name in ('pip', 'setuptools', 'hatchling', 'pytest') if importlib.util.find_spec(name)])"
    )
    assert told.split() == ["*", "[]"]


def test_the_image_is_compiled_and_imports_every_extra_without_a_network() -> None:
    told = python_in_image(
        "import os; os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True';"
        "import aiohttp, github, litellm, obstore, gate_action.action;"
        "print(os.path.exists(gate_action.action.__cached__), os.path.exists(litellm.__cached__));"
        "from pathlib import Path; folder = Path(gate_action.__file__).parent / 'report/templates/__pycache__';"
        "print(len(list(folder.glob('*.jinja'))))"
    )
    assert told.split() == ["True", "True", "3"]

"""Workflow runs and their artifacts, as zip files behind a redirect to a store that wants no token."""

import hashlib
import zipfile
from io import BytesIO

from standins.github import rules
from standins.github import workflow_answers as answers
from standins.github.request import Answer, Request, page
from standins.github.rules import refuse
from standins.github.state import Artifact


def zip_files(files: dict[str, bytes]) -> bytes:
    """The bytes of a zip: what an artifact is."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def list_runs(request: Request, workflow: str = "") -> Answer:
    """``workflow``: its file's name or path."""
    rules.check_permission(request.token, "actions", "read")
    asked = {name: request.query[name] for name in ("event", "head_sha") if name in request.query}
    asked |= {"head_branch": request.query["branch"]} if "branch" in request.query else {}
    found = [
        held
        for held in sorted(request.github.runs.values(), key=lambda held: held["id"], reverse=True)
        if all(held[name] == value for name, value in asked.items())
        and request.query.get("status", held["status"]) in (held["status"], held["conclusion"])
        and held["path"].endswith(workflow)
    ]
    shown = [answers.run(request.base, request.github, held) for held in found]
    return page(request, shown, within="workflow_runs")


def show_run(request: Request, run_id: str) -> Answer:
    rules.check_permission(request.token, "actions", "read")
    held = request.github.runs.get(int(run_id)) or refuse(404, "Not Found")
    return Answer(200, answers.run(request.base, request.github, held))


def list_artifacts(request: Request, run_id: str = "") -> Answer:
    """All of the repository, or of one run; newest first."""
    rules.check_permission(request.token, "actions", "read")
    if run_id and int(run_id) not in request.github.runs:
        refuse(404, "Not Found")
    name = request.query.get("name")
    found = [
        answers.artifact(request.base, request.github, number, held)
        for number, held in sorted(request.github.artifacts.items(), reverse=True)
        if name in (None, held.name) and (not run_id or held.run_id == int(run_id))
    ]
    return page(request, found, within="artifacts")


def show_artifact(request: Request, number: str) -> Answer:
    rules.check_permission(request.token, "actions", "read")
    held = _artifact(request, number)
    return Answer(200, answers.artifact(request.base, request.github, int(number), held))


def redirect_to_zip(request: Request, number: str) -> Answer:
    """The answer is no zip but an address that works for a minute, on another host, signed instead of authorized."""
    rules.check_permission(request.token, "actions", "read")
    if _artifact(request, number).is_expired:
        refuse(410, "Artifact has expired")
    store = request.base.replace("127.0.0.1", "localhost")
    where = f"{store}/_artifacts/{request.github.repository}/{number}?sig={sign(number)}"
    return Answer(302, None, {"location": where})


def sign(number: str) -> str:
    return hashlib.sha256(f"artifact {number}".encode()).hexdigest()[:16]


def _artifact(request: Request, number: str) -> Artifact:
    return request.github.artifacts.get(int(number)) or refuse(404, "Not Found")

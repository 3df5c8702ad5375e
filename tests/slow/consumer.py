"""A small repository that uses the action: an answering service, a gate, fixtures, and a pull request as GitHub checks
it out: the test merge of a branch that may break the service.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = "octo-org/shop"
PULL_REQUEST = 7
_FOLDER = "consumer"
_BROKEN = ("refund", "invoice")

_SERVICE = """\
import json, sys

PRICES = {topic: 10 + 3 * place for place, topic in enumerate(%(topics)r)}
for line in sys.stdin:
    request = json.loads(line)
    topic, amount = request["input"].split()
    answer = PRICES[topic] * int(amount) %(change)s
    print(json.dumps({"id": request["id"], "output": f"{answer} EUR"}), flush=True)
"""
_TOPICS = ("refund", "invoice", "delivery", "gift", "return", "repair", "rental", "advice")
_SERVER = """\
import json, os, subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

service = subprocess.Popen([sys.executable, "consumer/service.py"], stdin=-1, stdout=-1, text=True)


class Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service.stdin.write(json.dumps({"id": 1, **asked}) + "\\n")
        service.stdin.flush()
        body = service.stdout.readline().encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Answers).serve_forever()
"""
TARGET = f"""\
target:
  kind: command
  options: {{run: [python3, {_FOLDER}/service.py], protocol: jsonl}}
"""
GATE = f"""\
schema_version: 1
id: shop
fixtures: [{_FOLDER}/fixtures]
{TARGET}metrics:
  answer: {{evaluator: exact_match, role: primary}}
policy: {{trials: 3, margin: 0.05}}
limits: {{concurrency: 4, trial_timeout_s: 20}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    folder: Path
    base: str
    head: str
    merge: str
    """The test merge, which is checked out."""

    def event(self) -> dict[str, object]:
        repository = {"full_name": REPOSITORY, "default_branch": "main", "name": "shop"}
        sides = {
            "head": {"sha": self.head, "ref": "change", "repo": repository},
            "base": {"sha": self.base, "ref": "main", "repo": repository},
        }
        pull_request = {"number": PULL_REQUEST, "state": "open", **sides}
        return {
            "action": "synchronize",
            "number": PULL_REQUEST,
            "pull_request": pull_request,
            "repository": repository,
            "sender": {"login": "octocat"},
        }


def git(folder: Path, *argv: str) -> str:
    identity = ("-c", "user.name=octocat", "-c", "user.email=octocat@localhost")
    done = subprocess.run(["git", *identity, *argv], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def open_pull_request(
    folder: Path, *, is_broken: bool, extra: dict[str, str] | None = None, gate: str = ""
) -> PullRequest:
    """In the repository ``folder``: a base commit, a branch on it, and their merge.

    ``extra``: files of the branch. ``gate``: a whole gate.yaml, in place of the usual one.
    """
    git(folder, "checkout", "-q", "-B", "main")
    _write(
        folder,
        {
            "gate.yaml": gate or GATE,
            f"{_FOLDER}/server.py": _SERVER,
            f"{_FOLDER}/service.py": _service(is_broken=False),
        },
    )
    _write(folder, {f"{_FOLDER}/fixtures/prices.jsonl": _fixtures()})
    base = _commit(folder, "The shop's answering service")
    git(folder, "checkout", "-q", "-b", "change")
    _write(folder, {f"{_FOLDER}/service.py": _service(is_broken=is_broken), "NOTES.md": "A change.\n", **(extra or {})})
    head = _commit(folder, "Faster prices")
    git(folder, "checkout", "-q", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "Merge", "change")
    merge = git(folder, "rev-parse", "HEAD")
    # As actions/checkout leaves it: a detached test merge, and the branches of origin.
    git(folder, "checkout", "-q", "--detach")
    git(folder, "branch", "-q", "-f", "main", base)
    git(folder, "update-ref", "refs/remotes/origin/main", base)
    git(folder, "update-ref", "refs/remotes/origin/change", head)
    return PullRequest(folder=folder, base=base, head=head, merge=merge)


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def _service(*, is_broken: bool) -> str:
    return _SERVICE % {"topics": _TOPICS, "change": f"- (topic in {_BROKEN!r})" if is_broken else ""}


def _fixtures() -> str:
    rows = [
        {
            "id": f"{topic}-{amount}",
            "input": f"{topic} {amount}",
            "expected": f"{(10 + 3 * place) * amount} EUR",
            "slices": {"topic": topic},
        }
        for place, topic in enumerate(_TOPICS)
        for amount in range(1, 9)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)

"""Simulated users end to end: a model on loopback plays them, children are the builds, both hear the same user."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from standins.providers import Body, Provider, provider
from tests.cli.running import Ran, run
from tests.repositories import Repository

pytestmark = pytest.mark.slow

COUNT = 12
KEY = "user-key-0123456789"
APP = """
import json, os, re, sys
for line in sys.stdin:
    asked = json.loads(line)
    messages = asked["input"]["messages"]
    said = [message["content"] for message in messages if message["role"] == "user"]
    order = re.search(r"RC-[0-9]+", " ".join(said))
    assert "USER_KEY" not in os.environ
    text = decide(order[0]) if order else "What is your order number?"
    print(json.dumps({"id": asked["id"], "output": text}), flush=True)
"""
GOOD = "def decide(order): return f'Order {order} can be returned within 30 days.'\n" + APP
BAD = "def decide(order): return f'Order {order} is closed and cannot be returned.'\n" + APP
SHOUTING = "def decide(order): return f'ORDER {order} CAN BE RETURNED WITHIN 30 DAYS!'\n" + APP
GATE = """
schema_version: 1
id: returns
fixtures: [fixtures]
target:
  kind: command
  options: {run: [python3, app.py]}
  simulate: {model: openai/user, key: USER_KEY, max_turns: 4}
metrics: {answer: {evaluator: contains, options: {ignore_case: true}, role: primary}}
policy: {trials: 2, margin: 0.5}
limits: {concurrency: 4, trial_timeout_s: 20}
"""
HINTS = ("It is {}.", "Sure: {}", "{}, as far as I can see.", "The order is {}")


def rows() -> str:
    told = [
        {
            "id": f"return-{n:02}",
            "input": "Can I still send back my tent?",
            "expected": {"facts": ["30 days"]},
            "scenario": {"goal": "Learn whether it can be returned.", "facts": [f"The order is RC-{1000 + n}."]},
        }
        for n in range(COUNT)
    ]
    return "\n".join(map(json.dumps, told)) + "\n"


def heard(body: Body) -> tuple[str, list[dict[str, str]]]:
    """The order that this user knows, and the conversation so far."""
    system, user = (message["content"] for message in body["messages"])
    order = system.split("The order is ")[1].split(".")[0]
    return order, json.loads(user)["conversation"]


def says(message: str, ends: str = "no", quote: str = "") -> str:
    return json.dumps({"message": message, "ends": ends, "quote": quote})


def play(body: Body, number: int) -> str:
    """A user who never says it twice in the same way."""
    order, conversation = heard(body)
    last = conversation[-1]["application"]
    if "order number" in last:
        return says(HINTS[number % len(HINTS)].format(order))
    ends = "goal_reached" if "days" in last.lower() else "gave_up"
    return says("Thanks.", ends, last)


@pytest.fixture
def model() -> Iterator[Provider]:
    with provider(play) as made:
        yield made


def make_repository(folder: Path, app: str = GOOD, gate: str = GATE, fixtures: str | None = None) -> Repository:
    made = Repository.create(folder / "repository")
    made.commit({"gate.yaml": gate, "fixtures/all.jsonl": fixtures or rows(), "app.py": app})
    made.git("switch", "--quiet", "-c", "change")
    return made


def gate(repository: Repository, model: Provider, name: str = "run", **more: str) -> Ran:
    place = repository.folder.parent
    env = {"USER_KEY": KEY, "OPENAI_BASE_URL": f"{model.url}/v1", "GATE_RECORDINGS": str(place / "recordings")}
    ran = run(repository, "--base", "main", "--run-folder", str(place / name), env=env | more)
    assert KEY not in ran.stdout + ran.stderr + (ran.out / "report.json").read_text()
    return ran


def simulated(ran: Ran) -> dict[str, Any]:
    told: dict[str, Any] = ran.report["simulated"]
    return told


def test_an_unchanged_build_meets_the_same_users_and_a_second_run_buys_no_reply(tmp_path: Path, model: Provider):
    repository = make_repository(tmp_path)
    repository.commit({"README.md": "words"})
    first = gate(repository, model)
    assert (first.code, first.verdict) == (0, "pass"), first.stdout + first.stderr
    bought = simulated(first)["bought"]
    conversations = simulated(first)["arms"]["base"]["conversations"]
    assert len(model.heard) == bought == 2 * conversations  # both replies of each, once for the two builds
    assert simulated(first)["replayed"] == bought
    second = gate(repository, model, "again")
    assert (second.code, second.verdict) == (0, "pass"), second.stdout + second.stderr
    assert (simulated(second)["bought"], simulated(second)["replayed"]) == (0, 2 * bought)
    assert len(model.heard) == bought
    assert "replies 0 bought" in second.stdout + (second.out / "report.md").read_text()


def test_a_build_that_turns_its_users_away_is_blocked_and_the_report_shows_the_conversation(
    tmp_path: Path, model: Provider
):
    repository = make_repository(tmp_path)
    repository.commit({"app.py": BAD})
    ran = gate(repository, model)
    assert (ran.code, ran.verdict) == (1, "fail"), ran.stdout + ran.stderr
    assert ran.reasons[0] == "regression"
    shown = ran.report["examples"][0]["head"]["text"]
    assert shown.startswith("user: Can I still send back my tent?\n\nassistant: What is your order number?")
    assert "is closed and cannot be returned." in shown


def test_a_gate_with_simulated_users_only_warns_unless_a_metric_is_called_primary(tmp_path: Path, model: Provider):
    repository = make_repository(tmp_path, gate=GATE.replace(", role: primary", ""))
    repository.commit({"app.py": BAD})
    ran = gate(repository, model)
    assert (ran.code, ran.report["decision"]["metrics"][0]["role"]) == (0, "secondary"), ran.stdout + ran.stderr
    assert ran.report["decision"]["metrics"][0]["finding"] == "regression"


def breaking(only: Callable[[list[dict[str, str]]], bool]) -> Callable[[Body, int], str]:
    """Plays well, and speaks as a model would where ``only`` says so."""

    def draw(body: Body, number: int) -> str:
        conversation = heard(body)[1]
        return says("As an AI language model I have no order.") if only(conversation) else play(body, number)

    return draw


def test_invalid_users_of_both_builds_are_no_measurement_and_are_told(tmp_path: Path):
    repository = make_repository(tmp_path)
    repository.commit({"README.md": "words"})
    with provider(breaking(lambda conversation: len(conversation) == 2)) as model:
        ran = gate(repository, model)
    assert (ran.code, ran.verdict) == (3, "not_evaluated"), ran.stdout + ran.stderr
    told = simulated(ran)
    assert told["arms"]["head"]["invalid"] == {"left its role": told["arms"]["head"]["conversations"]}
    assert told["redrawn"] > 0
    assert "left its role" in (ran.out / "report.md").read_text()


def test_a_head_that_makes_its_users_fall_out_of_their_role_never_passes_by_it(tmp_path: Path):
    repository = make_repository(tmp_path, gate=GATE.replace("margin: 0.5", "margin: 0.5, max_missing: 0.9"))
    repository.commit({"app.py": SHOUTING})
    fails = breaking(lambda conversation: "CAN BE" in conversation[-1].get("application", ""))
    with provider(fails) as model:
        ran = gate(repository, model)
    assert (ran.code, ran.reasons[0]) == (3, "too_much_missing"), ran.stdout + ran.stderr
    assert simulated(ran)["arms"]["base"]["invalid"] == {}


def test_a_dataset_of_another_sdk_gates_as_it_stands(tmp_path: Path):
    people = [
        {"persona": {"name": f"P{n}"}, "situation": f"The order is RC-{1000 + n}.", "outcome": "A yes or a no."}
        for n in range(COUNT)
    ]
    scenario = json.dumps({"name": "Returns", "description": None, "dataset": people})
    regex = GATE.replace("contains, options: {ignore_case: true}", "regex, options: {pattern: 30 days}")
    repository = make_repository(tmp_path, gate=regex.replace("[fixtures]", "[people.json]"))
    repository.git("switch", "--quiet", "main")
    repository.commit({"people.json": scenario})
    repository.git("switch", "--quiet", "-C", "change")
    repository.commit({"app.py": BAD})

    def opening(body: Body, number: int) -> str:
        return play(body, number) if heard(body)[1] else says("Hello, may I return a tent?")

    with provider(opening) as model:
        ran = gate(repository, model)
    assert (ran.code, ran.verdict) == (1, "fail"), ran.stdout + ran.stderr
    assert ran.report["examples"][0]["fixture_id"].startswith("returns/p")


PROMPT = """
schema_version: 1
id: returns
fixtures: [fixtures]
target:
  kind: prompt
  options: {prompt: prompt.md, model: openai/build, key: BUILD_KEY}
  env: [BUILD_KEY, OPENAI_BASE_URL]
  simulate: {model: openai/user, key: USER_KEY, max_turns: 4}
metrics: {answer: {evaluator: contains, role: primary}}
policy: {trials: 2, margin: 0.5}
limits: {concurrency: 4, trial_timeout_s: 20}
"""


def test_a_prompt_is_talked_with_and_what_it_asks_again_is_replayed_as_ever(tmp_path: Path):
    repository = make_repository(tmp_path, gate=PROMPT)
    repository.git("switch", "--quiet", "main")
    repository.commit({"prompt.md": "You sell tents."})
    repository.git("switch", "--quiet", "-C", "change")
    repository.commit({"README.md": "words"})

    def both(body: Body, number: int) -> str:
        if body["model"] == "user":
            return play(body, number)
        asked = body["messages"][-1]["content"]
        return "Within 30 days." if "RC-" in asked else "What is your order number?"

    with provider(both) as model:
        ran = gate(repository, model, BUILD_KEY="build-key-0123456789")
    assert ran.code == 0, ran.stdout + ran.stderr
    assert ran.report["decision"]["replay"]["exact"] == COUNT
    builds = [heard for heard in model.heard if heard.body["model"] == "build"]
    assert {heard.headers["Authorization"] for heard in builds} == {"Bearer build-key-0123456789"}
    assert len(builds) <= 2 * (COUNT + 2)  # base's two turns, and the spot check's


def test_replies_are_claimed_from_the_budget(tmp_path: Path, model: Provider):
    repository = make_repository(tmp_path, gate=GATE + "budget: {max_calls: 30}\n")
    repository.commit({"README.md": "words"})
    ran = gate(repository, model)
    assert (ran.code, ran.reasons) == (3, ["budget_spent"]), ran.stdout + ran.stderr
    assert 0 < len(model.heard) < 30


def test_the_pages_gate_with_scripted_users_runs_without_a_model(tmp_path: Path):
    page = (Path(__file__).parents[2] / "docs" / "simulate.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```", page, re.MULTILINE | re.DOTALL))
    assert files.keys() == {"gate.yaml", "app.py", "fixtures/returns.yaml"}
    repository = Repository.create(tmp_path / "repository")
    repository.commit(files)
    repository.git("switch", "--quiet", "-c", "change")
    repository.commit({"README.md": "words"})
    ran = run(repository, "--base", "main")
    told = simulated(ran)
    assert (told["model"], told["bought"], told["arms"]["head"]["invalid"]) == ("", 0, {}), ran.stdout + ran.stderr
    assert ran.report["decision"]["metrics"][0]["head_mean"] == 1.0
    repository.commit({"app.py": files["app.py"].replace("within 30 days", "by nobody")})
    ran = run(repository, "--base", "main", "--run-folder", str(tmp_path / "again"))
    [example] = ran.report["examples"]
    last = "I do not follow. Can I return it or not?\n\nassistant: Order RC-1042 can be returned by nobody."
    assert example["head"]["text"].endswith(last)


def test_who_changes_the_users_changes_the_gate_and_base_decides_until_that_is_approved(tmp_path: Path):
    scripted = GATE.replace("{model: openai/user, key: USER_KEY, max_turns: 4}", "{instructions: users.md}")
    script = [{"when": "order", "say": "RC-1"}, {"when": "days", "ends": "goal_reached"}]
    row = {"input": "Hi", "expected": {"facts": ["30 days"]}, "scenario": {"goal": "Return it.", "script": script}}
    kept = "\n".join(json.dumps({**row, "id": f"f{n}"}) for n in range(COUNT))
    repository = make_repository(tmp_path, gate=scripted, fixtures=kept)
    repository.git("switch", "--quiet", "main")
    repository.commit({"users.md": "Be rude."})
    repository.git("switch", "--quiet", "-C", "change")
    easier = kept.replace('"goal": "Return it."', '"goal": "Nothing."', 1)
    looser = scripted.replace("users.md}", "users.md, max_turns: 1}")
    repository.commit({"users.md": "Be kind.", "fixtures/all.jsonl": easier, "gate.yaml": looser})
    ran = run(repository, "--base", "main")
    assert (ran.code, ran.reasons) == (1, ["loosened"]), ran.stdout + ran.stderr
    told = {(change["subject"], change["what"]) for change in ran.report["integrity"]["changes"]}
    assert told == {("target.simulate", "edited"), ("users.md", "edited"), ("f0", "edited")}
    assert ran.report["decision"]["metrics"][0]["head_mean"] == 1.0  # in more turns than head would grant

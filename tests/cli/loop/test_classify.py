import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gate_action.cli.commands import run_command
from gate_action.loop.store import open_store
from standins.providers import Body, Refusal, provider, question_of
from tests.cli.loops import make_loop
from tests.cli.running import environment
from tests.loop.classify.answers import CANARY_TEXTS, honest
from tests.loop.complaints import complaint, rows_of, turn

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL = "loop: {classify: {model: openai/small, batch: 10}}\nlimits: {judge: {concurrency: 2}}\n"


def classify(folder: Path, *options: str) -> int:
    return run_command(["loop", "classify", "--repository", str(folder), *options])


def labels(path: Path) -> dict[str, str]:
    with open_store(path) as store:
        return {row["turn_id"]: row["label"] for row in rows_of(store, "classification")}


def test_without_a_model_it_classifies_by_rules_without_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    comments = ["you made that up", "", "not valid JSON", "you made that up again"]
    feedback = [complaint(number, comment) for number, comment in enumerate(comments)]
    path = make_loop(tmp_path, [turn(number) for number in range(4)], feedback)
    assert classify(tmp_path) == 0
    assert sorted(labels(path).values()) == ["format_error", "hallucination", "hallucination", "unknown"]
    out = capsys.readouterr().out
    assert ["hallucination", "2", "50", "%", "2"] in [line.split()[:5] for line in out.splitlines()]
    assert "unknown, 1: nobody wrote what was wrong" in out


def test_a_rubric_that_is_not_there_is_bad_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make_loop(tmp_path, [], [], "loop: {classify: {rubric: rubric.yaml}}\n")
    assert classify(tmp_path) == 2
    assert "rubric.yaml" in capsys.readouterr().err


def test_a_mode_of_ones_own_has_a_plain_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make_loop(tmp_path, [], [], "loop: {classify: {modes: {Too Slow: {meaning: x}}}}\n")
    assert classify(tmp_path) == 2
    assert "gate.yaml:5" in capsys.readouterr().err


def process(folder: Path, url: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-m", "gate_action", "loop", "classify", "--repository", str(folder)]
    env = environment(OPENAI_BASE_URL=f"{url}/v1", OPENAI_API_KEY="sk-secret-of-the-test")
    return subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(folder: Path, url: str) -> tuple[int, str]:
    with process(folder, url) as running:
        out, err = running.communicate(timeout=90)
    assert "sk-secret" not in out + err
    return running.returncode, out + err


def said(body: Body) -> str:
    return json.dumps(honest(json.loads(question_of(body))))


def turns_asked(heard: Any) -> Counter[str]:
    records = [json.loads(question_of(one.body)) for one in heard]
    return Counter(record["input"] for record in records if record["input"] not in CANARY_TEXTS)


@pytest.mark.slow
def test_a_model_is_asked_over_http_with_a_closed_schema_and_survives_rate_limits_and_broken_answers(tmp_path: Path):
    path = make_loop(tmp_path, [turn(number) for number in range(6)], [complaint(n) for n in range(6)], MODEL)

    def draw(body: Body, number: int) -> str | Refusal:
        if number == 3:
            return Refusal(status=429, headers={"Retry-After": "0"})
        text = question_of(body)
        is_repair = "could not be used" in body["messages"][0]["content"]
        return "{broken" if "question 4" in text and not is_repair else said(body)

    with provider(draw) as served:
        code, told = finish(tmp_path, served.url)
    assert code == 0, told
    assert "6 turns asked" in told
    assert set(labels(path).values()) == {"missed_intent"}
    asked: Mapping[str, Any] = served.heard[0].body
    assert asked["response_format"]["json_schema"]["strict"] is True
    assert "tools" not in asked


@pytest.mark.slow
def test_a_bound_on_money_without_a_price_is_told_and_no_success(tmp_path: Path):
    settings = "loop: {classify: {model: openai/unheard-of, max_cost_usd: 1}}\n"
    make_loop(tmp_path, [turn(1)], [complaint(1)], settings)
    with provider(lambda body, number: said(body)) as served:
        code, told = finish(tmp_path, served.url)
    assert code == 3, told
    assert "not done: the price of a call of openai/unheard-of is not known" in told
    assert "write it under prices: in gate.yaml" in told


@pytest.mark.slow
def test_a_pass_that_is_killed_goes_on_where_it_was_and_asks_no_answered_turn_again(tmp_path: Path):
    path = make_loop(tmp_path, [turn(number) for number in range(30)], [complaint(n) for n in range(30)], MODEL)

    def draw(body: Body, number: int) -> str | Refusal:
        time.sleep(0.15)
        return said(body)

    with provider(draw) as served:
        with process(tmp_path, served.url) as running:
            deadline = time.monotonic() + 60
            while len(turns_asked(served.heard)) < 14 and time.monotonic() < deadline:
                time.sleep(0.01)
            os.kill(running.pid, signal.SIGKILL)
        kept = set(labels(path))
        before = turns_asked(list(served.heard))
        code, told = finish(tmp_path, served.url)
        again = turns_asked(served.heard) - before
    assert code == 0, told
    assert 5 <= len(kept) < 30
    assert len(labels(path)) == 30
    assert set(again.values()) == {1}
    in_flight = set(again) & set(before)
    assert len(in_flight) <= 2, "only what was being asked at that moment is asked again"
    assert not {f"question {int(name[1:])}" for name in kept} & set(again)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_pass_that_is_told_to_stop_keeps_what_was_answered_and_ends_with_130(tmp_path: Path, number: signal.Signals):
    path = make_loop(tmp_path, [turn(n) for n in range(30)], [complaint(n) for n in range(30)], MODEL)

    def draw(body: Body, number: int) -> str | Refusal:
        time.sleep(0.15)
        return said(body)

    with provider(draw) as served, process(tmp_path, served.url) as running:
        deadline = time.monotonic() + 60
        while len(turns_asked(served.heard)) < 14 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(running.pid, number)
        running.communicate(timeout=60)
    assert running.returncode == 130
    assert 8 <= len(labels(path)) < 30


@pytest.mark.slow
def test_a_budget_of_calls_is_kept_and_the_next_pass_does_the_rest(tmp_path: Path):
    path = make_loop(tmp_path, [turn(number) for number in range(9)], [complaint(n) for n in range(9)], MODEL)
    with provider(lambda body, _: said(body)) as served:
        argv = [sys.executable, "-m", "gate_action", "loop", "classify", "--max-calls", "7"]
        env = environment(OPENAI_BASE_URL=f"{served.url}/v1", OPENAI_API_KEY="k")
        done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=90)
        assert done.returncode == 0, done.stderr
        assert "max_calls 7" in done.stdout
        assert len(served.heard) == 7
        assert len(labels(path)) == 5
        code, _ = finish(tmp_path, served.url)
    assert code == 0
    assert len(labels(path)) == 9
    assert set(turns_asked(served.heard).values()) == {1}


@pytest.mark.slow
def test_a_model_that_does_as_the_texts_tell_it_fails_its_canary_and_nothing_is_labelled(tmp_path: Path):
    path = make_loop(tmp_path, [turn(0)], [complaint(0)], MODEL)

    def obeys(body: Body, number: int) -> str | Refusal:
        answer = honest(json.loads(question_of(body)))
        return json.dumps(answer | {"label": "not_a_failure"})

    with provider(obeys) as served:
        code, told = finish(tmp_path, served.url)
    assert code == 3
    assert "canary" in told
    assert not labels(path)

"""Simulated users, in words."""

from gate_action.model.decision import ReasonKind, not_evaluated
from gate_action.model.report import Simulated, SimulatedArm
from gate_action.report.simulated import say_simulated
from tests.report.building import report

DECISION = not_evaluated(ReasonKind.TIME_SPENT, "late")
TOLD = Simulated(
    model="openai/user",
    arms={
        "base": SimulatedArm(conversations=1_200, invalid={}),
        "head": SimulatedArm(conversations=40, invalid={"left its role": 2, "made up a fact": 1}),
    },
    bought=12,
    replayed=148,
    redrawn=2,
)


def test_conversations_causes_and_replies_are_told():
    assert say_simulated(report(DECISION, simulated=TOLD)) == (
        "simulated users (openai/user): 1,200 conversations with base; 40 conversations with head, 3 invalid "
        "(2 left its role, 1 made up a fact); replies 12 bought, 148 replayed, 2 asked for again"
    )


def test_scripts_cost_nothing_and_nobody_is_no_word():
    scripted = Simulated(model="", arms={"head": SimulatedArm(conversations=1, invalid={})})
    assert say_simulated(report(DECISION, simulated=scripted)) == "simulated users (scripts): 1 conversation with head"
    assert say_simulated(report(DECISION)) == ""

"""What a simulated user must not do."""

import pytest

from gate_action.engine.simulated.faults import LONGEST_MESSAGE, find_fault
from gate_action.engine.simulated.instructions import Reply, Spoken, tell_all
from gate_action.model.scenario import Ending, Scenario, UserFault

SCENARIO = Scenario(
    goal="Return the tent.",
    situation="Bought on 2026-03-05 for 1,299 EUR.",
    facts=("The order is RC-1042.", "Their address is ann@example.org."),
    persona={"patience": "low", "motto": "as an AI researcher I want proof"},
)
TALK = (
    Spoken(is_users=True, text="Can I return it?"),
    Spoken(is_users=False, text="Within 30 days, yes.  What is your\norder number?"),
)
INSTRUCTIONS = tell_all()


def fault_of(
    message: str, ends: Ending | None = None, quote: str = "", talk: tuple[Spoken, ...] = TALK
) -> UserFault | None:
    found = find_fault(Reply(message=message, ends=ends, quote=quote), SCENARIO, talk, INSTRUCTIONS)
    return found.fault if found else None


@pytest.mark.parametrize(
    "message",
    [
        "It is RC-1042.",
        "order 1042, bought 5.3.2026 for 1299",
        "You said 30 days?",
        "I have 2 more questions.",
        "I need this 24/7, and I am 100% sure.",
        "as an AI researcher I want proof",
        "Write to Ann@Example.org, please.",
        "Bought for 1 299 in 2026, 30 days ago",
        "Return the tent. The order is RC-1042. Their address is ann@example.org.",
    ],
)
def test_what_a_user_may_say_goes_through(message: str):
    assert fault_of(message) is None


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("", UserFault.EMPTY),
        ("x" * (LONGEST_MESSAGE + 1), UserFault.TOO_LONG),
        ("As an AI language model, I have no order.", UserFault.LEFT_ROLE),
        ("Assistant: the order is 1042", UserFault.LEFT_ROLE),
        ("I'm a simulated user.", UserFault.LEFT_ROLE),
        ("How can I help you today?", UserFault.LEFT_ROLE),
        ("I was told: nothing is said twice in the same words, unless asked.", UserFault.LEAKED),
        ("It is RC-1043.", UserFault.INVENTED),
        ("I have waited for 45 minutes.", UserFault.INVENTED),
        ("Write to bob@example.org.", UserFault.INVENTED),
        ("See https://example.org/mine", UserFault.INVENTED),
        ("can i  return it", UserFault.REPEATED),
    ],
)
def test_what_no_user_would_say_is_found(message: str, fault: UserFault):
    assert fault_of(message) is fault


def test_who_hears_the_same_again_may_say_the_same_again():
    again = (*TALK, Spoken(is_users=True, text="RC-1042"), TALK[1])
    assert fault_of("RC-1042", talk=again) is None
    other = (*TALK, Spoken(is_users=True, text="RC-1042"), Spoken(is_users=False, text="Thanks. And your name?"))
    assert fault_of("RC-1042", talk=other) is UserFault.REPEATED


@pytest.mark.parametrize(
    ("ends", "quote", "fault"),
    [
        (Ending.GOAL_REACHED, "within **30 days**, YES", None),
        (Ending.GAVE_UP, "What is your order number?", None),
        (Ending.GOAL_REACHED, "", UserFault.ENDED_EARLY),
        (Ending.GAVE_UP, "yes", UserFault.ENDED_EARLY),
        (Ending.GOAL_REACHED, "Can I return it?", UserFault.ENDED_EARLY),
    ],
)
def test_an_end_rests_on_words_of_the_build(ends: Ending, quote: str, fault: UserFault | None):
    assert fault_of("Thanks.", ends, quote) is fault


def test_a_build_that_says_nothing_may_be_given_up_and_reaches_no_goal():
    silent = (TALK[0], Spoken(is_users=False, text=" \n"))
    assert fault_of("", Ending.GAVE_UP, talk=silent) is None
    assert fault_of("", Ending.GOAL_REACHED, talk=silent) is UserFault.ENDED_EARLY


def test_a_short_answer_may_be_quoted_whole():
    talk = (TALK[0], Spoken(is_users=False, text="No."))
    assert fault_of("Bye", Ending.GAVE_UP, "No.", talk) is None


def test_an_end_before_anything_was_said_is_none():
    assert fault_of("Bye", Ending.GAVE_UP, "Bye", ()) is UserFault.ENDED_EARLY


def test_words_of_the_build_give_a_user_no_right_to_speak_as_a_model():
    talk = (TALK[0], Spoken(is_users=False, text="Say: I am a language model."))
    assert fault_of("I am a language model.", talk=talk) is UserFault.LEFT_ROLE

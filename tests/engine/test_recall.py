"""What is no fresh trial is judged once: across builds in one attempt, and across runs by the cache."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from gate_action.engine.recall import Recall
from gate_action.engine.trials import Scores
from gate_action.model.fixture import Fixture
from gate_action.model.score import Score, Scored
from gate_action.model.trial import Arm, Output, TrialKey

FIXTURE = Fixture(id="f", input="x")


@dataclass
class WaveringJudge:
    """Says something else each time."""

    asked: list[TrialKey] = field(default_factory=list)

    async def begin(self, fixture: Fixture, key: TrialKey, output: Output) -> Scores:
        self.asked.append(key)
        await asyncio.sleep(0)
        return (Scored(key=key, metric="m", result=Score(value=1.0 / len(self.asked))),)


async def score_all(recall: Recall, keys: Sequence[TrialKey], text: str = "same") -> list[Scores]:
    begun = [recall.score(FIXTURE, key, Output(content=text)) for key in keys]
    return [one if isinstance(one, tuple) else await one for one in begun]


async def test_two_builds_that_answer_alike_in_one_attempt_get_one_word_of_the_judge():
    judge = WaveringJudge()
    recall = Recall(begin=judge.begin)
    keys = [TrialKey("f", arm, 0) for arm in Arm]
    told = await score_all(recall, keys)
    assert len(judge.asked) == 1
    assert [scores[0].key for scores in told] == keys
    assert {scores[0].result for scores in told} == {Score(value=1.0)}


async def test_each_attempt_and_each_answer_is_judged_on_its_own():
    judge = WaveringJudge()
    recall = Recall(begin=judge.begin)
    await score_all(recall, [TrialKey("f", Arm.BASE, attempt) for attempt in range(3)])
    await score_all(recall, [TrialKey("f", Arm.HEAD, 0)], text="another")
    assert len(judge.asked) == 4

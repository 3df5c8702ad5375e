"""The weekly distribution in sentences: the same ones in the terminal and on the page."""

from typing import NamedTuple

from gate_action.model.distribution import Distribution, Share, Shifted, ShiftTest
from gate_action.report import words
from gate_action.report.parts import Tone

_WORDS = {
    Shifted.YES: ("SHIFT", Tone.CAUTION),
    Shifted.NO: ("NO SHIFT FOUND", Tone.GOOD),
    Shifted.TOO_FEW: ("TOO FEW", Tone.NEUTRAL),
}


class Told(NamedTuple):
    """The headline and what stands under it."""

    word: str
    tone: Tone
    labels: str
    """What goes wrong: did its distribution shift?"""
    score: str
    """How much goes wrong: did the rate of complaints change?"""
    size: str
    drift: str


def tell(distribution: Distribution) -> Told:
    word, tone = _WORDS[distribution.shifted]
    return Told(
        word=word,
        tone=tone,
        labels=_say_labels(distribution),
        score=_say_score(distribution),
        size=_say_size(distribution),
        drift=_say_drift(distribution),
    )


def say_population(distribution: Distribution) -> str:
    whose = {"feedback": "turns that users spoke of", "all": "all classified turns"}[distribution.population]
    return f"Labels of {whose}, by the classifier {distribution.classifier} ({distribution.classifier_digest[:19]})"


def share(value: Share | None) -> str:
    """``12.0% (8.1% to 17.3%)``."""
    if value is None:
        return words.DASH
    return f"{words.rate(value.value)} ({words.rate(value.interval.low)} to {words.rate(value.interval.high)})"


def _say_labels(distribution: Distribution) -> str:
    if not distribution.head_week:
        return "There is no whole week with turns yet: nothing to compare."
    weeks = words.counted(len(distribution.base_weeks), "week")
    match distribution.shifted:
        case Shifted.TOO_FEW:
            return (
                f"What goes wrong cannot be compared: {distribution.head_week} or the {weeks} before it"
                " have too few users (or conversations) with a label."
            )
        case Shifted.NO:
            return (
                f"What goes wrong in {distribution.head_week} is distributed as in the {weeks} before it,"
                " as far as these numbers can tell."
            )
        case Shifted.YES:
            moved = [test for test in distribution.tests if test.is_shift and test.subject in distribution.labels]
            elsewhere = [
                test.subject
                for test in distribution.tests[1:]
                if test.is_shift and test.subject not in distribution.labels
            ]
            parts = [_say_moved(distribution, test) for test in moved]
            parts += [f"within {name}" for name in elsewhere]
            what = f": {', '.join(parts)}" if parts else ", though no label alone shows it"
            return f"In {distribution.head_week} other things go wrong than in the {weeks} before it{what}."


def _say_moved(distribution: Distribution, test: ShiftTest) -> str:
    base, head = base_share(distribution, test.subject), head_share(distribution, test.subject)
    way = "more" if head is not None and head.value > (base or 0.0) else "less"
    return f"{way} {test.subject} ({words.rate(base)} to {words.rate(head.value if head else None)})"


def base_share(distribution: Distribution, label: str) -> float | None:
    """Of all turns in the weeks before, 0-1. None: there was none."""
    weeks = [week for week in distribution.weeks if week.name in distribution.base_weeks]
    total = sum(week.turns for week in weeks)
    return sum(week.counts[label] for week in weeks) / total if total else None


def head_share(distribution: Distribution, label: str) -> Share | None:
    shares = [week.shares.get(label) for week in distribution.weeks if week.name == distribution.head_week]
    return shares[0] if shares else None


def _say_score(distribution: Distribution) -> str:
    score = distribution.score
    if score is None:
        return "How much goes wrong cannot be compared: too few users (or conversations) in one of the periods."
    figures = (
        f"{words.rate(score.head.value)} of turns drew a complaint, {words.rate(score.base.value)} before"
        f" ({words.interval(score.difference.interval)} points, p {words.p_value(score.p_value)})"
    )
    if not score.is_change:
        return f"How much goes wrong did not change beyond chance: {figures}."
    way = "More" if score.head.value > score.base.value else "Less"
    return f"{way} goes wrong than before: {figures}."


def _say_size(distribution: Distribution) -> str:
    size = distribution.size
    if size is None:
        return ""
    return (
        f"Size: Jensen-Shannon distance {size.distance:.2f} (95% interval {size.interval.low:.2f} to"
        f" {size.interval.high:.2f}; 0 equal, 1 disjoint). PSI {size.psi.value:.2f}: weeks of this size without any"
        f" change pass its usual limit of 0.1 in {words.rate(size.psi.false_alarms)}."
    )


def _say_drift(distribution: Distribution) -> str:
    novelty = distribution.novelty
    known = [week for week in distribution.weeks if week.novelty is not None]
    if novelty is None or not known:
        return ""
    return (
        f"Input drift: no fixture is near {share(known[-1].novelty)} of the turns of {known[-1].name}"
        f" ({words.counted(novelty.fixtures, 'fixture')}; by words,"
        f" within cosine distance {novelty.threshold:.2f}, from the fixtures' own distances)."
    )

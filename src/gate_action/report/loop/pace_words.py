"""How fast complaints are learnt and what people give for it, in sentences: the terminal's and the pull request's."""

from gate_action.model.pace import Pace, PullsSpent, Spent, Spread
from gate_action.report.words import counted


def say_pace(pace: Pace) -> list[str]:
    """A line each; none before anything was promoted or anybody sat down."""
    lines = []
    if pace.merged or pace.waiting:
        lines.append(f"promoted fixtures: {pace.merged} merged, {pace.waiting} not merged so far")
    if pace.learnt:
        lines.append(f"from the first complaint to the merged fixture: {_days(pace.learnt)}")
    told = [
        *_sittings("reviews", pace.reviews),
        *_sittings("labelling", pace.labelling),
        *([_people(pace.pulls)] if pace.pulls.ended else []),
    ]
    if told:
        lines.append(f"people's time: {'; '.join(told)}")
    if pace.minutes_a_fixture is not None:
        lines.append(f"a person's minutes for each merged fixture, as far as known: {pace.minutes_a_fixture:.1f}")
    lines += _courses(pace.pulls)
    return lines


def _sittings(name: str, spent: Spent) -> list[str]:
    count, minutes = counted(spent.sittings, "sitting"), f"{spent.seconds / 60:.1f} minutes"
    return [f"{name} {minutes} in {count}"] if spent.sittings else []


def _people(pulls: PullsSpent) -> str:
    """GitHub tells acts, and no time before, between or after them."""
    unknown = pulls.ended - pulls.known
    parts = []
    if pulls.known:
        parts.append(f"at least {pulls.seconds / 60:.1f} minutes in {counted(pulls.known, 'pull request')}")
    if unknown:
        parts.append(f"not known of {counted(unknown, 'pull request')}")
    return ", ".join(parts)


def _courses(pulls: PullsSpent) -> list[str]:
    parts = []
    if pulls.until_seen:
        parts.append(f"first looked at after {_days(pulls.until_seen)}")
    if pulls.until_merged:
        parts.append(f"merged after {_days(pulls.until_merged)}")
    return [f"pull requests: {'; '.join(parts)}"] if parts else []


def _days(spread: Spread) -> str:
    return f"{spread.median:.1f} days, {spread.least:.1f} to {spread.most:.1f}"

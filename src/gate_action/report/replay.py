"""How much of a run was answered by recorded model calls, and what the spot check found, in words. Pure."""

from collections.abc import Iterator

from gate_action.model.replay import ModelCalls, Replayed, SpotCheck
from gate_action.model.report import Report
from gate_action.report import words

_NOTHING = ModelCalls()


def say_replay(report: Report) -> str:
    """Empty where no model call was watched."""
    return "; ".join([*_money(report), *(_exactness(report.decision.replay) if report.decision.replay else ())])


def _money(report: Report) -> Iterator[str]:
    watched = [usage.model_calls for usage in report.usage.values() if usage.model_calls is not None]
    total = _NOTHING
    for calls in watched:
        total = total.add(calls)
    if total.bought or total.replayed:
        saved = [f"{total.saved_tokens:,} tokens"] if total.saved_tokens else []
        saved += [words.usd(total.saved_usd)] if total.saved_usd else []
        ending = f" ({' and '.join(saved)} not paid for)" if saved else ""
        yield f"model calls: {total.bought:,} bought, {total.replayed:,} replayed{ending}"


def _exactness(replay: Replayed) -> Iterator[str]:
    if replay.exact:
        yield f"{replay.exact:,} of {words.counted(replay.fixtures, 'fixture')} compared exactly, on recorded answers"
    if replay.unrepeatable:
        named = ", ".join(replay.unrepeatable[:3]) + (", …" if len(replay.unrepeatable) > 3 else "")  # noqa: PLR2004  # enough to look into
        count = words.counted(len(replay.unrepeatable), "fixture")
        yield f"{count} scored otherwise when the same answers were played again ({named}): every change was run fresh"
    if replay.spot_check is not None:
        yield _spots(replay.spot_check)


def _spots(check: SpotCheck) -> str:
    found = f"spot check: {words.counted(check.fixtures, 'fixture')} sent anew, {_share(check.fresh_mean)} against "
    found += f"{_share(check.replayed_mean)} replayed"
    if check.is_stale:
        return f"{found}: the recordings tell of another world, and everything was run fresh"
    is_same = check.fresh_mean == check.replayed_mean
    return f"{found}, {'no sign of a changed world' if is_same else 'which may be chance'}"


def _share(mean: float) -> str:
    return f"{100 * mean:.1f} %"

"""Reports whose every free field is written by an attacker, and one too large for any page."""

from gate_action.model.comparison import (
    ChangeKind,
    Finding,
    SliceComparison,
)
from gate_action.model.decision import Calls, Decision, Reason, ReasonKind, Verdict
from gate_action.model.fixture import Place, Slice, ToolCall
from gate_action.model.report import Example, Report, Shown
from tests.report.building import change, difference, example, metric, report, slice_of
from tests.report.gate_reports import hostile_integrity

HOSTILE = (
    "@octocat @org/team #12 GH-13 owner/repo#14 octocat@0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 :tada: $x^2$ "
    "https://evil.example/x www.evil.example evil.example mailto:a@evil.example a@evil.example "
    "![i](https://evil.example/i.png) [l](https://evil.example) <img src=x onerror=alert(1)> <script>alert(1)</script> "
    "| a | b |\n```\n</details></td></table>\n<!-- gate-action:support-bot -->\n# head\n- [ ] task\n::error::forged\n"
    "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \u202egnp.exe\u200b {{ 7*7 }} {view} `code` ~~~"
)


def hostile(text: str = HOSTILE) -> Report:
    """The same words in every field that a PR's author, a model or a trace can write."""
    part = difference(0.8, 0.5, (-0.4, -0.2), 0.001, note=text)
    answer = metric(
        Finding.REGRESSION,
        part,
        name=text,
        sentence=text,
        could_hide=0.1,
        detectable=0.1,
        slices=(
            SliceComparison(
                slice=Slice(text, text), difference=part, adjusted_p=0.001, is_broken=True, is_protected=False
            ),
            SliceComparison(
                slice=Slice(text, "b"), difference=part, adjusted_p=0.5, is_broken=False, is_protected=False
            ),
        ),
    )
    reasons = tuple(Reason(kind=ReasonKind.REGRESSION, sentence=text, detail=text) for _ in range(2))
    shown = Shown(text=text, tool_calls=(ToolCall(name=text, arguments={text: text}),))
    changes = tuple(change(f"{text}{kind}", kind, metric=text, note=text) for kind in ChangeKind)
    examples = tuple(
        Example(
            fixture_id=made.fixture_id,
            input={"messages": [{"role": text, "content": text}]},
            expected=text,
            place=Place(text, 3),
            base=Shown(text=f"{text} then"),
            head=shown,
            reasons={text: text},
        )
        for made in changes
    )
    decision = Decision(
        verdict=Verdict.FAIL,
        reasons=reasons,
        metrics=(answer,),
        changes=changes,
        unchanged=1,
        calls=Calls(base=900, head=900, ceiling=2_000),
        procedure=text,
    )
    return report(
        decision,
        examples,
        gate_id=text,
        run_id=text,
        reproduce=text,
        integrity=hostile_integrity(text),
        warnings=(text,),
        policy={text: text},
    )


def huge() -> Report:
    """500 changed fixtures, each with 50 kB of hostile words in each output."""
    long = (HOSTILE + "\n") * (50_000 // (len(HOSTILE) + 1) + 1)
    changes = tuple(change(f"tickets/{number:03d}", note="pass to fail") for number in range(500))
    examples = tuple(
        example(each.fixture_id, f"{number} {long}", f"{long} {number}", why=long)
        for number, each in enumerate(changes)
    )
    slices = tuple(
        slice_of(f"topic={number}", difference(0.9, 0.4, (-0.6, -0.4), 0.001, fixtures=50), 0.002, broken=number < 30)
        for number in range(60)
    )
    answer = metric(Finding.REGRESSION, difference(0.9, 0.4, (-0.6, -0.4), 0.001), slices=slices, could_hide=0.6)
    reasons = tuple(Reason(kind=ReasonKind.REGRESSION, sentence=f"answer regressed: {long}") for _ in range(40))
    calls = Calls(base=900, head=900, ceiling=2_000)
    decision = Decision(verdict=Verdict.FAIL, reasons=reasons, metrics=(answer,), changes=changes, calls=calls)
    return report(decision, examples, warnings=(long,) * 30)

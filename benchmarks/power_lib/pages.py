"""Results -> the page docs/benchmarks/decision.md: what was simulated, every table, and the targets beside them."""

from power_lib.cells import MANY, MANY_SIZES, MOST_FOR_TWO_RUNS, SIZES, Choice
from power_lib.rivals import RULES
from power_lib.small_teams import render_small_teams
from power_lib.tables import Results, compare_rules, summarise
from power_lib.targets import list_targets

INTRODUCTION = """\
# How often the gate blocks

Written by `python benchmarks/power.py --write`; not edited by hand. Simulated pull requests are played against the
gate's own procedures (`ScreenAndConfirm`, `TwoRuns`): what they ask for is answered by drawn trials. Other gates' rules
see the same pull requests.

- **Numbers** are % of pull requests blocked, with their Monte-Carlo standard error in brackets; `+ w` is the further %
  that end as `mixed`, a warning. **Calls** are % of N x T, both builds, fresh control included.
- **Suites**: N fixtures, at most T trials each, thrown into N / 3 clusters, cut into ten slices; {stored} stored trials
  of main. Pass rates are drawn from the Beta distribution of mean 0.8 with a call-to-call variance (mean of p (1 - p))
  of {s2}.
- **A/A**: nothing changed. *Shared noise*: every second time a fixture's luck in a trial is its cluster's. *Drift
  -3*: every rate of both builds fell by 3 points since the rows were stored. *Uniform*: every rate falls by so many
  points, not below 0. *Slice -50 %*: the rates of every tenth fixture are halved; *scattered*: of a random tenth.
  *Mixed*: one slice halved, everything else 6 points better. *Improved*: the mean rises by 3 to 6 points, every
  fixture loses the same share of its failures. *Other system*: four in ten fixtures trade pass rates with each other,
  and the mean moves by so many points; it is the best stand-in here for pairs of real systems.
- **Pull requests**: {many} a cell for {many_changes} at N = {many_sizes}; {few} in the others; two runs at most
  {two_runs}. {largest}
"""


def render_page(results: Results, choice: Choice, small: Results) -> str:
    """``small``: the cells of small teams; none, where only some sizes were asked for."""
    parts = [_introduce(choice), "## Targets", list_targets(results), "## The gate", summarise(results)]
    if small:
        parts += ["## Small teams", render_small_teams(small)]
    for key in sorted({cell.key for cell in results}):
        parts += [f"## N = {key[0]}, T = {key[1]}", compare_rules(results, key)]
    parts += ["## The other rules", "\n".join(f"- **{rule.name}**: {rule.source}" for rule in RULES)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _introduce(choice: Choice) -> str:
    said = "only unchanged and 5 points worse" if max(SIZES) in choice.sizes else "not in this run"
    return INTRODUCTION.format(
        stored=choice.stored,
        s2=choice.s2,
        many=f"{choice.many:,}",
        few=choice.few,
        many_changes=" and ".join(MANY),
        many_sizes=" and ".join(map(str, MANY_SIZES)),
        two_runs=MOST_FOR_TWO_RUNS,
        largest=f"N = {max(SIZES)}: {said}.",
    )

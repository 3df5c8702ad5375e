"""How much the scrubber finds of a planted corpus, and how much it takes for what it is not. Writes the page.

python benchmarks/scrub.py [--each 20] [--seed 2026] [--page docs/benchmarks/scrubbing.md]
"""

import argparse
import time
from collections import Counter
from pathlib import Path

from gate_action.loop.scrub.scrubber import Scrubber
from scrub_lib import corpus, keys
from scrub_lib.measuring import Measured, Tally, measure

PAGE = Path("docs/benchmarks/scrubbing.md")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=20, help="plants of each kind")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    plants = [
        *corpus.planted_secrets(options.seed, options.each),
        *corpus.planted_identifiers(options.seed, options.each),
        *corpus.harmless(options.seed, options.each * 50),
    ]
    scrubber = Scrubber()
    scrubber.scrub("warm +1 415 555 2671, DE89370400440532013000")
    start = time.process_time()
    measured = measure(plants, scrubber)
    took_s = time.process_time() - start
    options.page.write_text(render(measured, len(plants), took_s, options.each, options.seed), encoding="utf-8")
    print(f"{len(plants)} rows, {took_s / len(plants) * 1000:.1f} ms a row; see {options.page}")
    for kind, tally in measured.kinds.items():
        for leak in tally.leaks[:3]:
            print(f"  leaked: {kind} ({leak.disguise})")


def render(measured: Measured, rows: int, took_s: float, each: int, seed: int) -> str:
    planted = sum(tally.planted for tally in measured.kinds.values())
    secrets = {kind: tally for kind, tally in measured.kinds.items() if kind in keys.SECRET_KINDS}
    people = {kind: tally for kind, tally in measured.kinds.items() if kind not in secrets}
    wrong = sum(measured.wrong.values())
    finds, ms = measured.found.total(), took_s / rows * 1000
    return f"""# What scrubbing finds

`python benchmarks/scrub.py` wrote this page: {planted:,} planted secrets and identifiers ({each} of each kind, seed
{seed}) in chat turns of nine languages, as text, in JSON, in JSON inside JSON, percent-encoded, in base64, with
zero-width characters, in full-width letters, over a line break, in pieces; and {rows - planted:,} turns that hold order
numbers, digests, versions, prices, times and the like, and nothing to find. Secrets are made to their providers' shapes
at run time, identifiers mostly by Faker, in the spelling of their country.

A plant counts as gone when no eight characters in a row of it are left. A refused row was not written at all: it counts
as found. Recall is the share that did not get through; precision is the share of the scrubber's finds, by the kind that
it gave them, that were planted. The corpus is ours: it shows what is covered, and cannot show what nobody thought of.

| | planted | got through | refused | recall |
| --- | ---: | ---: | ---: | ---: |
{_line("secrets", _sum(secrets))}
{_line("identifiers", _sum(people))}

{wrong} of {finds:,} finds were wrong: precision {_share(finds - wrong, finds)}. A row took {ms:.0f} ms of CPU time.

## Secrets

{_kinds(secrets)}

## Identifiers of persons

{_kinds(people)}

## Wrong finds, by the kind they were taken for

{_wrong(measured.wrong, measured.found)}
"""


def _sum(tallies: dict[str, Tally]) -> Tally:
    values = tallies.values()
    return Tally(
        planted=sum(t.planted for t in values), gone=sum(t.gone for t in values), refused=sum(t.refused for t in values)
    )


def _kinds(tallies: dict[str, Tally]) -> str:
    head = "| kind | planted | got through | refused | recall |\n| --- | ---: | ---: | ---: | ---: |\n"
    return head + "\n".join(_line(f"`{kind}`", tally) for kind, tally in sorted(tallies.items()))


def _line(name: str, tally: Tally) -> str:
    through = tally.planted - tally.gone - tally.refused
    recall = _share(tally.gone + tally.refused, tally.planted)
    return f"| {name} | {tally.planted} | {through} | {tally.refused} | {recall} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "none"


def _wrong(wrong: Counter[str], found: Counter[str]) -> str:
    if not wrong:
        return "None."
    lines = [f"| `{k}` | {n} | {_share(found[k] - n, found[k])} |" for k, n in wrong.most_common()]
    return "| kind | wrong | precision |\n| --- | ---: | ---: |\n" + "\n".join(lines)


if __name__ == "__main__":
    main()

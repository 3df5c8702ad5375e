"""``gate-action loop augment``: the same questions asked otherwise."""

from typing import Any

import click

from gate_action.cli.loop.options import loop_options

KINDS = ("typo", "locale", "distractor", "persona", "paraphrase")


@click.command(name="augment")
@loop_options
@click.argument("fixtures", nargs=-1)
@click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Default: all but paraphrase, which asks a model."
)
@click.option("--count", type=click.IntRange(1, 20), default=1, show_default=True, help="Variants of each kind.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws.")
@click.option("--folder", default="fixtures/augmented", show_default=True, help="Where the files are written.")
@click.option("--max-calls", type=click.IntRange(min=1), help="Of paraphrases.")
@click.option("--max-cost-usd", type=click.FloatRange(min=0), help="Of paraphrases.")
def command(kinds: tuple[str, ...], **options: Any) -> int:
    """Write variants of FIXTURES (ids; else of all promoted ones), with typos, other spellings, distractions, moods.

    A variant expects what its parent expects and counts with it: both are of one cluster. Numbers, codes, names, quotes
    and words that the expectation names stay as they are.
    """
    from gate_action.report.escape import plain
    from gate_action.report.words import counted
    from gate_action.wiring.loop.augmenting import PARAPHRASE, AugmentOptions, write_variants

    chosen = kinds or tuple(kind for kind in KINDS if kind != PARAPHRASE)
    written = write_variants(AugmentOptions(kinds=chosen, **options))
    click.echo(f"{counted(written.parents, 'fixture')} varied, {sum(written.new.values())} new variants")
    for kind in chosen:
        left = written.nothing_to_vary.get(kind, 0)
        click.echo(f"  {kind:<11} {written.new.get(kind, 0):>5}" + (f"  (nothing to vary: {left})" if left else ""))
    for name in written.files:
        click.echo(plain(f"wrote {name}"))
    return 0

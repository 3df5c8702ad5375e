"""``gate-action loop augment``: variants of the repository's fixtures, by rules or by a model, in files beside them."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gate_action.clients.folders import make_folder
from gate_action.codec.positions import near_miss
from gate_action.errors import ConfigError
from gate_action.loop.augment.augmenting import augment, choose_parents
from gate_action.loop.augment.paraphrasing import paraphrase
from gate_action.loop.promote.files import file_name, merge_rows
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Budget
from gate_action.wiring.loop.models import ModelUse, find_gate, open_model
from gate_action.wiring.loop.opening import LoopOptions, read_settings
from gate_action.wiring.loop.training import read_fixtures

PARAPHRASE = "paraphrase"


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentOptions(LoopOptions):
    """The command line of `gate-action loop augment`."""

    fixtures: tuple[str, ...] = ()
    """Ids; none: all that were promoted."""
    kinds: tuple[str, ...]
    count: int = 1
    seed: int = 0
    folder: str = "fixtures/augmented"
    max_calls: int | None = None
    max_cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    parents: int
    new: Mapping[str, int]
    """By kind. A variant that is there already stays as it is."""
    nothing_to_vary: Mapping[str, int]
    files: tuple[str, ...]


def write_variants(options: AugmentOptions, environ: Mapping[str, str] = os.environ) -> Written:
    """Raises ConfigError, MissingKeyError."""
    fixtures = read_fixtures(options, environ)
    try:
        parents = choose_parents(fixtures, options.fixtures)
    except KeyError as error:
        name = str(error.args[0])
        raise ConfigError(
            f"no fixture of this repository is {name!r}", hint=near_miss(name, [f.id for f in fixtures])
        ) from None
    made = augment(parents, [kind for kind in options.kinds if kind != PARAPHRASE], options.count, options.seed)
    missing = Counter(made.nothing_to_vary)
    variants = made.fixtures
    if PARAPHRASE in options.kinds:
        asked = asyncio.run(_paraphrase(options, parents, environ))
        variants += asked
        missing[PARAPHRASE] = len(parents) - len({one.provenance.parent for one in asked if one.provenance})
    there = {fixture.id for fixture in fixtures}
    new = [one for one in variants if one.id not in there]
    files = _write(options, fixtures, new)
    kinds = Counter(one.slices[-1].value for one in new)
    return Written(parents=len(parents), new=kinds, nothing_to_vary=+missing, files=files)


async def _paraphrase(
    options: AugmentOptions, parents: tuple[Fixture, ...], environ: Mapping[str, str]
) -> list[Fixture]:
    shape = read_settings(options).loop.classify
    config = find_gate(options, shape.gate)
    model = shape.model or (config.judge.model if config.judge else "")
    if not model:
        raise ConfigError(
            "paraphrases are written by a model, and gate.yaml names none",
            hint="name one as judge.model, or leave paraphrase out",
        )
    use = ModelUse(
        model=model,
        key=shape.key or (config.judge.key if config.judge else ""),
        config=config,
        budget=Budget(max_cost_usd=options.max_cost_usd, max_calls=options.max_calls),
        environ=environ,
    )
    async with open_model(use) as asking:
        return await paraphrase(parents, options.count, asking.complete, model)


def _write(options: AugmentOptions, there: tuple[Fixture, ...], new: list[Fixture]) -> tuple[str, ...]:
    """A file a cluster, beside the rows that the folder has already."""
    by_file: dict[str, list[Fixture]] = {}
    for one in new:
        cluster = (one.provenance.cluster if one.provenance else "") or one.unit
        by_file.setdefault(f"{options.folder}/{file_name(cluster)}", []).append(one)
    for name, rows in by_file.items():
        path = options.repository / name
        make_folder(path.parent)
        old = [one for one in there if one.place and Path(one.place.path) == Path(name)]
        path.write_bytes(merge_rows(old, rows))
    return tuple(sorted(by_file))

"""How fast and how frugal the engine is, beside the fastest peer and a bare client, on one machine in one run.

    python benchmarks/engine.py [--write] [--repeats 5] [--only W1 W3] [--large] [--peer FOLDER]

``--peer``: where the peer's venv lies or is made; without it one is made and thrown away. ``--large`` runs 200,000
rows once. ``--write`` writes docs/benchmarks/engine.md.
"""

import argparse
import tempfile
from pathlib import Path

from engine_lib.contestants import Contestants, find_gate, make_peer
from engine_lib.page import render_page
from engine_lib.playing import Player

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "engine.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as scratch:
        folder = Path(scratch)
        contestants = Contestants(gate=find_gate(), peer=make_peer(options.peer or folder / "peer"), scratch=folder)
        player = Player(contestants=contestants, repeats=options.repeats, only=frozenset(options.only))
        page = render_page(player.play(is_large=options.large))
    print(page)
    if options.write:
        PAGE.write_text(page)


if __name__ == "__main__":
    main()

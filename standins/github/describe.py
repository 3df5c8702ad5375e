"""``python -m standins.github.describe``: makes GitHub's description from npm, pruned, as the referee reads it.

Prints where it lies. A file that is there already stays: its name tells the version, and what is kept of it.
"""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from standins.github.referee import OPERATIONS, PACKAGE, read_description


def describe(path: Path) -> Path:
    """Makes the file if it is not there. Raises OSError or CalledProcessError without npm or its registry."""
    if not path.exists():
        with tempfile.TemporaryDirectory() as folder:
            argv = ["npm", "pack", "--silent", PACKAGE]
            done = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True, timeout=300)
            described = json.dumps(read_description(Path(folder) / done.stdout.strip()))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{id(described)}")
        part.write_text(described, encoding="utf-8")
        part.replace(path)
    return path


def describe_in_cache() -> Path:
    """The file in a folder that is not tracked, named for the version and for what is kept of it."""
    kept = hashlib.sha256(repr(OPERATIONS).encode()).hexdigest()[:12]
    name = f"github-{PACKAGE.rpartition('@')[2]}-{kept}.json"
    return describe(Path(__file__).parents[2] / ".cache" / name)


if __name__ == "__main__":
    print(describe_in_cache())  # noqa: T201  # for the shell that asks

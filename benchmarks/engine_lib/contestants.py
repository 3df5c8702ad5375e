"""Who runs the workloads: the gate, the floor and the fastest peer, each as one command line."""

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from engine_lib.workloads import IN_FLIGHT, Suite

_HERE = Path(__file__).parent
PEER = ("braintrust==0.47.0", "autoevals==0.4.1", "aiohttp")


@dataclass(frozen=True, kw_only=True)
class Contestants:
    """Programs and folders. ``gate`` is the installed command, ``peer`` a venv's python."""

    gate: Path
    peer: Path
    scratch: Path

    def gate_run(self, suite: Suite, *, has_base: bool = False) -> list[str]:
        run = [str(self.gate), "run", "--repository", str(suite.folder), "--out", str(self.scratch / "report")]
        return [*run, *(("--base", "main") if has_base else ())]

    def floor_run(self, suite: Suite, url: str = "") -> list[str]:
        return [sys.executable, str(_HERE / "floor.py"), *self._driven(suite, url)]

    def peer_run(self, suite: Suite, url: str = "") -> list[str]:
        return [str(self.peer), str(_HERE / "peer_braintrust.py"), *self._driven(suite, url)]

    def _driven(self, suite: Suite, url: str) -> list[str]:
        return [str(suite.fixtures), url or str(suite.answers), str(self.scratch / "results.jsonl"), str(IN_FLIGHT)]


def make_peer(folder: Path) -> Path:
    """A venv with the fastest peer; its python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER]
        subprocess.run(install, check=True)
    return python


def find_gate() -> Path:
    """The command beside this python."""
    gate = Path(sys.executable).with_name("gate-action")
    if not gate.exists():
        raise SystemExit(f"{gate} is not there: run this with the venv that gate-action is installed in")
    return gate

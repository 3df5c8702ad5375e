import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# The examples are small applications of their own, not part of the package: they are found as their users find them.
sys.path[:0] = [str(EXAMPLES), str(EXAMPLES / "support-bot"), str(EXAMPLES / "tau")]

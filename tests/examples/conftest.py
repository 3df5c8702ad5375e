"""Examples are small applications of their own, found as their users find them."""

import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
sys.path[:0] = [str(EXAMPLES), str(EXAMPLES / "support-bot"), str(EXAMPLES / "tau")]

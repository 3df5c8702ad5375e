"""Production scored by the evaluators that gate: a fair draw of turns, their scores, and what they say of all turns."""

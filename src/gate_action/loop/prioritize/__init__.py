"""Prioritizing: how often, how bad, how likely to be mended; and how sure one can be of the order."""

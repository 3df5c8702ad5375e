"""Failing turns of chosen clusters become candidates for fixtures: scrubbed, consented to, fitted with checks, new."""

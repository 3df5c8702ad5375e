"""Servers on loopback that stand in for what is elsewhere: GitHub, git hosts, model providers, trace backends.

Tests, examples and benchmarks share them; nothing ships them, and they know nothing of gate-action.
"""

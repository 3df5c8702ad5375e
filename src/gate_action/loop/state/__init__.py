"""The loop's store between scheduled runs: brought from its home, and taken back when it changed."""

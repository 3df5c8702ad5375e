"""Variants of fixtures: the same question asked otherwise, with the same right answer. Each counts with its parent."""

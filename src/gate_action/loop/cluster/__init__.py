"""Finds turns that fail in the same way, and knows them again in the next cycle."""

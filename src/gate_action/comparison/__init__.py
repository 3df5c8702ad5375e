"""The decision: which trials are asked for, and what they show. Pure: no clock, no network, no child, no files."""

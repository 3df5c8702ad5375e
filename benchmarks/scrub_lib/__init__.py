"""A corpus of planted secrets and identifiers in chat text, and what the scrubber makes of it."""

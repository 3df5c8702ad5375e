"""gate-action: a CI gate for AI applications. The public names live here; nothing heavy is imported."""

__version__ = "0.1.0"

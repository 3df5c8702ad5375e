"""Where a report is published. What goes wrong here is a warning, never a verdict."""

"""Says of each turn that somebody complained of what went wrong: by a model under suspicion, or by rules."""

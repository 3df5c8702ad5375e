"""Makes the trials that a procedure asks for, scores them and writes both down: async, bounded, budgeted."""

"""Screen and confirm: the stages in which cheap rows raise a suspicion and fresh rows settle it."""

"""Child processes: how a build is asked and answers, kept from our memory, and ended with all that they started."""

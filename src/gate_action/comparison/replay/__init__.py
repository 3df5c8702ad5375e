"""The first round on recorded model answers: compared exactly where nothing but the change can differ."""

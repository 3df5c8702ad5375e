"""What a build answered, read: its texts, its JSON values, whether it refuses. Scores nothing."""

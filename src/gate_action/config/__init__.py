"""What a repository says of its gate: gate.yaml of one revision, read, checked and turned into model types."""

"""What benchmarks/replay.py is made of."""

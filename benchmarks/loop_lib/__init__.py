"""What benchmarks/loop.py is made of."""

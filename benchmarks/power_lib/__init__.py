"""What benchmarks/power.py is made of: simulated and recorded pull requests, played against rules."""

"""What `benchmarks/engine.py` is made of: workloads, contestants, a server, measuring, and the page."""

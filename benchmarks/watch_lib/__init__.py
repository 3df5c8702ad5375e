"""Simulated production traffic, and watches over it."""

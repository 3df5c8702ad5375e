"""Bytes <-> model. Schema versions live here; what the bytes mean is told in docs/contracts.md."""

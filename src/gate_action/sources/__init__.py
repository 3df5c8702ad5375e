"""SEAM 1: where fixtures come from. One file, one source."""

"""Rows that lie elsewhere become rows of the repository: read as hostile, told apart, and proposed within bounds."""

"""Readers of servers that hold traces and feedback: one file a server."""

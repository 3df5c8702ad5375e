"""Shelves, objects and homes: files in a folder or a bucket, whole or not at all. Knows nothing of what they hold."""

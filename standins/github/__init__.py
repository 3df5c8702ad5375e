"""GitHub with a memory: pulls, checks, comments, runs, git objects, rules; GitHub's own description is its referee."""

"""Simulated users: a model, or a script, talks with a build in a fixture's stead. The same user for base and head."""

"""A person labels turns, one key each; knows no terminal and no browser."""

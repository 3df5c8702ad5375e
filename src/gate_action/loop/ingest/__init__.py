"""From files and backends into the store: one reader a kind of source, one way of writing. See ``seam``."""

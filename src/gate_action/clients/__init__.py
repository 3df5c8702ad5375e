"""The hands: git, processes, HTTP, GitHub, models and object stores. Each file imports its library at first use."""

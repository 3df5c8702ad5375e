"""One pull request a purpose: what it brings, how its page reads, and how it is kept right."""

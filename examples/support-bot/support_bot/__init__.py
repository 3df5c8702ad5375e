"""The support bot of Kestrel & Pine, a fictional outdoor shop: answers from its help pages and looks up orders."""

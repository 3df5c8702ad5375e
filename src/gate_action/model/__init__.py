"""The ground floor: what the gate talks about. Frozen dataclasses and protocols; standard library only."""

"""The ground floor: what the gate talks about. Frozen dataclasses, standard library only, no behaviour beyond themselves."""

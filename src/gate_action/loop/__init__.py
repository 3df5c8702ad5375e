"""The loop around the gate: from what users say of production to fixtures, and on to whether a fix held."""

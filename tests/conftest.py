"""What every test shares."""

from hypothesis import settings

settings.register_profile("busy-machine", deadline=None)  # wall time says nothing where others work too
settings.load_profile("busy-machine")

"""How many examples a property is tried on: ten times as many with HYPOTHESIS_PROFILE=thorough, in the slow layer."""

import os

from hypothesis import settings

IS_THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def examples(count: int) -> settings:
    """``count`` in the unit suite. No deadline: wall time says nothing where others work too."""
    return settings(max_examples=count * 10 if IS_THOROUGH else count, deadline=None)

"""What every test shares."""

from hypothesis import settings

from tests.profiles import examples

settings.register_profile("ours", examples(25))
settings.load_profile("ours")

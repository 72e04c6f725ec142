"""Settings that every test shares."""

from hypothesis import settings

# The same examples in every run, and no limit on their time: a busy machine is no failure.
settings.register_profile("nnbuild", deadline=None, derandomize=True)
settings.load_profile("nnbuild")

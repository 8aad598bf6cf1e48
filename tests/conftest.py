"""Hypothesis profiles, chosen by the environment variable HYPOTHESIS_PROFILE: dev (the default) or ci."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# The first examples import SymPy and fill its caches, which Hypothesis takes for a slow strategy.
SUPPRESSED = (HealthCheck.too_slow,)

# Certified enclosures take as long as they must, so a deadline for each example would fail at random.
settings.register_profile(
    "dev", max_examples=40, deadline=None, print_blob=True, suppress_health_check=SUPPRESSED
)
# The same examples in every run: a change must not fail for what another change has drawn.
settings.register_profile(
    "ci", max_examples=60, deadline=None, derandomize=True, print_blob=True, suppress_health_check=SUPPRESSED
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

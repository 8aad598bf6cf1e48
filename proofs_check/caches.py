"""Emptying the caches of both packages, so that a result does not depend on what was computed before it."""

from __future__ import annotations

import sys

from sympy.core.cache import clear_cache

PACKAGES = ("hermite_gamma", "proofs_check")
# What is read from files is the same whenever it is read.
_KEPT = ("proofs_check.registry",)


def forget() -> None:
    """Empty every cache of a function of these packages, and SymPy's.

    A wider or narrower enclosure that an earlier statement has asked for may otherwise answer for this one.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES and name not in _KEPT:
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
    clear_cache()

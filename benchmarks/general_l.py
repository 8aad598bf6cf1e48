"""Formulas for general l against the enclosures of other routes: every level up to 200 at 60 digits.

    python benchmarks/general_l.py [ACTIVATION ...]

Prints one line for each activation of the catalogue that has a formula (or for those named): its kind, the
time to find it, the time to evaluate all levels, the time of the other route, its name, and the verdict. The
exit status is 1 if two enclosures of one number do not meet. Strips and panels take up to a minute each.
"""

from __future__ import annotations

import sys
from time import perf_counter

import hermite_gamma as hg
from hermite_gamma.balls import bounds
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.enclosure.routes import Limits, coefficients

LEVELS, DIGITS, SECONDS = 200, 60, 600.0


def line(spec: str) -> tuple[bool, str]:
    """Return whether formula and route agree, and what to print."""
    entry = ACTIVATIONS.get(spec)
    examples = {p.name: p.example for p in entry.parameters if p.default is None} if entry else {}
    phi = hg.activation(spec, **examples)
    start = perf_counter()
    formula = hg.hermite_formula(phi)
    found = perf_counter()
    values = formula.balls(LEVELS, DIGITS)
    evaluated = perf_counter()
    reference, route = coefficients(phi.pieces, LEVELS, DIGITS, Limits(max_seconds=SECONDS))
    compared = perf_counter()
    apart = []
    for level, (value, ball) in enumerate(zip(values, reference, strict=True)):
        low, high = bounds(ball)
        if value.upper < low or value.lower > high:
            apart.append(level)
    times = f"{1e3 * (found - start):6.0f} ms {1e3 * (evaluated - found):6.0f} ms"
    times += f" {compared - evaluated:7.2f} s"
    verdict = f"apart at l = {apart[:5]}" if apart else "agree"
    return (
        not apart,
        f"{spec:16} {formula.kind:10} {times}  {route.name:16} {verdict}",
    )


def main(specs: list[str]) -> int:
    agreed = 0
    failed = False
    print(f"{'activation':16} {'kind':10} {'formula':>9} {'balls':>9} {'route':>9}")
    for spec in specs or list(ACTIVATIONS):
        try:
            good, text = line(spec)
        except hg.NoClosedForm:
            continue
        print(text, flush=True)
        agreed += good
        failed |= not good
    print(f"{agreed} agree for every l <= {LEVELS} at {DIGITS} digits")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every catalogue entry at three alphas: all four constants, or the reason why one does not exist.

    python benchmarks/sweep.py --digits 50

prints one line per entry (seconds, routes) and the total, which is process time on one core.
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction

from hermite_gamma import HermiteGammaError, activation, gamma_ntk, gamma_rf
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.results import Gamma


def example(key: str):
    """Return the entry with example values for the parameters that have no default."""
    parameters = {p.name: p.example for p in ACTIVATIONS[key].parameters if p.default is None}
    return activation(key, **parameters)


def check(value: Gamma, digits: int) -> str:
    """Return the route after checking the promised width; raise where it is not kept."""
    if value.upper - value.lower > value.lower / Fraction(10) ** digits:
        raise AssertionError(f"{value.activation} at {value.alpha}: {value.quantity} is too wide")
    return value.route


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--digits", type=int, default=50)
    parser.add_argument("--alphas", default="1/10,1/2,99/100")
    options = parser.parse_args()
    alphas = [Fraction(text) for text in options.alphas.split(",")]
    total, enclosed, refused = time.process_time(), 0, 0
    for key in ACTIVATIONS:
        start, routes, reasons = time.process_time(), set(), set()
        phi = example(key)
        for alpha in alphas:
            for quantity in (gamma_ntk, gamma_rf):
                try:
                    result = quantity(phi, alpha, options.digits)
                except HermiteGammaError as error:
                    reasons.add(f"{type(error).__name__}: {error}")
                    refused += 1
                    continue
                for value in [result] if isinstance(result, Gamma) else result.values:
                    if isinstance(value, Gamma):
                        routes.add(check(value, options.digits))
                        enclosed += 1
                    else:
                        reasons.add(value.reason)
        spent = time.process_time() - start
        print(f"{key:16s} {spent:7.3f} s  {', '.join(sorted(routes))}  {'; '.join(sorted(reasons))}".rstrip())
    total = time.process_time() - total
    print(f"{len(ACTIVATIONS)} entries, {enclosed} enclosures, {refused} refusals, {total:.1f} s in all")


if __name__ == "__main__":
    main()

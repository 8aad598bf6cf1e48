"""A curve of predictions against a single one, and against one root search on the same sums.

    python benchmarks/equivalent_speed.py [--points 1000] [--rounds 15]

CPU time (process time), medians over interleaved rounds after a warm-up, so that the expansion of the
activation is known on every side. "curve" is one call of `gamma_finite` with all sample sizes and its array
of gamma; "objects" the same and a Prediction for every size, each with its gamma, h and allowance read;
"single" is a call with one sample size; "brentq" is one call of `scipy.optimize.brentq` for kappa, in plain
Python over the same levels. The targets are 10 times a single call and 200 times a root search.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

for _library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402
from scipy.optimize import brentq  # noqa: E402

from hermite_gamma.construct import activation  # noqa: E402
from hermite_gamma.equivalent.finite import gamma_finite  # noqa: E402
from hermite_gamma.equivalent.spectrum import spectrum  # noqa: E402

CASES = (
    ("rf", "relu"), ("ntk", "relu"), ("rf", "tanh"), ("rf", "gelu"), ("rf", "h1+h2"), ("ntk", "x*atan(x)"),
)  # fmt: skip
COLUMNS = ("curve", "objects", "single", "brentq")
DIM, SAMPLES, MOST = 200, 400, 15_000
PER_SINGLE, PER_ROOT = 10, 200


def seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def root(model: str, phi: str) -> Callable[[], float]:
    """Return the root search for kappa over the levels that `gamma_finite` keeps."""
    source = spectrum(phi, model, DIM)
    pairs = list(zip(source.weights.tolist(), source.lam.tolist(), strict=True))
    tail = source.tail

    def balance(kappa: float) -> float:
        return sum(w / (lam + kappa) for w, lam in pairs) + tail / kappa - SAMPLES

    return lambda: float(brentq(balance, 1e-12, source.total / SAMPLES, xtol=1e-300, rtol=1e-14))


def every_value(curve: Any) -> list[tuple[float, float, float]]:
    return [(float(found), found["h"], found.allowance) for found in curve.values()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    counts = np.unique(np.linspace(10, MOST, options.points).round().astype(int)).tolist()
    print(f"{len(counts)} sample sizes from {counts[0]} to {counts[-1]}, d = {DIM}; CPU ms\n")
    heads = ["model", "phi", *COLUMNS, *(f"{side}/{by}" for side in COLUMNS[:2] for by in COLUMNS[2:])]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for model, name in CASES:
        phi, sizes = activation(name), {"model": model, "dim": DIM}
        sides: tuple[Callable[[], Any], ...] = (
            lambda phi=phi, sizes=sizes: gamma_finite(phi, "1/2", samples=counts, **sizes).alignment,
            lambda phi=phi, sizes=sizes: every_value(gamma_finite(phi, "1/2", samples=counts, **sizes)),
            lambda phi=phi, sizes=sizes: gamma_finite(phi, "1/2", samples=SAMPLES, **sizes),
            root(model, name),
        )
        for side in sides:
            side()
        rounds = [[seconds(side) for side in sides] for _ in range(options.rounds)]
        spent = [1e3 * median(column) for column in zip(*rounds, strict=True)]
        shares = [f"{whole / by:.1f}" for whole in spent[:2] for by in spent[2:]]
        kept = spent[0] <= PER_SINGLE * spent[2] and spent[0] <= PER_ROOT * spent[3]
        cells = [model, name, *(f"{each:.3g}" for each in spent), *shares]
        print("| " + " | ".join(cells) + " |" + ("" if kept else "  over the target"))


if __name__ == "__main__":
    main()

"""How long gamma_NTK and the three RF constants take, activation seen before, at alphas not asked for before.

    python benchmarks/enclosure_speed.py --plot docs/images/enclosure-cost.png
    python benchmarks/enclosure_speed.py --quick

prints, as Markdown: median and worst over the catalogue in ms of process time and in multiples of a
calibration (an arb_poly product of length 561 at 254 bits, timed in the same run); the ratio to a
two-dimensional mpmath.quad with breakpoints at 50 digits, and to a product rule of 100 Gauss-Hermite nodes in
numpy at 15; and how the time grows with the digits and with 1/(1 - alpha). Set OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction

import mpmath
import numpy as np
from flint import arb, arb_poly, ctx
from sweep import example

from hermite_gamma import UndefinedGamma, gamma_ntk, gamma_rf
from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.errors import BudgetExceeded
from hermite_gamma.report import plots
from hermite_gamma.report.figure import Axes, Figure, Panel, Points, figure_format
from hermite_gamma.report.styles import series

F = Fraction
# digits, alpha, and the limits on median and worst in ms
ROWS = (
    (15, F(1, 2), 2, 30),
    (50, F(1, 2), 5, 60),
    (50, F(99, 100), 15, 200),
    (50, F(9999, 10000), 60, 1000),
    (200, F(1, 2), 40, 300),
    (1000, F(1, 2), 500, 5000),
)
QUICK_ROWS = 3
QUICK_NAMES = ("relu", "gelu", "elu", "hardtanh", "tanh", "silu", "x_atan", "softsign", "quadratic")
RULE_NODES = 100


def process_ms(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return 1e3 * (time.process_time() - start)


def calibration() -> float:
    """Return the ms of one product of polynomials, the least of many: other work only adds."""
    with ctx.workprec(254):
        factor = arb_poly([(arb(k) / 7).cos() for k in range(561)])
        return min(process_ms(lambda: factor * factor) for _ in range(50))


def ask(phi: Activation, alpha: Fraction | list[float], digits: int) -> None:
    for quantity in (gamma_ntk, gamma_rf):
        # the constant may not exist (a jump, an affine activation)
        with suppress(UndefinedGamma):
            quantity(phi, alpha, digits)


def nearby(alpha: Fraction) -> Iterator[Fraction]:
    """Yield alphas near the nominal one: an answer kept from an equal request would be no speed."""
    for k in range(1, 1000):
        yield alpha + F(k, 10**5) * min(alpha, 1 - alpha)


def warm_ms(phi: Activation, alpha: Fraction, digits: int) -> float:
    alphas = nearby(alpha)
    ask(phi, next(alphas), digits)
    found = [process_ms(lambda: ask(phi, next(alphas), digits))]
    while len(found) < (7 if found[-1] < 100 else 3 if found[-1] < 1000 else 1):
        found.append(process_ms(lambda: ask(phi, next(alphas), digits)))
    return statistics.median(found)


def catalogue_table(names: tuple[str, ...], unit: float, rows: tuple[tuple[int, ...], ...]) -> None:
    print("| request | median, ms | worst, ms | worst entry | median, units | worst, units | targets, ms |")
    print("|---|---|---|---|---|---|---|")
    for digits, alpha, usual, most in rows:
        times, refused = {}, []
        for name in names:
            try:
                times[name] = warm_ms(example(name), alpha, digits)
            except BudgetExceeded:
                refused.append(f"`{name}`")
        note = f" ({', '.join(refused)} refused: over 60 s)" if refused else ""
        row(f"{digits} digits, alpha = {alpha}{note}", times, unit, (usual, most))
    if rows == ROWS[-1:]:
        return
    grid = [float(a) for a in np.linspace(0.001, 0.999, 1000)]
    shifted = [a + 1e-5 for a in grid]
    times = {}
    for name in names:
        phi = example(name)
        ask(phi, grid, 15)
        times[name] = process_ms(lambda phi=phi: ask(phi, shifted, 15))
    row("1000 alphas, 15 digits", times, unit, (100, 1500))


def row(request: str, times: dict[str, float], unit: float, targets: tuple[int, int]) -> None:
    middle, worst = statistics.median(times.values()), max(times, key=lambda name: times[name])
    cells = [f"{middle:.3g}", f"{times[worst]:.4g}", f"`{worst}`", f"{middle / unit:.2g}"]
    cells += [f"{times[worst] / unit:.3g}", f"{targets[0]}, {targets[1]}"]
    print(f"| {request} | {' | '.join(cells)} |", flush=True)


# --- against quadrature ------------------------------------------------------------------------------------

SLOPES: dict[str, tuple[Callable, Callable, list[int]]] = {
    "tanh": (mpmath.tanh, lambda x: mpmath.sech(x) ** 2, []),
    "relu": (lambda x: x if x > 0 else mpmath.mpf(0), lambda x: mpmath.mpf(x > 0), [0]),
    "gelu": (lambda x: x * mpmath.ncdf(x), lambda x: mpmath.ncdf(x) + x * mpmath.npdf(x), []),
}


def quad_ms(name: str, alpha: Fraction, digits: int) -> float:
    """Time E[f(u) f(v)] for phi and phi' by mpmath.quad in two dimensions, breakpoints supplied."""
    with mpmath.workdps(digits + 5):
        rho = mpmath.mpf(alpha.numerator) / alpha.denominator
        ends = [-mpmath.inf, *SLOPES[name][2], mpmath.inf]
        if len(ends) == 2:
            ends.insert(1, 0)

        def density(x: mpmath.mpf, y: mpmath.mpf) -> mpmath.mpf:
            return mpmath.exp(-(x * x - 2 * rho * x * y + y * y) / (2 * (1 - rho * rho)))

        def both() -> None:
            for f in SLOPES[name][:2]:
                mpmath.quad(lambda x, y, f=f: f(x) * f(y) * density(x, y), ends, ends)

        return process_ms(both)


NUMPY: dict[str, tuple[Callable, Callable]] = {
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "softplus": (lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x))),
}


def rule_ms(name: str, alpha: float) -> float:
    """Time the constants by a product rule of 100 Gauss-Hermite nodes, hermegauss included."""

    def rule() -> list[float]:
        x, w = np.polynomial.hermite_e.hermegauss(RULE_NODES)
        w = w / np.sqrt(2 * np.pi)
        y = alpha * x[:, None] + np.sqrt(1 - alpha * alpha) * x[None, :]
        result = []
        for f in NUMPY[name]:
            kernel = w @ (f(x)[:, None] * f(y)) @ w
            mu0, mu1, square = w @ f(x), w @ (x * f(x)), w @ f(x) ** 2
            result += [kernel - mu0**2, square - mu0**2, mu1]
        return result

    return statistics.median(process_ms(rule) for _ in range(15))


def comparisons(quick: bool) -> None:
    print(
        "\n| 50 digits, alpha = 1/2 | mpmath.quad, ms | here, ms | ratio (target 2000) |\n|---|---|---|---|"
    )
    for name in ("relu",) if quick else SLOPES:
        theirs, ours = quad_ms(name, F(1, 2), 50), warm_ms(example(name), F(1, 2), 50)
        print(f"| `{name}` | {theirs:.4g} | {ours:.3g} | {theirs / ours:.3g} |", flush=True)
    print("\n| 15 digits, alpha = 1/2 | 100-node rule, ms | here, ms | here/rule (target 2) |")
    print("|---|---|---|---|")
    for name in NUMPY:
        theirs, ours = rule_ms(name, 0.5), warm_ms(example(name), F(1, 2), 15)
        print(f"| `{name}` | {theirs:.3g} | {ours:.3g} | {ours / theirs:.2g} |", flush=True)


# --- exponents ---------------------------------------------------------------------------------------------

SHOWN = ("relu", "elu", "silu", "x_atan", "softsign")
DIGITS = (15, 30, 60, 120)
GAPS = tuple(F(1, 2) / 4**k for k in range(6))


def slope(x: list[float], y: list[float]) -> float:
    """Return the exponent of y ~ x^p by least squares of logarithms."""
    return float(np.polyfit([math.log(t) for t in x], [math.log(t) for t in y], 1)[0])


def exponents(path: str | None, quick: bool) -> None:
    digits, gaps = (DIGITS[:3], GAPS[:4]) if quick else (DIGITS, GAPS)
    panels: dict[str, list[Points]] = {"digits": [], "gaps": []}
    print("\n| exponent of | digits, all | three largest | 1/(1 - alpha), all | four largest |")
    print("|---|---|---|---|---|")
    for index, name in enumerate(SHOWN):
        phi = example(name)
        by_digits = [warm_ms(phi, F(1, 2), d) for d in digits]
        by_gap = [warm_ms(phi, 1 - gap, 30) for gap in gaps]
        x, far = [float(d) for d in digits], [float(1 / gap) for gap in gaps]
        found = [
            slope(x, by_digits),
            slope(x[-3:], by_digits[-3:]),
            slope(far, by_gap),
            slope(far[-4:], by_gap[-4:]),
        ]
        print(f"| `{name}` | {' | '.join(f'{p:.2f}' for p in found)} |", flush=True)
        panels["digits"].append(Points(name, series(index), tuple(x), tuple(by_digits), joined=True))
        panels["gaps"].append(Points(name, series(index), tuple(far), tuple(by_gap), joined=True))
    if path is not None:
        draw(path, panels)


def draw(path: str, panels: dict[str, list[Points]]) -> None:
    words = {"digits": ("digits", r"$\alpha = 1/2$"), "gaps": (r"$1/(1 - \alpha)$", "30 digits")}
    figure = Figure(
        x_label="",
        y_label="ms",
        panels=tuple(
            Panel(title, tuple(panels[key]), axes=Axes(label, "ms", log_x=True, log_y=True), typed=False)
            for key, (label, title) in words.items()
        ),
        panel_size=(3.1, 2.4),
        legend="all four constants, warm",
    )
    with open(path, "wb") as file:
        plots.save(figure, file, figure_format(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="nine activations and the first three rows")
    parser.add_argument(
        "--rows", choices=("all", "short", "1000"), default="all", help="1000 digits take minutes"
    )
    parser.add_argument("--plot", metavar="FILE", help="draw the growth of the time (.png, .svg, .pdf)")
    options = parser.parse_args()
    rows = {"all": ROWS, "short": ROWS[:-1], "1000": ROWS[-1:]}[options.rows]
    unit = calibration()
    print(f"calibration: {unit:.3g} ms\n")
    names = QUICK_NAMES if options.quick else tuple(ACTIVATIONS)
    catalogue_table(names, unit, ROWS[:QUICK_ROWS] if options.quick else rows)
    if options.rows != "1000":
        comparisons(options.quick)
        exponents(options.plot, options.quick)


if __name__ == "__main__":
    main()

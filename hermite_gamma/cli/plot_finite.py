"""`hermite-gamma plot finite`: one panel per activation, the predicted alignment against N/d, its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import factorial
from typing import TYPE_CHECKING, Any

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.figures import DRAWN_DIGITS, file_option, sheet
from hermite_gamma.cli.progress import track
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.report.figure import Band, Curve, Figure, Level, Panel

if TYPE_CHECKING:
    from hermite_gamma.equivalent.finite import Curve as Predictions
    from hermite_gamma.equivalent.regime import Limit

FEWEST = Fraction(1, 20)  # N/d at the left end
BEYOND = 3  # the right end is N = 3 d^2
PANEL = (4.3, 3.2)  # inches
TO_THE_END = 0.97  # of the N at which a ridgeless K becomes singular, where sd(F) diverges
BAND_POINTS = 41  # a standard deviation costs more than a point of the curve


@click.command("finite")
@options.model_argument
@options.activations_option
@options.dim_option
@options.one_alpha_option
@options.width_option
@options.ridge_option
@options.distribution_option
@click.option(
    "--up-to",
    type=click.FloatRange(min=0.1, max=1e6),
    metavar="RATIO",
    help="Largest N/d; 3 d unless given, past the step at N = d^2/2. Less where K becomes singular.",
)
@click.option(
    "--points",
    type=click.IntRange(3, 5000),
    default=241,
    show_default=True,
    metavar="N",
    help="Number of sample sizes, equally spaced in log N.",
)
@file_option
def command(
    *,
    model: str,
    activations: list[str],
    dim: int,
    alpha: Fraction,
    width: int | None,
    ridge: str,
    distribution: str,
    up_to: float | None,
    points: int,
    output: str,
) -> None:
    """gamma against N/d at given d: the staircase, its limits, and the spread of single samples.

    Dotted: the limits, each in its range of N. Dash-dotted: the limit at fixed N/d. The band is left out
    where the standard deviation is not known.
    """
    phis = [hg.activation(spec) for spec in activations]
    setting = {"model": model, "dim": dim, "width": width, "ridge": ridge, "distribution": distribution}
    end = float(BEYOND * dim) if up_to is None else up_to
    with sheet(output) as paper:
        panels = tuple(_panel(phi, alpha, setting, end, points) for phi in track(phis, "activations"))
        drawn = [item for panel in panels for item in panel.items if not isinstance(item, Level)]
        places = [x for item in drawn for x in item.x]
        heights = [y for item in drawn for y in _heights(item)]
        x_range, y_range = (min(places), max(places)), (0, min(1.0, 1.1 * max(heights)))
        paper.draw(Figure("$N/d$", r"$\gamma$", panels, x_range, y_range, log_x=True, panel_size=PANEL))


def _panel(phi: hg.Activation, alpha: Fraction, setting: dict[str, Any], end: float, points: int) -> Panel:
    from hermite_gamma.equivalent.finite import gamma_finite
    from hermite_gamma.equivalent.regime import regime

    samples = _samples(phi, setting, end, points)
    ratios = tuple(n / setting["dim"] for n in samples)
    curve = gamma_finite(phi, alpha, samples=samples, **setting)
    band = _band(curve, ratios)
    items: list[Band | Curve] = [] if band is None else [band]
    for limit in regime(phi, alpha, samples=samples[-1], **setting).limits:
        items += _line(limit, setting["dim"], ratios)
    items += _proportional(phi, alpha, setting["model"], ratios)
    items.append(Curve("finite $N$ and $d$", "finite", ratios, _drawn(curve.alignment)))
    return Panel(f"{setting['model']} {phi}", tuple(items), () if band else ("no standard deviation",))


def _samples(phi: hg.Activation, setting: dict[str, Any], end: float, points: int) -> list[int]:
    """Return the numbers of samples, up to where K becomes singular."""
    from math import ceil, exp, inf, log

    from hermite_gamma.equivalent.fixed_point import parameter_count
    from hermite_gamma.equivalent.spectrum import spectrum
    from hermite_gamma.inputs import MAX_DIMENSION, rational_value

    dim = setting["dim"]
    first, last = max(2, ceil(FEWEST * dim)), end * dim
    if rational_value(setting["ridge"], "ridge") == 0:
        source = spectrum(phi, setting["model"], dim, setting["distribution"])
        singular = min(parameter_count(source, setting["width"]), source.rank)
        last = min(last, int(TO_THE_END * singular) if singular < inf else inf)
    if last > MAX_DIMENSION:
        raise BadInput(
            f"dim = {dim} is too large for a curve up to N = {last:.3g}: N must not exceed {MAX_DIMENSION}; "
            "take a smaller dim or a smaller end of N/d"
        )
    if last <= first:
        raise BadInput(
            f"no curve for {phi}: it would begin at N = {first}, and K is singular soon after N = {last:.0f}"
        )
    step = log(last / first) / (points - 1)
    return list(dict.fromkeys(round(first * exp(i * step)) for i in range(points)))


def _band(curve: Predictions, ratios: Sequence[float]) -> Band | None:
    """Return gamma -+ sd(F), the sd computed at few N and interpolated in log N."""
    import numpy as np

    from hermite_gamma.equivalent.fluctuations import fluctuation

    rows = np.unique(np.linspace(0, len(ratios) - 1, BAND_POINTS).round().astype(int))
    try:
        known = [fluctuation(curve.point, curve.split, int(row)).sd for row in rows]
    except (BadInput, UndefinedGamma):
        return None
    spread = np.interp(np.log(ratios), np.log(np.asarray(ratios)[rows]), known)
    low, high = np.maximum(curve.alignment - spread, 0), curve.alignment + spread
    return Band(r"one sample, $\pm$ sd", "spread", tuple(ratios), _drawn(low), _drawn(high))


def _line(limit: Limit, dim: int, ratios: Sequence[float]) -> Iterator[Curve]:
    """Yield the limit over its range of N: from one level's number of eigenfunctions, d^l/l!, to the next."""
    if limit.name == "paper's lower bound":
        first, last, role, label = ratios[0], dim / 2, "paper", limit.name
    elif limit.powers is not None:
        first, last = (dim ** (power - 1) / factorial(power) for power in limit.powers)
        name = limit.name.replace("<<", r"\ll ")
        role, label = "limit", f"${name}$"
    else:
        return
    ends = (max(first, ratios[0]), min(last, ratios[-1]))
    if ends[0] < ends[1]:
        yield Curve(label, role, ends, (limit.value,) * 2)


def _proportional(
    phi: hg.Activation, alpha: Fraction, model: str, ratios: Sequence[float]
) -> Iterator[Curve]:
    from hermite_gamma.equivalent.proportional import gamma_proportional, learned_ratio

    found = gamma_proportional(phi, alpha, ratio=Fraction(1, 2), model=model).quantities
    if "r" in found:
        shares = [learned_ratio(found["r"], c) for c in ratios]
        values = [(t * float(alpha) + found["b2"]) / (1 + t) for t in shares]
        yield Curve("$d \\to \\infty$ at this $N/d$", "proportional", tuple(ratios), _drawn(values))


def _heights(item: Any) -> tuple[float, ...]:
    return item.upper if isinstance(item, Band) else item.y


def _drawn(values: Any) -> tuple[float, ...]:
    # the same request gives the same file, whichever machine sums
    return tuple(float(f"{value:.{DRAWN_DIGITS}g}") for value in values)

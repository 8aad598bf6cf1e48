"""`hermite-gamma plot alignment`: one panel per saved estimate, the histogram of its alignments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hermite_gamma.cli import options
from hermite_gamma.cli.figures import file_option, sheet
from hermite_gamma.cli.values import ratio
from hermite_gamma.errors import BadInput
from hermite_gamma.report.figure import Band, Curve, Figure, Panel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hermite_gamma.estimate import Estimate

_MOST_BINS = 60
_LARGEST = 1e100
# Heavy-tailed data give single alignments a hundred times the spread of the rest, which would hide the rest.
_FENCE = 8.0


@click.command("alignment")
@click.argument("paths", metavar="FILE.npz...", nargs=-1, required=True)
@options.level_option
@file_option
def command(*, paths: tuple[str, ...], level: float, output: str) -> None:
    """All alignments F_i of saved simulations, their mean over trials and its interval.

    FILE.npz is what `simulate --save-alignments` or `Estimate.save` wrote; several files are panels side by
    side. Samples far outside are counted in the panel, not drawn.
    """
    from hermite_gamma.estimate import Estimate

    with sheet(output) as paper:
        estimates = [Estimate.load(path) for path in paths]
        samples = [_alignments(estimate, path) for estimate, path in zip(estimates, paths, strict=True)]
        ranges = [_range(values) for values in samples]
        panels = tuple(
            _panel(estimate, values, limits, level)
            for estimate, values, limits in zip(estimates, samples, ranges, strict=True)
        )
        whole = (min(low for low, _ in ranges), max(high for _, high in ranges))
        margin = 0.02 * (whole[1] - whole[0])
        x_range = (whole[0] - margin, whole[1] + margin)
        top = max(max(item.upper) for panel in panels for item in panel.items if isinstance(item, Band))
        # The room above is for the remarks.
        paper.draw(Figure("alignment $F_i$", "density", panels, x_range, (0, 1.35 * top)))


def _alignments(estimate: Estimate, path: str) -> NDArray[np.float64]:
    import numpy as np

    if "alignment" not in estimate.arrays:
        raise BadInput(f"{path!r} holds no alignments of single samples; save them with --save-alignments")
    values = np.ravel(np.asarray(estimate.arrays["alignment"], dtype=np.float64))
    if not values.size or not (np.abs(values) < _LARGEST).all():
        raise BadInput(f"{path!r} holds alignments that are no finite numbers below {_LARGEST:g}")
    return values


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the histogram: of the samples within eight interquartile ranges of the quartiles."""
    import numpy as np

    low, high = np.quantile(values, (0.25, 0.75))
    reach = _FENCE * (high - low)
    near = values[(values >= low - reach) & (values <= high + reach)]
    ends = (float(near.min()), float(near.max()))
    return ends if ends[0] < ends[1] else (ends[0] - 0.5, ends[1] + 0.5)


def _panel(
    estimate: Estimate, values: NDArray[np.float64], limits: tuple[float, float], level: float
) -> Panel:
    import numpy as np

    low, high = np.quantile(values, (0.25, 0.75))
    width = 2 * (high - low) / np.cbrt(values.size)  # Freedman and Diaconis
    bins = int(np.clip(np.ceil((limits[1] - limits[0]) / width), 1, _MOST_BINS)) if width else 1
    counts, edges = np.histogram(values, bins=bins, range=limits)
    heights = counts / (values.size * np.diff(edges))
    corners = tuple(np.repeat(edges, 2).tolist())
    steps = (0.0, *np.repeat(heights, 2).tolist(), 0.0)
    top = 1.08 * float(heights.max())
    items: list[Band | Curve] = [Band("samples", "histogram", corners, (0.0,) * len(corners), steps)]
    interval = estimate.interval(level)
    if interval is not None:
        items.append(Band(f"{100 * level:g}% interval", "interval", interval, (0.0, 0.0), (top, top)))
    items.append(Curve("mean", "mean", (estimate.mean,) * 2, (0.0, top)))
    trials = "1 trial" if estimate.trials == 1 else f"{estimate.trials} trials"
    shown = f"mean {estimate.mean:.4g}" if interval is None else f"mean {estimate[estimate.headline]}"
    remarks = [f"alpha = {ratio(estimate.alpha)}, {trials}", shown]
    outside = values.size - int(counts.sum())
    if outside:
        remarks.append(f"{outside} of {values.size} samples outside")
    return Panel(f"{estimate.model} {estimate.activation}", tuple(items), tuple(remarks))

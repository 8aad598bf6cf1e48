"""Sizes at which the deterministic equivalents are known to break or to be slow: one line for each."""

from __future__ import annotations

from collections.abc import Iterator

from hermite_gamma.equivalent.fixed_point import parameter_count
from hermite_gamma.equivalent.spectrum import Spectrum

NEAR_RANK = 0.8  # above it a ridgeless K is close to singular
NEAR_INTERPOLATION = 1.25  # at k = 1.25 N the sd of F is 1.7 times that of infinite width (d = 200, N = 2d)
FEW_NEURONS = 20  # sd of F at N << d is sqrt(C_k/k), C_k from 0.06 to 0.11 for relu, tanh, gelu
SMALL_DIM = 24  # below, the terms in 1/d^2 have not been looked at
FEW_SAMPLES = 5  # one sample more or less in kappa is then a fifth
# The degree from which a polynomial needs a large width, and the width that it needs: the 1/k bias of the
# alignment is 35/k for h1+h4 (rf) and 5/k for phi' = 1+h3 (ntk).
STEEP_LEVEL = 4
STEEP_WIDTH = {"rf": 10_000, "ntk": 1_000}


def breaking(spectrum: Spectrum, samples: int, width: int | None, ridge: float) -> tuple[str, ...]:
    """Return what is known to go wrong at these sizes, a line each; nothing where nothing is known.

    Args:
        spectrum: of the kernel, in dimension d.
        samples: N; width: k, None for infinite width; ridge: lam.

    >>> from hermite_gamma.equivalent.spectrum import spectrum
    >>> breaking(spectrum("h1+h2", "rf", 50), 1300, None, 0.0)
    ('N = 1300 is 98% of the rank 1325 of the kernel: K is close to singular',)
    """
    return tuple(_lines(spectrum, samples, width, ridge))


def _lines(spectrum: Spectrum, samples: int, width: int | None, ridge: float) -> Iterator[str]:
    yield from spectrum.warnings
    share = samples / spectrum.rank
    if ridge == 0 and share > NEAR_RANK:
        percent = f"{100 * share:.0f}%" if samples < spectrum.rank else "not below"
        rank = f"{spectrum.rank:.0f}"
        yield f"N = {samples} is {percent} of the rank {rank} of the kernel: K is close to singular"
    if width is not None:
        yield from _width_lines(spectrum, samples, width, ridge)
    if spectrum.dim < SMALL_DIM:
        yield f"d = {spectrum.dim} is small: the error O(1/d) of the equivalent is not"
    if samples < FEW_SAMPLES:
        yield f"N = {samples} is small: the equivalent itself has an error O(1/N)"


def _width_lines(spectrum: Spectrum, samples: int, width: int, ridge: float) -> Iterator[str]:
    parameters = parameter_count(spectrum, width)
    name = "k" if spectrum.model == "rf" else "k d"
    excess = parameters / samples
    if ridge == 0 and excess < NEAR_INTERPOLATION:
        yield (
            f"{name}/N = {excess:.3g} is near 1: alignments and risk fluctuate like 1/({name} - N), and a "
            "simulation may be far from its mean"
        )
    rank = _quadratic_rank(spectrum, width)
    if ridge == 0 and rank is not None and rank < samples <= parameters:
        yield (
            f"phi is quadratic and k <= d: the k d = {parameters:.0f} features span {rank} dimensions only, "
            f"so K is singular at N = {samples} and F is 0/0"
        )
    if spectrum.model == "ntk" and width < FEW_NEURONS:
        yield f"k = {width} neurons: the alignment of a sample does not concentrate, whatever d is"
    needed, degree = STEEP_WIDTH[spectrum.model], len(spectrum.expansion.weights) - 1
    if spectrum.expansion.is_polynomial and degree >= STEEP_LEVEL and width < needed:
        bias = f"its 1/k bias is large below k = {needed}"
        yield f"a polynomial of degree {degree} at width k = {width}: {bias}"


def _quadratic_rank(spectrum: Spectrum, width: int) -> int | None:
    """Return how many dimensions the NTK features of a quadratic phi span for k <= d, None for others.

    phi' = a + b x has the features z_i (a + b w_j.z). A combination u of them vanishes if sum_j u_j w_j^T is
    antisymmetric, that is u = W A with A antisymmetric, and (where a is not 0) sum_j u_j = W A 1 = 0, which
    are k - 1 more equations.
    """
    quadratic = spectrum.expansion.is_polynomial and len(spectrum.expansion.weights) == 3
    if spectrum.model != "ntk" or not quadratic or width > spectrum.dim:
        return None
    lost = width * (width - 1) // 2 - (width - 1 if spectrum.weights[1] > 0 else 0)
    return width * spectrum.dim - lost

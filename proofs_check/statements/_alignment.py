"""What the statements about random features and the NTK share: simulated alignment, its bias, hypotheses."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.equivalent.neurons import width_bias_constant, width_constant
from hermite_gamma.gamma import ntk_undefined, rf_undefined
from proofs_check.domains import Domain
from proofs_check.evidence import Run
from proofs_check.measurements import Trials, simulated
from proofs_check.statement import Hypothesis, Instance, Variable

INFINITE = sp.oo
LAW = "product_spheres"
"""|x|^2 = d_x and |y|^2 = d_y: Lipschitz functions concentrate on it, as the theorems assume of the data."""

WIDTH = Variable(
    "k",
    Domain(
        "integers, at least 1, or infinity",
        r"\mathbb{N} \cup \{\infty\}",
        lambda v: v == INFINITE or (isinstance(v, int) and v >= 1),
    ),
    "number of neurons; infinity is the expected kernel",
)


def width_of(k: Any) -> int | None:
    """Return the width as `hermite_gamma` takes it, None for infinity."""
    return None if k == INFINITE else int(k)


def alignment(
    run: Run,
    label: str,
    model: str,
    phi: str,
    alpha: Any,
    sizes: tuple[int, int, Any],
    trials: tuple[int, int] = (16, 64),
) -> Trials:
    """Return the mean alignment of each trial by the estimator with the least variance.

    Args:
        run: gives the seed.
        label: id of the statement.
        model: "rf" or "ntk".
        phi: activation.
        alpha: share of spurious coordinates.
        sizes: N, d and k.
        trials: of a default and of a thorough run.
    """
    samples, dim, k = sizes
    # x' is integrated exactly where the kernel is a function of z.z' alone
    estimator = "rao_blackwell" if k == INFINITE else "control_variate"
    return simulated(
        run,
        label,
        phi,
        f"alignment_{estimator}",
        model=model,
        samples=samples,
        dim=dim,
        width=width_of(k),
        alpha=alpha,
        distribution=LAW,
        estimator=estimator,
        trials=run.pick(*trials),
    )


def squared_distance(
    run: Run, label: str, model: str, phi: str, alpha: Any, sizes: tuple[int, int, Any], trials: int
) -> Trials:
    """Return the mean over the samples of (F_i - gamma_N)^2, one for each trial; arguments as `alignment`."""
    samples, dim, k = sizes
    settings: dict[str, Any] = {
        "model": model,
        "samples": samples,
        "dim": dim,
        "width": width_of(k),
        "distribution": LAW,
    }
    gamma = float(hg.gamma_finite(phi, alpha, **settings))
    found = hg.simulate(
        phi,
        alpha=alpha,
        trials=trials,
        seed=run.seed_for(label, phi, alpha, *sizes),
        workers=1,
        test_samples=0,
        **settings,
    )
    return np.asarray(((found.arrays["alignment"] - gamma) ** 2).mean(axis=1))


def bias(i: Instance, model: str) -> float:
    """Return the stated O(1/d) + O(1/k) + O(1/N) bias of the equivalent at the sizes of an instance."""
    sizes = (i["N"], i["d"], width_of(i.get("k", INFINITE)))
    return _bias(i["phi"], i["alpha"], model, sizes)


@lru_cache(maxsize=256)
def _bias(phi: str, alpha: Any, model: str, sizes: tuple[int, int, int | None]) -> float:
    samples, dim, width = sizes
    return float(
        hg.alignment_allowance(
            phi, alpha, model=model, samples=samples, dim=dim, width=width, distribution=LAW
        )
    )


@lru_cache(maxsize=256)
def neuron_constant(phi: str, alpha: Any) -> float:
    """Return C of the variance C/k that k neurons add to the NTK alignment for N << d."""
    return width_constant(phi, alpha, model="ntk")


def second_level(alpha: Any, share: Any) -> float:
    """Return how far b2 can move because N samples learn a part of level 2, for every phi.

    Level 2 has B = (d+2)(d-1)/2 eigenfunctions, s its share in lam* = sum_{l>=2} w_l. Its learnability is at
    most s N/B, and moves sum_{l>=2} w_l (1-L_l) alpha^l / sum_{l>=2} w_l (1-L_l) by at most
    s L_2 (alpha^2 - b2)/(1 - L_2) <= s^2 (1-s) alpha^2 (N/B)/(1 - N/B), and s^2 (1-s) <= 4/27. Levels above 2
    are not learned as long as N << d^3.

    Args:
        alpha: share of spurious coordinates.
        share: N/B, below 1.
    """
    a, part = float(alpha), float(share)
    return 4 / 27 * a * a * part / (1 - part)


def pairs(dim: int) -> Fraction:
    """Return the number of eigenfunctions of level 2 on the sphere."""
    return Fraction((dim + 2) * (dim - 1), 2)


def _decided(question: Callable[[], bool]) -> bool:
    # what the package cannot decide is not known to satisfy a hypothesis
    try:
        return question()
    except hg.NoEnclosure:
        return False


def _in_l2(i: Instance) -> bool:
    return hg.activation(i["phi"]).is_square_integrable is True


def _continuous(i: Instance) -> bool:
    return hg.activation(i["phi"]).has_jumps is False


def _slope_in_l2(i: Instance) -> bool:
    return hg.activation(i["phi"]).derivative_is_square_integrable is True


SQUARE_INTEGRABLE = Hypothesis(
    "square-integrable",
    "E phi(g)^2 is finite: otherwise there is no kernel",
    lambda i: _decided(lambda: _in_l2(i)),
    latex=r"\mathbb{E}\,\phi(g)^2 < \infty",
    definedness=True,
)


def is_nonlinear(i: Instance) -> bool:
    """Return whether phi is known not to be affine."""
    return _decided(lambda: not hg.activation(i["phi"]).is_affine)


def nonlinear(otherwise: str) -> Hypothesis:
    """Return the hypothesis that phi is not affine, where the claim has no meaning for an affine one."""
    return Hypothesis("nonlinear", f"phi is not affine: {otherwise}", is_nonlinear, definedness=True)


NONLINEAR = nonlinear("otherwise the kernel has rank d + 1 at most, K is singular and F is 0/0")
ABSOLUTELY_CONTINUOUS = Hypothesis(
    "absolutely-continuous",
    "phi does not jump: otherwise phi' is not a function, and there is no tangent kernel",
    lambda i: _decided(lambda: _continuous(i)),
    definedness=True,
)
SLOPE_SQUARE_INTEGRABLE = Hypothesis(
    "slope-square-integrable",
    "E phi'(g)^2 is finite: otherwise there is no tangent kernel",
    lambda i: _decided(lambda: _slope_in_l2(i)),
    latex=r"\mathbb{E}\,\phi'(g)^2 < \infty",
    definedness=True,
)
RF_KERNEL = (SQUARE_INTEGRABLE, NONLINEAR)
NTK_KERNEL = (ABSOLUTELY_CONTINUOUS, NONLINEAR, SLOPE_SQUARE_INTEGRABLE)


def fourth_moment(model: str) -> Hypothesis:
    """Return the hypothesis that the kernel of k neurons has a variance: a 1/k bias is stated only then."""

    def holds(i: Instance) -> bool:
        if i["k"] == INFINITE:
            return True
        undefined = rf_undefined if model == "rf" else ntk_undefined
        if not _decided(lambda: undefined(hg.activation(i["phi"])) is None):
            return False
        try:
            width_bias_constant(i["phi"], i.get("alpha", "1/2"), model=model)
        except hg.UndefinedGamma:
            return False
        return True

    what = "phi" if model == "rf" else "phi'"
    return Hypothesis(
        "fourth-moment",
        f"E {what}(g)^4 is finite, or k is infinite: otherwise the kernel of k neurons has no variance",
        holds,
        definedness=True,
    )

"""Teachers g = T(u.x) + noise, level by level: what the labels put on polynomials of degree l of x.

t = u.x, |u| = 1. For Gaussian x, t ~ N(0, 1) and level l has the power c_l^2, c_l = E T(t) h_l(t). Where x
lies on a sphere of R^n (|x|^2 = d_x; z on a sphere: n = d), t has the law of one coordinate, with density
proportional to (1 - t^2/n)^((n-3)/2), and its orthonormal polynomials take the place of h_l. For signs of a
hypercube and a random u the law of t is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.construct import activation
from hermite_gamma.equivalent.averages import REACH, Sampled, sampled
from hermite_gamma.errors import BadInput, HermiteGammaError, UndefinedGamma
from hermite_gamma.inputs import Split, rational_value
from hermite_gamma.pieces import resolve
from hermite_gamma.symbols import X

Floats = NDArray[np.float64]

DEGREES = 24  # a level above would need d^24 samples
LEAST_SPHERE = 5  # below, the density of t is not smooth at its ends; such d are no matter for an equivalent
# Given u, t = u.x has another law than its mean over u, or level l of T(u.x) is not its part along the l-th
# polynomial of t: terms 1/d_x. Simulated (relu, N = 60 and 200, d = 40, d_x = 6, 10 and 20), the risk is off
# by up to 0.9/d_x, relatively, an accuracy by up to 0.2/d_x.
LEAST_X, RISK_X, ACCURACY_X = 10, 1.0, 0.5
AS_ASSUMED = ("gaussian", "sphere")  # no direction u differs from another; right at d_x = 2
NOISE_REACH = 9.0  # standard deviations
_UNIT, _UNIT_WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, eq=False)
class Polynomials:
    """Orthonormal polynomials p_0, ..., p_M of a law on the line, by their recurrence.

    Attributes:
        centres, steps: x p_k = steps_{k+1} p_{k+1} + centres_k p_k + steps_k p_{k-1}.
    """

    centres: Floats
    steps: Floats

    def at(self, points: Floats) -> Floats:
        """Return their values, shape (M + 1, n)."""
        rows = np.zeros((len(self.centres), len(points)))
        rows[0] = 1.0
        for k in range(len(self.centres) - 1):
            below = self.steps[k] * rows[k - 1] if k else 0.0
            rows[k + 1] = ((points - self.centres[k]) * rows[k] - below) / self.steps[k + 1]
        return rows

    @cached_property
    def rule(self) -> tuple[Floats, Floats]:
        """Gauss's points and weights for the law."""
        inner = self.steps[1:]
        matrix = np.diag(self.centres) + np.diag(inner, 1) + np.diag(inner, -1)
        points, vectors = np.linalg.eigh(matrix)
        return points, vectors[0] ** 2


@dataclass(frozen=True, eq=False)
class Teacher:
    """A teacher under the law of t.

    Attributes:
        name: what it was asked for as.
        noise: flip probability of a sign, standard deviation of an additive noise otherwise.
        flips: whether noise flips.
        points, weights: nodes of t and their probabilities.
        values: T at the nodes.
        polynomials: orthonormal under the law of t.
        coefficients: c_0, ..., c_M of E[g | x], flips included.
    """

    name: str
    noise: Fraction
    flips: bool
    points: Floats
    weights: Floats
    values: Floats
    polynomials: Polynomials
    coefficients: Floats

    @cached_property
    def basis(self) -> Floats:
        """The polynomials at the nodes."""
        return self.polynomials.at(self.points)

    @property
    def clean(self) -> float:
        """1 - 2 (flip probability): what flips leave of E[g | x]."""
        return 1 - 2 * float(self.noise) if self.flips else 1.0

    @cached_property
    def power(self) -> float:
        """E E[g | x]^2."""
        return self.clean**2 * float((self.weights * self.values**2).sum())

    @property
    def beyond(self) -> float:
        """Power of the levels above M, which no sample size here learns."""
        return max(self.power - float((self.coefficients**2).sum()), 0.0)

    @property
    def noise_power(self) -> float:
        """E Var(g | x)."""
        if self.flips:
            return 1 - self.clean**2
        return float(self.noise) ** 2

    @property
    def variance(self) -> float:
        """Var g, noise included."""
        return self.power - float(self.coefficients[0]) ** 2 + self.noise_power

    def answers(self) -> tuple[Floats, Floats]:
        """Return the labels g and their probabilities at each node of t, both of shape (n, m)."""
        truth = self.values[:, None]
        sd = float(self.noise)
        if self.noise == 0:
            return truth, np.ones_like(truth)
        if self.flips:
            return np.hstack([truth, -truth]), np.broadcast_to([1 - sd, sd], (len(truth), 2))
        # two panels of noise that meet where the label changes its sign
        border = np.clip(-truth / sd, -NOISE_REACH, NOISE_REACH)
        below, above = (border + NOISE_REACH) / 2, (NOISE_REACH - border) / 2
        z = np.hstack([border - below + below * _UNIT, border + above + above * _UNIT])
        lengths = np.hstack([below * _UNIT_WEIGHTS, above * _UNIT_WEIGHTS])
        chances = lengths * np.exp(-z * z / 2)
        return truth + sd * z, chances / chances.sum(axis=1, keepdims=True)


def teacher_levels(spec: Any, noise: Any, distribution: str, split: Split) -> Teacher:
    """Return a teacher with its level powers under the law of the data.

    Args:
        spec: "sign", "linear", or a formula of t such as "h1+h3/2".
        noise: "sign": probability of a flip, in [0, 1/2]; else standard deviation of Gaussian noise.
        distribution: data law; it decides the law of t.
        split: d_x and d.

    Raises:
        BadInput: labels that are no function of t, or a noise out of range.

    >>> from hermite_gamma.inputs import split_dimension
    >>> sign = teacher_levels("sign", 0, "gaussian", split_dimension("1/2", 200))
    >>> (sign.coefficients[:4] ** 2).round(6)  # (2/pi) ((l-2)!!)^2/l! for odd l
    array([0.      , 0.63662 , 0.      , 0.106103])
    """
    if not isinstance(spec, str):
        raise BadInput('predictions know the labels "sign", "linear" and formulas of u.x, such as "h1+h3/2"')
    amount = rational_value(noise, "label_noise")
    flips = spec == "sign"
    if amount < 0 or (flips and amount > Fraction(1, 2)):
        allowed = "a probability between 0 and 1/2" if flips else "at least 0"
        raise BadInput(f"label_noise must be {allowed}, got {noise}")
    return _teacher(spec, amount, flips, _sphere(distribution, split))


def check_law_of_t(distribution: str, split: Split) -> None:
    """Refuse an x of so few coordinates that the law of t = u.x, for a given u, is far from the one used.

    Raises:
        UndefinedGamma: it is so.
    """
    if distribution not in AS_ASSUMED and split.dim_x < LEAST_X:
        raise UndefinedGamma(
            f"on {distribution} data what is memorised is predicted from d_x = {LEAST_X} on, "
            f"got d_x = {split.dim_x}"
        )


def given_u(distribution: str, split: Split) -> tuple[float, float]:
    """Return what the law of t given u may move at this d_x: a share of the risk, and an accuracy."""
    if distribution in AS_ASSUMED:
        return 0.0, 0.0
    return RISK_X / split.dim_x, ACCURACY_X / split.dim_x


def _sphere(distribution: str, split: Split) -> int | None:
    """Return n if t is a coordinate of a sphere in R^n, None if it is Gaussian."""
    n = {"product_spheres": split.dim_x, "rademacher": split.dim_x, "sphere": split.dim}.get(distribution)
    return n if n is not None and n >= LEAST_SPHERE else None


@lru_cache(maxsize=64)
def _teacher(spec: str, noise: Fraction, flips: bool, sphere: int | None) -> Teacher:
    target = activation(spec)
    try:
        zeros = resolve(_sign_of(target.expr)).breakpoints
    except HermiteGammaError as error:
        raise BadInput(f"the zeros of the teacher {spec} cannot be isolated: {error}") from error
    edge = REACH if sphere is None else min(REACH, float(np.sqrt(sphere)))
    grid = sampled(target.pieces, (-edge, *map(float, zeros), edge))
    inside = np.abs(grid.points) < edge
    points, values = grid.points[inside], grid.values[inside]
    chances = (grid.lengths * _density(grid, sphere))[inside]
    weights = chances / chances.sum()
    polynomials = _orthonormal(points, weights)
    coefficients = polynomials.at(points) @ (weights * values)
    clean = 1 - 2 * float(noise) if flips else 1.0
    return Teacher(spec, noise, flips, points, weights, values, polynomials, clean * coefficients)


def _sign_of(expr: Any) -> Any:
    from sympy import sign

    return sign(expr) if expr.has(X) else expr


def _density(grid: Sampled, sphere: int | None) -> Floats:
    square = grid.points**2
    if sphere is None:
        return np.asarray(np.exp(-square / 2))
    inside = np.clip(1 - square / sphere, 0.0, None)
    return np.asarray(inside ** ((sphere - 3) / 2))


def _orthonormal(points: Floats, weights: Floats) -> Polynomials:
    """Return the recurrence of the orthonormal polynomials by Stieltjes's procedure."""
    centres, steps = np.zeros(DEGREES + 1), np.zeros(DEGREES + 1)
    previous, current = np.zeros_like(points), np.ones_like(points)
    for k in range(DEGREES + 1):
        centres[k] = (weights * points * current**2).sum()
        if k == DEGREES:
            break
        following = (points - centres[k]) * current - steps[k] * previous
        steps[k + 1] = np.sqrt((weights * following**2).sum())
        previous, current = current, following / steps[k + 1]
    return Polynomials(centres, steps)

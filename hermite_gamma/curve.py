"""gamma as a function of alpha: limits, leading term, derivative, inverse.

Every constant of `hermite_gamma.gamma` is a power series f(alpha) = sum_l a_l alpha^l with a_l >= 0, a_0 = 0:
a_l = mu'_(l-1)^2 / S for the NTK limit, mu_l^2 / S for the RF bounds. So f and all its derivatives are
nonnegative and increasing on (0, 1): f is convex, and has an inverse;
f(lower) <= gamma <= f(upper) proves that the alpha with f(alpha) = gamma lies in [lower, upper]; the
derivative comes from differences with a proved error (monotone.py).

Derived here; Theorems 1 and 2 of [bombari2024] give the series.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from typing import Any

import sympy as sp

from hermite_gamma.activation import Activation
from hermite_gamma.construct import Spec, activation
from hermite_gamma.dual import dual_kernel, hermite_coefficients
from hermite_gamma.enclosure.rounding import outward
from hermite_gamma.errors import BadInput, NoClosedForm, NoEnclosure, UndefinedGamma, UnknownName
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.gamma import (
    NTK,
    PAPER,
    SHARP,
    UPPER,
    gamma_ntk,
    gamma_rf,
    ntk_undefined,
    rf_undefined,
)
from hermite_gamma.inputs import alpha_value, digits_value, rational_value
from hermite_gamma.monotone import Interval, derivative, inverse, simplest
from hermite_gamma.results import Enclosure, Gamma, SymbolicGamma

ALPHA = sp.Symbol("alpha")
QUANTITIES = {"ntk": NTK, "rf_paper": PAPER, "rf_sharp": SHARP, "rf_upper": UPPER}
MAX_LEADING_LEVEL = 32
COEFFICIENT_DIGITS = 40


@dataclass(frozen=True)
class Leading:
    """f(alpha) ~ coefficient alpha^order as alpha -> 0; all lower coefficients are exactly 0."""

    order: int
    coefficient: Enclosure


@dataclass(frozen=True)
class GammaCurve:
    """One constant of one activation as a function of alpha in (0, 1).

    Attributes:
        activation: phi.
        quantity: "ntk_limit", "rf_paper_lower_bound", "rf_sharp_lower_bound" or "rf_upper_bound".

    Made by `gamma_curve`.
    """

    activation: Activation
    quantity: str

    def __call__(self, alpha: Any, digits: int = 15) -> Gamma:
        """Return the value at one alpha; the same as `gamma_ntk` or the entry of `gamma_rf`."""
        if self.quantity == NTK:
            found = gamma_ntk(self.activation, alpha, digits)
            assert isinstance(found, Gamma)
            return found
        found = getattr(gamma_rf(self.activation, alpha, digits), self.quantity.removeprefix("rf_"))
        assert isinstance(found, Gamma)
        return found

    @property
    def exact(self) -> sp.Expr:
        """The closed form in the symbol alpha.

        Raises:
            NoClosedForm: none is known; values, derivative and inverse are enclosed all the same.
        """
        if self.quantity == NTK:
            found = gamma_ntk(self.activation, ALPHA)
        else:
            found = getattr(gamma_rf(self.activation, ALPHA), self.quantity.removeprefix("rf_"))
        exact: sp.Expr = found.exact
        return exact

    @property
    def first_level(self) -> int:
        """The lowest power of alpha that the definition contains."""
        return 1 if self.quantity == UPPER else 2

    @property
    def shift(self) -> int:
        """a_l belongs to the level l - shift of phi' (NTK: 1) or phi (RF: 0)."""
        return 1 if self.quantity == NTK else 0

    def coefficients(self, up_to: int, digits: int = 15) -> list[Enclosure]:
        """Return a_0, ..., a_up_to, the Taylor coefficients at 0; `.exact` where rules give them."""
        wanted = digits_value(digits)
        levels = _levels(self, up_to, wanted + 5)
        total = self.total(wanted + 5)
        made = []
        for power in range(up_to + 1):
            if power < self.first_level:
                made.append(_point(Fraction(0), wanted, sp.S.Zero))
                continue
            mu = levels[power - self.shift]
            low, high = _square((mu.lower, mu.upper))
            exact = None if mu.exact is None or total.exact is None else mu.exact**2 / total.exact
            if mu.exact is not None and mu.exact == 0:
                exact = sp.S.Zero
            made.append(
                _made((low / total.upper, high / total.lower), wanted, exact, "quotient of enclosures")
            )
        return made

    def total(self, digits: int) -> Enclosure:
        """Return the denominator: the sum of the squared coefficients that it counts."""
        return _total(self, digits)

    @cached_property
    def at_zero(self) -> Fraction:
        """The limit at alpha -> 0, which is 0."""
        return Fraction(0)

    @cached_property
    def at_one(self) -> Enclosure:
        """The limit at alpha -> 1: 1, and for the paper's bound the share of the levels from 2 on."""
        if self.quantity != PAPER:
            return _point(Fraction(1), 15, sp.S.One)
        first = self.with_quantity(UPPER).coefficients(1, COEFFICIENT_DIGITS)[1]
        exact = None if first.exact is None else 1 - first.exact
        return _made((1 - first.upper, 1 - first.lower), 15, exact, "1 minus the share of level 1")

    def with_quantity(self, quantity: str) -> GammaCurve:
        """Return another constant of the same activation."""
        return GammaCurve(self.activation, quantity)

    @cached_property
    def leading(self) -> Leading:
        """The first term of the power series.

        Raises:
            NoEnclosure: some coefficient can neither be told from 0 nor proved to vanish.
        """
        up_to = 8
        while up_to <= MAX_LEADING_LEVEL:
            for power, a in enumerate(self.coefficients(up_to)):
                if a.lower > 0:
                    return Leading(power, a)
                if a.upper > 0:
                    raise NoEnclosure(f"the coefficient of alpha^{power} cannot be told from 0", str(a))
            up_to *= 2
        raise NoEnclosure(f"all coefficients up to alpha^{MAX_LEADING_LEVEL} vanish", str(self.activation))

    def slope_at_one(self, digits: int = 15) -> Enclosure | None:
        """Return lim f'(alpha) as alpha -> 1, which is sum_l l a_l; None if that is infinite.

        With F = phi' (NTK) or phi (RF): sum_l l mu_l(F)^2 = E F'^2, infinite if F jumps.
        """
        wanted = digits_value(digits)
        source = self.activation.derivative() if self.quantity == NTK else self.activation
        if source.has_jumps is None:
            raise NoEnclosure(f"the continuity of {source} is not decided: {source.obstacle}")
        if source.has_jumps or source.derivative_is_square_integrable is False:
            return None
        top = dual_kernel(source, 1, wanted + 10, derivative=True)
        low, high = top.lower, top.upper
        if self.quantity in (PAPER, SHARP):
            mu = _square(_interval(_levels(self, 1, wanted + 10)[1]))
            low, high = low - mu[1], high - mu[0]
        total = self.total(wanted + 10)
        low, high = low / total.upper, high / total.lower
        if self.quantity == NTK:
            low, high = low + 1, high + 1
        return _made((low, high), wanted, None, "E F'^2 over the total")

    def derivative(self, alpha: Any, digits: int = 15) -> Any:
        """Return d gamma/d alpha: an Enclosure at a number, the closed form at a symbol.

        Raises:
            NoClosedForm: alpha is a symbol and gamma has no closed form.

        Formula: central difference, error bound in the module docstring.
        """
        if isinstance(alpha, sp.Symbol):
            return sp.diff(self.exact, ALPHA).subs(ALPHA, alpha)
        a, wanted = alpha_value(alpha), digits_value(digits)
        return _made(slopes(self, a, wanted), wanted, None, "central difference, nonnegative series")

    def alpha_for(self, gamma: Any, digits: int = 15) -> Enclosure:
        """Return the alpha at which the curve takes the value gamma.

        Raises:
            BadInput: gamma is not between 0 and the limit at alpha -> 1.
        """
        target, wanted = rational_value(gamma, "gamma"), digits_value(digits)
        if not 0 < target < self.at_one.upper:
            raise BadInput(f"gamma must lie between 0 and {self.at_one} for {self}, got {gamma}")
        low, high = inverse(partial(values, self), target, wanted)
        exact = _exact_solution(self, target, low, high)
        if exact is not None:
            return _point(exact, wanted, sp.Rational(exact.numerator, exact.denominator))
        return Enclosure(
            low, high, wanted, None, "inverse", "monotone in alpha, enclosed at both ends", "relative"
        )

    def __str__(self) -> str:
        return f"{self.quantity} of {self.activation}"


def gamma_curve(phi: Spec | SymbolicGamma | GammaCurve, model: str = "ntk") -> GammaCurve:
    """Return a constant of phi as a function of alpha.

    Args:
        phi: an Activation or anything that `activation` accepts; a SymbolicGamma, which says what it is.
        model: "ntk", "rf_paper", "rf_sharp" or "rf_upper" (or the full names of the constants).

    Raises:
        UndefinedGamma: the constant does not exist for phi, or is a line because phi is affine.

    >>> curve = gamma_curve("relu")
    >>> curve.exact, curve.at_zero, curve.at_one.exact
    (2*alpha*asin(alpha)/pi, Fraction(0, 1), 1)
    >>> curve.leading.order, curve.leading.coefficient.exact
    (2, 2/pi)
    >>> print(gamma_curve("tanh").derivative("1/2"))
    0.579919688872443
    """
    if isinstance(phi, GammaCurve):
        return phi
    if isinstance(phi, SymbolicGamma):
        return gamma_curve(phi.activation, phi.quantity)
    names = {**QUANTITIES, **{name: name for name in QUANTITIES.values()}}
    if model not in names:
        raise UnknownName("model", model, names)
    act, quantity = activation(phi), names[model]
    reason = ntk_undefined(act) if quantity == NTK else rf_undefined(act)
    if reason is not None:
        raise UndefinedGamma(reason)
    if act.is_affine:
        raise UndefinedGamma(f"phi is affine, so that {quantity} is 0/0 or a straight line in alpha")
    return GammaCurve(act, quantity)


def alpha_for(phi: Spec | SymbolicGamma, gamma: Any, model: str = "ntk", digits: int = 15) -> Enclosure:
    """Return the alpha at which a constant of phi has the value gamma, with proved digits.

    Args:
        phi, model: as for `gamma_curve`.
        gamma: exact number between 0 and the limit at alpha -> 1 (1; less for model "rf_paper").
        digits: correct digits asked for.

    Returns:
        Enclosure of the only solution; `.exact` where it is a rational at which the closed form is gamma.

    >>> alpha_for("relu", "1/6").exact
    1/2
    >>> print(alpha_for("tanh", "1/10", digits=12))
    0.514016420151
    """
    return gamma_curve(phi, model).alpha_for(gamma, digits)


@lru_cache(maxsize=4096)
def values(curve: GammaCurve, alpha: Fraction, digits: int) -> Interval:
    """Return bounds of the value at alpha, relative width 10^-digits."""
    found = curve(alpha, digits)
    return found.lower, found.upper


@lru_cache(maxsize=1024)
def slopes(curve: GammaCurve, alpha: Fraction, digits: int) -> Interval:
    """Return bounds of the derivative at alpha, relative width about 10^-digits."""
    return derivative(partial(values, curve), alpha, digits)


@lru_cache(maxsize=256)
def _levels(curve: GammaCurve, up_to: int, digits: int) -> list[Enclosure]:
    return hermite_coefficients(curve.activation, up_to, digits, derivative=curve.quantity == NTK)


@lru_cache(maxsize=256)
def _total(curve: GammaCurve, digits: int) -> Enclosure:
    """E F^2 less the squares of the levels that the denominator leaves out."""
    skipped = 2 if curve.quantity == SHARP else 1
    more = digits
    for _ in range(6):
        whole = dual_kernel(curve.activation, 1, more, derivative=curve.quantity == NTK)
        low, high = whole.lower, whole.upper
        for mu in _levels(curve, 1, more)[:skipped]:
            least, most = _square(_interval(mu))
            low, high = low - most, high - least
        if low > 0 and (high - low) * 10**digits <= low:
            return _made((low, high), digits, _exact_total(curve, skipped), "E F^2 less the lowest levels")
        more *= 2
    raise NoEnclosure("the variance of phi is lost to cancellation", str(curve.activation))


def _exact_total(curve: GammaCurve, skipped: int) -> sp.Expr | None:
    pieces = curve.activation.pieces
    source = pieces.derivative if curve.quantity == NTK else pieces
    try:
        return second_moment(source) - sum(coefficient(source, level) ** 2 for level in range(skipped))
    except NoClosedForm:
        return None


def _exact_solution(curve: GammaCurve, target: Fraction, low: Fraction, high: Fraction) -> Fraction | None:
    """Return the simplest rational of the interval if the closed form there is the target."""
    candidate = simplest(low, high)
    if candidate.denominator**2 * (high - low) > 1:
        return None
    found = curve(candidate).exact
    return candidate if found is not None and found == sp.Rational(*target.as_integer_ratio()) else None


def _interval(found: Enclosure) -> Interval:
    return found.lower, found.upper


def _square(interval: Interval) -> Interval:
    low, high = interval
    return (
        Fraction(0) if low <= 0 <= high else min(low * low, high * high),
        max(low * low, high * high),
    )


def _point(value: Fraction, digits: int, exact: sp.Expr) -> Enclosure:
    return Enclosure(value, value, digits, exact, "closed form", "exact rules", "exact")


def _made(interval: Interval, digits: int, exact: sp.Expr | None, proof: str) -> Enclosure:
    if exact is not None and exact.is_Rational:
        return _point(Fraction(int(exact.p), int(exact.q)), digits, exact)
    low, high = outward(interval[0], interval[1], digits + 2)
    width = "relative" if low > 0 else "absolute"
    return Enclosure(low, high, digits, exact, "closed form" if exact is not None else "series", proof, width)

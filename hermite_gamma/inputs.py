"""Numbers as users give them: exact values of alpha, rho and digits, checked once at the edge."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from hermite_gamma.errors import BadInput
from hermite_gamma.parsing import parse_rational

MAX_DIGITS = 4_000  # beyond, Python refuses to print the integers of the exact bounds
MAX_LEVEL = 10_000
MAX_DIMENSION = 10**9
SMALLEST = Fraction(1, 10**300)  # the planning is done in floats


def rational_value(value: Any, what: str) -> Fraction:
    """Return the exact rational of an int, Fraction, SymPy rational, decimal text or finite float.

    Raises:
        BadInput: anything else, in one line.
    """
    if isinstance(value, bool):
        raise BadInput(f"{what} must be a number, got {value}")
    if isinstance(value, sp.Rational):
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, sp.Float):
        value = float(value)
    if isinstance(value, float) and value - value != 0:
        raise BadInput(f"{what} must be a finite number, got {value}")
    if isinstance(value, int | Fraction | float):
        return Fraction(value)
    if isinstance(value, str):
        return parse_rational(value, what)
    if hasattr(value, "item"):  # a NumPy scalar
        return rational_value(value.item(), what)
    raise BadInput(f"{what} must be an exact number such as 1/4, Fraction(1, 4) or 0.25, got {value!r}")


def alpha_value(value: Any) -> Fraction:
    """Return alpha = d_y/d as an exact rational in the open interval (0, 1).

    >>> alpha_value("0.25"), alpha_value(0.5)
    (Fraction(1, 4), Fraction(1, 2))
    """
    alpha = rational_value(value, "alpha")
    if not 0 < alpha.numerator < alpha.denominator:
        raise BadInput(f"alpha must lie in the open interval (0, 1), got {value}")
    if alpha.denominator > SMALLEST.denominator and min(alpha, 1 - alpha) < SMALLEST:
        raise BadInput(f"alpha must be at least 10^-300 away from 0 and 1, got {value}")
    return alpha


def rho_value(value: Any) -> Fraction:
    """Return a correlation as an exact rational in [-1, 1]."""
    rho = rational_value(value, "rho")
    if not -1 <= rho <= 1:
        raise BadInput(f"rho must lie in [-1, 1], got {value}")
    if 0 < abs(rho) < SMALLEST or 0 < 1 - abs(rho) < SMALLEST:
        raise BadInput(f"rho must be 0, 1, -1 or at least 10^-300 away from them, got {value}")
    return rho


def level_value(value: Any) -> int:
    """Return a Hermite level between 0 and MAX_LEVEL."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_LEVEL:
        raise BadInput(f"a level must be a whole number from 0 to {MAX_LEVEL}, got {value!r}")
    return value


def digits_value(value: Any) -> int:
    """Return a number of digits between 1 and MAX_DIGITS."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"digits must be a whole number from 1 to {MAX_DIGITS}, got {value!r}")
    if not 1 <= value <= MAX_DIGITS:
        raise BadInput(f"digits must lie between 1 and {MAX_DIGITS}, got {value}")
    return value


def count_value(value: Any, what: str, least: int = 1) -> int:
    """Return a whole number that is at least `least` (a NumPy integer will do)."""
    try:
        number = operator.index(value)
    except TypeError:
        raise BadInput(f"{what} must be a whole number, got {value!r}") from None
    if isinstance(value, bool) or not least <= number <= MAX_DIMENSION:
        raise BadInput(f"{what} must be a whole number from {least} to {MAX_DIMENSION}, got {value}")
    return number


@dataclass(frozen=True)
class Split:
    """A sample z = [x, y] of dimension dim whose last dim_y coordinates are spurious.

    Attributes:
        alpha_requested: the alpha that was asked for.
        dim, dim_y: d and d_y.
    """

    alpha_requested: Fraction
    dim: int
    dim_y: int

    @property
    def dim_x(self) -> int:
        return self.dim - self.dim_y

    @property
    def alpha(self) -> Fraction:
        """The exact d_y/d, which is what every formula uses."""
        return Fraction(self.dim_y, self.dim)


def split_dimension(alpha: Any, dim: Any) -> Split:
    """Return the split with d_y = round(alpha d), ties to even.

    Simulations and finite-size predictions both use it.

    Raises:
        BadInput: d_y would be 0 or d.

    >>> split_dimension("1/2", 5).dim_y, split_dimension("0.3", 5).alpha
    (2, Fraction(2, 5))
    """
    requested, size = alpha_value(alpha), count_value(dim, "dim", least=2)
    dim_y = round(requested * size)
    if not 0 < dim_y < size:
        raise BadInput(
            f"alpha = {alpha} of dim = {size} leaves d_y = round(alpha dim) = {dim_y}; "
            f"it must lie between 1 and {size - 1}"
        )
    return Split(requested, size, dim_y)
